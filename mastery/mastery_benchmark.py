"""Measure predictions on logs of real learners: one prediction for each answer, made before it is known.

A set is a directory with ``train.csv.gz`` and ``test.csv.gz``. Their columns are
``learner,item,concepts,time,correct``; concepts are separated by semicolons, rows are in order of events, and
no learner is in both files. All is fitted on the training file. A question about several concepts is one row
and one prediction: to make a row of each concept would tell the second what the first was answered.
"""

from __future__ import annotations

import csv
import gzip
import math
import time
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from mastery.errors import BenchmarkDataNotUsable, PyBktNotRunning
from mastery.predicting import INPUTS, Floats, Predictor, Question, Trace
from mastery.prediction_fitting import Answer, Ingredients, fit_predictor, log_loss

BINS = 10
COLUMNS = ("learner", "item", "concepts", "time", "correct")
HOUR_S, DAY_S = 3600.0, 86400.0
FIRST_TIME = "first time"
BUCKETS = (
    (FIRST_TIME, 0.0),
    ("under 1 hour", HOUR_S),
    ("1 hour to 1 day", DAY_S),
    ("1 to 7 days", 7 * DAY_S),
    ("7 to 30 days", 30 * DAY_S),
    ("30 days or more", math.inf),
)
LEAST_IN_BUCKET = 200
COUNTS = frozenset(
    {
        "overall success",
        "answers so far",
        "successes on the concept",
        "failures on the concept",
        "effect of the concepts",
        "effect of the item",
    }
)
LEFT_OUT: Mapping[str, frozenset[str]] = {
    "without recent answers": frozenset(name for name in INPUTS if name.startswith("recent"))
    | {"last answer"},
    "without ability": frozenset(
        {"ability", "ability's variance", "ability on the concept", "recent surprise"}
    ),
    "without the concept's past": frozenset(name for name in INPUTS if name.endswith("on the concept"))
    | {"answers since the concept", "hours since the concept"}
    | {
        "recent success on the concept, fast",
        "recent success on the concept, slow",
        "same concepts as before",
    },
    "without real time": frozenset({"hours since the concept", "hours since the last answer"}),
    "without own answers to the item": frozenset({"own successes on the item", "own failures on the item"}),
}

Learners = list[tuple[str, list[Answer]]]


@dataclass(frozen=True, slots=True)
class Scored:
    """How well predictions fit answers."""

    auc: float
    logloss: float
    rmse: float
    ece: float
    n: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One model on one set; ``update_us`` is processor time an answer, predicting and learning."""

    data: str
    model: str
    scored: Scored
    update_us: float = math.nan
    gap_bias: Mapping[str, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        plain = {"data": self.data, "model": self.model, **asdict(self.scored)}
        return plain | {
            "update_us": None if math.isnan(self.update_us) else self.update_us,
            "gap_bias": dict(self.gap_bias) if self.gap_bias is not None else None,
        }


def sets_in(directory: Path) -> list[Path]:
    """Return the sets in a directory, by name.

    Raises
    ------
    BenchmarkDataNotUsable
    """
    found = sorted(path.parent for path in directory.glob("*/train.csv.gz"))
    found = [path for path in found if (path / "test.csv.gz").is_file()]
    if not found:
        raise BenchmarkDataNotUsable(str(directory), "it has no folder with train.csv.gz and test.csv.gz")
    return found


def read_learners(path: Path) -> Learners:
    """Return every learner's answers in order.

    Raises
    ------
    BenchmarkDataNotUsable
        Where the file cannot be read, a row is malformed, or there is no row.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            rows = list(_rows(stream, path=path))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as exc:
        raise BenchmarkDataNotUsable(str(path), f"it cannot be read: {exc}") from exc
    if not rows:
        raise BenchmarkDataNotUsable(str(path), "it has no rows")
    grouped: dict[str, list[Answer]] = {}
    for learner, part in groupby(rows, key=lambda row: row[0]):
        grouped.setdefault(learner, []).extend(answer for _, answer in part)
    return list(grouped.items())


