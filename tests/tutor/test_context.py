from __future__ import annotations

import pytest

from tutor.context import is_fragment, labelled, leans_back, names_any, points_away, without_label


@pytest.mark.parametrize(
    "text",
    [
        "It runs from one end to the other.",
        "The lowest note of the flute, however, lies higher.",
        "In F major the same chord is the dominant.",
        "The solution for this problem is an environment.",
        "If used, these symbols indicate the kind of parameter.",
        "After a quarter of a second it has gained half a cycle.",
        "Dissonance is its opposite.",
        "The most versatile is the list.",
        "If she had counted pictures, the result would differ.",
        "Two and three halves fit as well.",
        "Alice may want to view what both of them did.",
    ],
)
def test_what_points_to_something_not_said_leans_back(text: str) -> None:
    assert leans_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "The string shakes the bridge, and this bridge moves the air.",
        "Two waves of the same frequency as the first one meet.",
        "A drum and a bell sound, and both of them are heard.",
        "When the felt comes down, the note falls silent.",
        "Every file has a name, and it is unique.",
    ],
)
def test_what_says_of_what_it_speaks_stands_alone(text: str) -> None:
    assert not leans_back(text)


def test_a_definition_without_its_name_gets_it_and_loses_it_again_for_the_check() -> None:
    text = "The unit of storage."
    assert labelled(text, ("object", "thing")) == "Object: The unit of storage."
    assert without_label("Object: The unit of storage.", ("object",)) == text
    assert without_label("Other: The unit of storage.", ("object",)) == "Other: The unit of storage."
    assert labelled("This is the unit of storage.", ("object",)) == "This is the unit of storage."
    assert labelled("The way discussed above is slow.", ("merge",)) == "The way discussed above is slow."


def test_what_begins_in_the_middle_or_speaks_of_elsewhere_is_told_apart() -> None:
    assert is_fragment("shows all of the changes.")
    assert not is_fragment("git-fetch shows the changes.") or is_fragment("git shows the changes.")
    assert not is_fragment("")
    assert points_away("See the section called Branches for details.")
    assert not points_away("Branches are lines of development.")
    assert names_any("Strings vibrate.", ("string",))
    assert not names_any("Strings vibrate.", ("",))
