"""The way from what a learner knows to what they aim for: which concepts, in which order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from graphs.building import PrerequisiteGraph
from graphs.paths import learning_path


@dataclass(frozen=True, slots=True)
class PathStep:
    """One concept still to be mastered.

    Attributes
    ----------
    waits_for
        Its direct prerequisites that are not mastered either, in the order of the path; none: it is ready.
    """

    concept: str
    is_goal: bool
    waits_for: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it can be learned now."""
        return not self.waits_for


@dataclass(frozen=True, slots=True)
class LearningPath:
    """The concepts between a learner and their goals.

    Attributes
    ----------
    steps
        Each after everything it waits for.
    goals_reached
        Goals that are mastered already, sorted.
    """

    steps: tuple[PathStep, ...]
    goals_reached: tuple[str, ...]


def plan_path(
    graph: PrerequisiteGraph,
    *,
    goals: Collection[str],
    mastered: Collection[str],
    position: Mapping[str, float],
) -> LearningPath:
    """Lay out what must still be mastered to reach the goals.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; u -> v reads "u is required by v".
    goals : collection of str
        Concept ids; empty: every concept of the graph.
    mastered : collection of str
    position : mapping of str to float
        Where the sources teach each concept; among concepts that could come next, the earliest does.

    Returns
    -------
    LearningPath

    Raises
    ------
    graphs.errors.UnknownConcept
        If the graph does not hold a goal.

    Examples
    --------
    >>> from graphs.building import build_graph
    >>> from graphs.errors import Edge
    >>> graph = build_graph(["cycle", "frequency", "pitch"],
    ...     edges=[Edge("cycle", "frequency"), Edge("frequency", "pitch")])
    >>> path = plan_path(graph, goals=["pitch"], mastered=["cycle"], position={})
    >>> [(step.concept, step.is_ready) for step in path.steps]
    [('frequency', True), ('pitch', False)]
    """
    wanted = set(goals) or set(graph)
    known = set(mastered)
    order = learning_path(graph, goals=wanted, mastered=known, position=position)
    place = {concept: number for number, concept in enumerate(order)}
    steps = tuple(
        PathStep(
            concept=concept,
            is_goal=concept in wanted,
            waits_for=tuple(
                sorted((p for p in graph.pred[concept] if p not in known), key=place.__getitem__)
            ),
        )
        for concept in order
    )
    return LearningPath(steps=steps, goals_reached=tuple(sorted(wanted & known)))
