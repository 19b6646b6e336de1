from __future__ import annotations

import numpy as np
import pytest

from tutor.embedded.figures import figures

RIGHT = np.array([True, False, True, False, True])
SCORE = RIGHT.astype(float)


def test_a_perfect_prediction() -> None:
    found = figures(SCORE, RIGHT, score=SCORE, predicted_score=SCORE)
    assert (found.macro_f1, found.accuracy, found.rmse, found.ece, found.brier) == (1, 1, 0, 0, 0)
    assert found.pearson == pytest.approx(1)
    assert found.coverage == 1


def test_a_constant_prediction_knows_nothing() -> None:
    share = np.full(5, RIGHT.mean())
    found = figures(share, RIGHT, score=SCORE, predicted_score=share)
    assert found.pearson == 0
    assert found.rmse == pytest.approx(found.constant_rmse)
    assert found.ece == pytest.approx(0)


def test_what_is_undecided_is_not_counted_as_decided() -> None:
    probability = np.array([0.9, 0.1, 0.45, 0.55, 0.8])
    found = figures(probability, RIGHT, score=SCORE, predicted_score=probability, undecided=(0.4, 0.6))
    assert found.coverage == pytest.approx(0.6)
    assert found.decided_f1 == 1 > found.macro_f1
    assert found.confident_f1 == 1


def test_a_boast_is_a_calibration_error() -> None:
    sure = np.full(5, 0.99)
    found = figures(sure, RIGHT, score=SCORE, predicted_score=sure)
    assert found.ece == pytest.approx(0.99 - 0.6)
