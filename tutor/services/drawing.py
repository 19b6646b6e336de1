"""The part of a concept map that is the same for every learner: laid out once per revision and process."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from concepts.models import Subject
from concepts.services.graphs_of import display_graph
from graphs.building import PrerequisiteGraph
from graphs.layout import Layout, Placement, lay_out
from graphs.reduction import reduce_graph

KEPT_DRAWINGS = 32


@dataclass(frozen=True, slots=True)
class Named:
    """A concept by id, key and name."""

    id: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class DrawnConcept:
    """What a map says of a concept whoever looks at it."""

    named: Named
    summary: str
    is_stale: bool
    position: int
    rests_on: tuple[Named, ...]
    opens: tuple[Named, ...]
    place: Placement


@dataclass(frozen=True, slots=True)
class MapEdge:
    """One prerequisite; a redundant one follows from others and has no route in the picture."""

    id: str
    prerequisite: str
    dependent: str
    confidence: float
    gates: bool
    is_redundant: bool
    route: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A subject's picture: concepts by id in teaching order, edges, and the greatest x and y."""

    concepts: Mapping[str, DrawnConcept]
    edges: tuple[MapEdge, ...]
    width: float
    height: float


def drawing_of(subject: Subject) -> Drawing:
    """Lay out what a subject's map shows."""
    return _drawing(subject.pk, subject.revision, subject.gate_confidence)


@lru_cache(maxsize=KEPT_DRAWINGS)
def _drawing(subject_id: uuid.UUID, revision: int, gate_confidence: float) -> Drawing:
    graph = display_graph(Subject(pk=subject_id, revision=revision, gate_confidence=gate_confidence))
    position = {concept: graph.nodes[concept]["position"] for concept in graph}
    layout = lay_out(reduce_graph(graph).graph, position=position)
    in_order = sorted(graph, key=lambda concept: (position[concept], concept))
    named = {
        concept: Named(concept, graph.nodes[concept]["key"], graph.nodes[concept]["name"])
        for concept in in_order
    }

    def named_all(concepts: Collection[str]) -> tuple[Named, ...]:
        return tuple(named[one] for one in sorted(concepts, key=lambda one: (position[one], one)))

    return Drawing(
        concepts={
            concept: DrawnConcept(
                named=named[concept],
                summary=graph.nodes[concept]["summary"],
                is_stale=graph.nodes[concept]["is_stale"],
                position=position[concept],
                rests_on=named_all(graph.pred[concept]),
                opens=named_all(graph.succ[concept]),
                place=layout.places[concept],
            )
            for concept in in_order
        },
        edges=_edges(graph, layout=layout),
        width=layout.width,
        height=layout.height,
    )


def _edges(graph: PrerequisiteGraph, *, layout: Layout) -> tuple[MapEdge, ...]:
    return tuple(
        MapEdge(
            id=data["id"],
            prerequisite=source,
            dependent=target,
            confidence=data["confidence"],
            gates=data["gates"],
            is_redundant=(source, target) not in layout.routes,
            route=layout.routes.get((source, target), ()),
        )
        for source, target, data in sorted(graph.edges(data=True), key=lambda edge: edge[:2])
    )
