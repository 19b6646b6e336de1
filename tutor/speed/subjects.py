"""Draw large subjects that are built like real ones: areas that rest on areas, and learners on their way."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from graphs.compiled import CompiledGraph, compile_graph
from graphs.knowledge_state import KnowledgeState
from tutor.decisions import Standing

AREA = 25
PREREQUISITES = 3


@dataclass(frozen=True, slots=True)
class DrawnLearner:
    """What a learner aims for, and how the concepts stand that they have met."""

    goals: tuple[str, ...]
    standings: dict[str, Standing]


def draw_links(count: int, *, rng: random.Random) -> list[tuple[int, int]]:
    """Return about three links a concept, each from a concept of the same area or of the area below it.

    Areas hold 25 concepts and form a binary tree, so that even of 100,000 concepts each rests on some hundred
    at most, as a concept of a real curriculum does, and not on half of all there is.
    """
    links = set()
    for number in range(1, count):
        area, within = divmod(number, AREA)
        below = (area - 1) // 2 * AREA if area else 0
        for _ in range(PREREQUISITES):
            if within and (not area or rng.random() < 2 / 3):
                links.add((number - rng.randint(1, within), number))
            elif area:
                links.add((below + rng.randrange(AREA), number))
    return sorted(links)


def concept_ids(count: int) -> list[str]:
    """Return ids as long as those of a database."""
    return [f"{number:08}-0000-4000-8000-000000000000" for number in range(count)]


def compile_links(concepts: Sequence[str], links: Sequence[tuple[int, int]]) -> CompiledGraph:
    """Compile drawn links."""
    return compile_graph(concepts, edges=((concepts[below], concepts[above]) for below, above in links))


def draw_learner(
    graph: CompiledGraph, *, goals: int, left: int, rng: random.Random, failing: float = 0.05
) -> DrawnLearner:
    """Return a learner with some goals who has mastered all but the last `left` of what these rest on."""
    late = range(len(graph) // 2, len(graph))
    chosen = tuple(sorted(rng.sample(late, goals)))
    needed = sorted(KnowledgeState(graph, ()).needed(chosen), key=graph.places.__getitem__)
    mastered, open_ = needed[: max(0, len(needed) - left)], needed[max(0, len(needed) - left) :]
    standings = {
        graph.concepts[number]: Standing(0.95, mastered=True, is_due=rng.random() < 0.02)
        for number in mastered
    }
    standings |= {
        graph.concepts[number]: Standing(0.3, tries=2, failures=2)
        for number in open_
        if rng.random() < failing
    }
    return DrawnLearner(tuple(graph.named(chosen)), standings)
