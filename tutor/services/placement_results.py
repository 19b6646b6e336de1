"""Tells what a placement came to: what is known, what is not, what it is not sure of, and why it asked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from concepts.models import Concept
from mastery.models import Placement, PlacementQuestion
from mastery.placement import regions
from tutor.models import PracticeItem
from tutor.placement_wording import region_name, why_asked


@dataclass(frozen=True, slots=True)
class Judged:
    """One concept and the belief in it."""

    concept: Concept
    p: float


@dataclass(frozen=True, slots=True)
class Region:
    """Concepts that hang together and of which the placement is not sure."""

    name: str
    concepts: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, why it was asked, and what became of it."""

    number: int
    concept: Concept
    outcome: str
    is_right: bool
    is_own_word: bool
    why: str


@dataclass(frozen=True, slots=True)
class PlacementResult:
    """Everything that a placement found out; concepts that were removed since are left out.

    `without_questions` are those that no item exists on: judged by others, or by the learner's word.
    """

    known: tuple[Judged, ...]
    not_known: tuple[Judged, ...]
    not_sure: tuple[Region, ...]
    without_questions: tuple[Concept, ...]
    questions: tuple[Asked, ...]


def result_of(placement: Placement) -> PlacementResult:
    """What a placement that has ended found out, in teaching order."""
    frame: list[str] = placement.frame["concepts"]
    rows = {str(pk): row for pk, row in Concept.objects.in_bulk(map(uuid.UUID, frame)).items()}
    taught = {concept for concept, row in rows.items() if row.status == Concept.Status.PUBLISHED}
    judged = {
        verdict: [at for at, one in enumerate(frame) if one in taught and _verdict(placement, one) == verdict]
        for verdict in ("known", "not known", "not sure")
    }

    def told(at: int) -> Judged:
        return Judged(rows[frame[at]], float(placement.result[frame[at]]["p"]))

    def in_order(members: list[int]) -> tuple[Judged, ...]:
        return tuple(map(told, sorted(members, key=lambda at: (rows[frame[at]].position, frame[at]))))

    parts = [in_order(part) for part in regions(judged["not sure"], placement.frame["edges"])]
    return PlacementResult(
        known=in_order(judged["known"]),
        not_known=in_order(judged["not known"]),
        not_sure=tuple(Region(region_name([one.concept.name for one in part]), part) for part in parts),
        without_questions=_without_questions([rows[one] for one in frame if one in taught]),
        questions=tuple(_asked(question, rows=rows) for question in questions_of(placement)),
    )


def questions_of(placement: Placement) -> list[PlacementQuestion]:
    """The questions that were answered or passed over, in order."""
    asked = placement.questions.exclude(outcome=PlacementQuestion.Outcome.OPEN)
    return list(asked.select_related("concept").order_by("number"))


def _verdict(placement: Placement, concept: str) -> str:
    return str(placement.result[concept]["verdict"])


def _without_questions(concepts: list[Concept]) -> tuple[Concept, ...]:
    items = PracticeItem.objects.current().filter(concept__in=concepts)
    asked_about = set(items.values_list("concept_id", flat=True))
    return tuple(concept for concept in concepts if concept.pk not in asked_about)


def _asked(question: PlacementQuestion, *, rows: dict[str, Concept]) -> Asked:
    others = [rows[one].name for one in question.why["tells_of"] if one in rows]
    return Asked(
        number=question.number,
        concept=question.concept,
        outcome=question.outcome,
        is_right=question.score is not None and question.score >= 1,
        is_own_word=question.item_id is None,
        why=why_asked(question.concept.name, p=question.why["p"], others=others),
    )
