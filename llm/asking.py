"""Asks for JSON that fits a schema, and asks again, at most twice, with what was wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from llm.errors import ReplyNotInSchema
from llm.ports import ChatModel, ChatRequest, Message
from llm.reading import NotOneObject, read_object

SCHEMA_RETRIES = 2

_MOST_COMPLAINTS = 4
_LONGEST_COMPLAINT = 240

Check = Callable[[dict[str, Any]], list[str]]


def ask_for_json(
    chat_model: ChatModel, request: ChatRequest, *, check: Check | None = None
) -> dict[str, Any]:
    """Return the model's answer to `request`, which fits `request.schema` and passes `check`.

    A server takes a schema as a hint only, so every answer is validated here. A refused answer is
    thrown away, never mended; the question is put again with the complaint at its end (and without
    the refused answer, which would teach the model its own mistake and use up the window). A reply
    that was cut off is a failure at once: the same question would be cut off again.

    Parameters
    ----------
    chat_model : ChatModel
    request : ChatRequest
        With a schema; its last message is the user's.
    check : callable, optional
        Given an answer that fits the schema, returns what is wrong with its content in sentences
        the model can act upon. It is for form and provenance, never for a better mark.

    Raises
    ------
    ReplyNotInSchema
        If the third answer is refused too.
    ModelError
        Whatever the chat model raises.
    ValueError
        If `request` has no schema.
    """
    if request.schema is None:
        raise ValueError(f"The question for {request.purpose!r} has no schema to hold its answer to.")
    reading = _Reading(request.schema, check)
    complaints: list[str] = []
    attempt = request.first_attempt
    for _ in range(1 + SCHEMA_RETRIES):
        messages = _with_complaints(request.messages, complaints)
        asked = replace(request, messages=messages, inspect=reading.complaints, first_attempt=attempt)
        reply = chat_model.chat(asked)
        answer, complaints = reading.read(reply.text)
        if not complaints:
            return answer
        attempt += reply.attempts
    raise ReplyNotInSchema(purpose=request.purpose, complaints=complaints, attempts=1 + SCHEMA_RETRIES)


class _Reading:
    """Reads one reply once, although both the recorder and the asker want to know what it says."""

    def __init__(self, schema: dict[str, Any], check: Check | None) -> None:
        self._validator = _validator(json.dumps(schema, sort_keys=True))
        self._check = check
        self._last: tuple[str, tuple[dict[str, Any], list[str]]] | None = None

    def complaints(self, text: str) -> list[str]:
        return self.read(text)[1]

    def read(self, text: str) -> tuple[dict[str, Any], list[str]]:
        if self._last is None or self._last[0] != text:
            self._last = (text, self._judge(text))
        return self._last[1]

    def _judge(self, text: str) -> tuple[dict[str, Any], list[str]]:
        try:
            answer = read_object(text)
        except NotOneObject as exc:
            return {}, [str(exc)]
        errors = sorted(self._validator.iter_errors(answer), key=lambda error: list(map(str, error.path)))
        if not errors and self._check:
            return answer, _shortened(self._check(answer))
        return answer, _shortened([_sentence(error) for error in errors])


@lru_cache(maxsize=64)
def _validator(schema: str) -> Draft202012Validator:
    loaded = json.loads(schema)
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded)


def _sentence(error: ValidationError) -> str:
    if error.validator == "maxItems":
        # jsonschema quotes the whole list, which says less to a model than the number does.
        return f"{error.json_path}: the list has more than {error.validator_value} items"
    if error.validator == "minItems":
        return f"{error.json_path}: the list has fewer than {error.validator_value} items"
    return f"{error.json_path}: {error.message}"


def _shortened(complaints: list[str]) -> list[str]:
    return [_without_middle(line) for line in complaints[:_MOST_COMPLAINTS]]


def _without_middle(line: str) -> str:
    """Cut a complaint that quotes an endless answer: its place stands first and its point last."""
    half = _LONGEST_COMPLAINT // 2
    return line if len(line) <= _LONGEST_COMPLAINT else f"{line[:half]} … {line[-half:]}"


def _with_complaints(messages: tuple[Message, ...], complaints: list[str]) -> tuple[Message, ...]:
    if not complaints:
        return messages
    listed = "\n".join(f"- {line}" for line in complaints)
    told = (
        f"{messages[-1].content}\n\nYour last answer was refused:\n{listed}\n"
        "Answer again with one JSON object that mends this, and nothing else."
    )
    return (*messages[:-1], Message(messages[-1].role, told))
