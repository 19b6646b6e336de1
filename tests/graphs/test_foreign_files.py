"""Files as other programs write them, and as people write them by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge, ImportRefused, UnknownFormat, UnreadableGraph, UnreadableText
from graphs.formats import guess_format, read_graph, write_graph
from graphs.formats.decoding import decode


def edges_of(text: str, format_name: str) -> list[tuple[str, str]]:
    return list(read_graph(text, format_name=format_name).edges)


def refused(text: str, format_name: str) -> list[tuple[str, str]]:
    with pytest.raises(ImportRefused) as caught:
        read_graph(text, format_name=format_name)
    return [(row.where, row.reason) for row in caught.value.rows]


# --- tables -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "source,target\nCount,Add\n",
        "prerequisite,concept\nCount,Add\n",
        "concept,prerequisite\nAdd,Count\n",
        "Source;Target\r\nCount;Add\r\n",
        "from\tto\nCount\tAdd\n",
        "before|after\nCount|Add",
        '\ufeff"source","target"\n"Count","Add"\n,\n\n',
        "nr,source,target\n1,Count,Add\n",
    ],
)
def test_a_newcomers_table_is_read(text: str) -> None:
    assert edges_of(text, "csv") == [("Count", "Add")]


def test_rows_that_are_wrong_keep_the_number_of_their_line() -> None:
    text = 'source,target,reason\n"Count","Add","two\nlines"\n\nAdd,Add,\n,Add,\nCount,Add,again\n'
    assert refused(text, "csv") == [
        ("line 5", "“Add” cannot be its own prerequisite; choose two different concepts."),
        ("line 6", "the source or the target is missing"),
        ("line 7", "this prerequisite was given before"),
    ]


def test_bytes_in_another_encoding_say_how_to_save_them() -> None:
    with pytest.raises(UnreadableText, match=r"Line 2 is not UTF-8 text .*“Café,Thé”.*CSV UTF-8"):
        decode("source,target\r\nCafé,Thé\r\n".encode("cp1252"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_bytes_with_a_mark_are_read_as_it_says(encoding: str) -> None:
    assert decode("source,target\nCafé,Thé\n".encode(encoding)) == "source,target\nCafé,Thé\n"


# --- drawing programs -------------------------------------------------------------------------------

YED = """<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
 <key for="port" id="d0" yfiles.type="portgraphics"/>
 <key for="node" id="d6" yfiles.type="nodegraphics"/>
 <key for="edge" id="d10" yfiles.type="edgegraphics"/>
 <graph edgedefault="directed" id="G">
  <node id="n0"><data key="d6"><y:ShapeNode><y:Geometry height="30" width="30" x="1" y="2"/>
   <y:NodeLabel>Count</y:NodeLabel><y:Shape type="rectangle"/></y:ShapeNode></data></node>
  <node id="n1"><data key="d6"><y:ShapeNode><y:Geometry height="30" width="30" x="1" y="2"/>
   <y:NodeLabel>Add
numbers</y:NodeLabel><y:Shape type="rectangle"/></y:ShapeNode></data></node>
  <edge id="e0" source="n0" target="n1"><data key="d10"><y:PolyLineEdge>
   <y:EdgeLabel>by counting on</y:EdgeLabel></y:PolyLineEdge></data></edge>
 </graph>
</graphml>"""

GEPHI = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
 <key attr.name="label" attr.type="string" for="node" id="label"/>
 <key attr.name="weight" attr.type="double" for="edge" id="weight"/>
 <key attr.name="Edge Label" attr.type="string" for="edge" id="edgelabel"/>
 <graph edgedefault="directed">
  <node id="1"><data key="label">Count</data></node><node id="2"><data key="label">Add numbers</data></node>
  <edge id="0" source="1" target="2"><data key="weight">2.0</data></edge>
 </graph>
</graphml>"""


@pytest.mark.parametrize("text", [YED, GEPHI])
def test_graphml_of_yed_and_gephi_goes_by_its_labels(text: str) -> None:
    graph = read_graph(text, format_name="graphml")
    assert list(graph.edges) == [("Count", "Add numbers")]
    assert graph.nodes["Count"]["name"] == "Count"


def test_two_boxes_of_one_label_are_one_concept_given_twice() -> None:
    text = GEPHI.replace("Add numbers", "Count")
    assert ("node 2", "this concept was given before") in refused(text, "graphml")


