from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mastery.parameters import DEFAULT_KINDS, Kind
from research.spans import Span
from tutor.items.contents import content_of, draft_of
from tutor.items.grading import HALF_RIGHT, grade, order_score
from tutor.items.ports import Distractor, ItemKind, PracticeDraft
from tutor.items.shuffling import moved_on, shuffled

SPAN = Span("p", 0, 5, "words")
STEPS = ("cut the reed", "wet the reed", "tie it on", "play a note")
CHOICE = {
    "answer": "a loss of energy",
    "distractors": tuple(Distractor(f"a thing {n}", f"concept {n}") for n in range(3)),
}


def item(kind: ItemKind, **content: Any) -> PracticeDraft:
    return PracticeDraft(kind, "What is _____?", SPAN, **content)


def test_a_cloze_takes_the_answer_and_its_aliases() -> None:
    cloze = item(ItemKind.CLOZE, answer="Damping", accepted=("attenuation",))
    assert [grade(cloze, said).score for said in ("the damping", "Attenuation", "loss")] == [1, 1, 0]


def test_a_wrong_choice_is_told_what_it_is_the_meaning_of() -> None:
    choice = item(ItemKind.CHOICE, **CHOICE)
    assert grade(choice, "a loss of energy").is_right
    wrong = grade(choice, "a thing 1")
    assert (wrong.score, wrong.note) == (0, "That is what the sources say of “concept 1”.")
    with pytest.raises(ValueError, match="offered"):
        grade(choice, "something else")


@pytest.mark.parametrize(
    ("said", "score"),
    [("440", 1), ("0.44 kHz", 1), ("443", 1), ("four hundred", 0), ("440 metres", 0), ("500 Hz", 0), ("", 0)],
)
def test_a_number_is_right_within_its_tolerance_and_in_its_unit(said: str, score: float) -> None:
    number = item(ItemKind.NUMERIC, answer="440", unit="hertz", tolerance=0.01)
    assert grade(number, said).score == score


def test_a_wrong_unit_is_told() -> None:
    number = item(ItemKind.NUMERIC, answer="440", unit="hertz")
    assert "hertz" in grade(number, "440 m").note
    assert "one number" in grade(number, "high").note


@pytest.mark.parametrize(
    ("wanted", "said", "score"),
    [
        ("[1, 4, 9]", " [1,4,9] ", 1),
        ("'spam'", '"spam"', 1),
        ("'spam'", "spam", HALF_RIGHT),
        ("'spam egg'", "'spamegg'", 0),
        ("0 tic\n1 tac", "0 tic\n1 tac\n", 1),
        ("0 tic\n1 tac", "0 tic 1 tac", 0),
        ("True", "true", 0),
        ("8", "", 0),
    ],
)
def test_an_output_is_compared_line_by_line(wanted: str, said: str, score: float) -> None:
    assert grade(item(ItemKind.CODE_OUTPUT, answer=wanted, code=">>> x"), said).score == score


@given(st.permutations(STEPS))
def test_only_the_right_order_scores_one(given_order: list[str]) -> None:
    score = grade(item(ItemKind.ORDERING, steps=STEPS), given_order).score
    assert 0 <= score <= 1
    assert (score == 1) == (tuple(given_order) == STEPS)


@given(st.permutations(STEPS), st.integers(0, 2))
def test_putting_two_neighbours_right_never_costs(given_order: list[str], at: int) -> None:
    first, second = given_order[at], given_order[at + 1]
    if STEPS.index(first) > STEPS.index(second):
        better = [*given_order[:at], second, first, *given_order[at + 2 :]]
        assert order_score(STEPS, better) > order_score(STEPS, given_order)


@pytest.mark.parametrize("said", [[], list(STEPS[:3]), [*STEPS[:3], STEPS[0]], [*STEPS[:3], "other"], "text"])
def test_steps_that_are_missing_or_doubled_are_no_answer(said: list[str] | str) -> None:
    with pytest.raises(ValueError, match="each step"):
        grade(item(ItemKind.ORDERING, steps=STEPS), said)


def test_the_guess_is_that_of_the_form_and_never_understated_to_the_estimator() -> None:
    items = [
        item(ItemKind.CLOZE, answer="a"),
        item(ItemKind.CHOICE, **CHOICE),
        item(ItemKind.ORDERING, steps=STEPS[:3]),
        item(ItemKind.ORDERING, steps=STEPS),
    ]
    assert [round(one.guess, 3) for one in items] == [0.1, 0.25, 0.167, 0.042]
    assert [one.evidence for one in items] == [Kind.CLOZE, Kind.CHOICE, Kind.CHOICE, Kind.CLOZE]
    assert all(one.guess <= DEFAULT_KINDS[one.evidence].guess for one in items)


def test_the_key_depends_on_what_is_met_and_not_on_where_it_stands() -> None:
    one = item(ItemKind.CHOICE, **CHOICE)
    moved = PracticeDraft(one.kind, one.stem, Span("q", 7, 12, "words"), **CHOICE)  # type: ignore[arg-type]
    assert one.key == moved.key
    assert one.key != item(ItemKind.CHOICE, **CHOICE, hint="Choose one.").key


def test_an_item_is_stored_and_read_whole() -> None:
    for one in (item(ItemKind.CHOICE, **CHOICE), item(ItemKind.ORDERING, steps=STEPS)):
        assert draft_of(content_of(one), kind=one.kind.value, stem=one.stem, span=one.span) == one


def test_every_place_holds_the_right_answer_about_equally_often() -> None:
    options = ["right", "one", "two", "three"]
    places = [
        [option.text for option in shuffled(options, item_key="k", learner=f"learner {n}")].index("right")
        for n in range(800)
    ]
    assert all(150 <= places.count(place) <= 250 for place in range(4))


@settings(deadline=None)
@given(st.text(), st.lists(st.text(), min_size=2, max_size=6, unique=True))
def test_an_ordering_is_never_solved_before_it_is_begun(learner: str, steps: list[str]) -> None:
    shown = moved_on(shuffled(steps, item_key="k", learner=learner), right=steps)
    assert sorted(option.text for option in shown) == sorted(steps)
    assert [option.text for option in shown] != steps
