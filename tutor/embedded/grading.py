"""Grades an explanation without a model: how much is said, whether it is said, and thresholds."""

from __future__ import annotations

import re
import threading
from itertools import pairwise

from research.sentences import sentence_spans, sentences
from tutor.embedded.calibration import MISSING_BELOW, SHOWN_FROM, Parameters, load_parameters
from tutor.embedded.evidence import Evidence, EvidenceFinder, PieceEvidence
from tutor.embedded.exchanging import exchanges_roles
from tutor.orders import speaks_to_grader
from tutor.ports import AnswerSpan, GradingTask, PointJudgement, PointToGrade, PointVerdict
from tutor.screening import admits_not_knowing, is_copy
from vectorstore.ports import Parser, Reader
from vectorstore.words import words

ENGINE = "embedded"
# From here a piece is not English in any order.
DISORDER_FROM = 0.5
# From here a sign of contradiction counts, and from here on a piece speaks of the point at all.
CONFLICT_FROM, ABOUT_FROM = 0.75, 0.25
# The more of a point's own words a piece repeats, the more it must read as saying them; the more of its
# meaning is there, the less: who says much of a point in other words rarely turns it round.
LEAST_INTACT = -0.35
# Up to here the pair scorer confirms that a word which looks like a denial is one.
SURELY_NOT = -0.6
REMEMBERED_ANSWERS = 8
_STOP = re.compile(r"[.!?]\s+")
NAMES_OF_CONFLICT = ("negation", "antonym", "number", "direction")


class EmbeddedGrader:
    """Judges each point by the piece of the answer that speaks of it most.

    How much of the point is said gives a calibrated probability. Signs that it only looks said (words in no
    order, a denial, an opposite, another number, roles exchanged) are a veto: they never turn much said into
    little, they turn credit into "unsure", or into "contradicted" where two of them agree. Only an answer
    whose words stand in no order at all shows nothing.

    Parameters
    ----------
    reader
        Gives words their vectors in context, and reads a piece beside a point.
    parameters
        What was learned; by default the file that is shipped.
    parser
        Tells who does what to whom; without one exchanged roles are told by word order alone.
    """

    engine = ENGINE
    prompt_hash = ""

    def __init__(
        self, reader: Reader, *, parameters: Parameters | None = None, parser: Parser | None = None
    ) -> None:
        self._parser = parser
        self._parameters = parameters or load_parameters()
        self._finder = EvidenceFinder(
            reader,
            weights=self._parameters.weights,
            order=self._parameters.order,
            usual=self._parameters.usual,
        )
        self._recent: dict[GradingTask, list[PieceEvidence | None]] = {}
        self._lock = threading.Lock()
        parsed_by = f", {parser.name}" if parser else ""
        self.version = f"parameters {self._parameters.hash}, {reader.name}{parsed_by}"[:80]

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        """Return one judgement for each point, in order; an empty answer shows nothing, by rule."""
        if not task.answer.strip() or admits_not_knowing(task.answer):
            return tuple(
                PointJudgement(point.id, PointVerdict.MISSING, 0.0, reason="nothing said")
                for point in task.points
            )
        found = zip(task.points, self._found(task), strict=True)
        return tuple(self._judge(point, piece, task) for point, piece in found)

    @property
    def prior(self) -> float:
        """What is added to log odds for a probability."""
        return self._parameters.prior

    def log_odds(self, task: GradingTask) -> tuple[float | None, ...]:
        """Return for each point the log odds that it is said, vetoes aside; None where nothing is."""
        return tuple(
            None if piece is None else self._parameters.log_odds(piece.evidence)
            for piece in self._found(task)
        )

    def doubt(self, task: GradingTask, point: str, quote: str) -> str:
        """Return why credit for ``point`` on the words ``quote`` cannot be relied on, or "".

        A second look at any engine: the whole answer must say the point, not contradict it elsewhere, and the
        quoted words by themselves must speak of it and not look otherwise.
        """
        texts = [one.text for one in task.points]
        whole = self._found(task)[texts.index(point)] if point in texts else None
        if whole is not None:
            if is_contradiction(whole.evidence):
                return "conflict"
            if self._parameters.strength(whole.evidence, leaning=task.leaning) < SHOWN_FROM:
                return "partly"
            if self._exchanges(point, whole, task.answer):
                return "roles_exchanged"
        [piece] = self._finder.find(
            [(point,)],
            question=task.question,
            answer=quote,
            background=task.background,
            ignored=idle_spans(quote, task=task),
        )
        if piece is None or self._parameters.strength(piece.evidence, leaning=task.leaning) < MISSING_BELOW:
            return "off_the_point"
        return veto(piece.evidence)

    def _found(self, task: GradingTask) -> list[PieceEvidence | None]:
        """What speaks for each point; of the last few answers it is remembered, for the floor asks again."""
        with self._lock:
            known = self._recent.get(task)
        if known is None:
            known = self._finder.find(
                [(point.text,) for point in task.points],
                question=task.question,
                answer=task.answer,
                background=task.background,
                ignored=idle_spans(task.answer, task=task),
            )
            with self._lock:
                self._recent[task] = known
                while len(self._recent) > REMEMBERED_ANSWERS:
                    self._recent.pop(next(iter(self._recent)))
        return known

    def _judge(self, point: PointToGrade, piece: PieceEvidence | None, task: GradingTask) -> PointJudgement:
        if piece is None:
            return PointJudgement(point.id, PointVerdict.MISSING, 0.0, reason="nothing said")
        evidence = piece.evidence
        p = self._parameters.probability(evidence, leaning=task.leaning)
        strength = self._parameters.strength(evidence, leaning=task.leaning)
        span = AnswerSpan(piece.start, piece.end, task.answer[piece.start : piece.end])
        objection = veto(evidence)
        if objection == "not_a_sentence":
            is_open = evidence.gain >= ABOUT_FROM and not self._parameters.order.is_scrambled(task.answer)
            verdict = PointVerdict.UNSURE if is_open else PointVerdict.MISSING
            return PointJudgement(point.id, verdict, min(p, 0.5), None, reason=objection)
        if is_contradiction(evidence):
            said = max(NAMES_OF_CONFLICT, key=lambda name: getattr(evidence, name))
            return PointJudgement(point.id, PointVerdict.CONTRADICTED, min(p, 0.2), span, reason=said)
        if strength < MISSING_BELOW:
            return PointJudgement(point.id, PointVerdict.MISSING, p, None, reason="not found")
        if objection:
            return PointJudgement(point.id, PointVerdict.UNSURE, min(p, 0.5), span, reason=objection)
        if strength < SHOWN_FROM:
            return PointJudgement(point.id, PointVerdict.UNSURE, p, span, reason="partly")
        if self._exchanges(point.text, piece, task.answer):
            return PointJudgement(point.id, PointVerdict.UNSURE, min(p, 0.5), span, reason="roles_exchanged")
        return PointJudgement(point.id, PointVerdict.SHOWN, p, span, reason="said")

    def _exchanges(self, point: str, piece: PieceEvidence, answer: str) -> bool:
        """Whether the answer has words of the point in other roles; asked only where credit is at stake.

        Of a point of several sentences nothing is said: between so many relations one that looks exchanged is
        found by chance.
        """
        if self._parser is None or len(sentence_spans(point)) > 1:
            return False
        return exchanges_roles(self._parser.parse(point), self._parser.parse(answer), same=piece.same)