GRAPHVIZ = r"""/* laid out */ strict digraph "my graph" {
	graph [bb="0,0,54,108"];
	node [label="\N", shape=box];
	subgraph cluster_0 { label="Arithmetic"; count	[height=0.5, pos="27,90"]; }
	add	[label=<Add <B>numbers</B>>, width=0.75];
	"multi" + "ply" [label="Multiply\nquickly &amp; well"];
	count:s -> { add } -> "multiply":n [label="comes first", pos="e,27,36"];
	# a note
	add -> subtract // and one more
}"""


def test_graphviz_files_are_read_with_all_that_the_language_has() -> None:
    graph = read_graph(GRAPHVIZ, format_name="dot")
    assert list(graph.edges) == [
        ("count", "Add numbers"),
        ("Add numbers", "Multiply quickly & well"),
        ("Add numbers", "subtract"),
    ]
    assert graph.edges["count", "Add numbers"]["reason"] == "comes first"
    assert graph.nodes["subtract"]["name"] == "subtract"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "does not begin with “digraph”"),
        ("graph { a -- b }", "undirected"),
        ("digraph {\n a -> \n}", "line 3: a name was expected, not “}”"),
        ("digraph { a [label=<b] }", "has no end"),
        ('digraph { a [label="b] }', "is not DOT"),
        ("digraph { a", "“the end”"),
    ],
)
def test_dot_that_is_broken_names_the_line(text: str, reason: str) -> None:
    with pytest.raises(UnreadableGraph, match=reason):
        read_graph(text, format_name="dot")


MERMAID = """Some notes.

```mermaid
---
title: Sums
---
%%{init: {"theme": "dark"}}%%
graph LR;
    A[Count] --> B("Add #quot;numbers#quot;") & C{Compare};
    subgraph later [Later on]
      direction TB
      B -->|repeated| D[[Multiply]]:::hard
    end
    B -. perhaps .-> E@{ shape: rect, label: "Subtract" }
    D ==> F>Divide]
    G((Zero)) --o A
    C ~~~ D
    classDef hard fill:#f96
    click A "https://example.org"
    F <--> G
    A --- F
    A --> later
```
"""


def test_mermaid_in_a_page_is_read_and_its_lines_without_direction_are_named() -> None:
    assert refused(MERMAID, "mermaid") == [
        ("line 16", "it has no arrow head; a prerequisite has a direction"),
        ("line 20", "it points both ways; a prerequisite has one direction"),
        ("line 21", "it has no arrow head; a prerequisite has a direction"),
        ("line 22", "“later” is a subgraph, not a concept"),
    ]
    wrong = ("--o A", "<-->", "--- F", "--> later")
    mended = "\n".join(line for line in MERMAID.splitlines() if not any(part in line for part in wrong))
    graph = read_graph(mended, format_name="mermaid")
    assert list(graph.edges(data=True)) == [
        ("Count", 'Add "numbers"', {"confidence": 1.0}),
        ("Count", "Compare", {"confidence": 1.0}),
        ('Add "numbers"', "Multiply", {"reason": "repeated", "confidence": 1.0}),
        ('Add "numbers"', "Subtract", {"reason": "perhaps", "confidence": 1.0}),
        ("Multiply", "Divide", {"confidence": 1.0}),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sequenceDiagram\n A->>B: hi", "does not begin with"),
        ("flowchart TD\n A[never closed", "line 2: a box that opens with “\\[” does not close"),
        ("flowchart TD\n A --> \n", "“” is not understood"),
        ("flowchart TD\n A b c", "line 2: “b c” is not understood"),
    ],
)
def test_mermaid_that_is_broken_names_the_line(text: str, reason: str) -> None:
    with pytest.raises(UnreadableGraph, match=reason):
        read_graph(text, format_name="mermaid")


def obsidian(**changes: Any) -> str:
    board = {
        "nodes": [
            {
                "id": "6f0a",
                "type": "text",
                "text": "# Count\nOne, two.",
                "x": 0,
                "y": 0,
                "width": 9,
                "height": 9,
            },
            {"id": "77b1", "type": "file", "file": "Notes/Add.md", "x": 0, "y": 0, "width": 9, "height": 9},
            {"id": "0001", "type": "group", "label": "Sums", "x": 0, "y": 0, "width": 9, "height": 9},
        ],
        "edges": [{"id": "e", "fromNode": "6f0a", "toNode": "77b1", "label": "comes first"}],
    }
    return json.dumps({**board, **changes})


