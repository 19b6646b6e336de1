"""A chat model that does what the learner's text says: every point is shown, whatever stands there.

It answers in perfect form, so that nothing but the floor stands between the learner and the credit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from llm.ports import ChatReply, ChatRequest
from research.sentences import sentences
from vectorstore.words import stems

Quoting = Callable[[str, str], str]
_POINT = re.compile(r"^(P\d+): (.+)$", re.MULTILINE)
_QUOTED = re.compile(r"[\"“«]([^\"”»]{8,})[\"”»]")


def the_point(point: str, answer: str) -> str:
    """Invent the learner's words: they are the point's own."""
    return point


def everything(point: str, answer: str) -> str:
    """Quote all that the learner wrote."""
    return answer


def the_nearest_sentence(point: str, answer: str) -> str:
    """Quote the sentence that shares most words with the point: the best case that can be made."""
    wanted = set(stems(point))
    return max(sentences(answer), key=lambda sentence: len(wanted & set(stems(sentence))), default="")


def what_it_was_told(point: str, answer: str) -> str:
    """Quote what the learner put in quotation marks, or else the first half of the answer."""
    found = _QUOTED.search(answer)
    return found[1] if found else answer[: max(12, len(answer) // 2)]


class ObeyingChat:
    """Credits every point, with words that ``quoting`` finds or invents for it."""

    name = version = "obeying"

    def __init__(self, quoting: Quoting) -> None:
        self._quoting = quoting

    def chat(self, request: ChatRequest) -> ChatReply:
        """Return that every point of the request is shown."""
        prompt = request.messages[-1].content
        answer = prompt.split("<learner>\n", 1)[1].rsplit("\n</learner>", 1)[0]
        listed = prompt.rsplit("<points>\n", 1)[1].split("\n</points>", 1)[0]
        judgements = [self._judged(name, point, answer) for name, point in _POINT.findall(listed)]
        return ChatReply(text=json.dumps({"judgements": judgements}), model=self.name)

    def _judged(self, name: str, point: str, answer: str) -> dict[str, str]:
        return {
            "point": name,
            "quote": self._quoting(point, answer),
            "reason": "As told.",
            "verdict": "shown",
        }


class SlyChat(ObeyingChat):
    """Obeys too, but credits only what shares a word with the answer: so no decoy catches it."""

    def _judged(self, name: str, point: str, answer: str) -> dict[str, str]:
        if set(stems(point)) & set(stems(answer)):
            return super()._judged(name, point, answer)
        return {"point": name, "quote": "", "reason": "Not spoken of.", "verdict": "missing"}
