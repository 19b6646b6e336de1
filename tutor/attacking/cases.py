"""The cases of the attack suite, read from TOML files of one concept each, and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, cast


class CaseClass(StrEnum):
    """What is tried; those that begin with ``right`` are right answers, and refusing one is a failure too."""

    EMPTY = "empty"
    OFF_TOPIC = "off_topic"
    QUESTION_COPIED = "question_copied"
    LESSON_COPIED = "lesson_copied"
    SOURCE_COPIED = "source_copied"
    DISGUISED_COPY = "disguised_copy"
    KEYWORD_SALAD = "keyword_salad"
    SHUFFLED = "shuffled"
    FLUENT_WRONG = "fluent_wrong"
    NEGATED = "negated"
    ANTONYMS = "antonyms"
    NUMBERS = "numbers"
    REVERSED = "reversed"
    HALF_RIGHT = "half_right"
    OTHER_CONCEPT = "other_concept"
    WRONG_PLUS_KEYWORDS = "wrong_plus_keywords"
    PADDING = "padding"
    INJECTION = "injection"
    INJECTION_ENCODED = "injection_encoded"
    INJECTION_IN_SOURCE = "injection_in_source"
    RIGHT = "right"
    RIGHT_INFORMAL = "right_informal"
    RIGHT_UNGRAMMATICAL = "right_ungrammatical"
    RIGHT_TYPOS = "right_typos"
    RIGHT_UNUSUAL = "right_unusual"
    RIGHT_TERSE = "right_terse"
    RIGHT_LONG = "right_long"
    RIGHT_TRIGGER = "right_trigger"
    RIGHT_DOUBLE_NEGATION = "right_double_negation"
    RIGHT_DISGUISED = "right_disguised"

    @property
    def is_right(self) -> bool:
        """Whether answers of this class must pass."""
        return self.value.startswith("right")

    @property
    def is_injection(self) -> bool:
        """Whether answers of this class try to talk to the grader."""
        return self.value.startswith("injection")


class Earns(StrEnum):
    """What an answer deserves."""

    NOTHING = "none"
    PART = "part"
    PASS = "pass"  # noqa: S105  # a verdict, not a password


@dataclass(frozen=True, slots=True)
class Concept:
    """A question with its rubric, and the lesson and source that its answers might be copied from."""

    key: str
    name: str
    subject: str
    question: str
    points: tuple[str, ...]
    lesson: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Case:
    """One answer and what it deserves.

    Attributes
    ----------
    shows
        Places in the rubric, from 0, that may be credited; all of them for an answer that must pass.
    source_note
        What somebody hid in the source; empty for most.
    background
        What the suite says of other concepts of the subject.
    """

    concept: Concept
    kind: CaseClass
    answer: str
    earns: Earns
    shows: frozenset[int]
    source_note: str = ""
    background: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that the lesson was made from."""
        return (f"{self.concept.source}\n\n{self.source_note}".rstrip(),)


class AttacksUnusable(Exception):
    """The files of the suite are not there, or a case in them does not say what must happen."""

    def __init__(self, place: Path, reason: str) -> None:
        self.place, self.reason = place, reason
        super().__init__(f"{place} cannot be used as an attack suite: {reason}.")


def read_cases(folder: Path) -> tuple[Case, ...]:
    """Return the cases of every TOML file in ``folder``, in the order of file names.

    Raises
    ------
    AttacksUnusable
        If there is no file, one cannot be read, or one leaves open what must happen.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise AttacksUnusable(folder, "there is no .toml file in it")
    return _with_background([case for file in files for case in _read(file)])


def _with_background(cases: Sequence[Case]) -> tuple[Case, ...]:
    """With what the suite says of other concepts of the same subject, as a course would have it."""
    concepts = {case.concept.key: case.concept for case in cases}
    background = {
        key: tuple(
            text
            for other in concepts.values()
            if other.subject == one.subject and other.key != key
            for text in (*other.points, *other.lesson)
        )
        for key, one in concepts.items()
    }
    return tuple(replace(case, background=background[case.concept.key]) for case in cases)


def _read(file: Path) -> list[Case]:
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as exc:
        raise AttacksUnusable(file, f"it is not readable TOML ({exc})") from exc
    concept = Concept(
        key=file.stem,
        name=_text(data, "concept", file),
        subject=_text(data, "subject", file),
        question=_text(data, "question", file),
        points=_texts(data, "points", file),
        lesson=_texts(data, "lesson", file),
        source=_text(data, "source", file),
    )
    rows = data.get("cases")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not rows:
        raise AttacksUnusable(file, "it has no [[cases]]")
    return [_case(row, concept, file, number) for number, row in enumerate(rows, start=1)]


def _case(row: Mapping[str, Any], concept: Concept, file: Path, number: int) -> Case:
    def wrong(reason: str) -> AttacksUnusable:
        return AttacksUnusable(file, f"case {number} {reason}")

    try:
        kind, earns = CaseClass(row.get("class", "")), Earns(row.get("earns", ""))
    except ValueError as exc:
        raise wrong(f"has an unknown class, or does not say what it earns ({exc})") from exc
    if not isinstance(row.get("answer"), str):
        raise wrong("has no answer")
    if kind.is_right != (earns is Earns.PASS):
        raise wrong(f"is {kind.value} and yet earns {earns.value}")
    if bool(row.get("shows")) != (earns is Earns.PART):
        raise wrong("must say which points it shows if it earns part, and only then")
    every = frozenset(range(len(concept.points)))
    shows = every if earns is Earns.PASS else frozenset(place - 1 for place in row.get("shows", ()))
    if not shows <= every:
        raise wrong(f"shows a point that the rubric of {len(every)} does not have")
    return Case(
        concept=concept,
        kind=kind,
        answer=row["answer"] * row.get("repeat", 1),
        earns=earns,
        shows=shows,
        source_note=row.get("source_note", ""),
    )


def _text(data: Mapping[str, Any], key: str, file: Path) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise AttacksUnusable(file, f"it has no “{key}”")
    return value


def _texts(data: Mapping[str, Any], key: str, file: Path) -> tuple[str, ...]:
    value = data.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise AttacksUnusable(file, f"“{key}” is not a list of sentences")
    return tuple(cast("list[str]", value))
