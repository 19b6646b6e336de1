"""Grades an explanation without a model: evidence, a calibrated probability, thresholds."""

from __future__ import annotations

from tutor.conflicts import conflicts
from tutor.embedded.calibration import Parameters, load_parameters
from tutor.embedded.evidence import EvidenceFinder, PieceEvidence
from tutor.ports import AnswerSpan, GradingTask, PointJudgement, PointToGrade, PointVerdict
from tutor.screening import admits_not_knowing
from vectorstore.ports import Embedder

ENGINE = "embedded"
# A piece that speaks of a point less than this is about something else.
ABOUT_FROM = 0.4
NEAR_WORDS = 0.65
NAMES_OF_CONFLICT = ("negation", "antonym", "number", "direction")


class EmbeddedGrader:
    """Judges each point by the piece of the answer that speaks of it most.

    Parameters
    ----------
    embedder
        Turns points, pieces and words into vectors.
    parameters
        What was learned; by default the file that is shipped.
    """

    engine = ENGINE
    prompt_hash = ""

    def __init__(self, embedder: Embedder, *, parameters: Parameters | None = None) -> None:
        self._parameters = parameters or load_parameters()
        self._finder = EvidenceFinder(
            embedder, weights=self._parameters.weights, order=self._parameters.order
        )
        self.version = f"parameters {self._parameters.hash}, {embedder.name}"[:80]

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        """Return one judgement for each point, in order; an empty answer shows nothing, by rule."""
        if not task.answer.strip() or admits_not_knowing(task.answer):
            return tuple(
                PointJudgement(point.id, PointVerdict.MISSING, 0.0, reason="nothing said")
                for point in task.points
            )
        found = self._finder.find(
            [point.text for point in task.points], question=task.question, answer=task.answer
        )
        return tuple(self._judge(point, piece, task) for point, piece in zip(task.points, found, strict=True))

    def doubt(self, point: str, quote: str) -> str:
        """Return why ``quote`` cannot be relied on to show ``point``, or "": a second look at any engine."""
        if self._parameters.order.disorder(quote) >= self._parameters.disorder_from:
            return "not_a_sentence"
        if conflicts(point, quote).worst >= self._parameters.contradicted_from:
            return "conflict"
        piece = self._finder.find([point], question="", answer=quote)[0]
        if piece is None or piece.evidence.strength < 0.2:
            return "off_the_point"
        return ""

    def _judge(self, point: PointToGrade, piece: PieceEvidence | None, task: GradingTask) -> PointJudgement:
        if piece is None:
            return PointJudgement(point.id, PointVerdict.MISSING, 0.0, reason="nothing said")
        evidence, settings = piece.evidence, self._parameters
        p = settings.probability(evidence)
        span = AnswerSpan(piece.start, piece.end, task.answer[piece.start : piece.end])
        if evidence.disorder >= settings.disorder_from:
            is_about = evidence.strength >= ABOUT_FROM
            verdict = PointVerdict.UNSURE if is_about else PointVerdict.MISSING
            return PointJudgement(point.id, verdict, min(p, 0.5), None, reason="not_a_sentence")
        if p >= settings.shown_from:
            return PointJudgement(point.id, PointVerdict.SHOWN, p, span, reason="said")
        against = self._contradiction(point, piece, task)
        if against is not None:
            return against
        if p < settings.missing_below:
            return PointJudgement(point.id, PointVerdict.MISSING, p, None, reason="not found")
        return PointJudgement(point.id, PointVerdict.UNSURE, p, span, reason="partly")

    def _contradiction(
        self, point: PointToGrade, piece: PieceEvidence, task: GradingTask
    ) -> PointJudgement | None:
        """A contradiction says nearly the same words with one turned round; less than that is only unsure."""
        evidence, settings = piece.strongest_evidence, self._parameters
        if evidence.conflict < settings.contradicted_from:
            return None
        start, end = piece.strongest
        span = AnswerSpan(start, end, task.answer[start:end])
        said = max(NAMES_OF_CONFLICT, key=lambda name: getattr(evidence, name))
        p = settings.probability(evidence)
        if evidence.alignment >= NEAR_WORDS:
            return PointJudgement(point.id, PointVerdict.CONTRADICTED, min(p, 0.2), span, reason=said)
        if evidence.strength >= ABOUT_FROM:
            return PointJudgement(point.id, PointVerdict.UNSURE, min(p, 0.5), span, reason=said)
        return None
