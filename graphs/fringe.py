"""Where a learner stands in a prerequisite graph: what is ready, what is locked, and by what.

The terms are those of knowledge space theory (Falmagne and Doignon, Learning Spaces, 2011, chapter 4). A
learner's mastered concepts need not be closed downwards: someone may master a concept without what it rests
on. So "ready" looks at direct prerequisites only, and a mastered prerequisite hides what lies below it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from graphs.building import PrerequisiteGraph
from graphs.errors import UnknownConcept
from graphs.paths import needed


@dataclass(frozen=True, slots=True)
class Blockers:
    """What stands between a learner and a concept.

    Attributes
    ----------
    direct : tuple of str
        Its own prerequisites that are not mastered, sorted.
    roots : tuple of str
        The concepts at the bottom of all that is missing, sorted: ready now, and where to begin.
    """

    direct: tuple[str, ...]
    roots: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.direct)


def outer_fringe(graph: PrerequisiteGraph, *, mastered: Collection[str]) -> set[str]:
    """Return the concepts that are ready to be learned.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; this is not checked.
    mastered : collection of str
        Ids that the graph does not hold are ignored: a concept may have been deleted since.

    Returns
    -------
    set of str
        The concepts that are not mastered and whose every prerequisite is.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> outer_fringe(graph, mastered=["a"])
    {'b'}
    """
    known = set(mastered)
    return {c for c in graph if c not in known and all(p in known for p in graph.predecessors(c))}


def inner_fringe(graph: PrerequisiteGraph, *, mastered: Collection[str]) -> set[str]:
    """Return the mastered concepts on which no other mastered concept rests: the learner's latest reach.

    Parameters
    ----------
    graph, mastered
        As for `outer_fringe`.

    Returns
    -------
    set of str

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> inner_fringe(graph, mastered=["a", "b"])
    {'b'}
    """
    known = set(mastered)
    return {c for c in known if c in graph and not any(d in known for d in graph.succ[c])}


def blockers(graph: PrerequisiteGraph, *, concept: str, mastered: Collection[str]) -> Blockers:
    """Return what keeps a concept locked; empty for one that is ready.

    Parameters
    ----------
    graph, mastered
        As for `outer_fringe`.
    concept : str

    Returns
    -------
    Blockers

    Raises
    ------
    UnknownConcept
        If the graph does not hold `concept`.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abcd", edges=[Edge("a", "b"), Edge("b", "c"), Edge("d", "c")])
    >>> blockers(graph, concept="c", mastered=[])
    Blockers(direct=('b', 'd'), roots=('a', 'd'))
    """
    if concept not in graph:
        raise UnknownConcept(concept)
    known = set(mastered)
    direct = [prerequisite for prerequisite in graph.pred[concept] if prerequisite not in known]
    missing = needed(graph, goals=direct, mastered=known)
    roots = [c for c in missing if all(prerequisite in known for prerequisite in graph.pred[c])]
    return Blockers(tuple(sorted(direct)), tuple(sorted(roots)))
