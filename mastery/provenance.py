"""What the field ``hashes`` of an event holds: by which means an answer was asked for, and judged.

====================  ==================================================================================
name                  of what
====================  ==================================================================================
``parameters``        the estimator's parameters by which the event was first folded; of every event
``source``            the words of the sources that the question rests on, with their documents' contents
``lesson``            the lesson's sentences, question and points
``item``              the practice item: the same whenever its sources are
``rubric``            what was asked and by which points or solution the answer is judged
``prompt``            the prompt and its schema; empty where the grader asks no chat model
``model``             the grader's engine and version, in which a chat model names its weights
``answer``            the learner's words; gone once the learner is forgotten
``placement``         the placement that asked, or concluded: its id
``leaning``           no digest: how a course's teachers shifted the grader, two signed numbers
====================  ==================================================================================

Digests are SHA-256 in hexadecimal, but for ``parameters`` (its first 16 digits) and those that another part
of the service names (``lesson``, ``item``, ``prompt``, ``placement``). What a person judged names neither
prompt nor model.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mastery.errors import ProvenanceNotUsable
from mastery.parameters import Kind

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[0-9A-Za-z_.:-]{1,64}")
PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "parameters": re.compile(r"[0-9a-f]{16}"),
        "source": _SHA256,
        "lesson": _NAME,
        "item": _NAME,
        "rubric": _SHA256,
        "prompt": re.compile(rf"(?:{_NAME.pattern})?"),
        "model": _SHA256,
        "answer": _SHA256,
        "placement": _NAME,
        "leaning": re.compile(r"[+-]\d+\.\d{3} [+-]\d+\.\d{3}"),
    }
)
BY_MACHINE = frozenset({"prompt", "model", "leaning"})
_ASKED = frozenset({"parameters", "source", "rubric"})
NEEDED: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        Kind.EXPLAIN_BACK: _ASKED | {"lesson", "prompt", "model", "answer", "leaning"},
        Kind.CLOZE: _ASKED | {"item", "prompt", "model", "answer"},
        Kind.CHOICE: _ASKED | {"item", "prompt", "model", "answer"},
        Kind.SELF_REPORT: frozenset({"parameters"}),
        Kind.OVERRIDE: frozenset({"parameters"}),
        Kind.PLACEMENT: frozenset({"parameters", "placement"}),
    }
)


def check_hashes(hashes: Mapping[str, Any]) -> None:
    """Refuse what no reader of the log could make sense of.

    Raises
    ------
    ProvenanceNotUsable
        If a name is unknown or its value is not of its form.

    Examples
    --------
    >>> check_hashes({"parameters": "0123456789abcdef", "prompt": ""})
    >>> check_hashes({"parameters": "yesterday's"})
    Traceback (most recent call last):
        ...
    mastery.errors.ProvenanceNotUsable: An event cannot bear the hash parameters = "yesterday's"; ...
    """
    for name, value in hashes.items():
        pattern = PATTERNS.get(name)
        if pattern is None or not isinstance(value, str) or not pattern.fullmatch(value):
            raise ProvenanceNotUsable(name, value)


def missing_hashes(hashes: Mapping[str, Any], *, kind: Kind, is_by_person: bool) -> list[str]:
    """Return the names that an event of this kind should bear and does not, sorted.

    Examples
    --------
    >>> missing_hashes({"parameters": "0123456789abcdef"}, kind=Kind.OVERRIDE, is_by_person=True)
    []
    >>> missing_hashes({"item": "k"}, kind=Kind.CLOZE, is_by_person=False)
    ['answer', 'model', 'parameters', 'prompt', 'rubric', 'source']
    """
    needed = NEEDED[kind] - BY_MACHINE if is_by_person else NEEDED[kind]
    return sorted(needed - hashes.keys())


def digest_of(content: Any) -> str:
    """Return the SHA-256 of JSON data, whatever the order of its keys.

    Examples
    --------
    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def digest_of_model(engine: str, *, version: str) -> str:
    """Return the hash ``model`` of a grader."""
    return digest_of({"engine": engine, "version": version})
