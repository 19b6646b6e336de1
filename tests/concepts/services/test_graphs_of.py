from __future__ import annotations

import networkx as nx
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from concepts.models import Concept, Subject
from concepts.services.editing import add_concept
from concepts.services.graphs_of import display_graph, gating_graph
from tests.concepts.conftest import edge, found


def test_the_gating_graph_holds_names_positions_and_confidences(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    graph = gating_graph(arithmetic)
    count, add = str(sums["Count"].pk), str(sums["Add"].pk)
    assert graph.nodes[add]["name"] == "Add"
    assert graph.nodes[add]["position"] == 1
    assert graph.edges[count, add]["confidence"] == 0.9


def test_what_is_shown_but_does_not_gate_says_so(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    weak = edge(sums["Count"], sums["Multiply"], confidence=0.2)
    ends = (str(weak.prerequisite_id), str(weak.dependent_id))
    assert not gating_graph(arithmetic).has_edge(*ends)
    assert display_graph(arithmetic).edges[ends]["gates"] is False


def test_proposals_are_shown_only_when_asked_for(arithmetic: Subject, sums: object) -> None:
    divide = str(found(arithmetic, "Divide", status="proposed").pk)
    assert divide not in display_graph(arithmetic)
    assert divide in display_graph(arithmetic, with_proposals=True)


def test_a_graph_is_read_once_per_revision_and_cannot_be_changed(arithmetic: Subject, sums: object) -> None:
    first = gating_graph(arithmetic)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert gating_graph(Subject.objects.get(pk=arithmetic.pk)) is first
    assert len(queries) == 1
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        first.add_edge("a", "b")
    add_concept(arithmetic, name="Divide", author=None)
    assert len(gating_graph(arithmetic)) == len(first) + 1


def test_another_gate_is_another_graph(arithmetic: Subject, sums: object) -> None:
    assert gating_graph(arithmetic).number_of_edges() == 2
    arithmetic.gate_confidence = 0.7
    arithmetic.save()
    assert gating_graph(arithmetic).number_of_edges() == 1
