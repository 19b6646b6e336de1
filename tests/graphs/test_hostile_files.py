"""Files that were made to do harm: they are refused, or read, in a moment and in little memory."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.errors import GraphError, ImportRefused, UnreadableGraph
from graphs.formats import FORMATS, read_graph

JSON_FORMATS = sorted(name for name, known in FORMATS.items() if "json" in known.content_type)
SECONDS = 10.0


@pytest.mark.parametrize("format_name", JSON_FORMATS)
@pytest.mark.parametrize("text", ["", "null", "7", "[", "[" * 100_000, '{"a":' * 100_000, '"\\ud800"'])
def test_json_that_is_no_graph_is_unreadable(format_name: str, text: str) -> None:
    with pytest.raises(UnreadableGraph):
        read_graph(text, format_name=format_name)


@pytest.mark.parametrize("format_name", JSON_FORMATS)
@settings(deadline=None, max_examples=60)
@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    "nodes edges elements data id CFItems CFAssociations CFDocument @graph @id @type "
                    "requires prefLabel text type fromNode toNode source target cairn attributes".split()
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_read_or_refused_as_no_graph(format_name: str, data: object) -> None:
    with contextlib.suppress(GraphError):
        read_graph(json.dumps(data), format_name=format_name)


@pytest.mark.parametrize("format_name", ["csv", "dot", "graphml", "mermaid"])
@settings(deadline=None, max_examples=60)
@given(text=st.text(st.sampled_from('flowchart TD digraph{}[]()<>"-=|;&,:~%@\n\\ab'), max_size=60))
def test_any_text_is_read_or_refused_as_no_graph(format_name: str, text: str) -> None:
    heads = {
        "dot": "digraph {",
        "mermaid": "flowchart TD\n",
        "csv": "source,target\n",
        "graphml": "<graphml>",
    }
    for written in (text, heads[format_name] + text):
        with contextlib.suppress(GraphError):
            read_graph(written, format_name=format_name)


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{n} "&a{n - 1 if n else ""};&a{n - 1 if n else ""};">' for n in range(30)
)


@pytest.mark.parametrize(
    ("format_name", "text"),
    [
        ("graphml", BOMB + "]><graphml>&a29;</graphml>"),
        ("graphml", '<!DOCTYPE g SYSTEM "file:///etc/passwd"><graphml/>'),
        ("graphml", "<a>" * 100_000),
        ("dot", "digraph {" + "subgraph {" * 100_000),
        ("dot", "digraph {" + f"{{{' '.join(f'a{n}' for n in range(3000))}}} -> " * 2 + "x}"),
        ("dot", "digraph { a [label=" + "<" * 100_000),
        ("dot", "digraph { /*" + "*" * 1_000_000),
        (
            "mermaid",
            "flowchart TD\n" + " & ".join(f"a{n}" for n in range(3000)) + " --> " + " & ".join("bc" * 3000),
        ),
        ("mermaid", "flowchart TD\nA -- " + " " * 1_000_000),
        ("mermaid", "flowchart TD\n" + "A[/x\\]\n" * 50_000 + "A[/"),
        ("mermaid", "flowchart TD\n" + "A[" * 100_000),
        ("csv", 'source,target\n"' + "a" * 1_000_000),
        ("csv", "source,target\n" + "a" * 1_000_000 + ",b\n"),
    ],
)
def test_what_was_made_to_blow_up_is_refused_at_once(format_name: str, text: str) -> None:
    began = time.perf_counter()
    with pytest.raises(UnreadableGraph):
        read_graph(text, format_name=format_name)
    assert time.perf_counter() - began < SECONDS


def test_boxes_that_hold_each_other_in_a_circle_are_read() -> None:
    nodes = [{"data": {"id": "a", "parent": "b"}}, {"data": {"id": "b", "parent": "a"}}]
    text = json.dumps({"elements": {"nodes": nodes, "edges": []}})
    assert len(read_graph(text, format_name="cytoscape")) == 0


def test_a_concept_that_requires_itself_is_named_in_a_vocabulary() -> None:
    concept = {"@id": "#a", "@type": "skos:Concept", "prefLabel": "Add", "requires": ["#a", "#nowhere"]}
    with pytest.raises(ImportRefused) as caught:
        read_graph(json.dumps({"@graph": [concept]}), format_name="skos")
    assert [(row.what, row.reason[:30]) for row in caught.value.rows] == [
        ("Add → Add", "“Add” cannot be its own prereq"),
        ("#nowhere → Add", "There is no concept “#nowhere”"),
    ]
