"""The embedded engine finds a handout's concepts and what each rests on, with exact evidence."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concepts.extraction.embedded import EmbeddedExtractor, unique_keys
from concepts.extraction.findings import EdgeStatus, Extraction
from concepts.extraction.material import Material
from concepts.extraction.scoring import ScoredPair
from concepts.extraction.selection import MOST_PREREQUISITES
from research.spans import Span, verify
from tests.concepts.extraction.courses import GARDEN, course
from vectorstore.hash_embedder import HashEmbedder


def extract(material: Material) -> Extraction:
    return EmbeddedExtractor(HashEmbedder()).extract(material)


def spans_of(extraction: Extraction) -> list[Span]:
    concepts = [concept.definition for concept in extraction.concepts if concept.definition]
    mentions = [item.span for concept in extraction.concepts for item in concept.mentions]
    return concepts + mentions + [item.span for edge in extraction.edges for item in edge.evidence]


def assert_sound(extraction: Extraction, material: Material) -> None:
    """Every span is exact, every end of an edge is a concept, and what is not rejected has no cycle."""
    keys = [concept.key for concept in extraction.concepts]
    assert len(keys) == len(set(keys))
    assert [concept.position for concept in extraction.concepts] == list(range(len(keys)))
    texts = material.passage_texts()
    for span in spans_of(extraction):
        verify(span, texts[span.passage_id])
    graph: nx.DiGraph[str] = nx.DiGraph()
    for edge in extraction.edges:
        assert {edge.prerequisite, edge.dependent} <= set(keys)
        assert edge.evidence
        assert 0.0 <= edge.reverse_confidence <= edge.confidence <= 1.0
        if edge.status is EdgeStatus.ACCEPTED:
            # Confidences are stored rounded, so the odds are held to a little less than what is asked.
            odds = edge.confidence * (1 - edge.reverse_confidence)
            assert odds > 1.49 * edge.reverse_confidence * (1 - edge.confidence)
        assert bool(edge.reason) == (edge.status is EdgeStatus.REJECTED)
        if edge.status is not EdgeStatus.REJECTED:
            graph.add_edge(edge.prerequisite, edge.dependent)
    assert nx.is_directed_acyclic_graph(graph)
    assert all(count <= MOST_PREREQUISITES for _, count in graph.in_degree())


def test_a_handout_gives_its_concepts_with_their_definitions() -> None:
    material = course(*GARDEN)
    found = {concept.key: concept for concept in extract(material).concepts}
    assert {"soil", "nutrient", "fertilizer", "organic-fertilizer", "crop-rotation", "humus"} <= set(found)
    nutrient = found["nutrient"].definition
    assert nutrient is not None
    assert nutrient.quote.startswith("A nutrient is a substance that a plant takes")
    assert not {"introduction", "handout", "thing"} & set(found)
    assert_sound(extract(material), material)


def test_edges_run_from_what_is_needed_to_what_needs_it() -> None:
    edges = {
        (edge.prerequisite, edge.dependent)
        for edge in extract(course(*GARDEN)).edges
        if edge.status is EdgeStatus.ACCEPTED
    }
    assert ("soil", "nutrient") in edges
    assert ("nutrient", "fertilizer") in edges
    assert ("fertilizer", "organic-fertilizer") in edges
    assert not any((second, first) in edges for first, second in edges)


def test_the_same_material_gives_the_same_findings() -> None:
    assert extract(course(*GARDEN)) == extract(course(*GARDEN))


def test_an_empty_material_gives_nothing() -> None:
    extraction = extract(Material(()))
    assert extraction.concepts == ()
    assert extraction.edges == ()


@pytest.mark.parametrize("target", ["http://course/d0#nutrients", "d0#nutrients", "../d0#nutrients"])
def test_a_link_to_where_a_concept_is_taught_counts_as_naming_it(target: str) -> None:
    compost = f"# Compost\n\nCompost is a heap of rotting leaves. Why it helps was said [before]({target})."
    extractor = EmbeddedExtractor(HashEmbedder())
    draft = extractor.draft(course(*GARDEN[:1], compost))
    texts = extractor.table(draft).concepts
    assert texts[draft.names.index("compost")].mentions[draft.names.index("nutrient")] == 1


def test_a_glossary_entry_ends_where_the_next_begins() -> None:
    glossary = """
    # Glossary of the garden

    - A cold frame is a low box with a lid of glass that keeps young plants warm.

    - A trellis is a lattice that holds climbing plants. Soil matters little to a trellis. Soil is no lattice.
    """
    extractor = EmbeddedExtractor(HashEmbedder())
    draft = extractor.draft(course(GARDEN[0], glossary))
    texts = extractor.table(draft).concepts
    soil, frame, trellis = (draft.names.index(name) for name in ("soil", "cold frame", "trellis"))
    assert texts[trellis].mentions[soil] == 2
    assert not texts[frame].mentions[soil]
    assert not texts[frame].mentions[trellis]


def test_a_direction_is_believed_only_where_its_odds_are_clearly_better() -> None:
    assert ScoredPair(0, 1, 0.6, 0.3).is_one_way
    assert not ScoredPair(0, 1, 0.6, 0.55).is_one_way
    assert ScoredPair(0, 1, 1.0, 0.0).is_one_way


def test_one_passing_mention_is_left_to_a_person() -> None:
    glass = (
        "# Greenhouse\n\nA greenhouse is a house of glass. It keeps the frost out. It stays warm at night."
    )
    passing = (
        glass + "\n\nIt has doors. It has vents. It has shelves. Some stand it on poor soil. It has a roof."
    )
    found = extract(course(*GARDEN, passing)).edges
    unsure = {
        edge.dependent for edge in found if edge.status is EdgeStatus.ACCEPTED and edge.prerequisite == "soil"
    }
    assert "greenhouse" not in unsure


def test_a_book_on_one_thing_does_not_teach_its_name() -> None:
    texts = [
        f"# Part {n}\n\nThe Rust compiler reads Rust files. A borrow{n} is a loan in Rust." for n in range(6)
    ]
    assert "rust" not in {concept.key for concept in extract(course(*texts)).concepts}


def test_two_names_that_spell_alike_keep_apart_keys() -> None:
    assert unique_keys(["A b", "a-b", "a b!"]) == ["a-b", "a-b-2", "a-b-3"]


_WORDS = st.sampled_from(
    "graph node edge path cycle tree root leaf a the is of and we call each weight 3.5".split()
)
_SENTENCES = st.lists(_WORDS, min_size=1, max_size=9).map(lambda words: " ".join(words).capitalize() + ".")
_BLOCKS = st.one_of(
    st.lists(_SENTENCES, min_size=1, max_size=4).map(" ".join),
    st.lists(_WORDS, min_size=1, max_size=3).map(lambda words: "# " + " ".join(words)),
    _WORDS.map(lambda word: f"A *{word}* is a thing that every {word} rests on."),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_BLOCKS, min_size=1, max_size=6).map("\n\n".join), min_size=1, max_size=3))
def test_whatever_the_text_the_findings_are_sound(documents: list[str]) -> None:
    material = course(*documents)
    assert_sound(extract(material), material)
