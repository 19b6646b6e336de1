from __future__ import annotations

import random

import pytest

from tutor.attacking.variants import variants, with_typos

QUESTION = "What slows a sledge?"
ANSWER = "Rubbing surfaces hold each other back. That makes the sledge slower, and warmer underneath."


def made(seed: int = 1) -> dict[str, str]:
    return dict(variants(ANSWER, question=QUESTION, rng=random.Random(seed)))


def test_every_variant_differs_from_the_answer_and_from_the_others() -> None:
    rows = made()
    assert len({*rows.values(), ANSWER}) == len(rows) + 1
    assert set(rows) == {
        "question_restated", "hedged", "typos", "bullets", "capitals", "double_negation", "trigger_words",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["question_restated", "hedged", "double_negation", "trigger_words"])
def test_what_is_only_added_to_leaves_the_answer_whole(name: str) -> None:
    assert ANSWER in made()[name]


def test_the_question_is_restated_in_full() -> None:
    assert made()["question_restated"].startswith(QUESTION)


def test_typing_errors_keep_the_letters_of_each_word_its_first_and_its_last() -> None:
    changed = [
        (old, new) for old, new in zip(ANSWER.split(), made()["typos"].split(), strict=True) if old != new
    ]
    assert changed
    for old, new in changed:
        assert sorted(old) == sorted(new)
        assert (old[0], old[-1]) == (new[0], new[-1])


def test_the_same_chance_makes_the_same_variants() -> None:
    assert made(3) == made(3)
    assert len({made(seed)["typos"] for seed in range(8)}) > 1


def test_a_text_without_long_words_is_left_alone() -> None:
    assert with_typos("It is so.", rng=random.Random(1)) == "It is so."
