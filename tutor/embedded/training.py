"""Fitting the embedded grader: few features, signs fixed, held out by subject, with its figures."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutor.conflicts import negated_stems
from tutor.embedded.calibration import SIGNS
from tutor.embedded.evidence import NAMES, NO_EVIDENCE, Evidence, EvidenceFinder, Weights, as_row
from tutor.embedded.word_order import WordOrder, count_pairs
from vectorstore.ports import Embedder, Vectors
from vectorstore.words import STOP_WORDS, stems

Floats = NDArray[np.float64]
LONGEST_REFERENCE_WORDS = 40
MOST_REFERENCES = 6
COMMON_FROM = 0.02
RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """One row of a grading data set: an answer with what a human made of it."""

    group: str
    question_id: str
    question: str
    references: tuple[str, ...]
    answer: str
    score: float
    label: str

    @property
    def is_right(self) -> bool:
        """Two-way truth."""
        return self.score >= 0.5

    @property
    def is_of_one_idea(self) -> bool:
        """Whether a reference is as short as a rubric point; long ones list several ideas."""
        return any(len(text.split()) <= LONGEST_REFERENCE_WORDS for text in self.references)


@dataclass(frozen=True, slots=True)
class Table:
    """Features and truth of many answers, row by row."""

    features: Floats
    truth: Floats
    weight: Floats
    group: tuple[str, ...]

    def where(self, keep: Sequence[bool]) -> Table:
        """Return the rows that ``keep`` marks."""
        mask = np.array(keep, dtype=bool)
        group = tuple(name for name, kept in zip(self.group, keep, strict=True) if kept)
        return Table(self.features[mask], self.truth[mask], self.weight[mask], group)


class RememberingEmbedder:
    """Embeds every text once: answers to one question share words, and each fit meets them again."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.window_tokens = embedder.window_tokens

    def embed(self, texts: Sequence[str]) -> Vectors:
        """As `Embedder.embed`, from memory where it can."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])

    def count_tokens(self, text: str) -> int:
        """As `Embedder.count_tokens`."""
        return self._embedder.count_tokens(text)

    def windows(self, text: str) -> list[tuple[int, int]]:
        """As `Embedder.windows`."""
        return self._embedder.windows(text)


def read_graded(path: Path, *, group: str) -> list[GradedAnswer]:
    """Read one ``*.jsonl.gz`` of question, references, answer, score.

    Raises
    ------
    ValueError
        If a row has not these fields.
    """
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                data: dict[str, Any] = json.loads(line)
                rows.append(
                    GradedAnswer(
                        group,
                        str(data["question_id"]),
                        str(data["question"]),
                        tuple(data["references"]),
                        str(data["answer"]),
                        float(data["score"]),
                        str(data.get("label", "")),
                    )
                )
            except (KeyError, TypeError, ValueError) as exc:
                raise ValueError(f"{path}, line {number}: {exc!r}. Expected the grading format.") from exc
    return rows


def learn_weights(rows: Iterable[GradedAnswer]) -> Weights:
    """Learn which stems are common: used under many questions, whatever the subject."""
    seen: dict[str, set[str]] = defaultdict(set)
    groups: dict[str, set[str]] = defaultdict(set)
    questions: set[str] = set()
    for row in rows:
        questions.add(row.question_id)
        for key in set(stems(" ".join(row.references))) | set(stems(row.answer)):
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


def tampered(reference: str, *, rng: random.Random) -> list[str]:
    """Return wrong answers made from a right one: shuffled, negated, its opposites, its words alone."""
    row = reference.rstrip(".").split()
    if len(row) < 5:
        return []
    made = [" ".join(rng.sample(row, len(row)))]
    made.append(", ".join(word for word in row if word.casefold().strip(",;") not in STOP_WORDS))
    for at, word in enumerate(row):
        if word in {"is", "are", "was", "were", "can", "will"} and not any(negated_stems(reference).values()):
            made.append(" ".join([*row[: at + 1], "not", *row[at + 1 :]]))
            break
    for at, word in enumerate(row):
        others = _antonym_words().get(word.casefold())
        if others:
            made.append(" ".join([*row[:at], others, *row[at + 1 :]]))
            break
    return made


def build_table(rows: Sequence[GradedAnswer], *, finder: EvidenceFinder) -> Table:
    """Compute the evidence of every answer against its closest reference.

    Weights give every set the same say, right and wrong answers the same say within it, and a question
    with many answers less than their number: else the largest set would teach its own base rate.
    """
    per_question = Counter((row.group, row.question_id) for row in rows)
    mass = [per_question[row.group, row.question_id] ** -0.5 for row in rows]
    cell: dict[tuple[str, bool], float] = defaultdict(float)
    for row, one in zip(rows, mass, strict=True):
        cell[row.group, row.is_right] += one
    return Table(
        features=np.array([as_row(row_evidence(row, finder=finder)) for row in rows]),
        truth=np.array([float(row.is_right) for row in rows]),
        weight=np.array([one / cell[row.group, row.is_right] for row, one in zip(rows, mass, strict=True)]),
        group=tuple(row.group for row in rows),
    )


def build_tampered_table(
    rows: Sequence[GradedAnswer], *, finder: EvidenceFinder, rng: random.Random
) -> Table:
    """Compute the evidence of wrong answers made from the references, and of the references themselves."""
    features, truth, group = [], [], []
    for row in {(row.group, row.question_id): row for row in rows}.values():
        for reference in _usable(row.references)[:2]:
            made = tampered(reference, rng=rng)
            for answer, right in [*((wrong, 0.0) for wrong in made), *([(reference, 1.0)] * bool(made))]:
                found = finder.find([reference], question=row.question, answer=answer)[0]
                features.append(as_row(found.evidence if found else NO_EVIDENCE))
                truth.append(right)
                group.append(row.group)
    weight = np.where(np.array(truth) > 0, 2.0, 1.0)
    return Table(np.array(features), np.array(truth), weight / weight.sum(), tuple(group))


def row_evidence(row: GradedAnswer, *, finder: EvidenceFinder) -> Evidence:
    """Return the evidence of an answer against the reference that it speaks of most."""
    found = finder.find(_usable(row.references), question=row.question, answer=row.answer)
    every = [piece.evidence for piece in found if piece is not None]
    return max(every, key=lambda evidence: evidence.strength, default=NO_EVIDENCE)


def fit(real: Table, tampered: Table) -> tuple[float, Floats]:
    """Fit the two halves of the model: what speaks for a point, then what speaks against it.

    What speaks for a point is fitted on real answers only: tampered ones have every word of the reference
    and would teach that words do not matter. What speaks against it is fitted on both, with the first
    half held fixed.

    Returns
    -------
    tuple of (float, array (d,))
        Intercept and coefficients, in the order of `NAMES`.
    """
    signs = np.array([SIGNS[name] for name in NAMES], dtype=np.float64)
    good, bad = signs > 0, signs < 0
    coefficients = np.zeros(len(NAMES))
    intercept, coefficients[good] = _fit_signed(real.features[:, good], real.truth, real.weight, sign=1.0)
    both = np.vstack([real.features, tampered.features])
    share = np.concatenate([real.weight / real.weight.sum(), tampered.weight / tampered.weight.sum()])
    _, coefficients[bad] = _fit_signed(
        both[:, bad],
        np.concatenate([real.truth, tampered.truth]),
        share,
        sign=-1.0,
        offset=intercept + both[:, good] @ coefficients[good],
    )
    return intercept, coefficients


def _fit_signed(
    features: Floats,
    truth: Floats,
    weight: Floats,
    *,
    sign: float,
    offset: Floats | None = None,
    steps: int = 3000,
    rate: float = 4.0,
) -> tuple[float, Floats]:
    """Ridge logistic regression whose weights all have one sign, by projected gradient descent.

    With an ``offset`` the intercept stays 0: the offset holds it.
    """
    mass = weight / weight.sum()
    coefficients, intercept = np.zeros(features.shape[1]), 0.0
    for step in range(steps):
        z = intercept + features @ coefficients + (0.0 if offset is None else offset)
        error = mass * (sigmoid(z) - truth)
        speed = rate / (1 + step / steps)
        coefficients = coefficients - speed * (features.T @ error + RIDGE * coefficients)
        coefficients = np.where(coefficients * sign > 0, coefficients, 0.0)
        if offset is None:
            intercept -= speed * float(error.sum())
    return intercept, coefficients


def sigmoid(values: Floats) -> Floats:
    """Return 1 / (1 + exp(-z))."""
    return np.asarray(1 / (1 + np.exp(-values)))


def figures(probability: Floats, truth: Floats) -> dict[str, float]:
    """Return two-way macro-F1 and accuracy at 0.5, calibration error over ten bins, and Brier score."""
    said, right = probability >= 0.5, truth >= 0.5
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = [
        abs(float(probability[bins == one].mean() - truth[bins == one].mean())) * float((bins == one).mean())
        for one in range(10)
        if (bins == one).any()
    ]
    return {
        "n": float(len(truth)),
        "macro_f1": round((_f1(said, right) + _f1(~said, ~right)) / 2, 3),
        "accuracy": round(float((said == right).mean()), 3),
        "ece": round(sum(gaps), 3),
        "brier": round(float(((probability - truth) ** 2).mean()), 3),
    }


def finder_for(rows: Sequence[GradedAnswer], *, embedder: Embedder) -> EvidenceFinder:
    """Return a finder that has learned its weights and word order from ``rows`` only."""
    return EvidenceFinder(embedder, weights=learn_weights(rows), order=learn_order(rows))


def _usable(references: Sequence[str]) -> list[str]:
    """Short references hold one idea, like a rubric point; a long one counts only where there is no other."""
    short = [text for text in references if len(text.split()) <= LONGEST_REFERENCE_WORDS]
    return (short or list(references[:1]))[:MOST_REFERENCES]


def _f1(said: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    both = float((said & right).sum())
    return 2 * both / float(said.sum() + right.sum()) if said.any() or right.any() else 1.0


def _antonym_words() -> dict[str, str]:
    pairs = (
        "increases/decreases higher/lower larger/smaller more/less positive/negative open/closed hot/cold "
    )
    pairs += (
        "before/after faster/slower greater/less always/never all/none same/different connected/separated"
    )
    table: dict[str, str] = {}
    for pair in pairs.split():
        one, other = pair.split("/")
        table |= {one: other, other: one}
    return table


def cross_figures(
    rows: Sequence[GradedAnswer], *, embedder: Embedder, rng: random.Random
) -> dict[str, dict[str, float]]:
    """Return for each set the figures of a model that was trained on the other sets only."""
    told = {}
    for held in sorted({row.group for row in rows}):
        known = [row for row in rows if row.group != held]
        if not known:
            continue
        finder = finder_for(known, embedder=embedder)
        intercept, coefficients = fit(
            build_table(known, finder=finder), build_tampered_table(known, finder=finder, rng=rng)
        )
        table = build_table([row for row in rows if row.group == held], finder=finder)
        told[held] = figures(sigmoid(intercept + table.features @ coefficients), table.truth)
    return told


def train(rows: Sequence[GradedAnswer], *, embedder: Embedder, rng: random.Random) -> dict[str, Any]:
    """Return the contents of the parameter file, fitted on the ``rows`` of one idea, with held-out figures.

    Word order is learned from all of them: it is about English, not about ideas.
    """
    embedder = RememberingEmbedder(embedder)
    weights, order = learn_weights(rows), learn_order(rows)
    rows = [row for row in rows if row.is_of_one_idea]
    finder = EvidenceFinder(embedder, weights=weights, order=order)
    real, tampered_rows = build_table(rows, finder=finder), build_tampered_table(rows, finder=finder, rng=rng)
    intercept, coefficients = fit(real, tampered_rows)
    return {
        "about": "The embedded grader's parameters, written by `manage.py train_grader`. See tutor/embedded.",
        "embedder": embedder.name,
        "intercept": round(intercept, 3),
        "coefficients": {
            name: round(float(value), 3) for name, value in zip(NAMES, coefficients, strict=True)
        },
        "shown_from": 0.42,
        "missing_below": 0.25,
        "contradicted_from": 0.75,
        "disorder_from": 0.5,
        "figures": {
            "trained_on": dict(Counter(row.group for row in rows)),
            "held_out_by_set": cross_figures(rows, embedder=embedder, rng=rng),
        },
        "common_stems": dict(weights.common),
        "word_order": dict(order.odds),
    }
