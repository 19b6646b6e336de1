"""The sample course is whole: its outline, its links, its gold file and its demo answers agree."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import networkx as nx
import pytest

from curriculum.outlines import read_outline

COURSE = Path(__file__).parents[2] / "curriculum" / "courses" / "sound-and-music"
HERE = Path(__file__).parent
LINK = re.compile(r"\]\(([^)]+)\)")
DOCUMENTS = sorted(COURSE.glob("[0-9]*.md"))


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def gold(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_outline_lists_every_document_in_the_order_of_its_number() -> None:
    listed = [document.path.name for document in read_outline(COURSE).documents]
    assert listed == sorted(listed)
    assert set(listed) == {path.name for path in (*DOCUMENTS, *COURSE.glob("*.vtt"))}


def test_the_course_is_about_twenty_short_documents_of_ten_thousand_words() -> None:
    lengths = [len(text_of(path).split()) for path in DOCUMENTS]
    assert 20 <= len(lengths) <= 25
    assert 10_000 <= sum(lengths) <= 15_000
    assert max(lengths) < 800


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_every_link_of_a_document_leads_to_another_document(path: Path) -> None:
    targets = [target for target in LINK.findall(text_of(path)) if not target.startswith("http")]
    assert all((COURSE / target).is_file() and target != path.name for target in targets)


def test_the_gold_graph_is_acyclic_holds_direct_edges_only_and_follows_the_documents() -> None:
    home = {row["concept"]: row["document"] for row in gold("gold_concepts.csv") if row["kind"] == "core"}
    edges = [(row["prerequisite"], row["dependent"]) for row in gold("gold_edges.csv")]
    graph = nx.DiGraph(edges)
    assert set(graph) == set(home)
    assert set(nx.transitive_reduction(graph).edges) == set(edges)
    assert all(home[first] <= home[then] for first, then in edges)


def test_every_gold_concept_is_named_in_its_document() -> None:
    for row in gold("gold_concepts.csv"):
        words = re.sub(r"\s+", " ", text_of(COURSE / row["document"])).casefold()
        assert row["concept"].casefold() in words, row


def test_copied_demo_answers_stand_in_the_course_and_the_others_do_not() -> None:
    course = " ".join(" ".join(text_of(path).replace("*", "").split()) for path in DOCUMENTS)
    answers = tomllib.loads(text_of(COURSE / "demo_answers.toml"))["answers"]
    known = {row["concept"] for row in gold("gold_concepts.csv")}
    assert {answer["concept"] for answer in answers} <= known
    assert {answer["kind"] for answer in answers} == {"good", "half", "copied"}
    for answer in answers:
        assert (answer["text"] in course) == (answer["kind"] == "copied"), answer["text"]
