"""From evidence to a calibrated probability, by a small parameter file that anyone can read."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tutor.embedded.alignment import Weights
from tutor.embedded.evidence import Evidence
from tutor.embedded.word_order import WordOrder
from tutor.leaning import NO_LEANING, Leaning

PARAMETER_FILE = Path(__file__).with_name("parameters.json")
ADAPTER_FILE = Path(__file__).with_name("adapters.safetensors")
# How much of a point is said. What else `Evidence` holds tells whether it is said or only looks so: that is
# not weighed against how much, it is a veto (see `grading`).
FOR_A_POINT = ("gain", "news")
# Strengths, not probabilities: where right and wrong answers weigh the same, whatever their shares.
SHOWN_FROM, MISSING_BELOW = 0.45, 0.35


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything the embedded grader has learned.

    Attributes
    ----------
    intercept, coefficients
        Of the logistic model over the features of `FOR_A_POINT`, right and wrong answers weighing the same:
        it says where to cut.
    prior
        What is added to its log odds for a probability: how learners' answers are shared out.
    usual
        What an unrelated statement reaches on a point where the subject's own are not known.
    hash
        Of the file: the grader's version.
    """

    intercept: float
    coefficients: Mapping[str, float]
    prior: float
    usual: float
    weights: Weights
    order: WordOrder
    hash: str = ""

    def log_odds(self, evidence: Evidence) -> float:
        """Return the log odds that the point is shown, as if half of all answers showed it."""
        return self.intercept + sum(
            weight * float(getattr(evidence, name)) for name, weight in self.coefficients.items()
        )

    def strength(self, evidence: Evidence, *, leaning: Leaning = NO_LEANING) -> float:
        """Return what `SHOWN_FROM` and `MISSING_BELOW` are held against, 0..1."""
        return _share(self.log_odds(evidence) + leaning.cut)

    def probability(self, evidence: Evidence, *, leaning: Leaning = NO_LEANING) -> float:
        """Return the calibrated probability that the point is shown, 0..1."""
        return _share(self.log_odds(evidence) + self.prior + leaning.prior)


def load_parameters(path: Path = PARAMETER_FILE) -> Parameters:
    """Return the parameters in ``path``; the same object for the same unchanged file.

    Raises
    ------
    ValueError
        If the file names other features than this code computes, or a weight has the wrong sign.
    """
    return _parsed(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _parsed(text: str) -> Parameters:
    data: dict[str, Any] = json.loads(text)
    coefficients: dict[str, float] = data["coefficients"]
    if set(coefficients) != set(FOR_A_POINT):
        raise ValueError(
            "The grader's parameter file is for other features. Run `manage.py train_grader` again."
        )
    wrong = [name for name, value in coefficients.items() if value < 0]
    if wrong:
        raise ValueError(f"These weights have the wrong sign: {', '.join(wrong)}. Train the grader again.")
    return Parameters(
        intercept=data["intercept"],
        coefficients=coefficients,
        prior=data["prior"],
        usual=data["usual"],
        weights=Weights(data["common_stems"]),
        order=WordOrder(data["word_order"]),
        hash=hashlib.sha256(text.encode()).hexdigest()[:12],
    )


def _share(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
