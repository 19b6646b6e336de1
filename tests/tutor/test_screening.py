from __future__ import annotations

from collections.abc import Callable

import pytest

from tutor.screening import ADVICE, LONGEST_ANSWER, Refusal, is_copy, screen
from vectorstore.words import words

QUESTION = "Explain in your own words what “friction” means. Say also what it has to do with heat."
LESSON = [
    "Friction is the force that resists one surface sliding over another.",
    "Rubbing surfaces turn energy of motion into heat, which is why brakes glow.",
]
SOURCE = ["Long ago, sledges were dragged over wet sand because water halves the force that is needed."]


def refusal_of(answer: str) -> Refusal | None:
    return screen(answer, question=QUESTION, lesson=LESSON, sources=SOURCE).refusal


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", Refusal.EMPTY),
        (" \n\u200b ", Refusal.EMPTY),
        ("ok", Refusal.EMPTY),
        ("word " * LONGEST_ANSWER, Refusal.TOO_LONG),
        (
            "Reibung ist die Kraft, die das Gleiten von einer Fläche auf der anderen bremst.",
            Refusal.OTHER_LANGUAGE,
        ),
        ("La friction est la force qui freine le mouvement des surfaces.", Refusal.OTHER_LANGUAGE),
        ("Трение это сила, которая мешает движению.", Refusal.OTHER_LANGUAGE),
        (QUESTION, Refusal.COPIED_QUESTION),
        (LESSON[0], Refusal.COPIED_LESSON),
        (" ".join(LESSON), Refusal.COPIED_LESSON),
        (LESSON[0].replace("resists", "opposes"), Refusal.COPIED_LESSON),
        (SOURCE[0], Refusal.COPIED_SOURCE),
        ("friction force surface sliding heat energy motion brakes", Refusal.KEYWORDS_ONLY),
    ],
)
def test_what_cannot_be_graded_fairly_is_refused_with_its_reason(answer: str, expected: Refusal) -> None:
    assert refusal_of(answer) == expected
    assert ADVICE[expected]


@pytest.mark.parametrize(
    "answer",
    [
        "When two things rub they hold each other back, and they get warm from it.",
        "its what slows stuff down when it slides, and the rubbing makes it hot",
        "I don't know.",
        "friction = things rubbing so they slow down",
        "The force against sliding. You feel it as warmth when you rub your hands.",
    ],
)
def test_sincere_answers_are_graded_however_informal(answer: str) -> None:
    assert refusal_of(answer) is None


def test_a_copy_hidden_by_look_alike_letters_and_invisible_ones_is_still_a_copy() -> None:
    disguised = LESSON[0].replace("o", "о").replace("e", "e\u200b")
    assert disguised != LESSON[0]
    assert refusal_of(disguised) == Refusal.COPIED_LESSON


@pytest.mark.parametrize(
    "disguise",
    [
        lambda text: text.replace(" ", "_"),
        lambda text: text.replace(" ", "-"),
        lambda text: text.replace("e", "3").replace("o", "0").replace("i", "1").replace("s", "5"),
        lambda text: text.replace("e", "é").replace("o", "ö").replace("i", "ì"),
        lambda text: text.replace("r", "r\ufe0f").replace("t", "\u3164t"),
        lambda text: "\u0336".join(text),
        lambda text: text.replace("o", "օ").replace("n", "ո").replace("a", "ɑ"),
    ],
    ids=["underscores", "hyphens", "digits", "accents", "selectors", "strokes", "Armenian"],
)
def test_a_copy_in_any_other_disguise_is_still_a_copy(disguise: Callable[[str], str]) -> None:
    assert disguise(LESSON[0]) != LESSON[0]
    assert refusal_of(disguise(LESSON[0])) is not None
    mixed = f"I would put it like this, for what it is worth. {disguise(LESSON[0])}"
    assert screen(mixed, question=QUESTION, lesson=LESSON).copied


def test_two_sentences_stitched_together_are_a_copy_of_both() -> None:
    stitched = f"I mean that {LESSON[0][:-1].lower()}, and {LESSON[1].lower()}"
    assert refusal_of(stitched) == Refusal.COPIED_LESSON


def test_phrases_that_everybody_uses_on_a_subject_are_not_stitched_to_a_copy() -> None:
    own = (
        "The force that resists one hand when it is sliding over the table turns into heat, and brakes glow."
    )
    assert refusal_of(own) is None


def test_only_the_copied_sentence_of_a_mixed_answer_is_marked() -> None:
    own = "When you rub your hands together on a cold day they warm up, and that is the same thing at work."
    answer = f"{own} {LESSON[0]}"
    screened = screen(answer, question=QUESTION, lesson=LESSON)
    assert screened.refusal is None
    assert [screened.plain.text[start:end] for start, end in screened.copied] == [LESSON[0]]


def test_a_few_shared_words_are_no_copy() -> None:
    mine = words("It is a force that always works against the sliding, so the thing slows down.")
    assert not is_copy(mine, of=[words(text) for text in LESSON])
