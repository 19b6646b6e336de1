from __future__ import annotations

import json
from typing import Any

import pytest

from llm.asking import ask_for_json
from llm.errors import ModelTimedOut, PromptTooLong, ReplyCutOff, ReplyNotInSchema
from llm.ports import Message
from llm.recording import ListRecorder
from llm.scripted_chat import ScriptedChat
from tests.fakes import misbehaviours as does
from tests.fakes.ollama_server import OllamaServer
from tests.llm.conftest import GOOD_ANSWER, SCHEMA, MakeChat, request

GOOD = json.dumps(GOOD_ANSWER)
WRONG = '{"reason": "r", "verdict": "SHOWN", "quotes": []}'


def test_an_answer_in_the_schema_is_returned_as_it_is() -> None:
    chat = ScriptedChat([GOOD])
    assert ask_for_json(chat, request()) == GOOD_ANSWER
    assert len(chat.history) == 1


def test_a_refused_answer_is_asked_for_again_with_the_complaint_and_without_the_answer() -> None:
    chat = ScriptedChat([WRONG, GOOD])
    assert ask_for_json(chat, request("Judge this.")) == GOOD_ANSWER
    first, second = chat.history
    assert [message.role for message in second.messages] == ["system", "user"]
    assert second.messages[1].content.startswith("Judge this.\n\nYour last answer was refused:")
    assert "$.verdict: 'SHOWN' is not one of ['shown', 'missing']" in second.messages[1].content
    assert first.messages[1] == Message("user", "Judge this.")


def test_only_the_last_complaint_is_told() -> None:
    chat = ScriptedChat(["no JSON at all", WRONG, GOOD])
    ask_for_json(chat, request())
    assert "no JSON object" in chat.history[1].messages[1].content
    assert "no JSON object" not in chat.history[2].messages[1].content


def test_after_two_retries_the_complaint_is_the_error() -> None:
    chat = ScriptedChat([WRONG] * 4)
    with pytest.raises(ReplyNotInSchema, match=r"refused 3 times.*is not one of") as failure:
        ask_for_json(chat, request())
    assert len(chat.history) == 3
    assert failure.value.complaints == ("$.verdict: 'SHOWN' is not one of ['shown', 'missing']",)


def test_what_a_schema_cannot_say_is_checked_by_the_caller() -> None:
    def check(answer: dict[str, Any]) -> list[str]:
        return [] if answer["quotes"] else ["quotes is empty; quote the learner's words"]

    chat = ScriptedChat(['{"reason": "r", "verdict": "shown", "quotes": []}', GOOD])
    assert ask_for_json(chat, request(), check=check) == GOOD_ANSWER
    assert "quote the learner's words" in chat.history[1].messages[1].content


def test_the_callers_check_sees_only_answers_in_the_schema() -> None:
    seen: list[dict[str, Any]] = []

    def check(answer: dict[str, Any]) -> list[str]:
        seen.append(answer)
        return []

    ask_for_json(ScriptedChat([WRONG, GOOD]), request(), check=check)
    assert seen == [GOOD_ANSWER]


def test_complaints_that_quote_an_endless_answer_are_cut() -> None:
    long = json.dumps({**GOOD_ANSWER, "verdict": "x" * 50_000})
    chat = ScriptedChat([long, GOOD], num_ctx=4096)
    ask_for_json(chat, request())
    assert len(chat.history[1].messages[1].content) < 800


@pytest.mark.parametrize(
    "error",
    [
        ReplyCutOff(num_predict=10, reason="length"),
        ModelTimedOut(endpoint="http://x", timeout_s=1),
        PromptTooLong(needed=9, num_ctx=8),
    ],
)
def test_failures_of_the_model_are_not_asked_again(error: Exception) -> None:
    chat = ScriptedChat([error, GOOD])  # type: ignore[list-item]
    with pytest.raises(type(error)):
        ask_for_json(chat, request())
    assert len(chat.history) == 1


def test_a_question_without_a_schema_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no schema"):
        ask_for_json(ScriptedChat([GOOD]), request(schema=None))


def test_each_try_is_recorded_with_its_number_and_whether_it_kept_to_the_schema(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder
) -> None:
    server.will(does.busy(503), does.wrong_enum, does.good)
    assert ask_for_json(make_chat(), request()) == GOOD_ANSWER
    assert [(call.attempt, call.outcome, call.schema_ok) for call in recorder.calls] == [
        (1, "busy", None),
        (2, "reply_not_in_schema", False),
        (3, "answered", True),
    ]
    assert "is not one of" in recorder.calls[1].detail


@pytest.mark.parametrize("fault", does.TEXT_FAULTS)
def test_a_spoilt_answer_is_refused_with_a_complaint_and_a_later_good_one_is_taken(
    make_chat: MakeChat, server: OllamaServer, fault: str
) -> None:
    server.will(does.TEXT_FAULTS[fault], does.TEXT_FAULTS[fault], does.good)
    assert ask_for_json(make_chat(), request()) == GOOD_ANSWER
    assert "Your last answer was refused" in server.chats[2]["messages"][-1]["content"]


@pytest.mark.parametrize("fault", does.TEXT_FAULTS)
def test_an_answer_that_stays_spoilt_is_never_mended(
    make_chat: MakeChat, server: OllamaServer, fault: str
) -> None:
    server.will(does.TEXT_FAULTS[fault])
    with pytest.raises(ReplyNotInSchema):
        ask_for_json(make_chat(), request())
    assert len(server.chats) == 3


@pytest.mark.parametrize("habit", does.HARMLESS)
def test_a_harmless_habit_costs_no_second_question(
    make_chat: MakeChat, server: OllamaServer, habit: str
) -> None:
    server.will(does.HARMLESS[habit])
    assert ask_for_json(make_chat(), request()) == GOOD_ANSWER
    assert len(server.chats) == 1


def test_a_list_longer_than_the_schema_allows_is_refused(make_chat: MakeChat, server: OllamaServer) -> None:
    server.will(does.long_list)
    with pytest.raises(ReplyNotInSchema, match=r"\$\.quotes: the list has more than 3 items"):
        ask_for_json(make_chat(), request())


def test_a_wrong_schema_is_found_before_the_model_is_asked() -> None:
    chat = ScriptedChat([GOOD])
    with pytest.raises(Exception, match="nonsense"):
        ask_for_json(chat, request(schema={**SCHEMA, "type": "nonsense"}))
    assert chat.history == []
