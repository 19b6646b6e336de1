"""Grades an answer to a practice item: the same answer to the same item always scores the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from tutor.items.matching import matches
from tutor.items.ports import ItemKind, PracticeDraft
from tutor.items.quantities import is_within, read_quantity

# The value is right and its form is not: evidence neither for nor against.
HALF_RIGHT = 0.5
_QUOTES = str.maketrans({'"': "'", "“": "'", "”": "'", "‘": "'", "’": "'"})


@dataclass(frozen=True, slots=True)
class Graded:
    """The score of an answer in 0..1, and where it is not plain why, one sentence."""

    score: float
    note: str = ""

    @property
    def is_right(self) -> bool:
        """Whether nothing is missing."""
        return self.score >= 1


def grade(item: PracticeDraft, given: str | Sequence[str]) -> Graded:
    """Return what an answer to ``item`` is worth.

    Parameters
    ----------
    given
        What was typed, the text of the chosen option, or the steps in the learner's order.

    Raises
    ------
    ValueError
        If steps are missing, doubled or unknown, or an option is unknown: that is no answer to this item.
    """
    if item.kind is ItemKind.ORDERING:
        return Graded(order_score(item.steps, () if isinstance(given, str) else given))
    text = given if isinstance(given, str) else " ".join(given)
    if item.kind is ItemKind.CHOICE:
        return _chosen(item, text)
    if item.kind is ItemKind.NUMERIC:
        return _number(item, text)
    if item.kind is ItemKind.CODE_OUTPUT:
        return _output(item.answer, text)
    return Graded(float(matches(text, (item.answer, *item.accepted), rejected=item.rejected)))


def order_score(right: Sequence[str], given: Sequence[str]) -> float:
    """Return the share of pairs that stand in the right order; 1 only for the right order itself.

    Examples
    --------
    >>> order_score(["a", "b", "c"], ["b", "a", "c"])
    0.6666666666666666
    """
    if sorted(given) != sorted(right):
        raise ValueError("put each step in exactly one place")
    places = {step: at for at, step in enumerate(given)}
    pairs = list(combinations(right, 2))
    return sum(places[first] < places[second] for first, second in pairs) / len(pairs)


def _chosen(item: PracticeDraft, text: str) -> Graded:
    if text not in item.options:
        raise ValueError("choose one of the answers that are offered")
    if text == item.answer:
        return Graded(1.0)
    meant = next((one.concept for one in item.distractors if one.text == text), "")
    note = f"That is what the sources say of “{meant}”." if meant and meant != text else ""
    return Graded(0.0, note)


def _number(item: PracticeDraft, text: str) -> Graded:
    wanted = read_quantity(item.answer, unit=item.unit)
    given = read_quantity(text, unit=item.unit)
    if given is None or wanted is None:
        return Graded(0.0, "Write one number, with its unit if you like.")
    if given.unit != wanted.unit:
        return Graded(0.0, f"The unit asked for is {item.unit or 'none: a bare number'}.")
    return Graded(float(is_within(given, wanted, tolerance=item.tolerance)))


def _output(wanted: str, text: str) -> Graded:
    right, mine = _lines(wanted), _lines(text)
    if mine == right:
        return Graded(1.0)
    if [line.strip("'") for line in mine] == [line.strip("'") for line in right] and mine:
        return Graded(HALF_RIGHT, "The value is right; look at whether it is shown in quotation marks.")
    return Graded(0.0)


def _lines(text: str) -> list[str]:
    """The lines as compared: one kind of quotation mark, and no white space that Python does not mind."""
    lines = [line.rstrip() for line in text.translate(_QUOTES).strip("\n").splitlines()]
    return [_without_spaces(line.strip() if len(lines) == 1 else line) for line in lines]


def _without_spaces(line: str) -> str:
    """Spaces outside of quotation marks go, but not where they part two words."""
    kept: list[str] = []
    quoted = False
    for at, char in enumerate(line):
        quoted = quoted != (char == "'")
        before, after = line[at - 1 : at], line[at + 1 : at + 2]
        if char == " " and not quoted and not (_parts_words(before) and _parts_words(after)):
            continue
        kept.append(char)
    return "".join(kept)


def _parts_words(char: str) -> bool:
    return char.isalnum() or char in "._'"