def test_a_board_of_obsidian_is_read() -> None:
    graph = read_graph(obsidian(), format_name="canvas")
    assert {concept: graph.nodes[concept] for concept in graph} == {
        "Count": {"name": "Count", "summary": "One, two."},
        "Add": {"name": "Add"},
    }
    assert list(graph.edges(data=True)) == [("Count", "Add", {"reason": "comes first", "confidence": 1.0})]


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ({"fromEnd": "arrow"}, "points both ways"),
        ({"toEnd": "none"}, "no arrow head"),
        ({"toNode": "0001"}, "There is no concept “0001”"),
    ],
)
def test_a_line_on_a_board_without_one_direction_is_refused(ends: dict[str, str], reason: str) -> None:
    arrow = {"id": "e", "fromNode": "6f0a", "toNode": "77b1", **ends}
    ((where, said),) = refused(obsidian(edges=[arrow]), "canvas")
    assert where == "edges[0]"
    assert reason in said


def test_an_arrow_drawn_backwards_is_turned() -> None:
    arrow = {"id": "e", "fromNode": "77b1", "toNode": "6f0a", "fromEnd": "arrow", "toEnd": "none"}
    assert edges_of(obsidian(edges=[arrow]), "canvas") == [("Count", "Add")]


def told() -> PrerequisiteGraph:
    graph = build_graph(["count", "add"], edges=[Edge("count", "add", 0.5)])
    graph.nodes["count"].update(name="Count", summary="One, two.", aliases=["tell"])
    graph.nodes["add"]["name"] = "Add"
    return graph


def test_a_card_of_ours_that_was_rewritten_says_the_new_thing() -> None:
    board = json.loads(write_graph(told(), format_name="canvas"))
    board["nodes"][0]["text"] = "**Counting**\n\nOne, two, three."
    graph = read_graph(json.dumps(board), format_name="canvas")
    assert graph.nodes["count"] == {"name": "Counting", "summary": "One, two, three.", "aliases": ["tell"]}


@pytest.mark.parametrize("form", ["nodes and edges", "one list", "bare list"])
def test_every_form_of_cytoscape_elements_is_read(form: str) -> None:
    nodes: list[Any] = [{"data": {"id": "box"}}]
    nodes += [{"data": {"id": name, "parent": "box"}} for name in ("Count", "Add")]
    edges = [{"data": {"id": "e", "source": "Count", "target": "Add"}}]
    document: Any = {
        "nodes and edges": {"elements": {"nodes": nodes, "edges": edges}},
        "one list": {"elements": nodes + edges},
        "bare list": nodes + edges,
    }[form]
    graph = read_graph(json.dumps(document), format_name="cytoscape")
    assert (list(graph), list(graph.edges)) == (["Count", "Add"], [("Count", "Add")])


def test_the_desktop_program_of_cytoscape_numbers_its_nodes() -> None:
    nodes = [{"data": {"id": str(n), "SUID": n, "name": name}} for n, name in ((61, "Count"), (62, "Add"))]
    edges = [{"data": {"id": "63", "SUID": 63, "source": "61", "target": "62", "interaction": "before"}}]
    text = json.dumps({"elements": {"nodes": nodes, "edges": edges}})
    assert edges_of(text, "cytoscape") == [("Count", "Add")]


# --- frameworks and vocabularies --------------------------------------------------------------------


def opensalt() -> dict[str, Any]:
    """As OpenSALT exports a framework: codes where people print them, parts and sequence apart."""
    items = [
        {"identifier": f"0000000{n}-0000-0000-0000-000000000000", "fullStatement": statement, **more}
        for n, statement, more in (
            (1, "Operations", {"CFItemType": "Domain"}),
            (2, "Counts to twenty. " + "Says each number once. " * 12, {"humanCodingScheme": "K.1"}),
            (3, "Adds within twenty", {"humanCodingScheme": "K.2", "conceptKeywords": ["sum"]}),
        )
    ]

    def link(kind: str, origin: int, destination: int) -> dict[str, Any]:
        return {
            "associationType": kind,
            "originNodeURI": {"identifier": items[origin]["identifier"]},
            "destinationNodeURI": {"identifier": items[destination]["identifier"]},
        }

    links = [link("isChildOf", 1, 0), link("isChildOf", 2, 0), link("precedes", 1, 2)]
    return {"CFDocument": {"title": "Sums"}, "CFItems": items, "CFAssociations": links}


