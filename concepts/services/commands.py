"""The edits that a draft can hold: each a name, a schema of its parameters, and the edit that it makes.

Concepts are named by key. A command is carried out inside one revision with those before it, so that it
sees what they did. To add a command: its parameters in `SCHEMAS` and its function in `EDITS`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.text import slugify
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from accounts.models import User
from concepts.errors import (
    CommandNotUnderstood,
    ConceptsError,
    NoSuchConceptKey,
    NoSuchPrerequisite,
    PassageNotOfSubject,
    UnknownCommand,
)
from concepts.models import Concept, Prerequisite, Subject
from concepts.services import editing
from concepts.services.merging import merge_concepts
from concepts.services.quoting import Quotation
from concepts.services.splitting import Share, split_concept
from graphs.errors import GraphError
from research.errors import QuoteNotFound
from research.models import Passage

# Why the graph, as it is when a command is reached, may refuse it.
REFUSALS: tuple[type[Exception], ...] = (ConceptsError, GraphError, QuoteNotFound)
MOST_COMPLAINTS = 5
MOST_LEVELS = 4
Parameters = Mapping[str, Any]


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"\S"}


KEY = {"type": "string", "maxLength": 120, "pattern": r"^[-a-zA-Z0-9_]+$"}
NAME = _text(200)
ALIASES = {"type": "array", "items": _text(200), "maxItems": 50}
POSITION = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
QUOTATION = {
    "type": "object",
    "description": "Words that stand in a passage of the subject's sources.",
    "properties": {"passage": {"type": "string", "format": "uuid"}, "quote": _text(5000)},
    "required": ["passage", "quote"],
    "additionalProperties": False,
}
IDS = {"type": "array", "items": {"type": "string", "format": "uuid"}, "maxItems": 1000}
REASON = {"type": "string", "maxLength": 500}
ENDS = {"prerequisite": KEY, "dependent": KEY}


def _parameters(
    properties: dict[str, Any], *, required: tuple[str, ...], at_least: int = 1
) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**properties, "reason": REASON},
        "required": list(required),
        "minProperties": at_least,
        "additionalProperties": False,
    }


SCHEMAS: dict[str, dict[str, Any]] = {
    "add_concept": _parameters(
        {"name": NAME, "key": KEY, "aliases": ALIASES, "position": POSITION, "definition": QUOTATION},
        required=("name",),
    ),
    "change_concept": _parameters(
        {
            "concept": KEY,
            "name": NAME,
            "aliases": ALIASES,
            "position": POSITION,
            "status": {"type": "string", "enum": Concept.Status.values},
            "definition": QUOTATION,
        },
        required=("concept",),
        at_least=2,
    ),
    "remove_concept": _parameters({"concept": KEY}, required=("concept",)),
    "add_prerequisite": _parameters({**ENDS, "evidence": QUOTATION}, required=tuple(ENDS)),
    "decide_prerequisite": _parameters(
        {**ENDS, "status": {"type": "string", "enum": Prerequisite.Status.values}},
        required=(*ENDS, "status"),
    ),
    "remove_prerequisite": _parameters(ENDS, required=tuple(ENDS)),
    "reweigh_prerequisite": _parameters(
        {**ENDS, "confidence": {"type": "number", "minimum": 0, "maximum": 1}},
        required=(*ENDS, "confidence"),
    ),
    "merge_concepts": _parameters({"concept": KEY, "into": KEY}, required=("concept", "into")),
    "split_concept": _parameters(
        {
            "concept": KEY,
            "name": NAME,
            "key": KEY,
            "aliases": ALIASES,
            "evidence": IDS,
            "prerequisites": IDS,
            "points": IDS,
            "definition": QUOTATION,
            "remaining_definition": QUOTATION,
        },
        required=("concept", "name"),
    ),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where commands are carried out: a subject whose revision is in the making, and who edits it."""

    subject: Subject
    author: User | None

    def concept(self, key: str, *, rejected: bool = False) -> Concept:
        """The concept of this key, as the commands before have left it; a ``rejected`` one only if asked."""
        concepts = self.subject.concepts.all() if rejected else self.subject.concepts.standing()
        found = concepts.filter(key=key).first()
        if found is None:
            raise NoSuchConceptKey(key, subject=self.subject.name)
        found.subject = self.subject
        return found

    def edge(self, parameters: Parameters) -> Prerequisite:
        """The prerequisite between the two concepts that the parameters name."""
        ends = {name: self.concept(parameters[name]) for name in ENDS}
        found = self.subject.prerequisites.select_related("prerequisite", "dependent").filter(**ends).first()
        if found is None:
            raise NoSuchPrerequisite(ends["prerequisite"].name, dependent=ends["dependent"].name)
        found.subject = self.subject
        return found

    def quotation(self, value: Parameters | None) -> Quotation | None:
        """The passage and the words that a parameter names."""
        if value is None:
            return None
        passage = Passage.objects.select_related("document__source").filter(pk=value["passage"]).first()
        if passage is None:
            raise PassageNotOfSubject(value["passage"], subject=self.subject.name)
        return Quotation(passage=passage, quote=value["quote"])


