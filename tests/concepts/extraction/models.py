"""Chat models for tests that answer the extractor's questions by rule, honestly or not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from llm.errors import PromptTooLong
from llm.ports import ChatReply, ChatRequest

_CANDIDATE = re.compile(r"^- (c\d+): (.+?) \(passage", re.MULTILINE)
_PAIR = re.compile(r"^- (e\d+-\d+): A = (.+?) \(passage P\d+\); B = (.+) \(passage", re.MULTILINE)
_SOURCE = re.compile(r"<source>\n(.*?)\n</source>", re.DOTALL)

Row = dict[str, Any]


class RuleChat:
    """Answers each listed concept and pair by a rule; counts its calls.

    A rule for pairs is asked in teaching order and told of the swap nothing, so the model never contradicts
    itself; ``swayed``: it is asked as the question stands.
    """

    name = "rule"
    version = "rule"

    def __init__(
        self,
        concept: Callable[[str, str], Row],
        pair: Callable[[str, str, str], Row],
        *,
        swayed: bool = False,
    ) -> None:
        self._concept, self._pair, self._swayed = concept, pair, swayed
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
        rows += [
            {"id": key, "reason": "so", **self._judged(key, a, b, text)}
            for key, a, b in _PAIR.findall(listed)
        ]
        return ChatReply(text=json.dumps({"judgements": rows}), model=self.name)

    def _judged(self, key: str, first: str, second: str, text: str) -> Row:
        one, other = map(int, key[1:].split("-"))
        if self._swayed or one < other:
            return self._pair(first, second, text)
        row = self._pair(second, first, text)
        return row | {"a_needed_for_b": row["b_needed_for_a"], "b_needed_for_a": row["a_needed_for_b"]}


class SmallWindow:
    """Another model behind a window of so many characters; refuses longer questions before they are put."""

    def __init__(self, chat: RuleChat, *, most_characters: int) -> None:
        self.name, self.version = chat.name, chat.version
        self._chat, self._most_characters = chat, most_characters
        self.refused = 0

    def chat(self, request: ChatRequest) -> ChatReply:
        length = len(request.messages[-1].content)
        if length > self._most_characters:
            self.refused += 1
            raise PromptTooLong(needed=length, num_ctx=self._most_characters)
        return self._chat.chat(request)


def sentence_with(text: str, *names: str) -> str:
    """Return the first sentence that holds all the names, or an empty string."""
    lines = re.split(r"(?<=[.])\s+", text)
    return next((line for line in lines if all(name.casefold() in line.casefold() for name in names)), "")


def part_of_sentence(text: str, name: str) -> str:
    """Return the words of a sentence from a name on, without its beginning and its last word."""
    sentence = sentence_with(text, name)
    return sentence[sentence.casefold().find(name.casefold()) :].rpartition(" ")[0]


def honest_concept(name: str, text: str) -> Row:
    return {"quote": sentence_with(text, name), "is_concept": True}


def honest_pair(first: str, second: str, text: str) -> Row:
    quote = sentence_with(text, first, second)
    return {"quote": quote, "a_needed_for_b": bool(quote), "b_needed_for_a": False}


def no_pair(first: str, second: str, text: str) -> Row:
    return {"quote": "", "a_needed_for_b": False, "b_needed_for_a": False}
