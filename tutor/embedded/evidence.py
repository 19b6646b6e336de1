"""What speaks for and against one idea in one piece of an answer, as few well-scaled numbers.

Following the finding that few monotone features carry over to a new subject better than many: each is
0..1, each can only help or only hurt, and the weights are fitted with that sign (see `training`).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import lru_cache

import numpy as np

from research.sentences import sentence_spans
from tutor.clauses import piece_spans
from tutor.conflicts import worst_conflicts
from tutor.embedded.word_order import WordOrder
from vectorstore.ports import Embedder, Vectors
from vectorstore.words import STOP_WORDS, stem, words

QUESTION_WEIGHT = 0.25
# Cosines of single words below this say nothing; from here to 1 they count in proportion.
SOFT_FLOOR = 0.5
LONGEST_TYPO_WORD = 4
# Of two pieces that differ by less than this the shorter one is quoted.
NEARLY = 0.05
# A piece with this share of a point's words is held to their order too, if there are enough of them.
SAME_WORDS, FEWEST_MATCHES, IN_ORDER = 0.7, 4, 0.7


@dataclass(frozen=True, slots=True)
class Evidence:
    """The features of one piece of an answer against one point; each in 0..1.

    Attributes
    ----------
    similarity
        Cosine of the embeddings of piece and point, negative values as 0.
    focus
        The same without the words that the question gave to both: a learner need not repeat them.
    overlap
        Share of the point's content stems found in the piece, rare ones counting more, the question's
        words counting a quarter.
    alignment
        The same with soft matches: words near in meaning count in part.
    essentials
        Share of the point's two rarest stems that the question did not give.
    negation, antonym, number, direction
        Signs of contradiction, scaled by how much the piece speaks of the same thing.
    disorder
        How unlike running English the piece reads.
    """

    similarity: float
    focus: float
    overlap: float
    alignment: float
    essentials: float
    negation: float
    antonym: float
    number: float
    direction: float
    disorder: float

    @property
    def strength(self) -> float:
        """How much the piece speaks of the point at all: chooses among pieces."""
        return 0.3 * self.similarity + 0.3 * self.focus + 0.15 * self.overlap + 0.25 * self.alignment

    @property
    def net(self) -> float:
        """Strength less what speaks against it: of two pieces on the point, the one to be read kindly."""
        return self.strength - 0.5 * max(self.conflict, self.disorder)

    @property
    def conflict(self) -> float:
        """The strongest sign of contradiction."""
        return max(self.negation, self.antonym, self.number, self.direction)


NAMES = tuple(field.name for field in fields(Evidence))


@dataclass(frozen=True, slots=True)
class PieceEvidence:
    """The piece of an answer that shows one point best, and the one that speaks of it most.

    They differ where a learner says the right thing in one place and a wrong thing in another.
    """

    start: int
    end: int
    evidence: Evidence
    strongest: tuple[int, int]
    strongest_evidence: Evidence


NO_EVIDENCE = Evidence(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each stem counts: rare ones more.

    Attributes
    ----------
    common
        Stem -> share of unrelated texts that use it; stems not listed are rare.
    rarest
        The share that an unlisted stem is taken to have.
    """

    common: Mapping[str, float]
    rarest: float = 0.01

    def of(self, key: str) -> float:
        """Return the weight of a stem, 0..1."""
        share = max(self.common.get(key, self.rarest), self.rarest)
        return math.log(1 / min(share, 0.9)) / math.log(1 / self.rarest)


