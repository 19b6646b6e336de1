from __future__ import annotations

import json
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge, ImportRefused, UnknownFormat, UnreadableGraph, UnwritableGraph
from graphs.formats import find_format, read_graph, write_graph
from tests.graphs.strategies import acyclic_graphs

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
values = st.one_of(texts, st.integers(-5, 5), st.booleans(), st.none(), st.lists(texts, max_size=2))


@st.composite
def described_graphs(draw: st.DrawFn) -> PrerequisiteGraph:
    graph = draw(acyclic_graphs())
    for concept in graph:
        graph.nodes[concept].update(draw(st.dictionaries(st.sampled_from(["name", "aliases"]), values)))
    for link in graph.edges:
        graph.edges[link].update(draw(st.dictionaries(st.sampled_from(["reason", "kind"]), values)))
    return graph


def refused(text: str, format_name: str) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as caught:
        read_graph(text, format_name=format_name)
    return [(row.where, row.reason) for row in caught.value.rows]


def node_link(**data: Any) -> str:
    return json.dumps({"nodes": [{"id": "a"}, {"id": "b"}], "edges": [], **data})


@pytest.mark.parametrize("format_name", ["node-link", "graphml"])
@given(graph=described_graphs())
def test_a_graph_comes_back_with_all_that_is_said_of_it(format_name: str, graph: PrerequisiteGraph) -> None:
    again = read_graph(write_graph(graph, format_name=format_name), format_name=format_name)
    assert list(again.nodes(data=True)) == list(graph.nodes(data=True))
    assert {(u, v): data for u, v, data in again.edges(data=True)} == {
        (u, v): data for u, v, data in graph.edges(data=True)
    }


@given(graph=acyclic_graphs())
def test_a_csv_comes_back_with_all_concepts_and_confidences(graph: PrerequisiteGraph) -> None:
    again = read_graph(write_graph(graph, format_name="csv"), format_name="csv")
    assert set(again) == set(graph)
    assert nx.utils.edges_equal(again.edges(data=True), graph.edges(data=True), directed=True)


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(
        UnknownFormat, match="canvas, case, csv, cytoscape, dot, graphml, mermaid, node-link, skos"
    ):
        find_format("png")


def test_what_we_write_says_edges_and_its_version() -> None:
    data = json.loads(write_graph(build_graph("ab", edges=[Edge("a", "b")]), format_name="node-link"))
    assert data["schema_version"] == 1
    assert data["edges"] == [{"source": "a", "target": "b", "confidence": 1.0}]


def test_older_files_that_say_links_are_read() -> None:
    older = json.dumps(nx.node_link_data(nx.DiGraph([(1, 2)]), edges="links"))
    assert list(read_graph(older, format_name="node-link").edges) == [("1", "2")]


@pytest.mark.parametrize(
    ("edge", "reason"),
    [
        ({"source": "a"}, "the source or the target is missing"),
        ({"source": "a", "target": ["b"]}, "the source or the target is missing"),
        ({"source": "a", "target": "z"}, "There is no concept “z”"),
        ({"source": "a", "target": "a"}, "“a” cannot be its own prerequisite"),
        ({"source": "a", "target": "b", "confidence": "high"}, "“high” is not a number from 0 to 1"),
        ({"source": "a", "target": "b", "confidence": 1.2}, "“1.2” is not a number from 0 to 1"),
        ({"source": "a", "target": "b", "confidence": True}, "“True” is not a number from 0 to 1"),
        ({"source": "a", "target": "b", "confidence": None}, "“None” is not a number from 0 to 1"),
    ],
)
def test_a_wrong_edge_is_refused_with_its_place_and_reason(edge: dict[str, Any], reason: str) -> None:
    ((where, said),) = refused(node_link(edges=[edge]), "node-link")
    assert where == "edges[0]"
    assert reason in said


