"""Forgets a learner for good: names and words go, what was shown stays under a pseudonym, with a receipt.

All of it is one transaction. Whoever is interrupted has done nothing, and doing it again changes nothing.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, cast

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import User
from config import wiring
from jobs.forgetting import forget_jobs
from jobs.models import Job
from mastery.errors import CannotForget, NoSuchLearner
from mastery.models import (
    Belief,
    Enrolment,
    ForgettingReceipt,
    MasteryEvent,
    PlacementQuestion,
    ReviewCard,
)

AT_ONCE = 500
KEPT_OF_A_POINT = ("point", "verdict", "probability")
WORDS_IN_HASHES = ("answer",)


class LearnerFollower:
    """What a room above this one does when a learner is forgotten; named in ``LEARNER_FOLLOWERS``."""

    def forget(self, enrolments: Collection[uuid.UUID], *, kept: Counter[str], removed: Counter[str]) -> None:
        """Take every word of these learners out of the room, and count what went and what stayed.

        Called inside the transaction, before the account goes.
        """


def forget_learner(name: str, *, now: datetime) -> ForgettingReceipt:
    """Forget whoever has this user name or account id; for one who was forgotten already, the receipt.

    Raises `NoSuchLearner`, and `CannotForget` for operators and for educators whose classes or libraries
    would be left to nobody's care.
    """
    with transaction.atomic():
        return _forget(name, now=now)


def try_forgetting(name: str, *, now: datetime) -> ForgettingReceipt:
    """The receipt that forgetting would give, with nothing done."""
    with transaction.atomic():
        receipt = _forget(name, now=now)
        transaction.set_rollback(True)
    return receipt


def receipt_of(account: uuid.UUID) -> ForgettingReceipt | None:
    """The receipt of the account with this id, if its learner was forgotten."""
    return ForgettingReceipt.objects.filter(learner_digest=_digest(account)).first()


def _forget(name: str, *, now: datetime) -> ForgettingReceipt:
    account = _id_in(name)
    receipt = receipt_of(account) if account else None
    if receipt is not None:
        return receipt
    learner = _find(name, account=account)
    _check_nobody_depends_on(learner)
    enrolments = list(Enrolment.objects.select_for_update().filter(learner=learner).order_by("pk"))
    kept, removed = Counter[str](), Counter[str]()
    for follower in cast("list[LearnerFollower]", wiring.learner_followers()):
        follower.forget([one.pk for one in enrolments], kept=kept, removed=removed)
    removed += forget_jobs(Job.objects.filter(created_by_id=learner.pk))
    for enrolment in enrolments:
        kept["mastery_events"] += _take_words_out(enrolment)
        removed["placement_answers"] += _take_answers_out(enrolment)
        _give_away(enrolment, now=now)
    kept["enrolments"] = len(enrolments)
    kept["beliefs"] = Belief.objects.filter(enrolment__in=enrolments).count()
    kept["review_cards"] = ReviewCard.objects.filter(enrolment__in=enrolments).count()
    digest = _digest(learner.pk)
    removed["admin_log_entries"] += _forget_in_admin(learner)
    learner.delete()
    removed["accounts"] += 1
    return ForgettingReceipt.objects.create(
        learner_digest=digest, forgotten_at=now, kept=_plain(kept), removed=_plain(removed)
    )


def _find(name: str, *, account: uuid.UUID | None) -> User:
    """An id comes first: anybody may choose somebody else's id as a user name."""
    accounts = User.objects.select_for_update()
    found = accounts.filter(pk=account).first() if account else None
    found = found or accounts.filter(username=name).first()
    if found is None:
        raise NoSuchLearner(name)
    return found


def _check_nobody_depends_on(learner: User) -> None:
    if learner.is_staff or learner.is_superuser:
        raise CannotForget("it is an operator's; take its staff rights away first")
    if learner.libraries_kept.exists():
        raise CannotForget("it keeps a library; give that to another educator first")
    if learner.classes_taught.exists():
        raise CannotForget("it teaches a class; give that to another educator first")


def _take_words_out(enrolment: Enrolment) -> int:
    """Put each event in its own place again without the learner's words; all that is believed stays.

    The log refuses every change, and so does the database. A row that goes and comes back under its id, in
    one transaction, is the way past the guard that decision 7 asks for; nothing else takes it.
    """
    count = 0
    for keys in _chunks(list(enrolment.events.order_by("pk").values_list("pk", flat=True))):
        events = MasteryEvent.objects.filter(pk__in=keys)
        rows = [_without_words(event) for event in events.order_by("pk")]
        events._raw_delete(events.db)
        MasteryEvent.objects.bulk_create(rows)
        count += len(rows)
    return count


def _take_answers_out(enrolment: Enrolment) -> int:
    """What was asked in placements, and how well it was answered, stays; the learner's words go."""
    answered = PlacementQuestion.objects.filter(placement__enrolment=enrolment, given__isnull=False)
    for question in answered:
        question.given = None
        question.hashes = _without_hashes_of_words(question.hashes)
    return PlacementQuestion.objects.bulk_update(answered, ["given", "hashes"], batch_size=AT_ONCE)


def _without_hashes_of_words(hashes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in hashes.items() if name not in WORDS_IN_HASHES}


def _without_words(event: MasteryEvent) -> MasteryEvent:
    values: dict[str, Any] = {
        field.attname: getattr(event, field.attname) for field in MasteryEvent._meta.concrete_fields
    }
    return MasteryEvent(
        **values
        | {
            "attempt_id": None,
            "rubric": [
                {name: point[name] for name in KEPT_OF_A_POINT if name in point} for point in event.rubric
            ],
            "hashes": _without_hashes_of_words(event.hashes),
            "author_id": None,
            "reason": "",
        }
    )


def _give_away(enrolment: Enrolment, *, now: datetime) -> None:
    """Each enrolment goes to an account of its own, so that nobody can tell which were one person's."""
    nobody = User(username=f"forgotten-{uuid.uuid4().hex}", is_active=False)
    nobody.set_unusable_password()
    nobody.save(force_insert=True)
    enrolment.goals.clear()
    enrolment.learner = nobody
    enrolment.forgotten_at = now
    enrolment.save(update_fields=["learner", "forgotten_at"])


def _forget_in_admin(learner: User) -> int:
    """The admin's log names the rows that were changed in it."""
    kind = ContentType.objects.get_for_model(User)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(learner.pk))
    return entries.delete()[0]


def _digest(account: uuid.UUID) -> str:
    return salted_hmac("cairn.mastery.forgotten", str(account), algorithm="sha256").hexdigest()


def _id_in(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name)
    except ValueError:
        return None


def _chunks(keys: list[uuid.UUID]) -> Iterator[list[uuid.UUID]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]


def _plain(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in sorted(counts)}
