"""Measures the embedded grader on graded answers: on the subjects it was trained on, and on new ones."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from tutor.embedded.calibration import FOR_A_POINT
from tutor.embedded.evidence import EvidenceFinder
from tutor.embedded.figures import Figures, Floats, figures
from tutor.embedded.grading_data import GradedAnswer, GradedSet, backgrounds
from tutor.embedded.pair_training import ExampleMaker, train_pairs
from tutor.embedded.training import (
    Fitted,
    WordReader,
    at_least_half,
    evidence_of,
    finder_for,
    fit,
    ideas_to_show,
    mean_probability,
    probability_right,
    real_table,
)
from tutor.ports import Grader, GradingTask, PointToGrade
from vectorstore.minilm_reader import MiniLmReader
from vectorstore.ports import Embedder

NEW_DOMAIN, IN_DOMAIN = "new domain", "in domain"
WITH_PAIRS = (*FOR_A_POINT, "intact")
IN_DOMAIN_EPOCHS = 5
TIMED_ANSWERS = 40
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a run affords; less is for a smoke test, not for figures.

    Attributes
    ----------
    rows
        Answers of a file that are used; 0 for all.
    epochs, made
        Of the pair scorer in domain: rounds, and generated examples in each.
    """

    rows: int = 0
    epochs: int = IN_DOMAIN_EPOCHS
    made: int = 1500


@dataclass(frozen=True, slots=True)
class FileFigures:
    """The figures of one file under one regime."""

    regime: str
    set_name: str
    file_name: str
    figures: Figures


def measure(
    sets: Sequence[GradedSet],
    *,
    effort: Effort,
    undecided: tuple[float, float],
    rng: random.Random,
    tell: Tell = lambda line: None,
) -> Iterator[FileFigures]:
    """Yield the figures of every file that can be measured without having been trained on.

    New domain: word weights, word order and the logistic model are learned from the other sets' training
    files alone, and every file of the set is graded. In domain: they are learned from the set's own
    training file, and its other files are graded. What counts is the probability; the grader's vetoes are
    measured by the attack suite.
    """
    for one in sets:
        others = [
            row for other in sets if other is not one for row in _some(other.training_rows, effort, rng)
        ]
        if any(row.is_of_one_idea for row in others):
            tell(f"{one.name}: learning from the other sets")
            yield from _new_domain(one, others, effort, undecided, rng)
        if any(row.is_of_one_idea for row in one.training_rows) and len(one.files) > 1:
            tell(f"{one.name}: learning from its own training file")
            yield from _in_domain(one, effort, undecided, rng, tell)


def p50_ratio(
    grader: Grader, embedder: Embedder, rows: Sequence[GradedAnswer], *, rng: random.Random
) -> tuple[float, float, float]:
    """Time one grade of two points against one bare embedding of the answer, turn by turn.

    Returns
    -------
    tuple of float
        Ratio of the medians; p50 and p95 of a grade in milliseconds.
    """
    others = backgrounds(rows)
    chosen = rng.sample(list(rows), min(TIMED_ANSWERS, len(rows)))
    grades, bare = [], []
    for is_warm in (False, True):
        for row in chosen:
            texts = [text for idea in ideas_to_show(row) for text in idea]
            points = [PointToGrade(str(at), (texts * 2)[at]) for at in range(2)]
            background = others[row.group, row.question_id]
            task = GradingTask(row.question, tuple(points), row.answer, background=background)
            started = time.perf_counter()
            grader.grade(task)
            between = time.perf_counter()
            embedder.embed([row.answer])
            # The first round fills the memory of points, as the first learner of a lesson does.
            if is_warm:
                grades.append(between - started)
                bare.append(time.perf_counter() - between)
    p95 = float(np.quantile(grades, 0.95))
    return median(grades) / median(bare), 1000 * median(grades), 1000 * p95


def _new_domain(
    one: GradedSet,
    known: Sequence[GradedAnswer],
    effort: Effort,
    undecided: tuple[float, float],
    rng: random.Random,
) -> Iterator[FileFigures]:
    finder = finder_for(known, reader=WordReader(MiniLmReader()))
    model = fit(real_table(known, finder=finder))
    for name, file in one.files.items():
        rows = _some(file, effort, rng)
        yield FileFigures(NEW_DOMAIN, one.name, name, _figures(model, rows, finder, undecided))


def _in_domain(
    one: GradedSet, effort: Effort, undecided: tuple[float, float], rng: random.Random, tell: Tell
) -> Iterator[FileFigures]:
    """Four fifths of the training file teach the pair scorer every verdict; the rest weighs what it says."""
    from vectorstore.pair_net import save

    rows = _some(one.training_rows, effort, rng)
    rng.shuffle(rows)
    cut = len(rows) * 4 // 5
    cutter = MiniLmReader()
    net = cutter.new_net()
    maker = ExampleMaker(rows[:cut], is_in_domain=True)
    train_pairs(net, maker, cutter=cutter, rng=rng, epochs=effort.epochs, made=effort.made, tell=tell)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "adapters.safetensors"
        save(net, file)
        finder = finder_for(rows, reader=MiniLmReader(file))
        model = fit(real_table(rows[cut:], finder=finder, names=WITH_PAIRS), names=WITH_PAIRS)
        for name in one.files:
            if name != one.training_file:
                tested = _some(one.files[name], effort, rng)
                yield FileFigures(IN_DOMAIN, one.name, name, _figures(model, tested, finder, undecided))


def _figures(
    model: Fitted, rows: Sequence[GradedAnswer], finder: EvidenceFinder, undecided: tuple[float, float]
) -> Figures:
    found = evidence_of(rows, finder=finder)
    return figures(
        probability_right(model, found),
        np.array([row.is_right for row in rows]),
        score=np.array([row.score for row in rows]),
        predicted_score=mean_probability(model, found),
        undecided=undecided,
    )


def _some(rows: Sequence[GradedAnswer], effort: Effort, rng: random.Random) -> list[GradedAnswer]:
    return list(rows) if not 0 < effort.rows < len(rows) else rng.sample(list(rows), effort.rows)


def measure_grader(
    grader: Grader,
    sets: Sequence[GradedSet],
    *,
    effort: Effort,
    undecided: tuple[float, float],
    rng: random.Random,
) -> Iterator[FileFigures]:
    """Yield the figures of a grader that learns nothing here; to it every set is a new domain."""
    for one in sets:
        for name, file in one.files.items():
            rows = _some(file, effort, rng)
            others = backgrounds(rows)
            graded = [_by_grader(grader, row, others[row.group, row.question_id]) for row in rows]
            result = figures(
                np.array([at_least_half(each) for each in graded]),
                np.array([row.is_right for row in rows]),
                score=np.array([row.score for row in rows]),
                predicted_score=np.array([float(each.mean()) for each in graded]),
                undecided=undecided,
            )
            yield FileFigures(NEW_DOMAIN, one.name, name, result)


def _by_grader(grader: Grader, row: GradedAnswer, background: tuple[str, ...]) -> Floats:
    """The probability of each idea; of texts of which any one suffices, the best."""
    ideas = ideas_to_show(row)
    points = [
        PointToGrade(f"{at}.{n}", text) for at, texts in enumerate(ideas) for n, text in enumerate(texts)
    ]
    task = GradingTask(row.question, tuple(points), row.answer, background=background)
    best = np.zeros(len(ideas))
    for judgement in grader.grade(task):
        at = int(judgement.point_id.split(".")[0])
        best[at] = max(best[at], judgement.probability)
    return best
