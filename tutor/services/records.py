"""What this room adds to the research records: decisions, and lessons shown."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery

from mastery.exporting.columns import Column, Layout, Type
from mastery.services.records import (
    CONCEPT,
    CONCEPT_NAME,
    LEARNER,
    NAMED,
    SUBJECT,
    WHICH,
    WHOSE,
    RecordTable,
)
from tutor.models import Attempt, Decision, Lesson


def _frontier(candidates: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    kept = ("concept", "action", "score", "parts")
    return [{name: one[name] for name in kept if name in one} for one in candidates or []]


def _length(rows: list[Any] | None) -> int:
    return len(rows or [])


DECISIONS = RecordTable(
    layout=Layout(
        "decisions",
        "Decisions",
        "One row for each time that something else came next, and why; by learner, then by time.",
        (
            Column("decision", Type.TEXT, "Id (UUID) of the decision."),
            LEARNER,
            SUBJECT,
            Column("made_at", Type.TIME, "When it was made, UTC."),
            Column("action", Type.TEXT, "teach, review, remediate, done or nothing."),
            Column("concept", Type.TEXT, "Key of the concept that was chosen.", is_nullable=True),
            Column("concept_name", Type.TEXT, "What it is called.", is_nullable=True),
            Column(
                "frontier",
                Type.JSON,
                "All that could have come next, best first: concept id, action, score and its parts.",
            ),
            Column("locked", Type.INTEGER, "How many needed concepts waited for others."),
            Column("policy", Type.TEXT, "Version of the policy.", is_nullable=True),
            Column("weights", Type.JSON, "What counted how much.", is_nullable=True),
            Column("threshold", Type.NUMBER, "0..1, belief from which a concept counted as mastered."),
            Column("goals", Type.JSON, "Ids of the goals; none: the whole subject."),
            Column("events", Type.INTEGER, "Events of the learner before it."),
            Column("revision", Type.INTEGER, "Revision of the graph."),
            Column("experiment", Type.TEXT, "Key of the experiment that took effect.", is_nullable=True),
            Column("arm", Type.TEXT, "Arm of it.", is_nullable=True),
        ),
    ),
    query=lambda: Decision.objects.all(),
    fields={
        "decision": "pk",
        **WHOSE,
        "made_at": "created_at",
        "action": "action",
        **WHICH,
        "frontier": "record__frontier",
        "locked": "record__locked",
        "policy": "record__policy",
        "weights": "record__weights",
        "threshold": "record__basis__threshold",
        "goals": "record__basis__goals",
        "events": "record__basis__events",
        "revision": "record__basis__revision",
        "experiment": "record__basis__experiment",
        "arm": "record__basis__arm",
    },
    time="created_at",
    derive={
        **NAMED,
        "decision": str,
        "frontier": _frontier,
        "locked": _length,
        "goals": lambda goals: goals or [],
    },
)


def _lessons() -> QuerySet[Any]:
    tries = Attempt.objects.filter(lesson=OuterRef("pk"), follow_up_of=None).order_by().values("lesson")
    return Lesson.objects.annotate(
        tries=Subquery(tries.annotate(n=Count("pk")).values("n")),
        told_instead=F("differs_from__content_hash"),
    )


LESSONS = RecordTable(
    layout=Layout(
        "lessons",
        "Lessons shown",
        "One row for each lesson that was made for a learner; by learner, then by time.",
        (
            Column("lesson", Type.TEXT, "Id (UUID) of the lesson."),
            LEARNER,
            SUBJECT,
            CONCEPT,
            CONCEPT_NAME,
            Column("made_at", Type.TIME, "When it was there to be read, UTC."),
            Column("number", Type.INTEGER, "1 for the learner's first lesson on the concept."),
            Column("angle", Type.TEXT, "What it starts from."),
            Column("level", Type.TEXT, "low, medium or high."),
            Column(
                "instead_of",
                Type.TEXT,
                "Content hash of the lesson that was to be told otherwise.",
                is_nullable=True,
            ),
            Column("reading_ease", Type.NUMBER, "Flesch reading ease: about 100 is easy, about 0 is hard."),
            Column("repeated", Type.NUMBER, "0..1, share of the last lesson's sentences that come again."),
            Column("coverage", Type.NUMBER, "0..1, share of the written sentences that the sources support."),
            Column("dropped", Type.INTEGER, "Sentences refused for want of support."),
            Column("engine", Type.TEXT, "Who wrote it."),
            Column("engine_version", Type.TEXT, "Its version; may be empty."),
            Column("prompt", Type.TEXT, "Hash of the prompt template; empty without a model."),
            Column("content", Type.TEXT, "Hash of sentences, question and rubric; events name it too."),
            Column("tries", Type.INTEGER, "Explanations handed in, follow-ups left out."),
        ),
    ),
    query=_lessons,
    fields={
        "lesson": "pk",
        **WHOSE,
        **WHICH,
        "made_at": "created_at",
        "number": "number",
        "angle": "angle",
        "level": "level",
        "instead_of": "told_instead",
        "reading_ease": "reading_ease",
        "repeated": "repeated",
        "coverage": "coverage",
        "dropped": "dropped",
        "engine": "engine",
        "engine_version": "engine_version",
        "prompt": "prompt_hash",
        "content": "content_hash",
        "tries": "tries",
    },
    time="created_at",
    derive={**NAMED, "lesson": str, "tries": lambda tries: tries or 0},
)