class EvidenceFinder:
    """Holds points against the pieces of an answer; embeds everything it needs in one call."""

    def __init__(self, embedder: Embedder, *, weights: Weights, order: WordOrder) -> None:
        self._embedder = embedder
        self._weights = weights
        self._order = order

    def find(self, points: Sequence[str], *, question: str, answer: str) -> list[PieceEvidence | None]:
        """Return for each point the piece of ``answer`` that speaks of it most; None for an empty answer."""
        spans = piece_spans(answer)
        if not spans:
            return [None for _ in points]
        pieces = [answer[start:end] for start, end in spans]
        sentences_of = [[piece[start:end] for start, end in sentence_spans(piece)] for piece in pieces]
        asked = frozenset(_stem_forms(question))
        texts = [*points, *pieces]
        masked = [without(text, asked) for text in texts]
        vectors = _Vectors(self._embedder, [*texts, *masked, *_content_words(texts)])
        # A list of words cut into short pieces still is a list of words.
        overall = self._order.disorder(answer)
        disorder = [max(overall, self._order.disorder(piece)) for piece in pieces]
        found: list[PieceEvidence | None] = []
        for point in points:
            rows = [
                self._evidence(
                    point, piece, sentences_of[at], asked=asked, vectors=vectors, disorder=disorder[at]
                )
                for at, piece in enumerate(pieces)
            ]
            best = _best([row.net for row in rows], spans)
            strongest = _best([row.strength for row in rows], spans)
            found.append(PieceEvidence(*spans[best], rows[best], spans[strongest], rows[strongest]))
        return found

    def _evidence(
        self,
        point: str,
        piece: str,
        sentences: Sequence[str],
        *,
        asked: frozenset[str],
        vectors: _Vectors,
        disorder: float,
    ) -> Evidence:
        weights = self._point_weights(point, asked)
        mine = _stem_forms(piece)
        matches = {key: _match(key, word, mine, vectors) for key, word in _stem_forms(point).items()}
        hard = {key: float(value >= 1) for key, value in matches.items()}
        rare = sorted(weights, key=lambda key: (-weights[key], key))[:2]
        overlap = _share(hard, weights)
        clash = worst_conflicts(point, sentences or [piece])
        about = min(1.0, max(overlap, _share(matches, weights)) / 0.6)
        return Evidence(
            similarity=max(0.0, vectors.cosine(point, piece)),
            focus=max(0.0, vectors.cosine(without(point, asked), without(piece, asked))),
            overlap=overlap,
            alignment=_share(matches, weights),
            essentials=sum(matches[key] for key in rare) / len(rare) if rare else 0.0,
            negation=clash.negation * about,
            antonym=clash.antonym * about,
            number=clash.number * about,
            direction=clash.direction * about,
            disorder=max(disorder, self._scrambled(point, piece, overlap=overlap)),
        )

    def _scrambled(self, point: str, piece: str, *, overlap: float) -> float:
        """1 where a piece has nearly all words of the point, in another order, and reads badly; else 0."""
        if overlap < SAME_WORDS or not self._order.is_doubtful(piece):
            return 0.0
        place = {key: at for at, key in enumerate(_stem_forms(point))}
        row = [place[key] for key in _stem_forms(piece) if key in place]
        return float(len(row) >= FEWEST_MATCHES and _longest_rise(row) <= IN_ORDER * len(row))

    def _point_weights(self, point: str, asked: frozenset[str]) -> dict[str, float]:
        """Weights of the point's stems; the question's are demoted unless nothing else is left."""
        keys = list(_stem_forms(point))
        full = {key: self._weights.of(key) for key in keys}
        own = {key: weight * (QUESTION_WEIGHT if key in asked else 1.0) for key, weight in full.items()}
        return own if any(key not in asked for key in keys) else full


class _Vectors:
    """Unit vectors of some texts, embedded together."""

    def __init__(self, embedder: Embedder, texts: Iterable[str]) -> None:
        unique = list(dict.fromkeys(texts))
        self._at = {text: at for at, text in enumerate(unique)}
        self._rows: Vectors = embedder.embed(unique)

    def cosine(self, one: str, other: str) -> float:
        return float(np.dot(self._rows[self._at[one]], self._rows[self._at[other]]))


def _best(values: Sequence[float], spans: Sequence[tuple[int, int]]) -> int:
    """The highest; of nearly equal ones the shortest, so that the quote is to the point."""
    top = max(values)
    near = [at for at, value in enumerate(values) if value >= top - NEARLY]
    return min(near, key=lambda at: (spans[at][1] - spans[at][0], at))


def _share(matches: Mapping[str, float], weights: Mapping[str, float]) -> float:
    total = sum(weights.values())
    return sum(weights[key] * matches[key] for key in weights) / total if total else 0.0


def _match(key: str, word: str, mine: Mapping[str, str], vectors: _Vectors) -> float:
    """How well a stem is met: 1 for itself or a typing error, less for a word near in meaning."""
    if key in mine:
        return 1.0
    if any(_is_typo(key, other) for other in mine):
        return 1.0
    near = max((vectors.cosine(word, other) for other in mine.values()), default=0.0)
    return 0.9 * max(0.0, (near - SOFT_FLOOR) / (1 - SOFT_FLOOR))


def _longest_rise(row: Sequence[int]) -> int:
    """The length of the longest rising subsequence (patience sorting)."""
    tops: list[int] = []
    for value in row:
        at = bisect_left(tops, value)
        tops[at : at + 1] = [value]
    return len(tops)


def _content_words(texts: Iterable[str]) -> list[str]:
    return [word for text in texts for word in _stem_forms(text).values()]


@lru_cache(maxsize=4096)
def _stem_forms(text: str) -> Mapping[str, str]:
    """The content stems of a text in order, each with the first word that has it."""
    found: dict[str, str] = {}
    for whole in words(text):
        for part in whole.split("-"):
            if part not in STOP_WORDS and part:
                found.setdefault(stem(part), part)
    return found


@lru_cache(maxsize=4096)
def without(text: str, asked: frozenset[str]) -> str:
    """Return ``text`` without the words whose stems are in ``asked``; all of it if nothing would be left."""
    kept = [word for word in text.split() if not (_stem_forms(word) and asked.issuperset(_stem_forms(word)))]
    rest = " ".join(kept)
    return rest if _stem_forms(rest) else text


def _is_typo(one: str, other: str) -> bool:
    """One letter added, left out, changed, or two neighbours exchanged, in a word long enough to tell."""
    if min(len(one), len(other)) <= LONGEST_TYPO_WORD or abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    if any(char.isdigit() for char in one + other):
        return False
    start = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    tails = {one[start:], other[start:]}
    exchanged = one[start + 1 : start + 2] + one[start : start + 1] + one[start + 2 :]
    return (
        exchanged == other[start:]
        or one[start + 1 :] == other[start + 1 :]
        or one[start + 1 :] == other[start:]
        or one[start:] == other[start + 1 :]
    ) and len(tails) == 2


def as_row(evidence: Evidence) -> tuple[float, ...]:
    """Return the features in the order of `NAMES`."""
    return astuple(evidence)
