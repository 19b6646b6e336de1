"""The tables of research records: which rows a researcher may have, how they are filtered and read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.module_loading import import_string

from accounts.models import Class, User
from mastery.errors import FormatNotForTable, NoSuchClass
from mastery.exporting.columns import Column, Layout, Row, Type
from mastery.exporting.formats import FORMATS
from mastery.exporting.tries import xapi_pieces
from mastery.models import Assignment, Belief, Enrolment, MasteryEvent, RecallProbe, ReviewCard
from mastery.services.pseudonyms import class_pseudonym, pseudonym
from mastery.services.recording import OVERRIDE_GRADER

ROWS_AT_ONCE = 2000
PSEUDONYMS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Filters:
    """Which records are wanted; what is None is not asked about. ``until`` itself is left out."""

    subject: uuid.UUID | None = None
    concept: uuid.UUID | None = None
    class_name: str | None = None
    learner: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordTable:
    """One kind of record.

    Attributes
    ----------
    layout : Layout
    query : callable
        All rows, as ``values_list`` may read them.
    fields : mapping of str to str
        Column -> the field or annotation that it is read from; in the order of the columns.
    time : str
        The field that a period is about, and by which pages run.
    derive : mapping of str to callable
        Column -> what is made of what was read.
    enrolment, concept : str
        The fields that name them.
    pages_by_time : bool
        Whether pages run from the newest row on; else by id, for rows that are written anew in place.
    """

    layout: Layout
    query: Callable[[], QuerySet[Any]]
    fields: Mapping[str, str]
    time: str
    derive: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    enrolment: str = "enrolment"
    concept: str | None = "concept"
    pages_by_time: bool = True

    def rows_for(self, user: User | AnonymousUser, filters: Filters) -> QuerySet[Any]:
        """The rows that ``user`` may have, filtered."""
        return self.within(Enrolment.objects.studied_by(user), filters)

    def within(self, enrolments: QuerySet[Enrolment], filters: Filters) -> QuerySet[Any]:
        """The rows of some enrolments, filtered."""
        kept = chosen(enrolments, filters)
        rows = self.query().filter(**{f"{self.enrolment}__in": kept.order_by().values("pk")})
        if filters.concept and self.concept:
            rows = rows.filter(**{self.concept: filters.concept})
        if filters.since:
            rows = rows.filter(**{f"{self.time}__gte": filters.since})
        if filters.until:
            rows = rows.filter(**{f"{self.time}__lt": filters.until})
        return rows

    def read(self, rows: QuerySet[Any]) -> Iterator[Row]:
        """Read rows by learner and then by time, few in memory at once."""
        ordered = rows.order_by(f"{self.enrolment}_id", self.time, "pk")
        names = tuple(self.fields)
        for values in ordered.values_list(*self.fields.values()).iterator(chunk_size=ROWS_AT_ONCE):
            yield self._derived(names, values)

    def read_page(self, rows: QuerySet[Any], keys: list[uuid.UUID]) -> list[dict[str, Any]]:
        """Read the rows of these ids, in their order, by column."""
        names = tuple(self.fields)
        found = rows.filter(pk__in=keys).values_list("pk", *self.fields.values())
        by_key = {values[0]: self._derived(names, values[1:]) for values in found}
        return [dict(zip(self.layout.names, by_key[key], strict=True)) for key in keys if key in by_key]

    def _derived(self, names: tuple[str, ...], values: tuple[Any, ...]) -> Row:
        return [
            self.derive[name](value) if name in self.derive else value
            for name, value in zip(names, values, strict=True)
        ]


def tables() -> dict[str, RecordTable]:
    """Every table by name, those of the rooms above among them."""
    return {name: cast(RecordTable, import_string(path)) for name, path in settings.RESEARCH_TABLES.items()}


def export_pieces(table: RecordTable, rows: QuerySet[Any], *, format_name: str) -> Iterator[bytes]:
    """Return a file piece by piece; what is refused is refused before the first."""
    known = FORMATS[format_name]
    if known.only_events and table.layout.name != "events":
        raise FormatNotForTable(known.title, table=table.layout.name)
    read = table.read(rows)
    if known.write is None:
        return xapi_pieces(table.layout, read, home_page=settings.XAPI_HOME_PAGE)
    return known.write(table.layout, read)


def classes_studied_by(user: User | AnonymousUser, *, subject: uuid.UUID | None = None) -> dict[str, Class]:
    """The classes of the learners whom ``user`` studies, by their pseudonyms."""
    studied = Enrolment.objects.studied_by(user)
    if subject:
        studied = studied.filter(subject=subject)
    found = Class.objects.filter(learners__enrolments__in=studied.order_by().values("pk")).distinct()
    return {class_pseudonym(one.pk): one for one in found.order_by("pk")}


def enrolment_named(enrolments: QuerySet[Enrolment], name: str) -> uuid.UUID | None:
    """The one among some enrolments that bears a pseudonym."""
    keys = enrolments.order_by().values_list("pk", flat=True).iterator(chunk_size=ROWS_AT_ONCE)
    return next((key for key in keys if _named(key) == name), None)


def chosen(enrolments: QuerySet[Enrolment], filters: Filters) -> QuerySet[Enrolment]:
    """Those of some enrolments that a filter by subject, class or learner leaves."""
    if filters.subject:
        enrolments = enrolments.filter(subject=filters.subject)
    if filters.class_name is not None:
        enrolments = enrolments.filter(learner__in=_class_named(filters.class_name).learners.order_by())
    if filters.learner is not None:
        named = enrolment_named(enrolments, filters.learner)
        enrolments = enrolments.filter(pk=named) if named else enrolments.none()
    return enrolments


def _class_named(name: str) -> Class:
    """Which learners of it may be told of is decided by the enrolments, not here."""
    found = next(
        (one for one in Class.objects.order_by("pk").iterator() if class_pseudonym(one.pk) == name), None
    )
    if found is None:
        raise NoSuchClass(name)
    return found


@lru_cache(maxsize=PSEUDONYMS_KEPT)
def _named(enrolment: uuid.UUID) -> str:
    return pseudonym(enrolment)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


LEARNER = Column("learner", Type.TEXT, "Pseudonym, stable for one learner in one subject.")
SUBJECT = Column("subject", Type.TEXT, "Key of the subject.")
CONCEPT = Column("concept", Type.TEXT, "Key of the concept, unique within the subject.")
CONCEPT_NAME = Column("concept_name", Type.TEXT, "What the concept is called.")
WHOSE: Mapping[str, str] = {"learner": "enrolment_id", "subject": "enrolment__subject__key"}
WHICH: Mapping[str, str] = {"concept": "concept__key", "concept_name": "concept__name"}
NAMED: Mapping[str, Callable[[Any], Any]] = {"learner": lambda key: _named(key)}


def _verdicts(rubric: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was judged, without the words that earned it."""
    kept = ("point", "verdict", "probability")
    return [{name: point[name] for name in kept if name in point} for point in rubric]


