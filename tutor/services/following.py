"""Lets lessons, practice and misconceptions go along when concepts are merged or split."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator

from django.db.models import Count, F, Max, Q

from concepts.models import Concept
from concepts.services.following import Changes, GraphFollower, Piece
from concepts.services.journalling import Journal
from tutor.models import (
    Lesson,
    LessonQuerySet,
    Misconception,
    PracticeItem,
    PracticeItemQuerySet,
    RubricPoint,
)


class TutorFollower(GraphFollower):
    """What this room keeps about concepts; rubric points are read where their idea went."""

    def pieces(self, concept: Concept, *, points: Collection[uuid.UUID]) -> Iterator[Piece]:
        """The rubric points of the concept's lessons, and its practice items."""
        of_lessons = RubricPoint.objects.filter(Q(lesson__concept=concept) | Q(pk__in=points))
        of_practice = PracticeItem.objects.filter(Q(concept=concept) | Q(pk__in=points))
        for rows in (of_lessons, of_practice):
            for found in rows.order_by("pk").values_list("pk", "passage_id", "start", "end"):
                yield Piece(*found)

    def merge(self, journal: Journal, *, source: Concept, target: Concept) -> None:
        """Everything on ``source`` is on ``target`` now; an item that is asked there already stays."""
        _move_lessons(journal, Lesson.objects.filter(concept=source), target=target)
        misconceptions = Misconception.objects.filter(concept=source).order_by("pk")
        journal.change_all((row, {"concept": target}) for row in misconceptions)
        _move_items(journal, PracticeItem.objects.filter(concept=source), target=target)

    def split(
        self, journal: Journal, *, source: Concept, target: Concept, points: Collection[uuid.UUID]
    ) -> None:
        """A lesson goes along if all of its points do; items and misconceptions one by one."""
        going = Q(points__in=points)
        counted = Lesson.objects.annotate(asked=Count("points"), gone=Count("points", filter=going))
        whole = counted.filter(concept=source, asked__gt=0, asked=F("gone")).values_list("pk", flat=True)
        _move_lessons(journal, Lesson.objects.filter(pk__in=list(whole)), target=target)
        misconceptions = Misconception.objects.filter(concept=source, point__in=points).order_by("pk")
        journal.change_all((row, {"concept": target}) for row in misconceptions)
        _move_items(journal, PracticeItem.objects.filter(concept=source, pk__in=points), target=target)

    def returning(self, journal: Journal, pairs: Changes) -> Changes:
        """A lesson comes back under its number and a later one is numbered on; an item made anew stays."""
        _make_way(journal, pairs)
        return [
            (row, values)
            for row, values in pairs
            if not isinstance(row, PracticeItem)
            or not _is_asked(row.key, values.get("concept_id", row.concept_id), but=row)
        ]


def _make_way(journal: Journal, pairs: Changes) -> None:
    places = {
        (row.enrolment_id, values.get("concept_id", row.concept_id), values.get("number", row.number))
        for row, values in pairs
        if isinstance(row, Lesson)
    }
    coming = [row.pk for row, _ in pairs]
    for enrolment, concept, number in sorted(places):
        there = Lesson.objects.filter(enrolment_id=enrolment, concept_id=concept)
        later = there.filter(number=number).exclude(pk__in=coming).first()
        if later:
            taken = [place[2] for place in places if place[:2] == (enrolment, concept)]
            highest = there.aggregate(last=Max("number"))["last"]
            journal.change(later, number=max(highest, *taken) + 1)


def _is_asked(key: str, concept: uuid.UUID, *, but: PracticeItem) -> bool:
    return PracticeItem.objects.filter(concept_id=concept, key=key).exclude(pk=but.pk).exists()


def _move_lessons(journal: Journal, lessons: LessonQuerySet, *, target: Concept) -> None:
    """Number them on after the lessons that the learner has on ``target`` already."""
    held = (
        Lesson.objects.filter(concept=target).values_list("enrolment_id").annotate(Max("number")).order_by()
    )
    last: dict[uuid.UUID, int] = defaultdict(int, held)
    changes = []
    for lesson in lessons.order_by("enrolment_id", "number"):
        last[lesson.enrolment_id] += 1
        changes.append((lesson, {"concept": target, "number": last[lesson.enrolment_id]}))
    journal.change_all(changes)


def _move_items(journal: Journal, items: PracticeItemQuerySet, *, target: Concept) -> None:
    held = set(PracticeItem.objects.filter(concept=target).values_list("key", flat=True))
    journal.change_all((item, {"concept": target}) for item in items.order_by("pk") if item.key not in held)