def test_every_wrong_row_is_reported_not_only_the_first() -> None:
    nodes = [{"id": "a"}, {"id": "b"}, {"id": "a"}, {"name": "nobody"}]
    edges = [
        {"source": "a", "target": "b"},
        {"source": "b", "target": "a"},
        {"source": "a", "target": "b"},
    ]
    assert refused(node_link(nodes=nodes, edges=edges), "node-link") == [
        ("nodes[2]", "this concept was given before"),
        ("nodes[3]", "the concept has no id"),
        ("edges[1]", "closes the circle a → b → a"),
        ("edges[2]", "this prerequisite was given before"),
    ]


def test_a_long_list_of_refusals_is_cut_in_the_message_only() -> None:
    edges = [{"source": "a", "target": "a"}] * 30
    with pytest.raises(ImportRefused, match=r"30 rows were refused.*\n(.*\n)*… and 10 more") as caught:
        read_graph(node_link(edges=edges), format_name="node-link")
    assert len(caught.value.rows) == 30


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "the outermost thing must be an object"),
        ("{}", "“nodes” must be a list"),
        (node_link(edges=["a"]), "“edges” must be a list of objects"),
        (node_link(directed=False), "it is undirected"),
        (node_link(schema_version=99), "its schema_version is 99"),
    ],
)
def test_text_that_is_no_node_link_json_says_why(text: str, reason: str) -> None:
    with pytest.raises(UnreadableGraph, match=reason):
        read_graph(text, format_name="node-link")


def test_a_spreadsheet_with_a_byte_order_mark_and_spaces_is_read() -> None:
    text = "\ufeffsource , target,confidence,reason\r\n a, b ,0.5,\r\nc,,,\r\n"
    graph = read_graph(text, format_name="csv")
    assert list(graph) == ["a", "b", "c"]
    assert list(graph.edges(data=True)) == [("a", "b", {"confidence": 0.5})]


def test_wrong_lines_of_a_csv_are_named_by_their_number() -> None:
    text = "source,target\na,b\n,b\nb,a\n"
    assert refused(text, "csv") == [
        ("line 3", "the source or the target is missing"),
        ("line 4", "closes the circle a → b → a"),
    ]


@pytest.mark.parametrize("text", ["", "one,two\na,b\n", 'source,target\n"a,b'])
def test_text_that_is_no_edge_list_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableGraph):
        read_graph(text, format_name="csv")


GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="{}">{}</graph></graphml>'
)


def test_an_edge_given_twice_in_graphml_is_seen() -> None:
    twice = '<node id="a"/><node id="b"/>' + '<edge source="a" target="b"/>' * 2
    assert refused(GRAPHML.format("directed", twice), "graphml") == [
        ("edge 2", "this prerequisite was given before")
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("graph", "it is not XML"),
        ("<html/>", "it holds no graph"),
        ('<!DOCTYPE g [<!ENTITY a "b">]>' + GRAPHML.format("directed", ""), "document type declaration"),
        (GRAPHML.format("undirected", '<node id="a"/>'), "it is undirected"),
    ],
)
def test_text_that_is_no_graphml_says_why(text: str, reason: str) -> None:
    with pytest.raises(UnreadableGraph, match=reason):
        read_graph(text, format_name="graphml")


def test_graphml_attributes_that_only_claim_to_be_json_are_unreadable() -> None:
    graph = build_graph(["a"], edges=[])
    graph.nodes["a"]["aliases"] = ["sum"]
    text = (
        write_graph(graph, format_name="graphml")
        .replace('["sum"]', "sum")
        .replace("[&quot;sum&quot;]", "sum")
    )
    with pytest.raises(UnreadableGraph, match="said to be JSON"):
        read_graph(text, format_name="graphml")


def test_an_id_that_xml_cannot_carry_is_refused_on_writing() -> None:
    with pytest.raises(UnwritableGraph, match="characters that XML cannot carry"):
        write_graph(build_graph(["a\x00"], edges=[]), format_name="graphml")


@pytest.mark.parametrize("format_name", ["node-link", "graphml"])
def test_an_attribute_that_json_cannot_carry_is_refused_on_writing(format_name: str) -> None:
    graph = build_graph(["a"], edges=[])
    graph.nodes["a"]["score"] = float("nan")
    with pytest.raises(UnwritableGraph):
        write_graph(graph, format_name=format_name)
