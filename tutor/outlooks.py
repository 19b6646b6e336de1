"""How one learner stands before a subject: what comes next, what is open, what is left; and what differs.

A further thing that a change of the graph may change for a learner (a roadmap, a plan) becomes a field of
`Outlook` and a row of `ASPECTS`; everything that compares or counts goes by that table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutor.decisions import DEFAULT_WEIGHTS, Action, Situation, Weights
from tutor.policy import outline


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a learner has before them at one moment.

    Attributes
    ----------
    action : Action
    concept : str or None
        What comes next, by the policy.
    frontier : frozenset of str
        Everything that could come next.
    ready, locked : frozenset of str
        The concepts not mastered, whatever the goals: with everything that they rest on mastered, or not.
    mastered : frozenset of str
        The concepts of the graph that count as mastered.
    goals : frozenset of str
        The goals that were set and that the graph holds; none where none was set.
    path : tuple of str
        What is left to be mastered for the goals, in the order of learning.
    """

    action: Action
    concept: str | None
    frontier: frozenset[str]
    ready: frozenset[str]
    locked: frozenset[str]
    mastered: frozenset[str]
    goals: frozenset[str]
    path: tuple[str, ...]


ASPECTS: dict[str, Callable[[Outlook], object]] = {
    "next": lambda outlook: (outlook.action, outlook.concept),
    "frontier": lambda outlook: outlook.frontier,
    "access": lambda outlook: (outlook.ready, outlook.locked),
    "mastery": lambda outlook: outlook.mastered,
    "goals": lambda outlook: outlook.goals,
    "path": lambda outlook: outlook.path,
}


def outlook_on(situation: Situation, *, weights: Weights = DEFAULT_WEIGHTS) -> Outlook:
    """Return how a learner stands.

    Parameters
    ----------
    situation : Situation
    weights : Weights, optional

    Returns
    -------
    Outlook

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    >>> outlook = outlook_on(Situation(graph, goals=("b",)))
    >>> outlook.concept, outlook.path, sorted(outlook.locked)
    ('a', ('a', 'b'), ['b', 'c'])
    """
    graph, state = situation.compiled, situation.state
    action, frontier = outline(situation, weights=weights)
    goals = situation.goal_numbers if situation.goals else range(len(graph))
    enough = frozenset(graph.named(state.mastered))
    ready = frozenset(graph.named(state.outer_fringe())) | (enough - frozenset(situation.mastered))
    mastered = frozenset(situation.mastered)
    return Outlook(
        action=action,
        concept=frontier[0] if frontier else None,
        frontier=frozenset(frontier),
        ready=ready,
        locked=frozenset(graph) - ready - mastered,
        mastered=mastered,
        goals=frozenset(graph.named(situation.goal_numbers)),
        path=tuple(graph.named(state.learning_path(goals))),
    )


def changed_aspects(before: Outlook, after: Outlook) -> tuple[str, ...]:
    """Return in which aspects two outlooks differ, in the order of `ASPECTS`.

    Parameters
    ----------
    before, after : Outlook

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> from graphs.building import build_graph
    >>> one, two = (outlook_on(Situation(build_graph(concepts, edges=[]))) for concepts in ("a", "ab"))
    >>> changed_aspects(one, one), changed_aspects(one, two)
    ((), ('frontier', 'access', 'path'))
    """
    return tuple(name for name, aspect in ASPECTS.items() if aspect(before) != aspect(after))
