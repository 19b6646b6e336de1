"""What changed in a subject's sources, what rests on the changed words, and what extracting again did."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from concepts.models import Subject
from jobs.models import Job
from mastery.models import MasteryEvent
from research.models import Passage, PassageQuerySet
from research.services.versions import Change, changes_since
from tutor.models import Attempt, Citation, Lesson, PracticeAnswer, PracticeItem, RubricPoint

# How many rows of each kind a report names; the counts are of all.
MOST_NAMED = 50


@dataclass(frozen=True, slots=True)
class ChangedSource:
    """One source that differs from what the graph was drawn from, in passages."""

    source_id: str
    title: str
    from_version: int | None
    to_version: int | None
    changed_at: datetime | None
    unchanged: int
    removed: int
    added: int


@dataclass(frozen=True, slots=True)
class StaleLessons:
    """Lessons on one concept that quote words which are gone."""

    concept: str
    name: str
    lessons: int
    learners: int


@dataclass(frozen=True, slots=True)
class StaleRow:
    """A concept or an edge that rests on words which are gone."""

    id: str
    what: str
    status: str


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What the last extraction did."""

    at: datetime | None
    engine: str
    scope: str
    kept: int
    created: int
    changed: int
    stale: int
    revision: int | None


@dataclass(frozen=True, slots=True)
class StalenessReport:
    """Everything at once; lists are cut to the first rows, counts are not."""

    subject: str
    sources: list[ChangedSource]
    concepts: list[StaleRow]
    concept_count: int
    prerequisites: list[StaleRow]
    prerequisite_count: int
    lessons: list[StaleLessons]
    lesson_count: int
    learners_shown: int
    rubric_points: int
    practice_items: int
    mastery_events: int
    learners_with_events: int
    redrawn: Redrawn | None

    @property
    def is_clean(self) -> bool:
        """Whether nothing rests on words that are gone and nothing waits to be read."""
        counts = (self.concept_count, self.prerequisite_count, self.lesson_count, self.practice_items)
        return not self.sources and not any(counts)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return asdict(self)


def staleness_report(subject: Subject) -> StalenessReport:
    """Look through everything that quotes the subject's sources; nothing is changed."""
    gone = Passage.objects.outdated().filter(document__source__library=subject.library_id)
    concepts = subject.concepts.standing().filter(is_stale=True)
    edges = subject.prerequisites.standing().filter(is_stale=True)
    lessons = _lessons_on(subject, gone)
    events = _events_on(subject, gone)
    return StalenessReport(
        subject=str(subject.pk),
        sources=_changed_sources(subject),
        concepts=[StaleRow(str(row.pk), row.name, row.status) for row in concepts[:MOST_NAMED]],
        concept_count=concepts.count(),
        prerequisites=[
            StaleRow(str(row.pk), f"{row.prerequisite.name} before {row.dependent.name}", row.status)
            for row in edges.select_related("prerequisite", "dependent")[:MOST_NAMED]
        ],
        prerequisite_count=edges.count(),
        lessons=_by_concept(lessons),
        lesson_count=lessons.count(),
        learners_shown=lessons.order_by().values("enrolment__learner").distinct().count(),
        rubric_points=_points_on(subject, gone).count(),
        practice_items=_items_on(subject, gone).count(),
        mastery_events=events.count(),
        learners_with_events=events.order_by().values("enrolment__learner").distinct().count(),
        redrawn=_redrawn(subject),
    )


def _changed_sources(subject: Subject) -> list[ChangedSource]:
    if not subject.drawn_by:
        return []  # nothing was drawn from any version yet
    drawn_from = subject.drawn_from.defer("text", "structure")
    return [_told(change) for change in changes_since(drawn_from, library_id=subject.library_id)]


def _told(change: Change) -> ChangedSource:
    return ChangedSource(
        source_id=str(change.source.pk),
        title=str(change.source),
        from_version=change.before.version if change.before else None,
        to_version=change.after.version if change.after else None,
        changed_at=change.after.created_at if change.after else None,
        unchanged=change.unchanged,
        removed=change.removed,
        added=change.added,
    )


def _lessons_on(subject: Subject, gone: PassageQuerySet) -> QuerySet[Lesson]:
    cited = Citation.objects.filter(passage__in=gone).values("sentence__lesson")
    pointed = RubricPoint.objects.filter(passage__in=gone).values("lesson")
    on_subject = Lesson.objects.filter(concept__subject=subject)
    return on_subject.filter(Q(pk__in=cited) | Q(pk__in=pointed))


def _points_on(subject: Subject, gone: PassageQuerySet) -> QuerySet[RubricPoint]:
    return RubricPoint.objects.filter(lesson__concept__subject=subject, passage__in=gone)


def _items_on(subject: Subject, gone: PassageQuerySet) -> QuerySet[PracticeItem]:
    return PracticeItem.objects.filter(concept__subject=subject, is_retired=False, passage__in=gone)


def _events_on(subject: Subject, gone: PassageQuerySet) -> QuerySet[MasteryEvent]:
    """Events whose rubric or question comes from words that are gone; they still say what was shown."""
    attempts = Attempt.objects.filter(lesson__points__passage__in=gone).values("pk")
    answers = PracticeAnswer.objects.filter(item__passage__in=gone).values("pk")
    of_subject = MasteryEvent.objects.filter(enrolment__subject=subject)
    return of_subject.filter(Q(attempt_id__in=attempts) | Q(attempt_id__in=answers))


def _by_concept(lessons: QuerySet[Lesson]) -> list[StaleLessons]:
    rows = (
        lessons.order_by()
        .values("concept", "concept__name", "concept__position")
        .annotate(lessons=Count("pk", distinct=True), learners=Count("enrolment", distinct=True))
        .order_by("concept__position", "concept")
    )
    return [
        StaleLessons(str(row["concept"]), row["concept__name"], row["lessons"], row["learners"])
        for row in rows[:MOST_NAMED]
    ]


def _redrawn(subject: Subject) -> Redrawn | None:
    jobs = Job.objects.filter(
        kind="extract", params__subject=str(subject.pk), state=Job.State.SUCCEEDED
    ).order_by("-created_at")
    last = jobs.first()
    if last is None:
        return None
    told = last.result or {}
    return Redrawn(
        at=last.ended_at,
        engine=str(told.get("engine", "")),
        scope=str(told.get("scope", "all")),
        kept=int(told.get("kept", 0)),
        created=int(told.get("created", 0)),
        changed=int(told.get("changed", 0)),
        stale=int(told.get("stale", 0)),
        revision=told.get("revision"),
    )
