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

from tutor.embedded.evidence import NAMES, Evidence, Weights, as_row
from tutor.embedded.word_order import WordOrder

PARAMETER_FILE = Path(__file__).with_name("parameters.json")
# Which way each feature may push; the fit keeps to it (Archer and Wang 1993 call such models monotone).
SIGNS: Mapping[str, int] = {
    "similarity": 1,
    "focus": 1,
    "overlap": 1,
    "alignment": 1,
    "essentials": 1,
    "negation": -1,
    "antonym": -1,
    "number": -1,
    "direction": -1,
    "disorder": -1,
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything the embedded grader has learned.

    Attributes
    ----------
    intercept, coefficients
        Of the logistic model over the features of `Evidence`.
    shown_from, missing_below
        A point is shown from the first probability, missing below the second, unsure between.
    contradicted_from
        Conflict from which a piece that speaks of the point contradicts it.
    disorder_from
        Disorder from which a piece can show nothing: it is not a sentence.
    hash
        Of the file: the grader's version.
    """

    intercept: float
    coefficients: Mapping[str, float]
    shown_from: float
    missing_below: float
    contradicted_from: float
    disorder_from: float
    weights: Weights
    order: WordOrder
    hash: str = ""

    def probability(self, evidence: Evidence) -> float:
        """Return the calibrated probability that the point is shown, 0..1."""
        z = self.intercept + sum(
            self.coefficients[name] * value for name, value in zip(NAMES, as_row(evidence), strict=True)
        )
        return 1 / (1 + math.exp(-z))


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
    if set(coefficients) != set(NAMES):
        raise ValueError(
            "The grader's parameter file is for other features. Run `manage.py train_grader` again."
        )
    wrong = [name for name, value in coefficients.items() if value * SIGNS[name] < 0]
    if wrong:
        raise ValueError(f"These weights have the wrong sign: {', '.join(wrong)}. Train the grader again.")
    return Parameters(
        intercept=data["intercept"],
        coefficients=coefficients,
        shown_from=data["shown_from"],
        missing_below=data["missing_below"],
        contradicted_from=data["contradicted_from"],
        disorder_from=data["disorder_from"],
        weights=Weights(data["common_stems"]),
        order=WordOrder(data["word_order"]),
        hash=hashlib.sha256(text.encode()).hexdigest()[:12],
    )
