"""What speaks for and against one idea in one piece of an answer, as few well-scaled numbers.

Few monotone features carry over to a new subject better than many. Two say how much of the idea is there; the
others, whether it is said or only looks so: they never outweigh each other (see `calibration` and `grading`).
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from research.sentences import sentence_spans
from tutor.clauses import piece_spans
from tutor.embedded.alignment import (
    Weights,
    WordVectors,
    alignment,
    gain,
    joined,
    nearness,
    stems_of,
    with_spelling_of,
    word_vectors,
    word_weights,
)
from tutor.embedded.contradicting import signs_against
from tutor.embedded.word_order import WordOrder
from vectorstore.ports import Reader, Reading
from vectorstore.words import stems

# Of two pieces that differ by less than this the shorter one is quoted.
NEARLY = 0.03
# A sentence at the end of a piece that adds less than this to it does not belong to it.
BRINGS_NOTHING = 0.02
# A piece with this share of a point's words is held to their order too, if there are enough of them.
SAME_WORDS, FEWEST_MATCHES, IN_ORDER = 0.7, 4, 0.7
# From here two words mean the same: a word found again has at least `alignment.SAME_WORD`.
SAME_MEANING = 0.8
# Log odds of the pair scorer are cut here: beyond, it is only louder, not more often right.
LOUDEST = 4.0
MOST_BACKGROUND = 24
# Characters: some 150 word pieces of English.
LONGEST_STRETCH = 600
# A point with its background is a few dozen kilobytes.
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Evidence:
    """The features of one piece of an answer against one point.

    Attributes
    ----------
    gain
        Alignment of the point's words with the piece, above what any statement of the subject reaches;
        1 for all of them, 0 for no more than usual (see `alignment.gain`).
    news
        The same above what the question alone reaches: 0 for an answer that only repeats it.
    overlap
        Share of the point's own content stems found in the piece, rare ones counting more; 0..1.
    intact
        -1..1: whether the piece, read beside the point, still says it: not shuffled, not denied, nothing
        swapped (`vectorstore.ports.PairScorer`, its log odds cut at `LOUDEST` and divided by it).
    negation, antonym, number, direction
        Signs of contradiction, scaled by how much the piece speaks of the same thing; 0..1.
    disorder
        How unlike running English the piece reads; 0..1.
    """

    gain: float
    news: float
    overlap: float
    intact: float
    negation: float
    antonym: float
    number: float
    direction: float
    disorder: float

    @property
    def conflict(self) -> float:
        """The strongest sign of contradiction."""
        return max(self.negation, self.antonym, self.number, self.direction)


NO_EVIDENCE = Evidence(-1, -1, 0, -1, 0, 0, 0, 0, 0)
# The wordings of a point, of which any one says it: a rubric point has one, a data set's question several.
Wordings = tuple[str, ...]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PieceEvidence:
    """The piece of an answer that speaks of one point most, and its evidence.

    Attributes
    ----------
    same
        Where in the point and where in the whole answer words begin that mean the same.
    """

    start: int
    end: int
    evidence: Evidence
    same: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Wording:
    """One wording of a point made ready: its words and what each counts."""

    text: str
    words: WordVectors
    weight: NDArray[np.float64]

    def reached(self, other: WordVectors) -> float:
        return alignment(nearness(self.words, other), self.weight)


@dataclass(frozen=True, slots=True)
class _Point:
    """A point made ready: its wordings, and what the question and an unrelated statement reach."""

    wordings: tuple[_Wording, ...]
    given: float
    usual: float


@dataclass(frozen=True, slots=True)
class _Best:
    """Which piece speaks most of which wording of a point, and how much."""

    wording: _Wording
    piece: int
    reached: float
    overlap: float
    same: tuple[tuple[int, int], ...]
    near: NDArray[np.float32]


class EvidenceFinder:
    """Holds points against the pieces of an answer.

    An answer is read once, in the light of its question; the points are remembered between answers, so that
    a grade costs two passes of the model: one for the answer, one for each point beside its piece.

    Parameters
    ----------
    reader
        Gives each word its vector and compares two texts.
    usual
        What unrelated statements reach where no ``background`` is given.
    """

    def __init__(self, reader: Reader, *, weights: Weights, order: WordOrder, usual: float = 0.5) -> None:
        self._reader = reader
        self._weights = weights
        self._order = order
        self._usual = usual
        self._lock = threading.Lock()
        self._points: OrderedDict[tuple[Wordings, str, tuple[str, ...]], _Point] = OrderedDict()

    def find(
        self,
        points: Sequence[Wordings],
        *,
        question: str,
        answer: str,
        background: Sequence[str] = (),
        ignored: Sequence[Span] = (),
    ) -> list[PieceEvidence | None]:
        """Return for each point the piece of ``answer`` that speaks of it most; None for an empty answer.

        Parameters
        ----------
        background
            Other statements of the same subject, of which the first `MOST_BACKGROUND` are used.
        ignored
            Stretches of ``answer`` that say nothing on the points: the question told again, say.
        """
        answer = _blanked(answer, ignored)
        spans = piece_spans(answer)
        said = self._said(answer, question=question)
        if not spans or not said.stems:
            return [None for _ in points]
        made = [self._prepared(point, question=question, background=background) for point in points]
        inside = _inside(said, spans)
        chosen = [
            max((_best(one, said, inside, spans) for one in point.wordings), key=lambda best: best.reached)
            for point in made
        ]
        placed = [_trimmed(answer, spans[best.piece], best, said) for best in chosen]
        pieces = [answer[start:end] for start, end in placed]
        read = [
            (best.wording.text, with_spelling_of(piece, known=(best.wording.text, question)))
            for best, piece in zip(chosen, pieces, strict=True)
        ]
        odds = self._reader.compare(read, context=question)
        overall = self._order.disorder(answer)
        known = (question, *(text for point in points for text in point), *background)
        return [
            PieceEvidence(
                *place,
                self._evidence(point, best, piece, odds=float(one), overall=overall, known=known),
                best.same,
            )
            for point, best, place, piece, one in zip(made, chosen, placed, pieces, odds, strict=True)
        ]

    def _said(self, answer: str, *, question: str) -> WordVectors:
        """The words of an answer, read in stretches of whole sentences that the reader can hold."""
        stretches = _stretches(answer)
        readings = self._reader.read([answer[start:end] for start, end in stretches], context=question)
        return joined(
            [
                word_vectors(reading, offset=start)
                for reading, (start, _) in zip(readings, stretches, strict=True)
            ]
        )

    def usual(self, point: Wordings, *, question: str, background: Sequence[str]) -> float:
        """Return what unrelated statements of the subject reach on a point, 0..1."""
        return self._prepared(point, question=question, background=background).usual

    def _prepared(self, point: Wordings, *, question: str, background: Sequence[str]) -> _Point:
        others = tuple(text for text in background if text not in point)[:MOST_BACKGROUND]
        key = (point, question, others)
        with self._lock:
            known = self._points.get(key)
            if known is not None:
                self._points.move_to_end(key)
        if known is None:
            readings = self._reader.read([*point, question, *others], context=question)
            own, (asked, *rest) = readings[: len(point)], map(word_vectors, readings[len(point) :])
            stems_asked = stems_of([question])
            wordings = tuple(self._wording(reading, asked=stems_asked) for reading in own)
            usual = [max(one.reached(other) for one in wordings) for other in rest if other.stems]
            known = _Point(
                wordings,
                given=max(one.reached(asked) for one in wordings),
                usual=sum(usual) / len(usual) if usual else self._usual,
            )
            with self._lock:
                self._points[key] = known
                while len(self._points) > _REMEMBERED:
                    self._points.popitem(last=False)
        return known

    def _wording(self, reading: Reading, *, asked: frozenset[str]) -> _Wording:
        own = word_vectors(reading)
        return _Wording(reading.text, own, word_weights(own, weights=self._weights, asked=asked))

    def _evidence(
        self,
        point: _Point,
        best: _Best,
        piece: str,
        *,
        odds: float,
        overall: float,
        known: Sequence[str],
    ) -> Evidence:
        sentences = [piece[start:end] for start, end in sentence_spans(piece)] or [piece]
        clash = signs_against(best.wording.text, sentences, known=known)
        about = min(1.0, max(best.overlap, best.reached) / 0.6)
        # A list of words cut into short pieces still is a list of words.
        disorder = max(overall, self._order.disorder(piece), self._scrambled(best, piece))
        return Evidence(
            gain=gain(best.reached, usual=point.usual),
            news=gain(best.reached, usual=point.given),
            overlap=best.overlap,
            intact=max(-1.0, min(1.0, odds / LOUDEST)),
            negation=clash.negation * about,
            antonym=clash.antonym * about,
            number=clash.number * about,
            direction=clash.direction * about,
            disorder=disorder,
        )

    def _scrambled(self, best: _Best, piece: str) -> float:
        """1 where a piece has nearly all words of the point, in another order, and reads badly; else 0."""
        if best.overlap < SAME_WORDS or not self._order.is_doubtful(piece):
            return 0.0
        place = {key: at for at, key in enumerate(best.wording.words.stems)}
        row = [place[key] for key in dict.fromkeys(stems(piece)) if key in place]
        return float(len(row) >= FEWEST_MATCHES and _longest_rise(row) <= IN_ORDER * len(row))


def _best(
    wording: _Wording,
    said: WordVectors,
    inside: Sequence[NDArray[np.bool_]],
    spans: Sequence[Span],
) -> _Best:
    """The piece that speaks of a wording most; of nearly equal ones the shortest."""
    own = wording.words
    near = nearness(own, said)
    if not own.stems:
        return _Best(wording, 0, 0.0, 0.0, (), near)
    reached = [alignment(near, wording.weight, keep=keep) for keep in inside]
    top = max(reached)
    close = [at for at, value in enumerate(reached) if value >= top - NEARLY]
    piece = min(close, key=lambda at: (spans[at][1] - spans[at][0], at))
    here = {key for key, kept in zip(said.stems, inside[piece], strict=True) if kept}
    content = ~np.array(own.is_stop)
    found = np.array([key in here for key in own.stems])
    mass = float(wording.weight[content].sum())
    overlap = float(wording.weight[content & found].sum()) / mass if mass else 0.0
    same = tuple(
        (own.spans[one][0], said.spans[other][0]) for one, other in np.argwhere(near >= SAME_MEANING)
    )
    return _Best(wording, piece, reached[piece], overlap, same, near)


def _trimmed(answer: str, span: Span, best: _Best, said: WordVectors) -> Span:
    """The piece without sentences at its ends that bring nothing of the point ("Let me put it so")."""
    start = span[0]
    rows = [(start + one, start + other) for one, other in sentence_spans(answer[start : span[1]])]
    if len(rows) < 2 or not best.near.size:
        return span
    starts = np.array([place for place, _ in said.spans])

    def reached(first: int, last: int) -> float:
        keep = (starts >= rows[first][0]) & (starts < rows[last][1])
        return alignment(best.near, best.wording.weight, keep=keep) if keep.any() else 0.0

    first, last = 0, len(rows) - 1
    while first < last and reached(first + 1, last) >= best.reached - BRINGS_NOTHING:
        first += 1
    while first < last and reached(first, last - 1) >= best.reached - BRINGS_NOTHING:
        last -= 1
    return rows[first][0], rows[last][1]


def _stretches(answer: str) -> list[Span]:
    """Runs of sentences of at most `LONGEST_STRETCH` characters; a longer sentence stands alone."""
    found: list[Span] = []
    for start, end in sentence_spans(answer):
        if found and end - found[-1][0] <= LONGEST_STRETCH:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _blanked(answer: str, ignored: Sequence[Span]) -> str:
    """The answer with spaces in place of what is ignored, so that all other places stay the same."""
    for start, end in ignored:
        answer = f"{answer[:start]}{' ' * (end - start)}{answer[end:]}"
    return answer


def _inside(said: WordVectors, spans: Sequence[Span]) -> list[NDArray[np.bool_]]:
    starts = np.array([start for start, _ in said.spans])
    return [(starts >= start) & (starts < end) for start, end in spans]


def _longest_rise(row: Sequence[int]) -> int:
    """The length of the longest rising subsequence (patience sorting)."""
    tops: list[int] = []
    for value in row:
        at = bisect_left(tops, value)
        tops[at : at + 1] = [value]
    return len(tops)
