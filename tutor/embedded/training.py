"""Fitting the embedded grader: few features, signs fixed, and the figures of what was not trained on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from research.sentences import sentences
from tutor.embedded.alignment import Weights, stems_of
from tutor.embedded.calibration import FOR_A_POINT
from tutor.embedded.evidence import NO_EVIDENCE, Evidence, EvidenceFinder, Wordings
from tutor.embedded.grading_data import LONGEST_REFERENCE_WORDS, GradedAnswer, backgrounds
from tutor.embedded.word_order import WordOrder, count_pairs
from vectorstore.ports import Reader, Reading

Floats = NDArray[np.float64]
MOST_REFERENCES = 6
MOST_IDEAS = 12
FEWEST_IDEA_WORDS = 4
COMMON_FROM = 0.02
RIDGE, STEPS, RATE = 1e-3, 3000, 4.0
NEWTON_STEPS, MOST_PRIOR = 20, 4.0


@dataclass(frozen=True, slots=True)
class Table:
    """Features and truth of many answers, row by row."""

    features: Floats
    truth: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """A logistic model over some features of `Evidence`; see `Parameters` for what its numbers are."""

    intercept: float
    coefficients: Floats
    names: tuple[str, ...] = FOR_A_POINT
    prior: float = 0.0

    def strength(self, evidence: Sequence[Evidence]) -> Floats:
        """Return the strength (n,) of each of n pieces of evidence."""
        return sigmoid(self.intercept + features_of(evidence, names=self.names) @ self.coefficients)


class WordReader:
    """Reads words, and does not compare pairs: where only how much is said counts, that would be wasted."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.name = reader.name

    def read(self, texts: Sequence[str], *, context: str = "") -> list[Reading]:
        """As the reader does."""
        return self._reader.read(texts, context=context)

    def compare(self, pairs: Sequence[tuple[str, str]], *, context: str = "") -> Floats:
        """Find nothing for or against any pair."""
        return np.zeros(len(pairs))


def learn_weights(rows: Iterable[GradedAnswer]) -> Weights:
    """Learn which stems are common: used under many questions, whatever the subject."""
    seen: dict[str, set[str]] = defaultdict(set)
    groups: dict[str, set[str]] = defaultdict(set)
    questions: set[str] = set()
    for row in rows:
        questions.add(row.question_id)
        for key in stems_of([*row.references, row.answer]):
            seen[key].add(row.question_id)
            groups[key].add(row.group)
    every = {group for present in groups.values() for group in present}
    share = {key: len(found) / len(questions) for key, found in seen.items()}
    # A stem of one set only is a word of its subject, however often it stands there.
    return Weights(
        {
            key: round(value, 3)
            for key, value in sorted(share.items())
            if value >= COMMON_FROM and (groups[key] == every or len(every) == 1)
        }
    )


def learn_order(rows: Sequence[GradedAnswer]) -> WordOrder:
    """Learn which kinds of word follow which from questions, references and answers."""
    return WordOrder(
        count_pairs(sorted({text for row in rows for text in (*row.references, row.question, row.answer)}))
    )


def finder_for(rows: Sequence[GradedAnswer], *, reader: Reader) -> EvidenceFinder:
    """Return a finder that has learned its weights and word order from ``rows`` only."""
    return EvidenceFinder(reader, weights=learn_weights(rows), order=learn_order(rows))


def evidence_of(
    rows: Sequence[GradedAnswer],
    *,
    finder: EvidenceFinder,
) -> list[list[Evidence]]:
    """Return for each answer its evidence on the ideas that it must show.

    References that each suffice are wordings of one idea; a single long reference is cut into its
    sentences, each an idea.
    """
    others = backgrounds(rows)
    found = []
    for row in rows:
        ideas = ideas_to_show(row)
        pieces = finder.find(
            ideas,
            question=row.question,
            answer=row.answer,
            background=others[row.group, row.question_id],
        )
        found.append([NO_EVIDENCE if piece is None else piece.evidence for piece in pieces])
    return found


def ideas_to_show(row: GradedAnswer) -> list[Wordings]:
    """Return the ideas of a row, each with its wordings, of which any one says it."""
    short = [text for text in row.references if len(text.split()) <= LONGEST_REFERENCE_WORDS]
    if short:
        return [tuple(short[:MOST_REFERENCES])]
    parts = [text for text in sentences(row.references[0]) if len(text.split()) >= FEWEST_IDEA_WORDS]
    return [(text,) for text in parts[:MOST_IDEAS]] or [(row.references[0],)]


def features_of(evidence: Sequence[Evidence], *, names: Sequence[str] = FOR_A_POINT) -> Floats:
    """Return an array (n, d), a row for each piece of evidence, in the order of ``names``."""
    rows = [[getattr(one, name) for name in names] for one in evidence]
    return np.array(rows, dtype=np.float64).reshape(-1, len(names))