EVENTS = RecordTable(
    layout=Layout(
        "events",
        "Events",
        "One row for each thing that a learner showed and each correction or override by an educator; by "
        "learner, then by time.",
        (
            Column("event", Type.TEXT, "Id (UUID) of the event."),
            LEARNER,
            SUBJECT,
            CONCEPT,
            CONCEPT_NAME,
            Column(
                "kind",
                Type.TEXT,
                "explain_back, cloze, choice, self_report; placement: concluded; override: by an educator.",
            ),
            Column("occurred_at", Type.TIME, "When it happened, UTC."),
            Column("recorded_at", Type.TIME, "When it reached the log, UTC."),
            Column("score", Type.NUMBER, "0..1, share of the rubric that was earned, as judged in this row."),
            Column(
                "final_score",
                Type.NUMBER,
                "0..1, the score after the newest correction of this event, if any.",
            ),
            Column("certainty", Type.NUMBER, "0..1, how sure the grader was."),
            Column(
                "rubric",
                Type.JSON,
                "Per point its id, verdict and probability that it is shown; never the learner's words.",
            ),
            Column("corrects", Type.TEXT, "Id of the event that this row corrects.", is_nullable=True),
            Column("by_educator", Type.BOOLEAN, "Whether an educator, not a grader, judged it."),
            Column("grader", Type.TEXT, "The grading engine."),
            Column("grader_version", Type.TEXT, "Its version; may be empty."),
            Column("item", Type.TEXT, "Key of the practice item that was asked.", is_nullable=True),
            Column("lesson", Type.TEXT, "Content hash of the lesson that was explained.", is_nullable=True),
            Column("prompt", Type.TEXT, "Hash of the prompt template, with a model.", is_nullable=True),
            Column("parameters", Type.TEXT, "Hash of the estimator's parameters.", is_nullable=True),
            Column("prerequisites", Type.JSON, "Ids of the gating prerequisites at that time."),
        ),
    ),
    query=lambda: MasteryEvent.objects.with_final_score(),
    fields={
        "event": "pk",
        **WHOSE,
        **WHICH,
        "kind": "kind",
        "occurred_at": "occurred_at",
        "recorded_at": "recorded_at",
        "score": "score",
        "final_score": "final_score",
        "certainty": "certainty",
        "rubric": "rubric",
        "corrects": "corrects_id",
        "by_educator": "grader",
        "grader": "grader",
        "grader_version": "grader_version",
        "item": "hashes__item",
        "lesson": "hashes__lesson",
        "prompt": "hashes__prompt",
        "parameters": "hashes__parameters",
        "prerequisites": "prerequisites",
    },
    time="occurred_at",
    derive={
        **NAMED,
        "event": _text,
        "rubric": _verdicts,
        "corrects": _text,
        "by_educator": lambda grader: grader == OVERRIDE_GRADER,
    },
)


