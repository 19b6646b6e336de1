"""A made-up course of any size, for measuring how extraction grows; it reads as nonsense of a real shape.

Each concept heads a section of its own that opens with its definition and names its prerequisites; words
follow a steep law of frequency, as in real text, and later concepts rest on a few earlier ones.
"""

from __future__ import annotations

import json
import random
from itertools import accumulate

from concepts.extraction.material import Material, MaterialDocument, MaterialPassage
from llm.ports import ChatReply, ChatRequest
from research.parsing.structure import Block, BlockKind

_ONSETS = "b br c cl d dr f g gr h k l m n p pl r s st t tr v w z".split()
_NUCLEI = "a e i o u ai ea io ou".split()
_CODAS = "l m n r s t x nd rm st".split()
_MOST_PREREQUISITES = 4
_REACH = 120
_CONCEPTS_PER_DOCUMENT = 40


def generated_course(
    *, concepts: int, passages: int, words_per_passage: int = 120, seed: int = 20
) -> Material:
    """Return a course that teaches so many concepts in about so many passages.

    Examples
    --------
    >>> course = generated_course(concepts=20, passages=50)
    >>> len(course.documents), sum(len(document.passages) for document in course.documents)
    (1, 50)
    """
    rng = random.Random(seed)  # noqa: S311 - no secret
    speech = _Speech(rng, vocabulary=max(400, 2 * concepts))
    names = speech.names(concepts)
    share = passages / concepts
    documents = []
    for first in range(0, concepts, _CONCEPTS_PER_DOCUMENT):
        text = _Text(f"d{first // _CONCEPTS_PER_DOCUMENT}")
        for number in range(first, min(first + _CONCEPTS_PER_DOCUMENT, concepts)):
            count = max(1, round((number + 1) * share) - round(number * share))
            _teach(number, names, text, speech, passages=count, words=words_per_passage)
        documents.append(text.document())
    return Material(tuple(documents))


def _teach(number: int, names: list[str], text: _Text, speech: _Speech, *, passages: int, words: int) -> None:
    rng = speech.rng
    earlier = range(max(0, number - _REACH), number)
    needed = rng.sample(earlier, min(len(earlier), rng.randint(0, _MOST_PREREQUISITES)))
    text.add(names[number].capitalize() + "s", BlockKind.HEADING)
    kind = names[needed[0]] if needed else speech.word()
    text.add(
        f"A {names[number]} is a {kind} that {speech.word()}s the {speech.word()}. "
        + speech.sentences(words, naming=[names[number], *(names[one] for one in needed)])
    )
    text.end_passage()
    for _ in range(passages - 1):
        text.add(speech.sentences(words, naming=[names[number], *(names[one] for one in needed[:2])]))
        text.end_passage()


class _Speech:
    """Words and sentences of no language, drawn by frequency."""

    def __init__(self, rng: random.Random, *, vocabulary: int) -> None:
        self.rng = rng
        words: dict[str, None] = {}
        while len(words) < vocabulary:
            words[self._spelling()] = None
        self._words = list(words)
        self._weights = list(accumulate(1.0 / (rank + 3) for rank in range(vocabulary)))

    def _spelling(self) -> str:
        syllables = self.rng.choices((1, 2, 3), weights=(1, 3, 2))[0]
        parts = (self.rng.choice(_ONSETS) + self.rng.choice(_NUCLEI) for _ in range(syllables))
        return "".join(parts) + self.rng.choice(_CODAS)

    def word(self) -> str:
        """Return one word, frequent ones more often."""
        return self.rng.choices(self._words, cum_weights=self._weights)[0]

    def names(self, count: int) -> list[str]:
        """Return so many different names of two words."""
        found: dict[str, None] = {}
        while len(found) < count:
            found[f"{self.rng.choice(self._words)} {self.rng.choice(self._words)}"] = None
        return list(found)

    def sentences(self, words: int, *, naming: list[str]) -> str:
        """Return about so many words in sentences, some of which name something."""
        lines = []
        said = 0
        while said < words:
            length = self.rng.randint(7, 16)
            parts = [self.word() for _ in range(length)]
            if self.rng.random() < 0.5:
                parts[self.rng.randrange(2, length)] = f"the {self.rng.choice(naming)} of"
            lines.append("The " + " ".join(parts) + ".")
            said += length + 1
        return " ".join(lines)


class _Text:
    """One document being written."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._parts: list[str] = []
        self._length = 0
        self._start = 0
        self._blocks: list[Block] = []
        self._passages: list[MaterialPassage] = []

    def add(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        """Append a block."""
        self._blocks.append(Block(kind, self._length, self._length + len(text), level=1))
        self._parts.append(text + "\n\n")
        self._length += len(text) + 2

    def end_passage(self) -> None:
        """Close the passage that the blocks since the last one make."""
        key = f"{self._key}-{len(self._passages)}"
        self._passages.append(MaterialPassage(key, self._start, self._length - 2))
        self._start = self._length

    def document(self) -> MaterialDocument:
        """Return what was written."""
        return MaterialDocument(
            self._key, self._key, "".join(self._parts), tuple(self._passages), tuple(self._blocks)
        )


class InstantJudge:
    """A chat model that takes no time: every candidate is a concept, no pair is a prerequisite.

    Attributes
    ----------
    calls, longest
        How many questions it was put, and the characters of the longest.
    """

    name = version = "instant"

    def __init__(self) -> None:
        self.calls = 0
        self.longest = 0

    def chat(self, request: ChatRequest) -> ChatReply:
        """Return an answer that fits the request's schema."""
        self.calls += 1
        self.longest = max(self.longest, sum(len(message.content) for message in request.messages))
        items = (request.schema or {})["properties"]["judgements"]["items"]
        verdicts = [name for name, kind in items["properties"].items() if kind["type"] == "boolean"]
        rows = [
            {"id": key, "quote": "", "reason": "", **{name: name == "is_concept" for name in verdicts}}
            for key in items["properties"]["id"]["enum"]
        ]
        return ChatReply(text=json.dumps({"judgements": rows}), model=self.name)
