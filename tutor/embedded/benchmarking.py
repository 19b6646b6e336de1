"""Measures the embedded grader on graded answers: on the subjects it was trained on, and on new ones."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from tutor.embedded.calibration import FOR_A_POINT
from tutor.embedded.evidence import EvidenceFinder
from tutor.embedded.figures import Figures, Floats, figures, mean_figures
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
    log_odds_right,
    mean_strength,
    real_table,
    sigmoid,
)
from tutor.leaning import NO_LEANING, Decided, Leaning, leaning_from
from tutor.ports import Grader, GradingTask, PointToGrade
from vectorstore.minilm_reader import MiniLmReader
from vectorstore.ports import Embedder

NEW_DOMAIN, IN_DOMAIN = "new domain", "in domain"
# A course whose teacher has decided on so many answers, drawn anew so many times.
DECIDED_FIRST, DRAWS = 20, 10
AFTER_DECISIONS = f"after {DECIDED_FIRST}"
# In domain, on questions that were held out of the training file, in so many parts.
BY_QUESTION, FOLDS = "by question", 3
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
    in_domain
        Whether subjects that were trained on are measured too, which takes most of the time.
    epochs, made
        Of the pair scorer in domain: rounds, and generated examples in each.
    """

    rows: int = 0
    in_domain: bool = True
    epochs: int = IN_DOMAIN_EPOCHS
    made: int = 1500


@dataclass(frozen=True, slots=True)
class FileFigures:
    """The figures of one file under one regime."""

    regime: str
    set_name: str
    file_name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Predicted:
    """What a model says of some answers beside what humans gave; arrays (n,).

    Attributes
    ----------
    log_odds
        That an answer is right, before any prior.
    score_given
        The model's score, 0..1.
    prior
        The model's own, added for a probability.
    """

    log_odds: Floats
    score_given: Floats
    right: NDArray[np.bool_]
    score: Floats
    prior: float

    def at(self, places: Sequence[int]) -> Predicted:
        """Return those at ``places``."""
        rows = np.array(places)
        return replace(
            self,
            log_odds=self.log_odds[rows],
            score_given=self.score_given[rows],
            right=self.right[rows],
            score=self.score[rows],
        )

    @classmethod
    def joined(cls, parts: Sequence[Predicted]) -> Predicted:
        """Return the rows of several models of one kind as if one had given them."""
        return cls(
            log_odds=np.concatenate([part.log_odds for part in parts]),
            score_given=np.concatenate([part.score_given for part in parts]),
            right=np.concatenate([part.right for part in parts]),
            score=np.concatenate([part.score for part in parts]),
            prior=float(np.mean([part.prior for part in parts])),
        )

    def figures(self, undecided: tuple[float, float], *, leaning: Leaning = NO_LEANING) -> Figures:
        """Return the figures; ``undecided`` are strengths."""
        moved = self.prior + leaning.prior - leaning.cut
        low, high, cut = sigmoid(_log_odds(np.array([*undecided, 0.5])) + moved).tolist()
        return figures(
            sigmoid(self.log_odds + self.prior + leaning.prior),
            self.right,
            score=self.score,
            predicted_score=self.score_given,
            undecided=(low, high),
            cut=cut,
        )


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
    files alone, and every file of the set is graded; once more after a teacher's first decisions, which
    are taken from the file and not graded. In domain: they are learned from the set's own training file,
    and its other files are graded; by question, the training file is cut into parts by question and each
    is graded by what the others taught. The grader's vetoes are measured by the attack suite.
    """
    for one in sets:
        others = [
            row for other in sets if other is not one for row in _some(other.training_rows, effort, rng)
        ]
        if any(row.is_of_one_idea for row in others):
            tell(f"{one.name}: learning from the other sets")
            yield from _new_domain(one, others, effort, undecided, rng)
        is_wanted = effort.in_domain and len(one.files) > 1
        if is_wanted and any(row.is_of_one_idea for row in one.training_rows):
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
            # Another text than in the first round, or what was made of it would be remembered too.
            answer = f"{row.answer} " if is_warm else row.answer
            task = GradingTask(row.question, tuple(points), answer, background=background)
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
        predicted = _predicted(model, _some(file, effort, rng), finder)
        yield FileFigures(NEW_DOMAIN, one.name, name, predicted.figures(undecided))
        if len(predicted.right) >= 2 * DECIDED_FIRST:
            after = _after_decisions(predicted, undecided, rng)
            yield FileFigures(AFTER_DECISIONS, one.name, name, after)


def _after_decisions(predicted: Predicted, undecided: tuple[float, float], rng: random.Random) -> Figures:
    """The means over draws of some answers, decided by the data set's graders; reported are the others."""
    found = []
    for _ in range(DRAWS):
        places = rng.sample(range(len(predicted.right)), len(predicted.right))
        first, rest = predicted.at(places[:DECIDED_FIRST]), predicted.at(places[DECIDED_FIRST:])
        rows = zip(first.log_odds.tolist(), first.right.tolist(), strict=True)
        leaning = leaning_from([Decided(*row) for row in rows], prior=predicted.prior)
        found.append(rest.figures(undecided, leaning=leaning))
    return mean_figures(found)


