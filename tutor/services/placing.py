"""Places a learner: asks practice items one after another, grades them, and ends with what is known."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from concepts.models import Concept
from jobs.models import Job
from jobs.services import JobRun, enqueue
from mastery.models import Enrolment, Placement, PlacementQuestion
from mastery.parameters import DEFAULT_KINDS, MAX_GUESS, Kind
from mastery.placement import Askable, PlacementBelief, Question, verdict_on, why_stop
from mastery.services import placing
from tutor.errors import (
    AnswerNotUsable,
    NotEnoughToTeach,
    NothingToGoBackTo,
    NothingToPlaceIn,
    NothingToPractise,
    PlacementHasEnded,
    PlacementMovedOn,
)
from tutor.models import PracticeAnswer, PracticeItem
from tutor.services.practice_material import gather_practice
from tutor.services.practising import (
    REST,
    answer_in_words,
    check_open,
    graded_answer,
    hashes_of_answer,
    write_items,
)

KIND = "prepare_placement"
# With fewer concepts to ask about, questions are written first; with so many written, it begins.
ENOUGH_TO_ASK_ABOUT = 30
LEAST_GUESS = 0.001
YES, NO = "yes", "no"
Outcome = PlacementQuestion.Outcome


@dataclass(frozen=True, slots=True)
class Offer:
    """What could be asked about one concept; without an item its learner is asked for their own word."""

    concept: int
    item: uuid.UUID | None
    kind: Kind
    guess: float
    slip: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a placement is: how many were answered, what is settled, what is asked now, and whether it waits
    for its questions to be written."""

    placement: Placement
    question: PlacementQuestion | None
    asked: int
    settled: float
    is_preparing: bool


def start(
    enrolment: Enrolment, *, user: User, now: datetime | None = None, seed: int | None = None
) -> Placement:
    """Begin a placement, or go on with the open one; where questions are wanting they are written first."""
    check_open(enrolment.subject, user)
    if not enrolment.subject.concepts.published().exists():
        raise NothingToPlaceIn(enrolment.subject.name)
    wanted = secrets.randbelow(2**62) if seed is None else seed
    placement = placing.begin(enrolment, seed=wanted, now=now or timezone.now())
    if placement.job_id is None and not placement.questions.exists() and _lacks_questions(placement):
        with transaction.atomic():
            key = f"placement {placement.pk}"
            job = enqueue(KIND, params={"placement": str(placement.pk)}, created_by=user, idempotency_key=key)
            Placement.objects.filter(pk=placement.pk).update(job=job)
        placement.refresh_from_db()
    return placement


def run_prepare_placement(run: JobRun) -> dict[str, Any]:
    """Job handler: param ``placement``; writes the items of the concepts that it would ask about first."""
    placement = Placement.objects.get(pk=run.params["placement"])
    offered = {offer.concept for offer in offers(placement, now=run.now()) if offer.item}
    p = placing.consult(placement, (), PlacementBelief.probabilities)
    lacking = [at for at in np.argsort(np.abs(p - 0.5), kind="stable").tolist() if at not in offered]
    wanted = max(ENOUGH_TO_ASK_ABOUT - len(offered), 0)
    run.stage("writing", total=wanted, message="Writing questions from the sources")
    rows = Concept.objects.published().select_related("subject__library")
    there = rows.in_bulk(placement.frame["concepts"][at] for at in lacking)
    written = 0
    # Where the sources are thin, looking everywhere would make the learner wait for nothing.
    for at in lacking[: 2 * ENOUGH_TO_ASK_ABOUT]:
        if written >= wanted:
            break
        concept = there.get(uuid.UUID(placement.frame["concepts"][at]))
        if concept is not None:
            found = _has_written(run, concept)
            written += found
            # Also where nothing was found: whoever does not report loses the job to another worker.
            run.advance(f"Questions on {concept.name}", by=int(found))
    return {"placement": str(placement.pk), "concepts": written}


def _has_written(run: JobRun, concept: Concept) -> bool:
    try:
        return bool(write_items(run, concept, task=gather_practice(concept)))
    except (NothingToPractise, NotEnoughToTeach):
        return False


def standing_of(placement: Placement, *, now: datetime | None = None) -> Standing:
    """Where a placement is, with the question that is open; the next one is chosen where none is.

    Whoever else may look at the placement sees only what is there.
    """
    now = now or timezone.now()
    question = None
    while placement.finished_at is None:
        question = _still_open(placement, now=now)
        if question is not None or _waits_for_items(placement):
            break
        _go_on(placement, now=now)
        placement = Placement.objects.select_related("enrolment__subject", "job").get(pk=placement.pk)
    return look(placement, question=question)


