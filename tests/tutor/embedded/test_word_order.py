from __future__ import annotations

import random

from tutor.embedded.calibration import load_parameters
from tutor.embedded.grading import DISORDER_FROM
from tutor.embedded.word_order import count_pairs

NATURAL = [
    "The string pulls back when it is moved out of the middle.",
    "You feel a push because the air is squeezed in front of the drum.",
    "its like when a swing gets pushed at the right time and it goes higher",
    "Sound cannot travel through a vacuum as there is nothing that could pass it on.",
]


def test_english_is_told_from_most_orders_of_the_same_words() -> None:
    parameters = load_parameters()
    rng = random.Random(5)
    for text in NATURAL:
        assert parameters.order.disorder(text) < DISORDER_FROM
        row = text.rstrip(".").split()
        shuffled = [" ".join(rng.sample(row, len(row))) for _ in range(20)]
        caught = sum(parameters.order.disorder(one) >= DISORDER_FROM for one in shuffled)
        assert caught >= 10, text


def test_a_piece_too_short_to_tell_is_not_accused() -> None:
    assert load_parameters().order.disorder("of the by a") == 0


def test_the_table_is_learned_from_what_follows_what() -> None:
    table = count_pairs(["the ball is on the table"] * 50)
    assert table["article other"] > 0 > table["article article"]
