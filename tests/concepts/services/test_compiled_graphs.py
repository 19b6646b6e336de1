from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.services.compiled_graphs import compiled_gating
from concepts.services.editing import add_concept
from concepts.services.graphs_of import gating_graph
from graphs.errors import PrerequisiteCycle
from tests.concepts.conftest import edge, found


def links(subject: Subject) -> set[tuple[str, str]]:
    graph = compiled_gating(subject).graph
    return {(below, above) for above in graph for below in graph.prerequisites_of(above)}


def test_the_compiled_graph_is_the_gating_graph_whatever_stands_beside_it(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    edge(sums["Count"], sums["Multiply"], confidence=0.2)
    edge(sums["Add"], found(arithmetic, "Divide", status="proposed"), confidence=0.9)
    expected = gating_graph(arithmetic)
    assert set(compiled_gating(arithmetic).graph) == set(expected)
    assert links(arithmetic) == set(expected.edges)
    named = {concept: expected.nodes[concept]["name"] for concept in expected}
    assert compiled_gating(arithmetic).names == named


def test_a_weak_edge_gates_once_an_educator_has_confirmed_it(
    arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    weak = edge(sums["Count"], sums["Multiply"], confidence=0.2)
    assert (str(weak.prerequisite_id), str(weak.dependent_id)) not in links(arithmetic)
    weak.decided_by = User.objects.create_user("eda")
    weak.save()
    arithmetic.revision += 1
    assert (str(weak.prerequisite_id), str(weak.dependent_id)) in links(arithmetic)


def test_concepts_stand_in_teaching_order(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    compiled = compiled_gating(arithmetic)
    assert [compiled.names[concept] for concept in compiled.graph] == ["Count", "Add", "Multiply"]


def test_it_is_read_in_two_queries_once_per_revision_and_gate(arithmetic: Subject, sums: object) -> None:
    with CaptureQueriesContext(connection) as queries:
        first = compiled_gating(arithmetic)
        assert compiled_gating(Subject.objects.get(pk=arithmetic.pk)) is first
    assert len(queries) == 3
    assert not any("JOIN" in query["sql"] for query in queries)
    arithmetic.gate_confidence = 0.7
    assert compiled_gating(arithmetic) is not first
    add_concept(arithmetic, name="Divide", author=None)
    assert len(compiled_gating(arithmetic).graph) == len(first.graph) + 1


def test_a_circle_among_what_gates_is_told_by_name(arithmetic: Subject, sums: dict[str, Concept]) -> None:
    edge(sums["Multiply"], sums["Count"], confidence=0.9)
    with pytest.raises(PrerequisiteCycle) as refused:
        compiled_gating(arithmetic)
    assert set(refused.value.names.values()) == {"Count", "Add", "Multiply"}