def _rows(stream: Any, *, path: Path) -> Iterator[tuple[str, Answer]]:
    reader = csv.DictReader(stream)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise BenchmarkDataNotUsable(str(path), f"it has no column {', '.join(missing)}")
    for number, row in enumerate(reader, start=2):
        concepts = tuple(sorted({part for part in (row["concepts"] or "").split(";") if part}))
        try:
            at_s, correct = float(row["time"]), float(row["correct"])
        except (TypeError, ValueError) as exc:
            raise BenchmarkDataNotUsable(str(path), f"line {number} has no number where one must be") from exc
        if not concepts or not math.isfinite(at_s) or not 0 <= correct <= 1:
            raise BenchmarkDataNotUsable(
                str(path), f"line {number} names no concept, or its time or its answer is out of range"
            )
        yield row["learner"], Answer(Question(concepts, at_s, row["item"] or None), correct)


def without_items(learners: Learners) -> Learners:
    """Return the same answers to questions that have no name."""
    return [
        (name, [Answer(asked._replace(item=None), score) for asked, score in answers])
        for name, answers in learners
    ]


def predictions_of(predictor: Predictor, learners: Learners) -> tuple[Floats, float]:
    """Return a prediction for each answer, made before it, and the microseconds that one answer took."""
    found = []
    began = time.process_time()
    for _, answers in learners:
        trace = Trace()
        for asked, score in answers:
            found.append(predictor.predict(trace, asked))
            trace.learn(asked, score, effects=predictor.effects)
    spent = time.process_time() - began
    return np.array(found), spent / max(1, len(found)) * 1e6


def measure(train: Learners, test: Learners, *, data: str, model: str, ingredients: Ingredients) -> Measured:
    """Fit on one file and predict the other."""
    predictor = fit_predictor(train, ingredients=ingredients)
    expected, update_us = predictions_of(predictor, test)
    return Measured(data, model, score(scores_of(test), expected), update_us, gap_bias(test, expected))


def measure_constant(train: Learners, test: Learners, *, data: str) -> Measured:
    """Predict the training file's mean, always."""
    truth = scores_of(test)
    return Measured(data, "constant", score(truth, np.full(len(truth), scores_of(train).mean())))


def models_of(*, has_items: bool, ablation: bool) -> dict[str, Ingredients]:
    """Return what is compared: the predictor, a plain regression on counts, what each ingredient adds."""
    full = Ingredients() if has_items else Ingredients.without_items()
    counts = Ingredients(COUNTS & full.inputs, items=has_items, sequences=False, products=False)
    wording = "items" if has_items else "concepts only"
    chosen = {f"regression on counts, {wording}": counts, f"Cairn, {wording}": full}
    if ablation:
        chosen |= {
            f"without squares and products, {wording}": _but(full, products=False),
            f"without the sequence, {wording}": _but(full, sequences=False),
        }
        if not has_items:
            left_out = {name: lost for name, lost in LEFT_OUT.items() if lost & full.inputs}
        else:
            left_out = dict(LEFT_OUT)
        for name, lost in left_out.items():
            chosen[f"{name}, {wording}"] = _but(full, inputs=full.inputs - lost)
    return chosen


def _but(full: Ingredients, **changes: Any) -> Ingredients:
    values = {name: getattr(full, name) for name in ("inputs", "items", "concepts", "sequences", "products")}
    return Ingredients(**(values | changes))


def scores_of(learners: Learners) -> Floats:
    """Return all scores in order."""
    return np.array([answer.score for _, answers in learners for answer in answers])


def score(truth: Floats, expected: Floats) -> Scored:
    """Return the measures of predictions.

    Examples
    --------
    >>> found = score(np.array([0.0, 1.0, 1.0]), np.array([0.2, 0.6, 0.9]))
    >>> (found.auc, round(found.rmse, 3), found.n)
    (1.0, 0.265, 3)
    """
    return Scored(
        auc=area_under_curve(truth, expected),
        logloss=log_loss(truth, expected),
        rmse=float(np.sqrt(np.mean((truth - expected) ** 2))),
        ece=calibration_error(truth, expected),
        n=len(truth),
    )