def look(placement: Placement, *, question: PlacementQuestion | None = None) -> Standing:
    """Where a placement is, without moving it on."""
    questions = list(placement.questions.exclude(outcome=Outcome.OPEN))
    is_preparing = placement.finished_at is None and _waits_for_items(placement)
    return Standing(placement, question, len(questions), _settled(placement, questions), is_preparing)


def answer(
    placement: Placement,
    *,
    question: uuid.UUID,
    given: str | Sequence[str] | None = None,
    outcome: str = Outcome.ANSWERED,
    now: datetime | None = None,
) -> PlacementQuestion:
    """Take an answer, "I do not know" or a wish to skip; the same one sent twice is one.

    ``given`` is what a practice item takes, or yes or no where one's own word is asked for.
    """
    with transaction.atomic():
        placement = placing.lock(placement)
        asked = (
            placement.questions.select_related("placement__enrolment__learner").filter(pk=question).first()
        )
        said, score = _graded(asked, given) if asked and outcome == Outcome.ANSWERED else (None, None)
        if asked and asked.outcome == outcome and asked.given == said:
            return asked
        if placement.finished_at:
            raise PlacementHasEnded(str(placement.pk))
        if asked is None or asked.outcome != Outcome.OPEN:
            raise PlacementMovedOn(_open_id(placement))
        asked.outcome, asked.given, asked.score = outcome, said, score
        asked.answered_at = now or timezone.now()
        asked.hashes = _hashes(asked)
        asked.save(update_fields=["outcome", "given", "score", "hashes", "answered_at"])
        return asked


def go_back(placement: Placement) -> PlacementQuestion:
    """Open the last question again, to answer it otherwise; nothing was told about the answer yet."""
    with transaction.atomic():
        placement = placing.lock(placement)
        if placement.finished_at:
            raise PlacementHasEnded(str(placement.pk))
        last = placement.questions.exclude(outcome=Outcome.OPEN).order_by("-number").first()
        if last is None:
            raise NothingToGoBackTo
        placement.questions.filter(outcome=Outcome.OPEN).delete()
        last.outcome, last.given, last.score, last.answered_at = Outcome.OPEN, None, None, None
        last.hashes = {}
        last.save(update_fields=["outcome", "given", "score", "hashes", "answered_at"])
        return last


def stop(placement: Placement, *, now: datetime | None = None) -> Placement:
    """End a placement early; what was answered counts."""
    return placing.conclude(placement, ended=Placement.Ended.STOPPED, now=now or timezone.now())


def offers(placement: Placement, *, now: datetime) -> list[Offer]:
    """What could be asked now: of each concept that was not asked about the most telling item.

    Not what a result showed lately; and a learner's own word only where there is no item and none is coming.
    """
    frame = placement.frame["concepts"]
    asked = {str(one) for one in placement.questions.values_list("concept_id", flat=True)}
    number = {concept: at for at, concept in enumerate(frame) if concept not in asked}
    published = Concept.objects.published().filter(subject=placement.enrolment.subject_id)
    there = {str(one) for one in published.values_list("pk", flat=True)} & number.keys()
    shown = PracticeAnswer.objects.filter(enrolment=placement.enrolment_id, answered_at__gt=now - REST)
    items = PracticeItem.objects.current().filter(concept__subject=placement.enrolment.subject_id)
    fresh = items.exclude(passage__in=shown.values("item__passage")).order_by("ordinal", "key")
    found: dict[str, Offer] = {}
    for item, of, guess in fresh.values_list("pk", "concept_id", "guess"):
        concept = str(of)
        if concept in there and concept not in found:
            found[concept] = _graded_offer(number[concept], item, guess=guess)
    if not _waits_for_items(placement):
        asks = DEFAULT_KINDS[Kind.SELF_REPORT]
        for concept in there - found.keys():
            at = number[concept]
            found[concept] = Offer(at, None, Kind.SELF_REPORT, asks.guess, asks.slip)
    return sorted(found.values(), key=lambda offer: offer.concept)


def _graded_offer(concept: int, item: uuid.UUID, *, guess: float) -> Offer:
    kind = Kind.CLOZE if guess <= DEFAULT_KINDS[Kind.CLOZE].guess else Kind.CHOICE
    return Offer(concept, item, kind, min(max(guess, LEAST_GUESS), MAX_GUESS), DEFAULT_KINDS[kind].slip)


