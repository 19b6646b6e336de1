"""Candidates: what counts as a sign, what joins, and what is left to the educator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from concepts.extraction.candidates import Candidate, CandidateFinder, merge_variants
from concepts.extraction.material import Material, MaterialDocument, MaterialPassage
from concepts.extraction.merging import merge_near
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.reading import Reading
from research.spans import Span
from tests.concepts.extraction.courses import course
from vectorstore.hash_embedder import HashEmbedder

PUBLISH = ConceptParameters().publish


def found(material: Material) -> dict[str, Candidate]:
    readings = [Reading(document, order=order) for order, document in enumerate(material.documents)]
    candidates = merge_variants(CandidateFinder(ConceptParameters()).find(readings))
    return {candidate.name: candidate for candidate in candidates}


def test_a_turn_of_phrase_in_a_heading_is_at_most_proposed() -> None:
    text = (
        "# Scales\n\nA scale is a set of pitches. A scale has steps.\n\n"
        "# Minor scales\n\nIt sounds darker to many.\n\n# A place called home\n\nTunes like to end on it."
    )
    candidates = found(course(text))
    assert candidates["scale"].confidence >= PUBLISH
    assert candidates["minor scale"].confidence >= PUBLISH
    assert "place called home" not in candidates or candidates["place called home"].confidence < PUBLISH


def test_of_candidates_with_equal_signs_the_more_used_comes_first() -> None:
    text = (
        "# Anchor\n\nAn anchor is a weight on a chain.\n\n# Sail\n\nA sail is a cloth that holds wind.\n\n"
        "# Rope\n\nThe sail hangs on ropes. Every sail needs ropes.\n\n# Mast\n\nThe mast holds the sail."
    )
    readings = [Reading(document, order=order) for order, document in enumerate(course(text).documents)]
    names = [candidate.name for candidate in CandidateFinder(ConceptParameters()).find(readings)]
    assert names.index("sail") < names.index("anchor")


def test_a_placeholder_names_nothing_but_a_bar_of_music_does() -> None:
    music = "# Rhythm\n\nA *bar* is a group of beats. Each bar has four beats. The next bar begins anew."
    code = "# Branches\n\nA *bar* is a branch. Merge foo into bar. Then bar holds what foo held."
    assert "bar" in found(course(music))
    assert "bar" not in found(course(code))


def test_the_title_of_a_text_without_headings_is_read_as_one() -> None:
    text = "Today we tune two strings. Listen to the beats between them. The beats slow down."
    document = MaterialDocument("d", "Beats", text, (MaterialPassage("p", 0, len(text)),))
    assert found(Material((document,)))["beat"].signs["heading"] > 0


def test_a_name_and_its_acronym_are_one_concept() -> None:
    text = (
        "# Binary search tree\n\nA binary search tree (BST) is a tree that is sorted. "
        "A BST is quick. Every BST has a root. The BST grows."
    )
    candidates = found(course(text))
    assert "BST" not in candidates
    assert "BST" in candidates["binary search tree"].aliases


def test_names_keep_the_capitals_of_the_text_and_lose_the_plural() -> None:
    text = "# Fourier Transforms\n\nA Fourier transform is a sum of waves. The Fourier transform is linear."
    assert "Fourier transform" in found(course(text))


class NearEmbedder(HashEmbedder):
    """Finds every text like every other."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


def candidate(name: str, confidence: float) -> Candidate:
    made = Candidate(tuple(name.split()), spellings=[name], name=name)
    made.sign("heading", confidence)
    return made


def test_an_abbreviation_joins_its_long_form_under_the_surer_name() -> None:
    long, short = candidate("dictionary comprehension", 0.8), candidate("dict comprehension", 0.5)
    (kept,) = merge_near([long, short], embedder=NearEmbedder())
    assert kept.name == "dictionary comprehension"
    assert kept.aliases == ["dict comprehension"]


def test_near_names_for_different_things_stay_apart() -> None:
    pair = [candidate("positional parameter", 0.8), candidate("keyword parameter", 0.8)]
    assert len(merge_near(pair, embedder=NearEmbedder())) == 2


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 4, Span("p1", 0, 4, "A pi")),
        (3, 12, Span("p2", 0, 7, "e of st")),
        (2, 5, Span("p1", 2, 5, "pil")),
        (13, 14, None),
    ],
)
def test_a_run_over_the_end_of_a_passage_is_cut_to_one(start: int, end: int, expected: Span | None) -> None:
    passages = (MaterialPassage("p1", 0, 5), MaterialPassage("p2", 5, 13))
    assert MaterialDocument("d", "", "A pile of sto\n\nnes", passages).span(start, end) == expected


def test_a_document_without_passages_has_no_spans() -> None:
    assert MaterialDocument("d", "", "words", ()).span(0, 5) is None
