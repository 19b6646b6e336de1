"""From scored pairs to a graph: few prerequisites each, nothing implied twice, no cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from concepts.extraction.scoring import EdgeWeights, ScoredPair
from graphs.building import PrerequisiteGraph, build_directed
from graphs.cycles import break_cycles
from graphs.errors import Edge

MOST_PREREQUISITES = 8
# A prerequisite this much less likely than the dependent's likeliest is more often a mere mention.
LEAST_SHARE_OF_BEST = 0.5


@dataclass(frozen=True, slots=True)
class RejectedPair:
    """A scored pair that was given up, and why."""

    pair: ScoredPair
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The pairs that make the graph, and those that nearly did."""

    kept: tuple[ScoredPair, ...]
    rejected: tuple[RejectedPair, ...]


def select_edges(pairs: Iterable[ScoredPair], *, weights: EdgeWeights, names: Sequence[str]) -> Selection:
    """Choose an acyclic graph from scored pairs.

    A concept keeps at most ``MOST_PREREQUISITES`` prerequisites, none far less likely than its likeliest; of
    every cycle the weakest edge goes; a weak edge goes where two surer edges imply it.

    Parameters
    ----------
    names
        What to call each concept in the reasons.
    """
    likely = [pair for pair in pairs if pair.confidence >= weights.propose]
    crowded, few = _split_crowded(likely)
    by_ends = {(pair.prerequisite, pair.dependent): pair for pair in few}
    edges = [Edge(str(pair.prerequisite), str(pair.dependent), pair.confidence) for pair in few]
    graph, dropped = break_cycles(build_directed(map(str, range(len(names))), edges=edges))
    rejected = [RejectedPair(pair, "weaker than its other prerequisites") for pair in crowded]
    for fall in dropped:
        circle = " → ".join(names[int(number)] for number in (*fall.cycle, fall.cycle[0]))
        pair = by_ends.pop((int(fall.edge.source), int(fall.edge.target)))
        rejected.append(RejectedPair(pair, f"the weakest link of a circle: {circle}"))
    for pair, through in _implied(graph, by_ends, below=weights.accept):
        del by_ends[pair.prerequisite, pair.dependent]
        rejected.append(RejectedPair(pair, f"implied by surer edges through {names[through]}"))
    return Selection(tuple(by_ends.values()), tuple(rejected))


def _split_crowded(pairs: Iterable[ScoredPair]) -> tuple[list[ScoredPair], list[ScoredPair]]:
    """Return the pairs that are too many for their dependent, and the others."""
    of_dependent: dict[int, list[ScoredPair]] = defaultdict(list)
    for pair in pairs:
        of_dependent[pair.dependent].append(pair)
    crowded: list[ScoredPair] = []
    few: list[ScoredPair] = []
    for _, group in sorted(of_dependent.items()):
        ranked = sorted(group, key=lambda pair: (-pair.confidence, pair.prerequisite))
        near = [pair for pair in ranked if pair.confidence >= LEAST_SHARE_OF_BEST * ranked[0].confidence]
        few.extend(near[:MOST_PREREQUISITES])
        crowded.extend(ranked[len(near[:MOST_PREREQUISITES]) :])
    return crowded, few


def _implied(
    graph: PrerequisiteGraph, by_ends: dict[tuple[int, int], ScoredPair], *, below: float
) -> list[tuple[ScoredPair, int]]:
    """Return the pairs that two surer edges in a row imply, with the concept between.

    Judged on the whole graph at once: an edge that is itself implied still implies others by the chain
    that implies it, because each link of that chain is surer still.
    """
    found = []
    for (first, last), pair in by_ends.items():
        if pair.confidence >= below:
            continue
        between = [
            int(middle)
            for middle in graph.successors(str(first))
            if graph.has_edge(middle, str(last))
            and graph.edges[str(first), middle]["confidence"] > pair.confidence
            and graph.edges[middle, str(last)]["confidence"] > pair.confidence
        ]
        if between:
            found.append((pair, min(between)))
    return found
