"""Prepares practice items and grades answers to them: what counts leaves exactly one mastery event."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.services.homes import homes_of
from config import wiring
from jobs.errors import IdempotencyKeyReused
from jobs.models import Job
from jobs.services import JobRun, enqueue
from mastery.errors import LearnerForgotten
from mastery.models import Enrolment, MasteryEvent
from mastery.provenance import digest_of_model
from mastery.services.recording import record_event
from research.spans import Span
from tutor.errors import (
    AnswerNotUsable,
    ConceptNotTaught,
    ItemNotCurrent,
    NotEnrolled,
    NothingToPractise,
    SubjectClosed,
)
from tutor.items.contents import content_of, draft_of
from tutor.items.floor import check_items
from tutor.items.grading import Graded, grade
from tutor.items.ports import ItemKind, ItemWriter, PracticeDraft, PracticeTask
from tutor.items.remembering import RememberingEmbedder
from tutor.items.shuffling import Option, moved_on, shuffled
from tutor.models import PracticeAnswer, PracticeItem
from tutor.services.engines import item_writer
from tutor.services.practice_material import gather_practice
from tutor.services.provenance import digest_of_words, hashes_of_item
from vectorstore.words import stems

KIND = "prepare_practice"
GRADER, GRADER_VERSION = "practice", "items 1"
# Whoever answers again so soon remembers the answer that was shown, which is no evidence of understanding.
REST = timedelta(days=7)
_ANSWERS = uuid.UUID("2f6c1d0e-58f4-4d5a-9c3b-0b1f6f0a7d11")


def request_items(concept: Concept, *, user: User, idempotency_key: str = "") -> Job:
    """Queue the items of a concept; what is being prepared already is not doubled."""
    check_open(concept.subject, user)
    if concept.status != Concept.Status.PUBLISHED:
        raise ConceptNotTaught(concept.name)
    params = {"concept": str(concept.pk)}
    if not idempotency_key:
        pending = Job.objects.filter(kind=KIND, params=params, created_by=user)
        running = pending.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).first()
        if running:
            return running
    return enqueue(KIND, params=params, created_by=user, idempotency_key=idempotency_key)


def run_prepare_practice(run: JobRun) -> dict[str, Any]:
    """Job handler: param ``concept``; the same sources leave the same items, however often it is begun."""
    asked = Concept.objects.get(pk=run.params["concept"])
    # It may have been merged into another since the questions were asked for.
    home = homes_of(asked.subject_id).of_concept(str(asked.pk))
    concept = Concept.objects.select_related("subject__library").get(pk=home)
    run.stage("reading", total=2, message="Looking in the sources")
    task = gather_practice(concept)
    run.advance("Writing questions and checking each against the sources")
    return {"concept": str(concept.pk), "items": write_items(run, concept, task=task)}


def write_items(run: JobRun, concept: Concept, *, task: PracticeTask) -> int:
    """Have the items of a concept written, proven and stored; return how many there are."""
    embedder = RememberingEmbedder(wiring.embedder())
    writer = item_writer(embedder)
    kept = check_items(writer.write(task), task=task, embedder=embedder).kept
    if not kept:
        raise NothingToPractise(concept.name)
    with run.transaction():
        store_items(concept, kept, writer=writer)
    return len(kept)


def store_items(concept: Concept, drafts: Sequence[PracticeDraft], *, writer: ItemWriter) -> None:
    """Keep, renew or retire the items of a concept so that ``drafts`` are the ones that are asked."""
    for ordinal, draft in enumerate(drafts):
        PracticeItem.objects.update_or_create(
            concept=concept,
            key=draft.key,
            defaults={
                "ordinal": ordinal,
                "kind": draft.kind.value,
                "stem": draft.stem,
                "content": content_of(draft),
                "guess": draft.guess,
                "passage_id": uuid.UUID(draft.span.passage_id),
                "start": draft.span.start,
                "end": draft.span.end,
                "quote": draft.span.quote,
                "is_retired": False,
                "engine": writer.engine,
                "engine_version": writer.version[:80],
                "prompt_hash": writer.prompt_hash,
            },
        )
    gone = PracticeItem.objects.filter(concept=concept).exclude(key__in=[draft.key for draft in drafts])
    gone.update(is_retired=True)


def draft_of_item(item: PracticeItem) -> PracticeDraft:
    """The item as the pure rules know it."""
    span = Span(str(item.passage_id), item.start, item.end, item.quote)
    return draft_of(item.content, kind=item.kind, stem=item.stem, span=span)


def options_for(item: PracticeItem, user: User) -> list[Option]:
    """What is offered, in this person's own order, so that the place of the right one gives nothing away."""
    draft = draft_of_item(item)
    options = shuffled(draft.options, item_key=item.key, learner=str(user.pk))
    return moved_on(options, right=draft.steps) if draft.kind is ItemKind.ORDERING else options


def next_item(enrolment: Enrolment, *, concept: Concept) -> PracticeItem | None:
    """The current item on ``concept`` that this learner has met least often, the most telling first."""
    mine = Count("answers", filter=Q(answers__enrolment=enrolment))
    items = PracticeItem.objects.current().filter(concept=concept).annotate(times=mine)
    return items.order_by("times", "ordinal", "key").first()


