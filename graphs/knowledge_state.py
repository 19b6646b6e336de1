"""Where one learner stands in a compiled graph: what is ready, needed, locked, and worth how much.

The answers are those of `graphs.fringe` and `graphs.paths`, but each costs what it finds, not what the graph
holds: the search for what goals need goes down from the goals and stops at what is mastered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heappop, heappush

import numpy as np

from graphs.compiled import CompiledGraph
from graphs.fringe import Blockers


class KnowledgeState:
    """The concepts that a learner has mastered, in one graph.

    Parameters
    ----------
    graph : CompiledGraph
    mastered : iterable of str
        Ids that the graph does not hold are ignored: a concept may have been withdrawn since.

    Examples
    --------
    >>> from graphs.compiled import compile_graph
    >>> graph = compile_graph("abcd", edges=[("a", "b"), ("b", "c"), ("d", "c")])
    >>> state = KnowledgeState(graph, ["a"])
    >>> graph.named(state.outer_fringe())
    ['b', 'd']
    >>> {concept: graph.named(state.missing(graph.number_of(concept))) for concept in "bc"}
    {'b': [], 'c': ['b', 'd']}
    """

    def __init__(self, graph: CompiledGraph, mastered: Iterable[str]) -> None:
        self.graph = graph
        numbers = graph.numbers
        self.mastered = {numbers[concept] for concept in mastered if concept in numbers}

    def with_mastered(self, number: int) -> KnowledgeState:
        """Return the state after one more concept is mastered; this one does not change."""
        after = KnowledgeState(self.graph, ())
        after.mastered = self.mastered | {number}
        return after

    def outer_fringe(self) -> list[int]:
        """Return the numbers of all concepts that are ready, in teaching order."""
        graph, known = self.graph, self.mastered
        if not known:
            return list(graph.roots.tolist())
        mastered = np.fromiter(known, dtype=np.int32, count=len(known))
        above, met = np.unique(graph.dependents.gather(mastered), return_counts=True)
        opened = above[met == graph.degrees[above]]
        return sorted(number for number in {*graph.roots.tolist(), *opened.tolist()} if number not in known)

    def missing(self, number: int) -> list[int]:
        """Return a concept's own prerequisites that are not mastered, in teaching order."""
        known = self.mastered
        return [below for below in self.graph.prerequisites[number] if below not in known]

    def needed(self, goals: Iterable[int]) -> dict[int, list[int]]:
        """Return what must still be mastered to reach the goals, each with its missing prerequisites.

        A mastered prerequisite hides what lies below it.

        Parameters
        ----------
        goals : iterable of int

        Returns
        -------
        dict of int to list of int
            The goals that are not mastered and all they still rest on; what is ready misses nothing.
        """
        known, prerequisites = self.mastered, self.graph.prerequisites
        found: dict[int, list[int]] = {}
        waiting = [goal for goal in goals if goal not in known]
        while waiting:
            number = waiting.pop()
            if number not in found:
                found[number] = missing = [below for below in prerequisites[number] if below not in known]
                waiting += missing
        return found

    def first_needed(self, limit: int) -> dict[int, list[int]]:
        """Return the first concepts in the order of learning that are not mastered, as `needed` does.

        The prerequisites of each that are missing are among them, for they come before it.
        """
        graph, found = self.graph, dict[int, list[int]]()
        for number in graph.order[: limit + len(self.mastered)].tolist():
            if number not in self.mastered:
                found[number] = self.missing(number)
                if len(found) == limit:
                    break
        return found

    def learning_path(self, goals: Iterable[int]) -> list[int]:
        """Return what the goals need in an order in which it can be learned, as `graphs.paths.learning_path`.

        Of what can be learned next the first in teaching order comes first.

        Examples
        --------
        >>> from graphs.compiled import compile_graph
        >>> graph = compile_graph("abcd", edges=[("d", "a"), ("a", "c")])
        >>> graph.named(KnowledgeState(graph, []).learning_path([2, 1]))
        ['b', 'd', 'a', 'c']
        """
        needed = self.needed(goals)
        left = {number: len(missing) for number, missing in needed.items()}
        ready = sorted(number for number, count in left.items() if not count)
        path = []
        while ready:
            path.append(heappop(ready))
            for above in self.graph.dependents[path[-1]]:
                if above in left:
                    left[above] -= 1
                    if not left[above]:
                        heappush(ready, above)
        return path

    def unlocked_by(self, number: int) -> list[int]:
        """Return what becomes ready at the moment a concept is mastered, in teaching order."""
        if number in self.mastered:
            return []
        above = self.graph.dependents[number]
        return [one for one in above if one not in self.mastered and self.missing(one) == [number]]

    def blockers(self, number: int) -> Blockers:
        """Return what keeps a concept locked; empty for one that is ready."""
        direct = self.missing(number)
        roots = [below for below, missing in self.needed(direct).items() if not missing]
        named = self.graph.named
        return Blockers(tuple(sorted(named(direct))), tuple(sorted(named(roots))))

    def roots_below(self, needed: Mapping[int, Sequence[int]]) -> dict[int, frozenset[int]]:
        """Return for each of the needed concepts the ready ones that it waits for, in one pass.

        Parameters
        ----------
        needed : mapping of int to sequence of int
            As `needed` returns it.
        """
        found: dict[int, frozenset[int]] = {}
        for number in sorted(needed, key=self.graph.places.__getitem__):
            below = needed[number]
            sets = [found[one] if needed[one] else frozenset((one,)) for one in below]
            found[number] = sets[0].union(*sets[1:]) if sets else frozenset()
        return found


def unlocking_values(
    graph: CompiledGraph, *, needed: Mapping[int, Sequence[int]], of: Collection[int]
) -> dict[int, float]:
    """Return how much of what is still locked each of some concepts opens, as `graphs.paths.unlocking_value`.

    Every locked concept is worth one, shared equally by all that it waits for. What each waits for is a
    set of bits in one whole number, so that a union is one operation for all its members.

    Parameters
    ----------
    graph : CompiledGraph
    needed : mapping of int to sequence of int
        Concepts with their missing prerequisites, as `KnowledgeState.needed` returns them.
    of : collection of int
        The concepts whose value is asked for; each must be needed.

    Examples
    --------
    >>> from graphs.compiled import compile_graph
    >>> graph = compile_graph("abc", edges=[("a", "b"), ("b", "c")])
    >>> unlocking_values(graph, needed=KnowledgeState(graph, []).needed(range(3)), of=[0, 1])
    {0: 1.5, 1: 0.5}
    """
    asked = list(of)
    bits = {number: 1 << place for place, number in enumerate(asked)}
    others = (number for number in needed if number not in bits)
    bits |= {number: 1 << place for place, number in enumerate(others, start=len(asked))}
    worth, among_asked = [0.0] * len(asked), (1 << len(asked)) - 1
    at_or_below: dict[int, int] = {}
    for number in sorted(needed, key=graph.places.__getitem__):
        waits_for = 0
        for below in needed[number]:
            waits_for |= at_or_below[below]
        at_or_below[number] = waits_for | bits[number]
        if not waits_for:
            continue
        share, counted = 1 / waits_for.bit_count(), waits_for & among_asked
        while counted:
            lowest = counted & -counted
            worth[lowest.bit_length() - 1] += share
            counted ^= lowest
    return dict(zip(asked, worth, strict=True))
