"""In which order options are shown: the same for one learner every time, different between learners."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One option under the name by which it is handed in; the name tells nothing."""

    id: str
    text: str


def shuffled(options: Sequence[str], *, item_key: str, learner: str) -> list[Option]:
    """Return ``options`` (all different) in an order that depends on the item and the learner only.

    Examples
    --------
    >>> shown = shuffled(["right", "wrong", "worse"], item_key="k", learner="lea")
    >>> shown == shuffled(["right", "wrong", "worse"], item_key="k", learner="lea")
    True
    >>> sorted(option.text for option in shown)
    ['right', 'worse', 'wrong']
    """
    named = (Option(_name(text, item_key=item_key, learner=learner), text) for text in options)
    return sorted(named, key=lambda option: option.id)


def moved_on(options: list[Option], *, right: Sequence[str]) -> list[Option]:
    """Return ``options``, moved on by one where they stand in the order ``right``: solved before begun."""
    if [option.text for option in options] != list(right):
        return options
    return [*options[1:], options[0]]


def _name(text: str, *, item_key: str, learner: str) -> str:
    return hashlib.sha256(f"{learner}\n{item_key}\n{text}".encode()).hexdigest()[:12]
