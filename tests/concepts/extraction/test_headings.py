"""Headings name concepts once numbering, lead-ins and coordination are taken off."""

from __future__ import annotations

import pytest

from concepts.extraction.headings import heading_terms
from concepts.extraction.reading import Reading
from tests.concepts.extraction.courses import document


def names(heading: str) -> list[str]:
    reading = Reading(document(f"# {heading}\n\nSome text."), order=0)
    return [term.name for term in heading_terms(reading, reading.blocks[0])]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("4.2. List Comprehensions", ["List Comprehensions"]),
        ("Chapter 3: Photosynthesis", ["Photosynthesis"]),
        ("5.3. Tuples and Sequences", ["Tuples", "Sequences"]),
        ("More on Lists", ["Lists"]),
        ("Introduction to the Carbon Cycle", ["Carbon Cycle"]),
        ("What is a Confounder?", ["Confounder"]),
        ("Photosynthesis: how plants eat light", ["Photosynthesis"]),
        ("Reading and Writing Files", ["Reading and Writing Files"]),
        ("`for` Statements", ["for Statements"]),
        ("`break` and `continue` Statements", ["break Statements", "continue Statements"]),
        ("Defining Functions", ["Functions"]),
        ("Handling Exceptions", ["Handling Exceptions"]),
    ],
)
def test_a_heading_yields_the_names_it_holds(heading: str, expected: list[str]) -> None:
    assert names(heading)[: len(expected)] == expected


@pytest.mark.parametrize(
    "heading",
    [
        "Introduction",
        "1. Summary",
        "Exercises",
        "Further Reading",
        "The Next Steps",
        "Examples",
        "3.",
        "Git Glossary",
    ],
)
def test_a_heading_that_says_nothing_about_the_subject_names_nothing(heading: str) -> None:
    assert names(heading) == []
