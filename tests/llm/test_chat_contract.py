"""What every chat model does, whether a server or a script stands behind it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from llm.asking import ask_for_json
from llm.errors import ModelBusy, PromptTooLong, ReplyCutOff, ReplyNotInSchema
from llm.ports import ChatModel
from llm.recording import ListRecorder
from llm.scripted_chat import ScriptedChat, ScriptExhausted
from tests.fakes import misbehaviours as does
from tests.fakes.ollama_server import OllamaServer
from tests.llm.conftest import GOOD_ANSWER, MakeChat, request

Says = Callable[..., ChatModel]


@pytest.fixture(params=["scripted", "ollama"])
def says(
    request: pytest.FixtureRequest, server: OllamaServer, make_chat: MakeChat, recorder: ListRecorder
) -> Says:
    """A chat model of either kind that will say these lines."""

    def scripted(*lines: str) -> ChatModel:
        return ScriptedChat(lines, name="mistral", num_ctx=4096, recorder=recorder)

    def ollama(*lines: str) -> ChatModel:
        server.will(*(does.says(line) for line in lines))
        return make_chat()

    return scripted if request.param == "scripted" else ollama


def test_it_has_a_name_and_a_version_that_begins_with_it(says: Says) -> None:
    chat = says("{}")
    assert chat.name == "mistral"
    assert chat.version.startswith(chat.name)


def test_it_gives_its_lines_in_turn_and_unchanged(says: Says) -> None:
    chat = says(" one\n", "two", "")
    assert [chat.chat(request()).text for _ in range(3)] == [" one\n", "two", ""]


def test_a_reply_names_the_model_that_was_asked(says: Says) -> None:
    chat = says("{}")
    assert chat.chat(request()).model == "mistral"
    assert chat.chat(request(model="phi")).model == "phi" if not isinstance(chat, ScriptedChat) else True


def test_it_refuses_a_prompt_that_may_not_fit(says: Says, recorder: ListRecorder) -> None:
    with pytest.raises(PromptTooLong):
        says("{}").chat(request("word " * 4000))
    assert recorder.calls == []


def test_it_shows_each_reply_to_the_inspector_and_changes_nothing_for_it(
    says: Says, recorder: ListRecorder
) -> None:
    seen: list[str] = []

    def inspect(text: str) -> list[str]:
        seen.append(text)
        return ["I do not like it"]

    assert says("a reply").chat(request(inspect=inspect)).text == "a reply"
    assert seen == ["a reply"]
    assert [(call.outcome, call.schema_ok, call.response) for call in recorder.calls] == [
        ("reply_not_in_schema", False, "a reply")
    ]


def test_a_reply_without_an_inspector_is_recorded_as_answered(says: Says, recorder: ListRecorder) -> None:
    says("a reply").chat(request())
    (call,) = recorder.calls
    assert (call.outcome, call.schema_ok, call.purpose, call.template_hash) == (
        "answered",
        None,
        "grade",
        "f00d",
    )
    assert "Does the answer show" in call.prompt


def test_it_can_be_asked_for_json(says: Says, recorder: ListRecorder) -> None:
    assert ask_for_json(says("no", "{}", json.dumps(GOOD_ANSWER)), request()) == GOOD_ANSWER
    assert [call.attempt for call in recorder.calls] == [1, 2, 3]


def test_it_is_not_asked_for_json_for_ever(says: Says) -> None:
    with pytest.raises(ReplyNotInSchema):
        ask_for_json(says("no", "{}", "[]", json.dumps(GOOD_ANSWER)), request())


def test_a_script_raises_the_errors_in_it_and_records_them(recorder: ListRecorder) -> None:
    chat = ScriptedChat(recorder=recorder)
    chat.will_say(ModelBusy(endpoint="here"), ReplyCutOff(num_predict=5, reason="length"))
    with pytest.raises(ModelBusy):
        chat.chat(request())
    with pytest.raises(ReplyCutOff):
        chat.chat(request())
    assert [call.outcome for call in recorder.calls] == ["busy", "reply_cut_off"]


def test_a_script_that_is_over_says_so() -> None:
    with pytest.raises(ScriptExhausted, match="grade"):
        ScriptedChat().chat(request())
