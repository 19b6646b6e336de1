"""Graphs for property tests: small enough to be checked by brute force, tangled enough to matter."""

from __future__ import annotations

from hypothesis import strategies as st

from graphs.building import PrerequisiteGraph, build_directed, build_graph
from graphs.errors import Edge

CONCEPTS = "abcdefgh"
confidences = st.integers(0, 10).map(lambda tenths: tenths / 10)


@st.composite
def tangled_graphs(draw: st.DrawFn) -> PrerequisiteGraph:
    """Graphs of up to eight concepts that may hold cycles."""
    concepts = CONCEPTS[: draw(st.integers(1, len(CONCEPTS)))]
    links = draw(st.sets(st.tuples(st.sampled_from(concepts), st.sampled_from(concepts)), max_size=20))
    edges = [Edge(u, v, draw(confidences)) for u, v in sorted(links) if u != v]
    return build_directed(concepts, edges=edges)


@st.composite
def acyclic_graphs(draw: st.DrawFn) -> PrerequisiteGraph:
    """Graphs of up to eight concepts whose edges follow a hidden order that is not the alphabet."""
    graph = draw(tangled_graphs())
    order = {concept: place for place, concept in enumerate(draw(st.permutations(sorted(graph))))}
    edges = {
        (min(u, v, key=order.__getitem__), max(u, v, key=order.__getitem__)): data["confidence"]
        for u, v, data in graph.edges(data=True)
    }
    return build_graph(graph, edges=[Edge(u, v, confidence) for (u, v), confidence in edges.items()])


concept_sets = st.sets(st.sampled_from(CONCEPTS))