def idle_spans(text: str, *, task: GradingTask) -> list[tuple[int, int]]:
    """Return the sentences of ``text`` that repeat the question or speak to whoever grades.

    Beside an answer they are in its way: they are not read, and no credit can rest on them.

    Examples
    --------
    >>> task = GradingTask("Say why ice floats on water in winter.", (), "")
    >>> idle_spans("So why ice floats on water in winter. It is less dense.", task=task)
    [(0, 37)]
    """
    asked = [words(sentence) for sentence in sentences(task.question)]
    return [
        (start, end)
        for start, end in _stops(text)
        if is_copy(words(text[start:end]), of=asked) or speaks_to_grader(text[start:end], subject=task.matter)
    ]


def _stops(text: str) -> list[tuple[int, int]]:
    """Sentences, also where the next one begins with a small letter."""
    found = []
    for start, end in sentence_spans(text):
        ends = [start + stop.end() for stop in _STOP.finditer(text[start:end])]
        found += [(one, other) for one, other in pairwise([start, *ends, end]) if text[one:other].strip()]
    return found


def veto(evidence: Evidence) -> str:
    """Return why words that are there may not say the point, as a code, or "".

    Examples
    --------
    >>> copy = Evidence(1.0, 1.0, 1.0, intact=0.9, negation=0, antonym=0, number=0, direction=0, disorder=0)
    >>> veto(copy)
    ''
    """
    if evidence.disorder >= DISORDER_FROM:
        return "not_a_sentence"
    if evidence.conflict >= CONFLICT_FROM:
        return "conflict"
    least = LEAST_INTACT + evidence.overlap - evidence.gain
    return "reads_otherwise" if evidence.intact < least else ""


def is_contradiction(evidence: Evidence) -> bool:
    """Say whether a piece says nearly the same with one thing turned round: words and reading agree on it."""
    is_about = evidence.gain >= 2 * ABOUT_FROM
    return is_about and evidence.intact <= SURELY_NOT and evidence.conflict >= CONFLICT_FROM