def _go_on(placement: Placement, *, now: datetime) -> None:
    """Ask the next question, or end. The reckoning is done before anything is locked."""
    questions = list(placement.questions.all())
    offered = {offer.concept: offer for offer in offers(placement, now=now)}
    askable = [Askable(offer.concept, offer.guess, offer.slip) for offer in offered.values()]
    p, question = placing.consult(
        placement, questions, lambda belief: (belief.probabilities(), belief.question(askable))
    )
    told = sum(one.outcome != Outcome.SKIPPED for one in questions)
    ended = why_stop(p, asked=told, question=question)
    if ended or question is None:
        placing.conclude(placement, ended=Placement.Ended(ended), now=now)
        return
    with transaction.atomic():
        locked = placing.lock(placement)
        # Another window may have answered or gone back meanwhile: then its belief is the one to go by.
        same = list(locked.questions.values_list("pk", "outcome", "given")) == [
            (one.pk, one.outcome, one.given) for one in questions
        ]
        if locked.finished_at is None and same:
            _ask(locked, question, offered[question.concept], number=len(questions) + 1, now=now)


def _ask(placement: Placement, question: Question, offer: Offer, *, number: int, now: datetime) -> None:
    frame = placement.frame["concepts"]
    PlacementQuestion.objects.create(
        placement=placement,
        number=number,
        concept_id=uuid.UUID(frame[question.concept]),
        item_id=offer.item,
        kind=str(offer.kind),
        guess=offer.guess,
        slip=offer.slip,
        why={
            "p": question.p,
            "gain": question.gain,
            "own": question.own,
            "tells_of": [frame[other] for other in question.tells_of],
            "open": len(frame),
        },
        asked_at=now,
    )


def _still_open(placement: Placement, *, now: datetime) -> PlacementQuestion | None:
    """The open question; one whose concept or source has changed meanwhile is withdrawn."""
    asked = placement.questions.select_related("concept").filter(outcome=Outcome.OPEN).first()
    if asked is None:
        return None
    published = asked.concept.status == Concept.Status.PUBLISHED
    holds = asked.item_id is None or PracticeItem.objects.current().filter(pk=asked.item_id).exists()
    if published and holds:
        return asked
    with transaction.atomic():
        placing.lock(placement)
        PlacementQuestion.objects.filter(pk=asked.pk, outcome=Outcome.OPEN).delete()
    return None


def _graded(asked: PlacementQuestion, given: str | Sequence[str] | None) -> tuple[Any, float]:
    if asked.item_id is None:
        if given not in (YES, NO):
            raise AnswerNotUsable("say yes or no")
        return given, float(given == YES)
    item = PracticeItem.objects.select_related("concept").get(pk=asked.item_id)
    words = answer_in_words(item, asked.placement.enrolment.learner, given or "")
    return words, float(graded_answer(item, words).score)


def _hashes(asked: PlacementQuestion) -> dict[str, str]:
    """By which means an answer was asked for and judged; of one's own word there are none."""
    item = PracticeItem.objects.filter(pk=asked.item_id).first() if asked.item_id else None
    return hashes_of_answer(item, asked.given) if item else {}


def _settled(placement: Placement, questions: Sequence[PlacementQuestion]) -> float:
    """The share of concepts of which it is sure, either way."""
    if placement.finished_at:
        verdicts = [one["verdict"] for one in placement.result.values()]
    else:
        p = placing.consult(placement, questions, PlacementBelief.probabilities)
        verdicts = [verdict_on(float(one)) for one in p]
    sure = sum(verdict != "not sure" for verdict in verdicts)
    return float(sure / max(len(verdicts), 1))


def _lacks_questions(placement: Placement) -> bool:
    size = len(placement.frame["concepts"])
    items = PracticeItem.objects.current().filter(concept__in=placement.frame["concepts"])
    return items.values("concept").distinct().count() < min(ENOUGH_TO_ASK_ABOUT, size)


def _waits_for_items(placement: Placement) -> bool:
    job = Job.objects.filter(pk=placement.job_id).first() if placement.job_id else None
    return job is not None and not job.has_ended


def _open_id(placement: Placement) -> str:
    asked = placement.questions.filter(outcome=Outcome.OPEN).first()
    return str(asked.pk) if asked else ""