def understood(name: str, parameters: object) -> dict[str, Any]:
    """Check a command's parameters against its schema, and write down what it leaves to be derived."""
    validator = _validator(name)
    if _is_deeper_than(MOST_LEVELS, parameters):  # before anything walks through it or shows it
        raise CommandNotUnderstood(name, complaints=[("", "it is nested too deeply")])
    complaints = [(_pointer(error), error.message[:300]) for error in validator.iter_errors(parameters)]
    complaints = complaints or [*_unstorable(parameters, "")]
    if complaints or not isinstance(parameters, dict):
        raise CommandNotUnderstood(name, complaints=complaints[:MOST_COMPLAINTS])
    values = dict(parameters)
    if "name" in values:
        values["name"] = values["name"].strip()
    if "position" in values:
        values["position"] = int(values["position"])
    if name in (
        "add_concept",
        "split_concept",
    ):  # later commands, and readers of the draft, need to know what to call it
        values.setdefault("key", slugify(values["name"])[:120])
    return values


def carry_out(name: str, parameters: Parameters, *, bench: Bench) -> None:
    """Make the edit; whatever of `REFUSALS` it raises is the graph's answer."""
    EDITS[name](bench, parameters)


def _add_concept(bench: Bench, parameters: Parameters) -> None:
    values = dict(parameters)
    definition = bench.quotation(values.pop("definition", None))
    editing.add_concept(bench.subject, author=bench.author, definition=definition, **values)


def _change_concept(bench: Bench, parameters: Parameters) -> None:
    values = dict(parameters)
    editing.change_concept(
        bench.concept(values.pop("concept"), rejected=True),
        author=bench.author,
        definition=bench.quotation(values.pop("definition", None)),
        reason=values.pop("reason", ""),
        changes=values,
    )


def _remove_concept(bench: Bench, parameters: Parameters) -> None:
    editing.remove_concept(
        bench.concept(parameters["concept"]), author=bench.author, reason=parameters.get("reason", "")
    )


def _add_prerequisite(bench: Bench, parameters: Parameters) -> None:
    editing.add_prerequisite(
        bench.subject,
        prerequisite=bench.concept(parameters["prerequisite"]),
        dependent=bench.concept(parameters["dependent"]),
        author=bench.author,
        quotation=bench.quotation(parameters.get("evidence")),
        reason=parameters.get("reason", ""),
    )


def _decide_prerequisite(bench: Bench, parameters: Parameters) -> None:
    editing.decide_prerequisite(
        bench.edge(parameters),
        status=parameters["status"],
        author=bench.author,
        reason=parameters.get("reason", ""),
    )


def _remove_prerequisite(bench: Bench, parameters: Parameters) -> None:
    editing.remove_prerequisite(
        bench.edge(parameters), author=bench.author, reason=parameters.get("reason", "")
    )


def _reweigh_prerequisite(bench: Bench, parameters: Parameters) -> None:
    editing.reweigh_prerequisite(
        bench.edge(parameters),
        confidence=parameters["confidence"],
        author=bench.author,
        reason=parameters.get("reason", ""),
    )


def _merge_concepts(bench: Bench, parameters: Parameters) -> None:
    merge_concepts(
        bench.concept(parameters["concept"]),
        into=bench.concept(parameters["into"]),
        author=bench.author,
        reason=parameters.get("reason", ""),
    )


def _split_concept(bench: Bench, parameters: Parameters) -> None:
    shared = {
        name: frozenset(uuid.UUID(key) for key in parameters.get(name, ()))
        for name in ("evidence", "prerequisites", "points")
    }
    split_concept(
        bench.concept(parameters["concept"]),
        name=parameters["name"],
        key=parameters["key"],
        share=Share(aliases=tuple(parameters.get("aliases", ())), **shared),
        definition=bench.quotation(parameters.get("definition")),
        remaining_definition=bench.quotation(parameters.get("remaining_definition")),
        author=bench.author,
        reason=parameters.get("reason", ""),
    )


EDITS: dict[str, Callable[[Bench, Parameters], None]] = {
    "add_concept": _add_concept,
    "change_concept": _change_concept,
    "remove_concept": _remove_concept,
    "add_prerequisite": _add_prerequisite,
    "decide_prerequisite": _decide_prerequisite,
    "remove_prerequisite": _remove_prerequisite,
    "reweigh_prerequisite": _reweigh_prerequisite,
    "merge_concepts": _merge_concepts,
    "split_concept": _split_concept,
}


@lru_cache(maxsize=64)
def _validator(name: str) -> Draft202012Validator:
    if name not in SCHEMAS:
        raise UnknownCommand(name, known=sorted(SCHEMAS))
    return Draft202012Validator(SCHEMAS[name], format_checker=_FORMATS)


def _pointer(error: ValidationError) -> str:
    return "".join(f"/{part}" for part in error.absolute_path)


def _is_deeper_than(levels: int, value: object) -> bool:
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def _unstorable(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    """What no database takes: the null character and halves of characters, in whatever text."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            yield pointer, "it holds characters that no text has"
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _unstorable(name, pointer)
            yield from _unstorable(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _unstorable(inner, f"{pointer}/{place}")


def _is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return True  # what it should be is said by its type
    uuid.UUID(value)
    return True


_FORMATS = FormatChecker(formats=())
_FORMATS.checks("uuid", raises=ValueError)(_is_uuid)
