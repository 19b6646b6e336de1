"""Has an answer judged: screened before, checked by the floor after, joined with a follow-up's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from concepts.models import Concept
from research.models import Passage
from tutor.floor import check_judgements
from tutor.leaning import NO_LEANING, Leaning
from tutor.models import Attempt, LessonSentence, PointCredit, RubricPoint
from tutor.ports import AnswerSpan, Doubt, Grader, GradingTask, PointJudgement, PointToGrade, PointVerdict
from tutor.screening import Refusal, Screened, screen
from tutor.verdict import Outcome, decide, merge

MOST_BACKGROUND = 24
_SETTLED = (PointVerdict.SHOWN, PointVerdict.CONTRADICTED)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of an answer before it is stored.

    ``carried`` are the judgements of the answer before the follow-up; their spans are words of that answer.
    """

    judgements: list[PointJudgement]
    carried: list[PointJudgement]
    refusal: Refusal | None = None
    leaning: Leaning = NO_LEANING

    def outcome(self, *, is_final: bool) -> Outcome:
        """What the points come to; none of them were judged where the answer was refused."""
        return decide(self.judgements, is_final=is_final)


def judge(
    attempt: Attempt,
    *,
    grader: Grader,
    doubt: Doubt,
    carried: Sequence[PointJudgement] = (),
    leaning: Leaning = NO_LEANING,
) -> Judged:
    """Judge an answer outside the database; a refused one is not shown to the grader.

    A follow-up is asked only what ``carried`` leaves open, and what it settles is joined with that.
    """
    points = list(attempt.lesson.points.all())
    screened = screened_answer(attempt)
    if screened.refusal and attempt.follow_up_of is None:
        return Judged([], [], screened.refusal)
    judgements: list[PointJudgement] = []
    if not screened.refusal:
        task = task_of(attempt, points, answer=screened.plain.text, carried=carried, leaning=leaning)
        judgements = check_judgements(grader.grade(task), task=task, screened=screened, doubt=doubt)
    if attempt.follow_up_of:
        # A follow-up that says nothing of its own leaves open what was open: the first answer decides.
        judgements = merge(carried, judgements)
    return Judged(judgements, list(carried), screened.refusal, leaning)


def judgements_of(attempt: Attempt) -> list[PointJudgement]:
    """What was judged of an earlier attempt; its spans are words of that attempt, so they stay there."""
    return [judgement_of(row) for row in attempt.credits.select_related("point").order_by("point__ordinal")]


def judgement_of(row: PointCredit) -> PointJudgement:
    """A stored judgement as the engines' floor gave it."""
    span = None
    if row.start is not None and row.end is not None:
        span = AnswerSpan(row.start, row.end, row.quote)
    return PointJudgement(str(row.point_id), PointVerdict(row.verdict), row.probability, span, row.reason)


def screened_answer(attempt: Attempt) -> Screened:
    """The answer made plain, and which of it repeats what the learner was shown."""
    sentences = attempt.lesson.sentences.exclude(support=LessonSentence.Support.CONNECTIVE)
    cited = Passage.objects.filter(pk__in=attempt.lesson.sentences.values("citations__passage"))
    return screen(
        attempt.answer,
        question=question_of(attempt),
        lesson=list(sentences.values_list("text", flat=True)),
        sources=list(cited.values_list("text", flat=True)),
    )


def question_of(attempt: Attempt) -> str:
    """What the answer answers."""
    return attempt.follow_up_of.follow_up_question if attempt.follow_up_of else attempt.lesson.question


def task_of(
    attempt: Attempt,
    points: Sequence[RubricPoint],
    *,
    answer: str,
    carried: Sequence[PointJudgement] = (),
    leaning: Leaning = NO_LEANING,
) -> GradingTask:
    """What the grader sees: the points that are still open, and nothing about who is asking."""
    settled = {one.point_id for one in carried if one.verdict in _SETTLED}
    return GradingTask(
        question=question_of(attempt),
        points=tuple(
            PointToGrade(str(point.pk), point.text) for point in points if str(point.pk) not in settled
        ),
        answer=answer,
        concept=attempt.lesson.concept.name,
        background=background_of(attempt.lesson.concept),
        leaning=leaning,
    )


def background_of(concept: Concept) -> tuple[str, ...]:
    """What the sources say of other concepts, spread over the subject; the same for every answer."""
    others = Concept.objects.published().filter(subject=concept.subject_id).exclude(pk=concept.pk)
    rows = [text for text in others.exclude(summary="").values_list("summary", flat=True) if text]
    return tuple(rows[:: max(1, len(rows) // MOST_BACKGROUND)][:MOST_BACKGROUND])
