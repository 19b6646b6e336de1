from __future__ import annotations

import logging
import socket
import threading
import time

import pytest

from llm.errors import (
    ModelBusy,
    ModelError,
    ModelNotInstalled,
    ModelRefused,
    ModelTimedOut,
    ModelUnavailable,
    PromptTooLong,
    PromptTruncated,
    ReplyCutOff,
    ReplyUnreadable,
)
from llm.ports import CallRecord
from llm.recording import ListRecorder
from tests.fakes import misbehaviours as does
from tests.fakes.ollama_server import OllamaServer
from tests.llm.conftest import SCHEMA, MakeChat, request


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_a_chat_sends_its_window_limit_temperature_and_schema_each_time(
    make_chat: MakeChat, server: OllamaServer
) -> None:
    make_chat().chat(request(num_predict=300, seed=11))
    body = server.chats[0]
    assert body["options"] == {"num_ctx": 4096, "num_predict": 300, "temperature": 0.0, "seed": 11}
    assert body["truncate"] is False
    assert body["shift"] is False
    assert body["stream"] is False
    assert body["keep_alive"] == "10m"
    assert body["format"] == SCHEMA
    assert body["messages"][0] == {"role": "system", "content": "Answer in JSON."}


@pytest.mark.parametrize("name", ["mistral", "phi", "phi:latest"])
def test_models_are_chosen_by_name(make_chat: MakeChat, server: OllamaServer, name: str) -> None:
    assert make_chat(model=name).chat(request()).model == name
    assert make_chat().chat(request(model=name)).model == name
    assert {body["model"] for body in server.chats} == {name}


EXPECTED: dict[str, type[ModelError]] = {
    "hang": ModelTimedOut,
    "trickle": ModelTimedOut,
    "trickle_body": ModelTimedOut,
    "disconnect": ModelUnavailable,
    "disconnect_at_once": ModelUnavailable,
    "busy": ModelBusy,
    "too_many_requests": ModelBusy,
    "server_error": ModelUnavailable,
    "context_exceeded": PromptTooLong,
    "bad_option": ModelRefused,
    "no_such_model": ModelNotInstalled,
    "forbidden": ModelRefused,
    "not_json": ReplyUnreadable,
    "wrong_content_type": ReplyUnreadable,
    "not_a_chat": ReplyUnreadable,
    "content_is_a_number": ReplyUnreadable,
    "huge": ReplyUnreadable,
    "compressed": ReplyUnreadable,
    "redirect": ReplyUnreadable,
    "deeply_nested": ReplyUnreadable,
    "truncating": PromptTruncated,
    "cut_off": ReplyCutOff,
    "white_space": ReplyCutOff,
    "not_done": ReplyCutOff,
    "only_loaded": ReplyUnreadable,
    "endless_list": ReplyCutOff,
}
TRIES = {
    ModelTimedOut: 2,
    ModelUnavailable: 3,
    ModelBusy: 3,
}


def test_every_fault_of_a_server_has_its_expected_error() -> None:
    assert EXPECTED.keys() == does.SERVER_FAULTS.keys()


@pytest.mark.parametrize("fault", EXPECTED)
def test_every_fault_of_a_server_ends_in_its_own_error_and_each_try_is_recorded(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder, fault: str
) -> None:
    server.will(does.SERVER_FAULTS[fault])
    began = time.monotonic()
    with pytest.raises(EXPECTED[fault]) as failure:
        make_chat().chat(request(timeout_s=0.4))
    assert time.monotonic() - began < 2
    assert {call.outcome for call in recorder.calls} == {failure.value.outcome}
    assert [call.attempt for call in recorder.calls] == list(range(1, TRIES.get(EXPECTED[fault], 1) + 1))
    assert recorder.calls[-1].detail == str(failure.value)


@pytest.mark.parametrize(
    "fault", ["disconnect", "disconnect_at_once", "busy", "too_many_requests", "server_error"]
)
def test_a_passing_fault_is_tried_again_after_longer_and_longer_pauses(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder, pauses: list[float], fault: str
) -> None:
    server.will(does.SERVER_FAULTS[fault], does.SERVER_FAULTS[fault], does.good)
    reply = make_chat().chat(request())
    assert reply.attempts == 3
    assert [call.outcome for call in recorder.calls][2] == "answered"
    assert 0.25 <= pauses[0] <= 0.5 <= pauses[1] <= 1.0


