"""A fake Ollama server for each test that asks for one, and a way to talk to it without waiting."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from llm.ollama_chat import OllamaChat
from llm.ports import ChatRequest, Message
from llm.recording import ListRecorder
from tests.fakes.ollama_server import OllamaServer

GOOD_ANSWER = {"reason": "Both words stand there.", "verdict": "shown", "quotes": [{"text": "a cairn"}]}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        "verdict": {"type": "string", "enum": ["shown", "missing"]},
        "quotes": {
            "type": "array",
            "maxItems": 3,
            "items": {
                "type": "object",
                "properties": {"text": {"type": "string"}},
                "required": ["text"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["reason", "verdict", "quotes"],
    "additionalProperties": False,
}

MakeChat = Callable[..., OllamaChat]


def request(content: str = "Does the answer show that a cairn marks a path?", **changes: Any) -> ChatRequest:
    asked: dict[str, Any] = {
        "purpose": "grade",
        "messages": (Message("system", "Answer in JSON."), Message("user", content)),
        "schema": SCHEMA,
        "template_hash": "f00d",
        "timeout_s": 5.0,
    }
    return ChatRequest(**asked | changes)


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    with OllamaServer(answer=lambda body: json.dumps(GOOD_ANSWER)) as running:
        yield running


@pytest.fixture
def recorder() -> ListRecorder:
    return ListRecorder()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def make_chat(server: OllamaServer, recorder: ListRecorder, pauses: list[float]) -> MakeChat:
    """An `OllamaChat` on the fake that notes its pauses instead of making them."""

    def make(**changes: Any) -> OllamaChat:
        built: dict[str, Any] = {
            "hosts": [server.url],
            "model": "mistral",
            "num_ctx": 4096,
            "recorder": recorder,
            "sleep": pauses.append,
            "rng": random.Random(7),
        }
        return OllamaChat(**built | changes)

    return make
