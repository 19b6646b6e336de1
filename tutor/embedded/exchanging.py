"""Whether an answer has the words of a point in exchanged roles, told from the relations of both.

Only what is surely exchanged is found: the same verb with its agent where the point has its patient, a way
there for a way back, or in the place of one thing another one of which the point says something else. An
answer that merely says it otherwise has other words or other relations, and nothing is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from tutor.embedded.relations import Relation, Role, relations
from vectorstore.ports import ParsedWord

_THINGS = frozenset({"NOUN", "PROPN", "VERB", "ADJ", "NUM"})
_LIGHT = frozenset({"be", "have", "do"})
_CORE = frozenset({Role.AGENT, Role.SUBJECT, Role.PATIENT, Role.EITHER, Role.TO, Role.FROM, Role.THAN})
_OPEN = frozenset({Role.SUBJECT, Role.EITHER})
_SIDES = frozenset({Role.AGENT, Role.SUBJECT, Role.PATIENT, Role.EITHER})
_OPPOSITE = frozenset(
    {
        (Role.AGENT, Role.PATIENT),
        (Role.PATIENT, Role.AGENT),
        (Role.TO, Role.FROM),
        (Role.FROM, Role.TO),
    }
)


def exchanges_roles(
    point: Sequence[ParsedWord], answer: Sequence[ParsedWord], *, same: Collection[tuple[int, int]]
) -> bool:
    """Say whether ``answer`` has words of ``point`` in each other's roles.

    Parameters
    ----------
    same
        Pairs of places ``(in the point's text, in the answer's text)``, as characters, at which words begin
        that mean the same.
    """
    return _Comparison(point, answer, same=same).finds_exchange()


class _Comparison:
    """Two parses, and which word of one is which of the other."""

    def __init__(
        self,
        point: Sequence[ParsedWord],
        answer: Sequence[ParsedWord],
        *,
        same: Collection[tuple[int, int]],
    ) -> None:
        at_start = {word.start: place for place, word in enumerate(answer)}
        own = {word.start: place for place, word in enumerate(point) if _is_thing(word)}
        pairs = {(own[one], at_start[other]) for one, other in same if one in own and other in at_start}
        self._here = _grouped(pairs)
        self._there = _grouped((other, one) for one, other in pairs)
        self._points = [
            one
            for one in relations(point)
            if _is_thing(point[one.governor]) and _is_thing(point[one.dependent])
        ]
        self._answers = relations(answer)
        # Which words stand in any relation, in the point and in the answer.
        self._tied = {frozenset((one.governor, one.dependent)) for one in self._points}
        self._tied_here = {frozenset((one.governor, one.dependent)) for one in self._answers}

    def finds_exchange(self) -> bool:
        met = (one for one in self._points if self._here.get(one.governor) and self._here.get(one.dependent))
        return any(not self._is_kept(one) and self._is_exchanged(one) for one in met)

    def _is_kept(self, one: Relation) -> bool:
        heads, fillers = self._here[one.governor], self._here[one.dependent]
        if any(_agree(one.role, each.role) for each in self._between(heads, fillers)):
            return True
        # "The speed of light", "light has a speed": what belongs to what is said from both sides.
        is_loose = one.role in (Role.OF, Role.AT, Role.QUALITY)
        return is_loose and any(True for _ in self._between(fillers, heads))

    def _is_exchanged(self, one: Relation) -> bool:
        heads, fillers = self._here[one.governor], self._here[one.dependent]
        if any((one.role, each.role) in _OPPOSITE for each in self._between(heads, fillers)):
            return True
        if one.role is Role.CAUSE:
            return any(each.role is Role.CAUSE for each in self._between(fillers, heads))
        if one.role is Role.COUNT:
            return any(self._counts_another(one, each) for each in self._answers)
        return one.role in _CORE and any(self._takes_place(one, each) for each in self._answers)

    def _takes_place(self, one: Relation, each: Relation) -> bool:
        """Whether in the answer another word of the point stands where the dependent of ``one`` belongs."""
        is_there = each.governor in self._here[one.governor] and _agree(one.role, each.role)
        others = self._there.get(each.dependent, frozenset())
        if not is_there or each.role not in _CORE or not others or one.dependent in others:
            return False
        # Who is tied to the one whose place he takes may stand for him: "sweat" for "its evaporation".
        is_tied = any(frozenset((one.dependent, other)) in self._tied for other in others) or any(
            frozenset((each.dependent, filler)) in self._tied_here for filler in self._here[one.dependent]
        )
        return not is_tied and not self._is_said_of(others, governor=one.governor, role=each.role)

    def _counts_another(self, one: Relation, each: Relation) -> bool:
        others = self._there.get(each.governor, frozenset())
        is_moved = each.role is Role.COUNT and each.dependent in self._here[one.dependent]
        return (
            is_moved
            and bool(others)
            and one.governor not in others
            and not any(frozenset((one.dependent, other)) in self._tied for other in others)
        )

    def _is_said_of(self, others: Iterable[int], *, governor: int, role: Role) -> bool:
        """Whether the point itself has one of ``others`` in that role."""
        return any(
            row.governor == governor
            and row.dependent in others
            and row.role in _CORE
            and _agree(row.role, role)
            for row in self._points
        )

    def _between(self, governors: Collection[int], dependents: Collection[int]) -> Iterable[Relation]:
        return (one for one in self._answers if one.governor in governors and one.dependent in dependents)


def _agree(one: Role, other: Role) -> bool:
    """Whether two roles may be the same one, said in two ways."""
    if one is other or (one in _OPEN and other in _SIDES) or (other in _OPEN and one in _SIDES):
        return True
    if {one, other} <= {Role.QUALITY, Role.COUNT}:
        return True
    return one not in _CORE or other not in _CORE


def _is_thing(word: ParsedWord) -> bool:
    return word.kind in _THINGS and word.lemma not in _LIGHT


def _grouped(pairs: Iterable[tuple[int, int]]) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
    return {key: frozenset(values) for key, values in found.items()}