def test_a_busy_server_is_given_the_time_that_it_asks_for_within_reason(
    make_chat: MakeChat, server: OllamaServer, pauses: list[float]
) -> None:
    server.will(does.busy(503, retry_after="7"), does.busy(429, retry_after="86400"), does.good)
    make_chat().chat(request(timeout_s=60))
    assert pauses == [7.0, 30.0]


def test_a_call_gives_up_rather_than_pause_beyond_twice_its_timeout(
    make_chat: MakeChat, server: OllamaServer, pauses: list[float]
) -> None:
    server.will(does.busy(503, retry_after="20"))
    with pytest.raises(ModelBusy):
        make_chat().chat(request(timeout_s=5))
    assert pauses == []


def test_a_slow_answer_within_the_time_is_an_answer(make_chat: MakeChat, server: OllamaServer) -> None:
    server.will(does.slow(0.3))
    assert make_chat().chat(request()).duration_s >= 0.3


def test_a_server_that_is_not_there_is_named_with_its_remedy(make_chat: MakeChat) -> None:
    nowhere = closed_port()
    with pytest.raises(ModelUnavailable, match=f"{nowhere}.*ollama serve"):
        make_chat(hosts=[nowhere]).chat(request())


def test_a_missing_model_names_the_command_that_gets_it(
    make_chat: MakeChat, server: OllamaServer, pauses: list[float]
) -> None:
    server.models = ["phi:latest"]
    with pytest.raises(ModelNotInstalled, match="ollama pull mistral"):
        make_chat().chat(request())
    assert pauses == []


@pytest.mark.parametrize("fault", ["server_error", "busy", "no_such_model", "not_json", "disconnect"])
def test_the_next_server_answers_when_one_fails_without_any_pause(
    make_chat: MakeChat, server: OllamaServer, pauses: list[float], fault: str
) -> None:
    with OllamaServer() as broken:
        broken.will(does.SERVER_FAULTS[fault])
        reply = make_chat(hosts=[broken.url, server.url]).chat(request())
    assert reply.attempts == 2
    assert pauses == []


def test_a_server_without_the_model_is_not_asked_twice(make_chat: MakeChat, server: OllamaServer) -> None:
    server.will(does.server_error)
    with OllamaServer(models=[]) as without, pytest.raises(ModelUnavailable):
        make_chat(hosts=[without.url, server.url]).chat(request())
    assert (len(without.chats), len(server.chats)) == (0, 3)


def test_a_prompt_that_may_not_fit_is_refused_before_any_call(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder
) -> None:
    with pytest.raises(PromptTooLong, match="OLLAMA_NUM_CTX") as failure:
        make_chat().chat(request("word " * 4000))
    assert failure.value.num_ctx == 4096
    assert server.chats == []


def test_the_window_is_never_wider_than_the_model_reads(make_chat: MakeChat, server: OllamaServer) -> None:
    server.context_length = 2048
    chat = make_chat(model="phi")
    chat.chat(request())
    assert server.chats[0]["options"]["num_ctx"] == 2048
    with pytest.raises(PromptTooLong):
        chat.chat(request("word " * 1500))


def test_a_server_that_does_not_tell_the_window_is_asked_for_the_one_in_the_settings(
    make_chat: MakeChat, server: OllamaServer
) -> None:
    server.context_length = None
    make_chat().chat(request())
    assert server.chats[0]["options"]["num_ctx"] == 4096


def test_counts_that_are_none_are_left_out_of_the_record(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder
) -> None:
    server.will(does.bogus_counts)
    reply = make_chat().chat(request())
    assert (reply.prompt_tokens, reply.output_tokens) == (None, None)
    assert (recorder.calls[0].prompt_tokens, recorder.calls[0].output_tokens) == (None, None)


def test_the_record_of_an_answer_tells_everything_about_it(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder
) -> None:
    make_chat().chat(request(first_attempt=2, inspect=lambda text: ["it is too short"]))
    (call,) = recorder.calls
    assert (call.purpose, call.model, call.endpoint) == ("grade", "mistral", server.url)
    assert (call.template_hash, call.attempt, call.done_reason) == ("f00d", 2, "stop")
    assert (call.outcome, call.schema_ok, call.detail) == ("reply_not_in_schema", False, "it is too short")
    assert call.options["num_ctx"] == 4096
    assert call.prompt_tokens
    assert call.duration_s > 0
    assert "[user]\nDoes the answer" in call.prompt
    assert "Both words stand there" in call.response