def enrolment_for(user: User, *, subject: Subject) -> Enrolment:
    """The user's own enrolment in a subject that is still open to them."""
    check_open(subject, user)
    enrolment = Enrolment.objects.filter(learner=user, subject=subject).first()
    if enrolment is None:
        raise NotEnrolled(subject.name)
    return enrolment


@transaction.atomic
def answer_item(
    item: PracticeItem,
    *,
    enrolment: Enrolment,
    given: str | Sequence[str],
    idempotency_key: str = "",
    now: datetime | None = None,
) -> PracticeAnswer:
    """Grade an answer; the first one, and one after a rest, counts and leaves exactly one event.

    ``given`` is what was typed, the name of an option, or the names of the steps in order.
    """
    now = now or timezone.now()
    enrolment = Enrolment.objects.select_for_update().select_related("learner").get(pk=enrolment.pk)
    if enrolment.forgotten_at:
        raise LearnerForgotten
    earlier = PracticeAnswer.objects.filter(enrolment=enrolment, item=item)
    key = idempotency_key or f"answer {earlier.count() + 1}"
    pk = uuid.uuid5(_ANSWERS, f"{enrolment.pk}:{item.pk}:{key}")
    said = answer_in_words(item, enrolment.learner, given)
    known = earlier.filter(pk=pk).first()
    if known:
        if known.given != said:
            raise IdempotencyKeyReused(key)
        return known
    if not PracticeItem.objects.current().filter(pk=item.pk).exists():
        raise ItemNotCurrent
    graded = graded_answer(item, said)
    answer = PracticeAnswer(
        pk=pk,
        item=item,
        enrolment=enrolment,
        given=said,
        score=graded.score,
        note=graded.note[:300],
        counts=_counts(item, enrolment=enrolment, now=now),
        answered_at=now,
    )
    if answer.counts:
        _record(answer)
    answer.save(force_insert=True)
    return answer


def _counts(item: PracticeItem, *, enrolment: Enrolment, now: datetime) -> bool:
    """Not soon after a result showed the sentence, whichever item asked; nor if the heading is the answer."""
    draft = draft_of_item(item)
    if draft.kind == ItemKind.CLOZE and set(stems(str(draft.answer))) <= set(stems(item.concept.name)):
        return False
    shown = PracticeAnswer.objects.filter(
        enrolment=enrolment,
        item__passage=item.passage_id,
        item__start__lt=item.end,
        item__end__gt=item.start,
        answered_at__gt=now - REST,
    )
    return not shown.exists()


def answer_in_words(item: PracticeItem, learner: User, given: str | Sequence[str]) -> str | list[str]:
    """The answer in words: an option's name means nothing to whoever reads it later."""
    if item.kind not in (PracticeItem.Kind.CHOICE, PracticeItem.Kind.ORDERING):
        if not isinstance(given, str) or not given.strip():
            raise AnswerNotUsable("it is empty")
        return given
    texts = {option.id: option.text for option in options_for(item, learner)}
    names = [given] if isinstance(given, str) else list(given)
    if not names or any(name not in texts for name in names):
        raise AnswerNotUsable("it names an option that was not offered")
    if item.kind == PracticeItem.Kind.ORDERING:
        return [texts[name] for name in names]
    if len(names) > 1:
        raise AnswerNotUsable("choose one option")
    return texts[names[0]]


def graded_answer(item: PracticeItem, said: str | list[str]) -> Graded:
    """How much of an answer, in the words of `answer_in_words`, is right."""
    try:
        return grade(draft_of_item(item), said)
    except ValueError as exc:
        raise AnswerNotUsable(str(exc)) from exc


def _record(answer: PracticeAnswer) -> None:
    item = answer.item
    recorded = record_event(
        answer.enrolment,
        concept=item.concept,
        kind=MasteryEvent.Kind(draft_of_item(item).evidence),
        score=answer.score,
        occurred_at=answer.answered_at,
        grader=GRADER,
        grader_version=GRADER_VERSION,
        attempt_id=answer.pk,
        rubric=[{"point": str(item.pk), "verdict": "shown" if answer.score >= 1 else "missing", "span": ""}],
        hashes=hashes_of_answer(item, answer.given),
    )
    answer.belief_before, answer.belief_after = recorded.before.p, recorded.after.p


def hashes_of_answer(item: PracticeItem, given: Any) -> dict[str, str]:
    """By which means an answer to an item, in the words of `answer_in_words`, was asked for and judged."""
    return {
        **hashes_of_item(item),
        "prompt": "",
        "model": digest_of_model(GRADER, version=GRADER_VERSION),
        "answer": digest_of_words(json.dumps(given)),
    }


def check_open(subject: Subject, user: User) -> None:
    """An item quotes the library, so whoever may not read that gets none."""
    if not Subject.objects.visible_to(user).filter(pk=subject.pk).exists():
        raise SubjectClosed(subject.name)
