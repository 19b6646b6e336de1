"""A name tells how general it is by how it is written and how its meaning holds, not by its subject."""

from __future__ import annotations

import numpy as np
import pytest

from concepts.extraction.naming import name_generality, opens_course, title_role
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.minilm import MiniLmEmbedder


def test_no_names_and_one_name_have_no_order() -> None:
    assert name_generality([], embedder=HashEmbedder()).shape == (0,)
    assert name_generality(["point"], embedder=HashEmbedder()).tolist() == [0.0]


@pytest.mark.weights
@pytest.mark.parametrize(
    ("general", "special"),
    [
        ("number", "Stirling number of the second kind"),
        ("animal", "Siberian flying squirrel"),
        ("force", "Coriolis force"),
        ("music", "Neapolitan sixth chord"),
    ],
)
def test_what_everyone_says_is_more_general_than_a_term_of_art(general: str, special: str) -> None:
    names = [general, special, "table", "photosynthesis", "contract law"]
    found = name_generality(names, embedder=MiniLmEmbedder())
    assert found[0] > found[1]
    assert np.isclose(found.mean(), 0)


@pytest.mark.parametrize("name", ["Basics", "The basics", "Introduction", "Getting started: an overview"])
def test_a_title_that_only_says_that_it_comes_first_opens_the_course(name: str) -> None:
    assert opens_course(name)


@pytest.mark.parametrize("name", ["Introduction to recursion", "Sorting basics", "Recursion", ""])
def test_a_title_with_a_subject_of_its_own_does_not(name: str) -> None:
    assert not opens_course(name)
    assert title_role(name) >= 0


def test_a_title_that_both_opens_and_closes_says_neither() -> None:
    assert title_role("Summary of the introduction") == 0