def _in_domain(
    one: GradedSet, effort: Effort, undecided: tuple[float, float], rng: random.Random, tell: Tell
) -> Iterator[FileFigures]:
    """The test files by all of the training file, and the training file by its own other questions."""
    rows = _some(one.training_rows, effort, rng)
    files = {name: file for name, file in one.files.items() if name != one.training_file}
    tested = {name: _some(file, effort, rng) for name, file in files.items()}
    for name, predicted in _taught_by(rows, tested, effort, rng, tell).items():
        yield FileFigures(IN_DOMAIN, one.name, name, predicted.figures(undecided))
    parts: list[Predicted] = []
    for fold in by_question(rows, folds=FOLDS, rng=rng):
        tell(f"{one.name}: {len(fold)} answers to questions that are held out")
        held = {row.question_id for row in fold}
        others = [row for row in rows if row.question_id not in held]
        parts += _taught_by(others, {"": fold}, effort, rng, tell).values()
    if parts:
        joined = Predicted.joined(parts)
        yield FileFigures(BY_QUESTION, one.name, one.training_file, joined.figures(undecided))


def by_question(rows: Sequence[GradedAnswer], *, folds: int, rng: random.Random) -> list[list[GradedAnswer]]:
    """Cut rows into parts so that all answers to a question are in one; none for too few questions."""
    questions = sorted({row.question_id for row in rows})
    if len(questions) < 2 * folds:
        return []
    rng.shuffle(questions)
    part = {question: at % folds for at, question in enumerate(questions)}
    return [[row for row in rows if part[row.question_id] == fold] for fold in range(folds)]


def _taught_by(
    rows: Sequence[GradedAnswer],
    tested: Mapping[str, Sequence[GradedAnswer]],
    effort: Effort,
    rng: random.Random,
    tell: Tell,
) -> dict[str, Predicted]:
    """Four fifths of the rows teach the pair scorer every verdict; the rest weighs what it says."""
    from vectorstore.pair_net import save

    rows = rng.sample(list(rows), len(rows))
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
        return {name: _predicted(model, file, finder) for name, file in tested.items()}


def _predicted(model: Fitted, rows: Sequence[GradedAnswer], finder: EvidenceFinder) -> Predicted:
    found = evidence_of(rows, finder=finder)
    return Predicted(
        log_odds=log_odds_right(model, found),
        score_given=mean_strength(model, found),
        right=np.array([row.is_right for row in rows]),
        score=np.array([row.score for row in rows]),
        prior=model.prior,
    )


def _log_odds(share: Floats) -> Floats:
    return np.asarray(np.log(share / (1 - share)))


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
