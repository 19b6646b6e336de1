from __future__ import annotations

import pytest

from tutor.conflicts import conflicts, negated_stems, numbers_in, worst_conflicts


@pytest.mark.parametrize(
    ("point", "piece", "sign"),
    [
        ("The terminals are connected.", "The terminals are not connected.", "negation"),
        ("The terminals are connected.", "The terminals aren't connected.", "negation"),
        ("It works without friction.", "It works with friction.", "negation"),
        ("The pitch gets higher.", "The pitch gets lower.", "antonym"),
        ("Warm air rises.", "Warm air falls.", "antonym"),
        ("The clause is skipped.", "The clause still runs.", "antonym"),
        ("The ratio is 3 to 2.", "The ratio is 4 to 5.", "number"),
        ("Three times the force is needed.", "Five times the force is needed.", "number"),
        ("Vibration causes sound.", "Sound causes vibration.", "direction"),
        ("The sun attracts the comet.", "The comet attracts the sun.", "direction"),
    ],
)
def test_each_kind_of_contradiction_is_seen(point: str, piece: str, sign: str) -> None:
    assert getattr(conflicts(point, piece), sign) == 1.0


@pytest.mark.parametrize(
    ("point", "piece"),
    [
        ("The terminals are connected.", "The terminals are joined by a wire."),
        ("It is not only fast but cheap.", "It is fast and it is cheap."),
        ("The circuit is open.", "The circuit is not closed."),
        ("Vibration causes sound.", "Sound is caused by vibration."),
        ("Vibration causes sound.", "There is sound because of vibration."),
        ("The ratio is 3 to 2.", "The ratio is three to two."),
        ("Sound needs a medium.", "Sound needs a medium such as air, and nothing else."),
    ],
)
def test_saying_the_same_in_another_form_is_no_contradiction(point: str, piece: str) -> None:
    assert conflicts(point, piece).worst < 0.75


def test_two_negations_cancel_out() -> None:
    assert negated_stems("It is not true that it never stops")["stop"] is True
    assert negated_stems("They do not not connect")["connect"] is False


def test_a_negation_reaches_no_farther_than_its_sentence() -> None:
    point = "The ball slows down."
    assert worst_conflicts(point, ["The ball slows down.", "It has no engine."]).worst == 0
    assert worst_conflicts(point, ["The ball does not slow down."]).negation == 1


def test_numbers_have_one_form() -> None:
    assert numbers_in("1,000 and 0.50 and twenty") == {"1000", "0.5", "20"}
    assert numbers_in("one of the versions, 1.2.3") == {"1.2.3"}
