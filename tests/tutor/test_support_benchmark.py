from __future__ import annotations

import random

import pytest

from tutor.falsifying import made_from
from tutor.support_benchmark import Rates, best_threshold, judge, rates, table
from vectorstore.hash_embedder import HashEmbedder

ROWS = (
    "For example, the string moves the bridge, and the bridge shakes the air around it.",
    "A vibration is a motion that repeats itself about a resting place.",
    "When the felt comes down, the note falls silent.",
    "Some bells often ring for 9 seconds because they are heavy.",
    "People often think that damping lowers the frequency.",
    "In 1660 the vessel of Boyle was not full of air.",
    "Later the better vessel of Hooke was full of it.",
    "The frequency is the number of complete cycles in each second of time.",
)


def made(kind: str) -> dict[str, str]:
    return {one.source: one.text for one in made_from(ROWS, rng=random.Random(1)) if one.kind == kind}


@pytest.mark.parametrize(
    ("kind", "at", "text"),
    [
        ("lead left out", 0, "The string moves the bridge, and the bridge shakes the air around it."),
        ("condition last", 2, "The note falls silent when the felt comes down."),
        ("reason first", 3, "Because they are heavy, some bells often ring for 9 seconds."),
        ("identity turned", 7, "The number of complete cycles in each second of time is the frequency."),
        ("other words", 3, "Some bells often ring for 9 seconds since they are heavy."),
        ("kind swapped", 1, "A motion is a vibration that repeats itself about a resting place."),
        ("negated", 1, "A vibration is not a motion that repeats itself about a resting place."),
        ("number", 3, "Some bells often ring for 19 seconds because they are heavy."),
        ("unit", 3, "Some bells often ring for 9 minutes because they are heavy."),
        ("over-generalised", 3, "All bells often ring for 9 seconds because they are heavy."),
        ("hedge dropped", 3, "Some bells ring for 9 seconds because they are heavy."),
        ("mistake as fact", 4, "Damping lowers the frequency."),
        ("antonym", 4, "People often think that damping lowers the frequency."),
        ("neighbour's claim", 1, ROWS[2]),
    ],
)
def test_one_of_each_kind_is_made_that_the_words_allow(kind: str, at: int, text: str) -> None:
    if kind == "antonym":
        assert ROWS[at] not in made(kind), "no word of it has an opposite in the list"
    else:
        assert made(kind)[ROWS[at]] == text


def test_a_name_is_changed_for_another_of_the_same_sources() -> None:
    assert made("name") == {
        ROWS[5]: ROWS[5].replace("Boyle", "Hooke"),
        ROWS[6]: ROWS[6].replace("Hooke", "Boyle"),
    }


def test_the_rules_refuse_what_is_false_and_the_rates_say_how_often() -> None:
    rows = judge([ROWS], embedder=HashEmbedder())
    found = rates(rows, threshold=0.3)
    assert (found.false > 10, found.true > 4) == (True, True)
    assert found.false_accept <= 0.1
    assert found.false_refuse <= 0.25
    assert rates(rows, threshold=1.01) == Rates(found.false, 0.0, found.true, 1.0)
    assert 0.3 <= best_threshold(rows) <= 0.95


def test_the_table_tells_each_kind_apart() -> None:
    lines = list(table(judge([ROWS], embedder=HashEmbedder()), threshold=0.3))
    assert lines[0].split() == ["kind", "true", "made", "wrong"]
    assert any(line.startswith("negated") and " no " in line and line.endswith("0.00") for line in lines)
