"""Chat models for tests that answer the extractor's questions by rule, honestly or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from llm.ports import ChatReply, ChatRequest

_CANDIDATE = re.compile(r"^- (c\d+): (.+?) \(passage", re.MULTILINE)
_PAIR = re.compile(r"^- (e\d+-\d+): A = (.+?); B = (.+)$", re.MULTILINE)
_SOURCE = re.compile(r"<source>\n(.*?)\n</source>", re.DOTALL)

Row = dict[str, Any]


class RuleChat:
    """Answers each listed concept and pair by a rule; counts its calls."""

    name = "rule"
    version = "rule"

    def __init__(self, concept: Callable[[str, str], Row], pair: Callable[[str, str, str], Row]) -> None:
        self._concept, self._pair = concept, pair
        self.requests: list[ChatRequest] = []

    def chat(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        prompt = request.messages[-1].content
        text = "\n".join(_SOURCE.findall(prompt))
        listed = prompt.split("</source>")[-1]
        rows = [
            {"id": key, "reason": "so", **self._concept(name, text)}
            for key, name in _CANDIDATE.findall(listed)
        ]
        rows += [{"id": key, "reason": "so", **self._pair(a, b, text)} for key, a, b in _PAIR.findall(listed)]
        return ChatReply(text=json.dumps({"judgements": rows}), model=self.name)


def sentence_with(text: str, *names: str) -> str:
    """Return the first sentence that holds all the names, or an empty string."""
    lines = re.split(r"(?<=[.])\s+", text)
    return next((line for line in lines if all(name.casefold() in line.casefold() for name in names)), "")


def honest_concept(name: str, text: str) -> Row:
    return {"quote": sentence_with(text, name), "is_concept": True}


def honest_pair(first: str, second: str, text: str) -> Row:
    quote = sentence_with(text, first, second)
    return {"quote": quote, "first_needed": bool(quote), "second_needed": False}


def no_pair(first: str, second: str, text: str) -> Row:
    return {"quote": "", "first_needed": False, "second_needed": False}