def test_a_framework_of_opensalt_keeps_its_codes_and_only_what_precedes() -> None:
    graph = read_graph(json.dumps(opensalt()), format_name="case")
    assert list(graph) == ["Operations", "K.1", "K.2"]
    assert list(graph.edges) == [("K.1", "K.2")]
    assert len(graph.nodes["K.1"]["name"]) == 200
    assert graph.nodes["K.1"]["summary"].startswith("Counts to twenty.")
    assert graph.nodes["K.2"] == {"name": "Adds within twenty", "aliases": ["sum"]}


def test_a_codes_that_two_items_share_names_neither() -> None:
    framework = opensalt()
    framework["CFItems"][1]["humanCodingScheme"] = "K.2"
    framework["CFItems"][1]["fullStatement"] = "Counts"
    graph = read_graph(json.dumps(framework), format_name="case")
    assert list(graph.edges) == [("Counts", "Adds within twenty")]


REQUIRED_BY_CASE = {
    "CFDocument": {"identifier", "uri", "creator", "title", "lastChangeDateTime"},
    "CFItems": {"identifier", "uri", "fullStatement", "lastChangeDateTime"},
    "CFAssociations": {
        "identifier",
        "uri",
        "associationType",
        "originNodeURI",
        "destinationNodeURI",
        "lastChangeDateTime",
    },
}


def test_what_case_requires_is_there_and_of_the_right_kind() -> None:
    from datetime import datetime
    from uuid import UUID

    package = json.loads(write_graph(told(), format_name="case"))
    things = [("CFDocument", package["CFDocument"])]
    things += [(kind, thing) for kind in ("CFItems", "CFAssociations") for thing in package[kind]]
    for kind, thing in things:
        assert thing.keys() >= REQUIRED_BY_CASE[kind]
        assert thing["uri"] == UUID(thing["identifier"]).urn
        assert datetime.fromisoformat(thing["lastChangeDateTime"]).tzinfo
    (link,) = package["CFAssociations"]
    assert link["associationType"] == "precedes"
    for end in ("originNodeURI", "destinationNodeURI"):
        assert link[end].keys() == {"title", "identifier", "uri"}
    assert link["originNodeURI"]["title"] == "Count"
    assert package["CFDocument"]["caseVersion"] == "1.1"
    assert len({thing["identifier"] for _, thing in things}) == len(things)
    assert package == json.loads(write_graph(told(), format_name="case"))


EXPANDED = [
    {
        "@id": "http://example.org/count",
        "@type": ["http://www.w3.org/2004/02/skos/core#Concept"],
        "http://www.w3.org/2004/02/skos/core#prefLabel": [
            {"@value": "Zählen", "@language": "de"},
            {"@value": "Count", "@language": "en"},
        ],
        "http://www.w3.org/2004/02/skos/core#broader": [{"@id": "http://example.org/add"}],
    },
    {
        "@id": "http://example.org/add",
        "@type": ["http://www.w3.org/2004/02/skos/core#Concept"],
        "http://www.w3.org/2004/02/skos/core#prefLabel": [{"@value": "Add"}],
        "http://purl.org/dc/terms/requires": [{"@id": "http://example.org/count"}],
    },
]


def test_expanded_json_ld_is_read_and_broader_is_no_prerequisite() -> None:
    assert edges_of(json.dumps(EXPANDED), "skos") == [("Count", "Add")]


def test_labels_by_language_are_read() -> None:
    concept = {"@id": "#a", "@type": "skos:Concept", "skos:prefLabel": {"de": "Zählen", "en": "Count"}}
    assert list(read_graph(json.dumps({"@graph": [concept]}), format_name="skos")) == ["Count"]


# --- which format it is -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "suffix", "content_type", "format_name"),
    [
        (json.dumps(opensalt()), ".json", "", "case"),
        (json.dumps({"elements": []}), "", "application/json", "cytoscape"),
        ("[]", "", "application/json", "cytoscape"),
        (obsidian(), "", "application/json", "canvas"),
        (json.dumps({"nodes": [{"id": "a"}], "edges": []}), ".json", "", "node-link"),
        (json.dumps({"@graph": []}), ".json", "", "skos"),
        ("digraph {}", ".gv", "", "dot"),
        ("a", ".md", "", "mermaid"),
        ("a", "", "text/tab-separated-values", "csv"),
    ],
)
def test_a_file_tells_its_format(text: str, suffix: str, content_type: str, format_name: str) -> None:
    assert guess_format(text, suffix=suffix, content_type=content_type) == format_name


def test_a_file_that_does_not_tell_its_format_is_asked_for_it() -> None:
    with pytest.raises(UnknownFormat, match=r"\.docx"):
        guess_format("", suffix=".docx")