def real_table(
    rows: Sequence[GradedAnswer], *, finder: EvidenceFinder, names: Sequence[str] = FOR_A_POINT
) -> Table:
    """Return the evidence of answers to questions of one idea.

    Each set has the same say, and right and wrong answers within it: else the largest set would teach its
    own share of right answers.
    """
    rows = [row for row in rows if row.is_of_one_idea]
    per_question = Counter((row.group, row.question_id) for row in rows)
    mass = np.array([per_question[row.group, row.question_id] ** -0.5 for row in rows])
    group = np.array([row.group for row in rows])
    truth = np.array([float(row.is_right) for row in rows])
    for name in set(group):
        for right in (0.0, 1.0):
            cell = (group == name) & (truth == right)
            mass[cell] /= max(mass[cell].sum(), 1e-9)
    found = evidence_of(rows, finder=finder)
    return Table(features_of([one for one, *_ in found], names=names), truth, mass)


def fit(table: Table, *, names: tuple[str, ...] = FOR_A_POINT) -> Fitted:
    """Fit how much of an idea must be said for the answer to be right.

    Ridge logistic regression over the features ``names`` by projected gradient descent: each weight may
    only help, so that no peculiarity of a data set can turn an accident into a merit.
    """
    mass = table.weight / table.weight.sum()
    coefficients, intercept = np.zeros(table.features.shape[1]), 0.0
    for step in range(STEPS):
        error = mass * (sigmoid(intercept + table.features @ coefficients) - table.truth)
        speed = RATE / (1 + step / STEPS)
        coefficients = np.maximum(
            coefficients - speed * (table.features.T @ error + RIDGE * coefficients), 0.0
        )
        intercept -= speed * float(error.sum())
    return Fitted(intercept, coefficients, names, prior=_prior(table, intercept, coefficients))


def _prior(table: Table, intercept: float, coefficients: Floats) -> float:
    """What makes the model expect as many right answers as there are, each row counting once (Newton)."""
    log_odds, shift = intercept + table.features @ coefficients, 0.0
    for _ in range(NEWTON_STEPS):
        p = sigmoid(log_odds + shift)
        shift += float((table.truth - p).sum() / max((p * (1 - p)).sum(), 1e-9))
    return float(np.clip(shift, -MOST_PRIOR, MOST_PRIOR))


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-z))."""
    return np.asarray(1 / (1 + np.exp(-values)))


def log_odds_right(model: Fitted, evidence: Sequence[Sequence[Evidence]]) -> Floats:
    """Return for each answer the log odds (n,), without the prior, that it shows at least half its ideas."""
    strength = np.array([at_least_half(model.strength(ideas)) for ideas in evidence])
    strength = np.clip(strength, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(strength / (1 - strength)))


def at_least_half(probability: Floats) -> float:
    """Return how probably at least half of some ideas are shown: the mean over their surer half.

    Examples
    --------
    >>> at_least_half(np.array([0.2, 0.9, 0.7]))
    0.8
    """
    surest = np.sort(probability)[::-1]
    return float(surest[: (len(surest) + 1) // 2].mean())


def mean_strength(model: Fitted, evidence: Sequence[Sequence[Evidence]]) -> Floats:
    """Return for each answer the mean (n,) over its ideas of how strongly it shows them: its score."""
    return np.array([float(model.strength(ideas).mean()) for ideas in evidence])


def usual_of(rows: Sequence[GradedAnswer], *, finder: EvidenceFinder) -> float:
    """Return the mean alignment of an idea with other statements of its set: the finder's default."""
    others = backgrounds(rows)
    sample = list({(row.group, row.question_id): row for row in rows if row.is_of_one_idea}.values())
    found = [
        finder.usual(
            ideas_to_show(row)[0], question=row.question, background=others[row.group, row.question_id]
        )
        for row in sample
    ]
    return round(float(np.mean(found)), 3) if found else 0.5


def train(rows: Sequence[GradedAnswer], *, reader: Reader) -> dict[str, Any]:
    """Return the contents of the parameter file, fitted on ``rows``."""
    weights, order = learn_weights(rows), learn_order(rows)
    finder = EvidenceFinder(WordReader(reader), weights=weights, order=order)
    model = fit(real_table(rows, finder=finder))
    return {
        "about": "The embedded grader's parameters, written by `manage.py train_grader`. See tutor/embedded.",
        "reader": reader.name,
        "intercept": round(model.intercept, 3),
        "coefficients": {
            name: round(float(value), 3) for name, value in zip(FOR_A_POINT, model.coefficients, strict=True)
        },
        "prior": round(model.prior, 3),
        "usual": usual_of(rows, finder=finder),
        "trained_on": dict(Counter(row.group for row in rows)),
        "common_stems": dict(weights.common),
        "word_order": dict(order.odds),
    }