def area_under_curve(truth: Floats, expected: Floats) -> float:
    """Return the chance that a right answer was predicted higher; ties count half, NaN for one class only.

    Examples
    --------
    >>> area_under_curve(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    0.5
    """
    right = truth >= 0.5
    won, lost = int(right.sum()), int((~right).sum())
    if not won or not lost:
        return math.nan
    _, place, counts = np.unique(expected, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    return float((ranks[place][right].sum() - won * (won + 1) / 2) / (won * lost))


def calibration_error(truth: Floats, expected: Floats, *, bins: int = BINS) -> float:
    """Return how far predictions lie from what happened, in ten bins of equal width, weighed by size.

    Examples
    --------
    >>> calibration_error(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    0.0
    """
    place = np.minimum((expected * bins).astype(int), bins - 1)
    gaps = np.bincount(place, truth, bins) - np.bincount(place, expected, bins)
    return float(np.abs(gaps).sum() / len(truth))


def gap_bias(learners: Learners, expected: Floats) -> dict[str, float] | None:
    """Return prediction less outcome by the time since the concept was met; None where none is given."""
    buckets = []
    is_timed = False
    for _, answers in learners:
        met: dict[str, float] = {}
        for (concepts, at_s, _), _ in answers:
            gaps = [at_s - met[concept] for concept in concepts if concept in met]
            is_timed = is_timed or any(gap > 0 for gap in gaps)
            buckets.append(_bucket(max(gaps)) if gaps else 0)
            met.update(dict.fromkeys(concepts, at_s))
    if not is_timed:
        return None
    where, off = np.array(buckets), expected - scores_of(learners)
    return {
        name: float(off[where == number].mean())
        for number, (name, _) in enumerate(BUCKETS)
        if (where == number).sum() >= LEAST_IN_BUCKET
    }


def _bucket(gap_s: float) -> int:
    return next(number for number, (_, end_s) in enumerate(BUCKETS) if number and gap_s < end_s)


def measure_pybkt(train: Learners, test: Learners, *, data: str, seed: int) -> Measured:
    """Fit and run pyBKT with forgetting on the same answers.

    Concepts that are asked together are one skill to it, for it knows one skill for each answer; a skill
    that it was not fitted to is given the training file's mean.

    Raises
    ------
    PyBktNotRunning
    """
    if find_spec("pyBKT") is None:
        raise PyBktNotRunning("it is not installed")
    try:
        expected, update_us = _pybkt_predictions(train, test, seed=seed)
    except (
        AttributeError,
        ImportError,
        TypeError,
        ValueError,
    ) as exc:  # as it meets newer NumPy and scikit-learn
        raise PyBktNotRunning(str(exc)) from exc
    return Measured(data, "pyBKT with forgetting, concepts only", score(scores_of(test), expected), update_us)


def _pybkt_predictions(train: Learners, test: Learners, *, seed: int) -> tuple[Floats, float]:
    pd, models = import_module("pandas"), import_module("pyBKT.models")
    names = {name: name for name in ("order_id", "user_id", "skill_name", "correct")}
    frames = [pd.DataFrame(_pybkt_rows(learners)) for learners in (train, test)]
    model = models.Model(seed=seed, num_fits=1, parallel=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas and NumPy, about pyBKT's own code
        model.fit(data=frames[0], forgets=True, defaults=names)
        seen = frames[1][frames[1]["skill_name"].isin(set(frames[0]["skill_name"]))]
        began = time.process_time()
        told = model.predict(data=seen)
        spent = time.process_time() - began
    expected = np.full(len(frames[1]), float(scores_of(train).mean()))
    expected[told["order_id"].to_numpy()] = told["correct_predictions"].to_numpy()
    return expected, spent / max(1, len(seen)) * 1e6


def _pybkt_rows(learners: Learners) -> list[dict[str, Any]]:
    answers = [(name, answer) for name, own in learners for answer in own]
    return [
        {"order_id": n, "user_id": name, "skill_name": _skill(asked.concepts), "correct": int(correct >= 0.5)}
        for n, (name, (asked, correct)) in enumerate(answers)
    ]


def _skill(concepts: Sequence[str]) -> str:
    return " with ".join(concepts)
