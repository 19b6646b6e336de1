"""Lay a prerequisite graph out in layers, so that every concept stands above what it rests on.

The method is Sugiyama's (Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system
structures, IEEE Transactions on Systems, Man and Cybernetics 11, 1981): layers by longest path, a bend in
every layer that an edge passes through, the order within a layer by barycentres in alternating sweeps.
Places across are then the least-squares ones that keep that order and one unit between neighbours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx

from graphs.building import PrerequisiteGraph

DEFAULT_SWEEPS = 12

# A spot is a concept (its id, layer) or the bend of one edge in one layer (source, target, layer).
Spot: TypeAlias = "tuple[str, int] | tuple[str, str, int]"
Rows: TypeAlias = "list[list[Spot]]"
Neighbours: TypeAlias = "dict[Spot, list[Spot]]"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one concept stands.

    Attributes
    ----------
    layer : int
        0 for a concept without prerequisites; otherwise the length of the longest path that leads to it.
    order : int
        Its place among the concepts of its layer, from the left, without gaps.
    x, y : float
        In grid units: neighbours in a layer are at least 1 apart, `y` is the layer. The least `x` is 0.
    """

    layer: int
    order: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole picture in grid units; scale x and y to the space there is.

    Attributes
    ----------
    places : dict of str to Placement
        Every concept.
    routes : dict of (str, str) to tuple of (float, float)
        For every edge its corners (x, y) from source to target, both ends included.
    width, height : float
        The greatest x and y; 0 where all stand in one column or row.
    """

    places: dict[str, Placement]
    routes: dict[tuple[str, str], tuple[tuple[float, float], ...]]
    width: float
    height: float


def layers(graph: PrerequisiteGraph) -> dict[str, int]:
    """Return the length of the longest path that leads to each concept.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; a cycle raises `networkx.NetworkXUnfeasible`.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> layers(build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c"), Edge("a", "c")]))
    {'a': 0, 'b': 1, 'c': 2}
    """
    depth: dict[str, int] = {}
    for concept in nx.topological_sort(graph):
        depth[concept] = max((depth[p] + 1 for p in graph.pred[concept]), default=0)
    return depth


def lay_out(
    graph: PrerequisiteGraph,
    *,
    position: Mapping[str, float] | None = None,
    sweeps: int = DEFAULT_SWEEPS,
) -> Layout:
    """Place every concept of an acyclic graph; the same graph is always placed the same.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic; a cycle raises `networkx.NetworkXUnfeasible`. Give it the reduced graph: fewer lines cross.
    position : mapping of str to float, optional
        Where the sources teach each concept: the order each layer starts from.
    sweeps : int, optional
        How often the order within layers is improved, alternately upwards and downwards.

    Returns
    -------
    Layout

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> layout = lay_out(build_graph("abc", edges=[Edge("a", "b"), Edge("a", "c")]))
    >>> [(place.x, place.y) for place in layout.places.values()]
    [(0.5, 0.0), (0.0, 1.0), (1.0, 1.0)]
    """
    depth = layers(graph)
    spots_of = {link: _spots(link, depth=depth) for link in sorted(graph.edges)}
    rows = _rows(graph, depth=depth, routes=spots_of.values(), position=position or {})
    below, above = _neighbours(spots_of.values())
    rows = _best_order(rows, below=below, above=above, sweeps=sweeps)
    across = _places_across(rows, below=below, above=above, sweeps=sweeps)
    return Layout(
        places=_placements(graph, rows=rows, depth=depth, across=across),
        routes={
            link: tuple((across[spot], float(spot[-1])) for spot in spots) for link, spots in spots_of.items()
        },
        width=max(across.values(), default=0.0),
        height=float(max(depth.values(), default=0)),
    )


def _spots(link: tuple[str, str], *, depth: Mapping[str, int]) -> list[Spot]:
    """Return what one edge passes through: its source, a bend in each layer between, its target."""
    source, target = link
    bends: list[Spot] = [(source, target, layer) for layer in range(depth[source] + 1, depth[target])]
    return [(source, depth[source]), *bends, (target, depth[target])]


def _rows(
    graph: PrerequisiteGraph,
    *,
    depth: Mapping[str, int],
    routes: Iterable[list[Spot]],
    position: Mapping[str, float],
) -> Rows:
    """Return the spots of each layer in the order to start from: by teaching position, then by id."""
    rows: Rows = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for concept in graph:
        rows[depth[concept]].append((concept, depth[concept]))
    for route in routes:
        for bend in route[1:-1]:
            rows[bend[-1]].append(bend)
    for row in rows:
        row.sort(key=lambda spot: (position.get(spot[0], float("inf")), spot[:-1]))
    return rows


def _neighbours(routes: Iterable[list[Spot]]) -> tuple[Neighbours, Neighbours]:
    """Return for each spot the spots it touches in the layer below, and in the layer above."""
    below: Neighbours = {}
    above: Neighbours = {}
    for route in routes:
        for lower, upper in itertools.pairwise(route):
            below.setdefault(upper, []).append(lower)
            above.setdefault(lower, []).append(upper)
    return below, above


def _best_order(rows: Rows, *, below: Neighbours, above: Neighbours, sweeps: int) -> Rows:
    """Sweep up and down, and keep the order in which the fewest lines cross."""
    best, fewest = rows, _count_crossings(rows, above=above)
    for sweep in range(sweeps):
        if fewest == 0:
            break
        rows = _sweep(rows, towards=below if sweep % 2 == 0 else above, upwards=sweep % 2 == 0)
        crossings = _count_crossings(rows, above=above)
        if crossings < fewest:
            best, fewest = rows, crossings
    return best


def _sweep(rows: Rows, *, towards: Neighbours, upwards: bool) -> Rows:
    """Order each row by the mean place of its spots' neighbours in the row just ordered."""
    ordered = [list(row) for row in rows]
    numbers = range(len(rows)) if upwards else range(len(rows) - 1, -1, -1)
    rank: dict[Spot, int] = {}
    for number in numbers:
        row = ordered[number]
        own = {spot: place for place, spot in enumerate(row)}
        row.sort(key=lambda spot: (_mean(rank, towards.get(spot, ()), own[spot]), own[spot]))
        rank = {spot: place for place, spot in enumerate(row)}
    return ordered


def _mean(values: Mapping[Spot, float], spots: Iterable[Spot], otherwise: float) -> float:
    found = [values[spot] for spot in spots]
    return sum(found) / len(found) if found else float(otherwise)


def _count_crossings(rows: Rows, *, above: Neighbours) -> int:
    return sum(_count_between(lower, upper, above=above) for lower, upper in itertools.pairwise(rows))


def _count_between(lower: list[Spot], upper: list[Spot], *, above: Neighbours) -> int:
    """Count the inversions among upper ends read in the order of their lower ends."""
    rank = {spot: place for place, spot in enumerate(upper)}
    ends: list[int] = []
    for spot in lower:
        ends.extend(sorted(rank[end] for end in above.get(spot, ())))
    return _count_inversions(ends)[1]


def _count_inversions(numbers: list[int]) -> tuple[list[int], int]:
    """Merge sort, counting each pair that stands the wrong way round."""
    if len(numbers) < 2:
        return numbers, 0
    middle = len(numbers) // 2
    left, in_left = _count_inversions(numbers[:middle])
    right, in_right = _count_inversions(numbers[middle:])
    merged: list[int] = []
    count, taken = in_left + in_right, 0
    for number in left:
        while taken < len(right) and right[taken] < number:
            merged.append(right[taken])
            taken += 1
        merged.append(number)
        count += taken
    return merged + right[taken:], count


def _places_across(rows: Rows, *, below: Neighbours, above: Neighbours, sweeps: int) -> dict[Spot, float]:
    """Draw each spot towards the mean of its neighbours without changing the order of any row."""
    across = {spot: float(place) for row in rows for place, spot in enumerate(row)}
    for sweep in range(sweeps):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wishes = [
                _mean(across, (*below.get(spot, ()), *above.get(spot, ())), across[spot]) for spot in row
            ]
            across.update(zip(row, _spread(wishes), strict=True))
    left = min(across.values(), default=0.0)
    return {spot: round(x - left, 4) for spot, x in across.items()}


def _spread(wishes: list[float]) -> list[float]:
    """Return the places nearest to the wishes, in least squares, that keep order and one unit of distance.

    Taking i from the i-th wish turns "one unit apart" into "not descending": isotonic regression, solved by
    pooling adjacent violators.
    """
    pools: list[tuple[float, int]] = []
    for place, wish in enumerate(wishes):
        total, count = wish - place, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, size = pools.pop()
            total, count = total + before, count + size
        pools.append((total, count))
    level = [total / count for total, count in pools for _ in range(count)]
    return [value + place for place, value in enumerate(level)]


def _placements(
    graph: PrerequisiteGraph, *, rows: Rows, depth: Mapping[str, int], across: Mapping[Spot, float]
) -> dict[str, Placement]:
    order: dict[str, int] = {}
    for row in rows:
        concepts = [spot[0] for spot in row if len(spot) == 2]
        order.update((concept, place) for place, concept in enumerate(concepts))
    return {
        concept: Placement(
            depth[concept], order[concept], across[concept, depth[concept]], float(depth[concept])
        )
        for concept in graph
    }
