"""Definitions are found by their wording and are exact sentences of the source."""

from __future__ import annotations

import time

import pytest

from concepts.extraction.definitions import definition_hits, stated_aliases
from concepts.extraction.material import MaterialDocument
from concepts.extraction.reading import Reading
from research.parsing.structure import Block, BlockKind
from tests.concepts.extraction.courses import document


def hits(text: str) -> dict[str, str]:
    reading = Reading(document(text), order=0)
    sure = [hit for hit in definition_hits(reading) if hit.strength >= 0.3]
    return {hit.name: reading.text[hit.start : hit.end] for hit in sure}


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("A confounder is a variable that moves both others.", "confounder"),
        ("Photosynthesis is the process by which plants make sugar.", "Photosynthesis"),
        ("Generators are a simple tool for creating iterators.", "Generators"),
        ("Inertia means that a body keeps its motion.", "Inertia"),
        ("Osmosis refers to the passage of water through a membrane.", "Osmosis"),
        ("Such a file is called a module; it has definitions.", "module"),
        ("The decayed part is known as humus.", "humus"),
        ("By standard error we mean the spread of the estimate.", "standard error"),
        ("We call this *sequence unpacking*, and it is handy.", "sequence unpacking"),
        ("**Mitosis**: the division of one cell into two equal cells.", "Mitosis"),
        ("- **Mitosis.** The division of one cell into two equal cells.", "Mitosis"),
    ],
)
def test_a_defining_sentence_is_found_with_its_term(sentence: str, name: str) -> None:
    found = hits(f"{sentence} Then something else happened.")
    assert name in found
    assert found[name] in document(sentence + " Then something else happened.").text


@pytest.mark.parametrize(
    "sentence",
    [
        "It is a nice day.",
        "This is the reason for the change.",
        "There is a problem with that.",
        "What you see is what you get.",
        "The function is called repeatedly.",
    ],
)
def test_a_sentence_that_defines_nothing_yields_nothing(sentence: str) -> None:
    assert hits(sentence) == {}


def test_a_definition_list_defines_its_terms_but_not_signatures() -> None:
    text = "osmosis\n\nPassage of water.\n\nlist.append(x)\n\nAdd an item."
    kinds = [BlockKind.TERM, BlockKind.DEFINITION] * 2
    blocks, at = [], 0
    for kind, part in zip(kinds, text.split("\n\n"), strict=True):
        blocks.append(Block(kind, at, at + len(part)))
        at += len(part) + 2
    reading = Reading(MaterialDocument("d", "", text, (), tuple(blocks)), order=0)
    assert [(hit.name, text[hit.start : hit.end]) for hit in definition_hits(reading)] == [
        ("osmosis", "Passage of water.")
    ]


def test_acronyms_and_other_names_are_aliases() -> None:
    reading = Reading(
        document("A binary search tree (BST) is sorted. A documentation string, or *docstring*, helps."),
        order=0,
    )
    found = {alias: names for names, alias in stated_aliases(reading)}
    assert found["BST"] == ("binary search tree",)
    assert "documentation string" in found["docstring"]


def test_an_acronym_whose_letters_do_not_fit_is_no_alias() -> None:
    reading = Reading(document("The European Space Agency (NASA) is wrong."), order=0)
    assert list(stated_aliases(reading)) == []


@pytest.mark.parametrize("text", ["a" * 200_000, "a-" * 100_000, "word " * 40_000, "AB (" * 50_000])
def test_a_text_without_words_or_ends_is_read_in_time(text: str) -> None:
    began = time.perf_counter()
    assert list(stated_aliases(Reading(document(text), order=0))) == []
    assert time.perf_counter() - began < 10
