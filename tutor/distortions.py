"""What a sentence in other words may not change: amounts, names, denials, who does what, how sure, how much.

Similar words are no proof: "some strings may break" and "all strings break" are near in every measure of
similarity. Each rule here looks for one kind of change and says nothing where it sees none, so what passes
is not yet supported; that is measured apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tutor import near_copies
from tutor.amounts import amounts_conflict
from tutor.clauses import clause_spans
from tutor.conflicts import antonym_conflict, is_negator, negation_conflict
from tutor.hedges import ABLE, CAN, DOUBTS, HEDGE, UNIVERSALS, any_of
from tutor.roles import roles_swapped
from vectorstore.words import stems, words

# A sentence of the citation counts when it shares this part of what the nearest one shares.
NEARLY_AS_NEAR = 0.6
# A clause lends its hedge or its condition only to a claim that says half of it.
HALF = 0.5


class Distortion(StrEnum):
    """How a sentence changes what it cites."""

    NUMBER = "number_not_in_citation"
    NAME = "name_not_in_citation"
    NEGATION = "negation_not_in_citation"
    OPPOSITE = "opposite_of_citation"
    ROLES = "roles_swapped"
    QUANTIFIER = "quantifier_not_in_citation"
    HEDGE = "hedge_changed"
    COMPARISON = "comparison_not_in_citation"
    CONDITION = "condition_left_out"
    MISTAKE = "mistake_told_as_fact"


@dataclass(frozen=True, slots=True)
class _Case:
    """A sentence, all that it cites, and the cited sentences that it is nearest to."""

    said: str
    cited: str
    near: tuple[str, ...]
    names: Collection[str]


def distortion(said: str, rows: Sequence[str], *, names: Collection[str] = ()) -> Distortion | None:
    """Return how ``said`` changes what the cited sentences ``rows`` say, or None where no rule sees a change.

    Parameters
    ----------
    names
        Stems that may be said without standing in the citation: the concept's own name.

    Examples
    --------
    >>> rows = ["Some strings may break when they are tuned above 330 Hz."]
    >>> distortion("When tuned above 330 Hz, some strings may break.", rows)
    >>> distortion("All strings break when they are tuned above 330 Hz.", rows)
    <Distortion.QUANTIFIER: 'quantifier_not_in_citation'>
    >>> distortion("Some strings may break when tuned above 440 Hz.", rows)
    <Distortion.NUMBER: 'number_not_in_citation'>
    """
    case = _Case(said, " ".join(rows), _nearest(said, rows), names)
    return next((kind for kind, is_changed in _RULES if is_changed(case)), None)


def _nearest(said: str, rows: Sequence[str]) -> tuple[str, ...]:
    mine = set(stems(said))
    shared = [len(mine & set(stems(row))) for row in rows]
    most = max(shared, default=0)
    return tuple(row for row, count in zip(rows, shared, strict=True) if count >= NEARLY_AS_NEAR * most)


# --- names ------------------------------------------------------------------------------------

_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\"“‘(])\b[A-Z][\w’'-]+")
# Options, dotted and underscored names, calls: in documentation these are the names.
_IDENTIFIER = re.compile(r"(?<!\w)--?[a-z][\w-]*|\b\w+(?:[._/]\w+)+|\b\w+\(\)|\b[a-z]+[A-Z]\w*")


def _has_new_name(case: _Case) -> bool:
    known = set(words(case.cited))
    for name in _NAME.findall(case.said):
        if not set(words(name)) <= known and not set(stems(name)) <= set(case.names):
            return True
    written = case.cited.casefold()
    return any(name.casefold().removesuffix("()") not in written for name in _IDENTIFIER.findall(case.said))


# --- denials ----------------------------------------------------------------------------------

# These deny, too, without being a "not": they must come from the source.
_SCARCELY = frozenset("rarely seldom scarcely barely hardly few little".split())
_MISTAKEN = re.compile(
    r"\b(?:mistakes?|mistaken|myths?|misconceptions?|fallac\w+|wrong(?:ly)?|incorrect(?:ly)?|false(?:ly)?"
    r"|untrue|tempting|you might (?:think|expect|assume)"
    r"|(?:people|many|some|beginners|we) (?:often )?(?:think|believe|assume|say|claim))\b",
    re.I,
)


def _changes_denial(case: _Case) -> bool:
    denies = any(_denies(word) for word in words(case.said))
    if denies and all(_MISTAKEN.search(row) for row in case.near):
        return False
    if all(_conflicts_by_denial(row, case.said) for row in case.near):
        return True
    if denies and not any(_denies(word) for row in case.near for word in words(row)):
        # "not connected" for "separated" is the same; whether it is, the opposites tell.
        return not any(antonym_conflict(row, _without_denial(case.said)) for row in case.near)
    return False


def _conflicts_by_denial(row: str, said: str) -> bool:
    """A clause that is not told lends no denial to those that are."""
    return negation_conflict(row, said) >= 1 and any(
        negation_conflict(clause, said) >= 1 for clause in _told_clauses(row, said)
    )


def _denies(word: str) -> bool:
    return is_negator(word) or word in _SCARCELY


def _without_denial(text: str) -> str:
    return " ".join(word for word in words(text) if not _denies(word))


def _says_opposite(case: _Case) -> bool:
    return all(antonym_conflict(row, case.said) for row in case.near)


def _tells_mistake(case: _Case) -> bool:
    return all(_MISTAKEN.search(row) for row in case.near) and not (
        _MISTAKEN.search(case.said) or any(_denies(word) for word in words(case.said))
    )


# --- how much, how sure, how compared -----------------------------------------------------------


def _says_more(case: _Case) -> bool:
    """Whether it is told of more than the source tells it of: all for some, only, must, always."""
    return any(kind.search(case.said) and not kind.search(case.cited) for kind in UNIVERSALS)


def _changes_hedge(case: _Case) -> bool:
    if DOUBTS.search(case.said) and not (HEDGE.search(case.cited) or CAN.search(case.cited)):
        return True
    clauses = [clause for row in case.near for clause in _told_clauses(row, case.said)]
    lost_hedge = any(HEDGE.search(clause) for clause in clauses) and not HEDGE.search(case.said)
    lost_can = any(CAN.search(clause) for clause in clauses) and not ABLE.search(case.said)
    if not (lost_hedge or lost_can):
        return False
    return not any(_is_plain(clause) for clause in clauses)


def _is_plain(clause: str) -> bool:
    return not HEDGE.search(clause) and not CAN.search(clause)


def _told_clauses(row: str, said: str) -> list[str]:
    """The clauses of a cited sentence of which the sentence says at least half."""
    mine = set(stems(said))
    clauses = [row[start:end] for start, end in clause_spans(row)]
    told = [one for one in clauses if len(set(stems(one)) & mine) >= max(1, HALF * len(set(stems(one))))]
    return told or [row]


# Words that end like a superlative and are none.
_NO_SUPERLATIVE = (
    "rest|test|interest|honest|forest|west|request|nest|guest|contest|manifest|invest|suggest|digest|arrest|"
    "harvest|modest|protest|chest|earnest"
)
_COMPARISONS = (
    any_of("than|compared to|compared with"),
    re.compile(
        rf"\b(?:the|its|their|of) (?:most|least|best|worst)\b|\b(?!(?:{_NO_SUPERLATIVE})\b)\w{{2,}}est\b",
        re.I,
    ),
    re.compile(r"\bas \w+ as\b|\b(?:the same|equals?|equally|identical|alike)\b", re.I),
)


def _changes_comparison(case: _Case) -> bool:
    return any(kind.search(case.said) and not kind.search(case.cited) for kind in _COMPARISONS)


_CONDITION = any_of("if|unless|provided|except|only when")
_UNLESS = any_of("unless|except|only if")
_CONDITIONAL = any_of("if|unless|when|whenever|where|provided|while|as long as|except|otherwise|in case|for")


def _loses_condition(case: _Case) -> bool:
    if _UNLESS.search(case.said) and not _UNLESS.search(case.cited):
        return True
    if _CONDITIONAL.search(case.said):
        return False
    mine = set(stems(case.said))
    return all(_has_unsaid_condition(row, mine) for row in case.near)


def _has_unsaid_condition(row: str, mine: set[str]) -> bool:
    for start, end in clause_spans(row):
        clause = row[start:end]
        found = _CONDITION.search(clause)
        if found:
            needed = set(stems(clause[found.end() :]))
            if needed and len(needed & mine) < HALF * len(needed):
                return True
    return False


def _in_copies(is_changed: Callable[[str, str], bool]) -> Callable[[_Case], bool]:
    """A rule for copies but for a few words: of the sentence whole, and of its clauses that are told."""

    def holds(case: _Case) -> bool:
        told = [part for row in case.near for part in (row, " ".join(_told_clauses(row, case.said)))]
        copied = [part for part in told if near_copies.is_near_copy(part, case.said)]
        return bool(copied) and all(is_changed(part, case.said) for part in copied)

    return holds


_RULES: tuple[tuple[Distortion, Callable[[_Case], bool]], ...] = (
    (Distortion.NUMBER, lambda case: amounts_conflict(case.said, case.cited)),
    (Distortion.NUMBER, _in_copies(near_copies.changes_number)),
    (Distortion.NAME, _has_new_name),
    (Distortion.MISTAKE, _tells_mistake),
    (Distortion.NEGATION, _changes_denial),
    (Distortion.NEGATION, _in_copies(near_copies.changes_denial)),
    (Distortion.ROLES, lambda case: all(roles_swapped(row, case.said) for row in case.near)),
    (Distortion.OPPOSITE, _says_opposite),
    (Distortion.OPPOSITE, _in_copies(near_copies.says_opposite)),
    (Distortion.QUANTIFIER, _says_more),
    (Distortion.QUANTIFIER, _in_copies(near_copies.says_more)),
    (Distortion.HEDGE, _changes_hedge),
    (Distortion.HEDGE, _in_copies(near_copies.loses_hedge)),
    (Distortion.COMPARISON, _changes_comparison),
    (Distortion.CONDITION, _loses_condition),
)