def _beliefs() -> QuerySet[Any]:
    card = ReviewCard.objects.filter(enrolment=OuterRef("enrolment"), concept=OuterRef("concept"))
    return Belief.objects.annotate(review_due_at=Subquery(card.values("due_at")[:1]))


BELIEFS = RecordTable(
    layout=Layout(
        "beliefs",
        "Beliefs",
        "One row for each learner and concept with a belief, as of its last event; by learner.",
        (
            LEARNER,
            SUBJECT,
            CONCEPT,
            CONCEPT_NAME,
            Column(
                "p_mastery",
                Type.NUMBER,
                "0..1, belief that the concept is mastered, before forgetting since.",
            ),
            Column("low", Type.NUMBER, "0..1, lower end of the 80 % interval of the belief."),
            Column("high", Type.NUMBER, "0..1, upper end of it."),
            Column("events", Type.INTEGER, "Events on the concept."),
            Column("last_event_at", Type.TIME, "When it was last shown, UTC.", is_nullable=True),
            Column("review_due_at", Type.TIME, "When a review falls due, UTC.", is_nullable=True),
            Column("parameters", Type.TEXT, "Hash of the estimator's parameters."),
        ),
    ),
    query=_beliefs,
    fields={
        **WHOSE,
        **WHICH,
        "p_mastery": "p_mastery",
        "low": "low",
        "high": "high",
        "events": "events",
        "last_event_at": "last_event_at",
        "review_due_at": "review_due_at",
        "parameters": "parameters",
    },
    time="last_event_at",
    derive=NAMED,
    pages_by_time=False,
)

ASSIGNMENTS = RecordTable(
    layout=Layout(
        "assignments",
        "Assignments",
        "One row for each learner who was assigned to an arm of an experiment.",
        (
            LEARNER,
            SUBJECT,
            Column("experiment", Type.TEXT, "Key of the experiment."),
            Column("plan", Type.TEXT, "SHA-256 of the registered plan."),
            Column("arm", Type.TEXT, "Name of the arm."),
            Column("assigned_at", Type.TIME, "When the arm first mattered, UTC."),
        ),
    ),
    query=lambda: Assignment.objects.all(),
    fields={
        **WHOSE,
        "experiment": "experiment__key",
        "plan": "experiment__plan_hash",
        "arm": "arm",
        "assigned_at": "assigned_at",
    },
    time="assigned_at",
    derive=NAMED,
    concept=None,
)


PROBES = RecordTable(
    layout=Layout(
        "probes",
        "Recall probes",
        "One row for each delayed-recall probe that was asked; those who did not come back have none.",
        (
            LEARNER,
            SUBJECT,
            CONCEPT,
            CONCEPT_NAME,
            Column("delay_days", Type.INTEGER, "Days after which it was due: 7 or 30."),
            Column("shown_at", Type.TIME, "When the concept was first explained well enough, UTC."),
            Column("due_at", Type.TIME, "From when it could be asked, UTC."),
            Column("closes_at", Type.TIME, "From when an answer was too late, UTC."),
            Column("asked_at", Type.TIME, "When it was asked, UTC."),
            Column("answered_at", Type.TIME, "When it was answered, UTC.", is_nullable=True),
            Column("score", Type.NUMBER, "0..1, of the answer, after corrections.", is_nullable=True),
            Column("was_taught", Type.BOOLEAN, "A lesson came in between: not counted as recall."),
        ),
    ),
    query=lambda: RecallProbe.objects.with_answers(),
    fields={
        **WHOSE,
        **WHICH,
        "delay_days": "delay_days",
        "shown_at": "shown_at",
        "due_at": "due_at",
        "closes_at": "closes_at",
        "asked_at": "asked_at",
        "answered_at": "answered_at",
        "score": "score",
        "was_taught": "was_taught",
    },
    time="asked_at",
    derive=NAMED,
)