def test_texts_of_a_record_can_always_be_stored(
    make_chat: MakeChat, server: OllamaServer, recorder: ListRecorder
) -> None:
    server.answer = lambda body: "a\x00b\ud800"
    make_chat().chat(request("a\x00b"))
    call = recorder.calls[0]
    assert "\x00" not in call.prompt + call.response
    call.response.encode("utf-8")


class BrokenRecorder:
    def record(self, call: CallRecord) -> None:
        raise OSError("disk full")


def test_an_answer_that_cannot_be_recorded_is_kept_and_the_gap_is_logged(
    make_chat: MakeChat, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="llm"):
        reply = make_chat(recorder=BrokenRecorder()).chat(request())
    assert "Both words" in reply.text
    assert "could not be recorded: purpose=grade" in caplog.text
    assert "Both words" not in caplog.text


def test_a_server_never_has_more_calls_at_a_time_than_allowed(
    make_chat: MakeChat, server: OllamaServer
) -> None:
    server.will(does.slow(0.1))
    chat = make_chat(concurrency=2)
    threads = [threading.Thread(target=chat.chat, args=(request(),)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.chats) == 6
    assert server.most_at_once == 2


def test_calls_are_spread_over_the_servers(make_chat: MakeChat, server: OllamaServer) -> None:
    server.will(does.slow(0.2))
    with OllamaServer() as second:
        chat = make_chat(hosts=[server.url, second.url])
        first = threading.Thread(target=chat.chat, args=(request(),))
        first.start()
        while not server.chats:
            time.sleep(0.01)
        chat.chat(request())
        first.join()
        assert (len(server.chats), len(second.chats)) == (1, 1)


def test_a_call_that_finds_no_free_place_in_time_says_busy(make_chat: MakeChat, server: OllamaServer) -> None:
    server.will(does.slow(0.8), does.good)
    chat = make_chat()
    first = threading.Thread(target=chat.chat, args=(request(),))
    first.start()
    while not server.chats:
        time.sleep(0.01)
    with pytest.raises(ModelBusy):
        chat.chat(request(timeout_s=0.1))
    first.join()


def test_no_servers_at_all_is_refused_at_once(make_chat: MakeChat) -> None:
    with pytest.raises(ValueError, match="OLLAMA_HOST"):
        make_chat(hosts=[])


class TestAvailability:
    def test_a_server_with_the_model_is_available(self, make_chat: MakeChat) -> None:
        assert make_chat().available()

    def test_a_server_without_the_model_is_reachable_and_says_what_to_do(
        self, make_chat: MakeChat, server: OllamaServer
    ) -> None:
        server.models = ["phi:latest", "mistral:instruct"]
        found = make_chat().available()
        assert not found
        assert found.is_reachable
        assert "ollama pull mistral" in found.detail

    def test_one_good_server_among_many_is_enough(self, make_chat: MakeChat, server: OllamaServer) -> None:
        assert make_chat(hosts=[closed_port(), server.url]).available()

    def test_a_server_that_is_not_there_is_not_available(self, make_chat: MakeChat) -> None:
        found = make_chat(hosts=[closed_port()]).available()
        assert not found
        assert not found.is_reachable

    @pytest.mark.parametrize("listed", [b"<html>", b"[]", b'{"models": 7}', b'{"models": [{"model": {}}]}'])
    def test_a_server_that_talks_nonsense_is_not_available(
        self, make_chat: MakeChat, server: OllamaServer, listed: bytes
    ) -> None:
        server.listing = listed
        assert not make_chat().available()

    def test_a_server_that_trickles_its_list_is_given_up(
        self, make_chat: MakeChat, server: OllamaServer
    ) -> None:
        server.trickles_listing = True
        began = time.monotonic()
        assert not make_chat().available(timeout_s=0.3)
        assert time.monotonic() - began < 1

    def test_the_version_names_the_weights_once_a_server_tells(
        self, make_chat: MakeChat, server: OllamaServer
    ) -> None:
        assert make_chat().version == "mistral@ab12ab12ab12"
        assert make_chat(hosts=[closed_port()]).version == "mistral"
