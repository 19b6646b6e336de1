"""Answers to the questions of the review queue: each is one revision, is timed, and can be taken back."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from concepts.errors import DecisionOvertaken, NotAnEdge, NothingToTakeBack, ShownInTheFuture
from concepts.models import Concept, Prerequisite, ReviewDecision, Subject
from concepts.services import editing
from concepts.services.acyclicity import check_acyclic
from concepts.services.flipping import EDGE_FIELDS, flip_prerequisite, plain_state
from concepts.services.journalling import Journal
from concepts.services.revising import revise
from concepts.services.undoing import remove_rows, undone_numbers

Choice = ReviewDecision.Choice

# Clocks of two machines differ a little; what was "shown" later than that was not shown at all.
CLOCK_DRIFT = timedelta(minutes=2)
LONGEST_SHOWN = timedelta(days=1)
CONCEPT_FIELDS = ("status", "decided_by_id", "is_stale")


@transaction.atomic
def decide_question(
    row: Concept | Prerequisite,
    *,
    choice: str,
    author: User,
    shown_at: datetime,
    now: datetime,
    expected: int | None = None,
    reason: str = "",
) -> ReviewDecision:
    """Answer one question: accept, reject or flip its row, or leave it; the time it took is kept."""
    if shown_at > now + CLOCK_DRIFT:
        raise ShownInTheFuture(shown_at=shown_at, now=now)
    subject = Subject.objects.select_for_update().get(pk=row.subject_id)
    before = _state_of(row)
    extra = _carry_out(row, choice=choice, author=author, expected=expected, reason=reason)
    subject.refresh_from_db(fields=["revision"])
    row.subject.revision = subject.revision
    return log_decision(
        row, choice=choice, author=author, shown_at=shown_at, now=now, before={**before, **extra}
    )


def log_decision(
    row: Concept | Prerequisite,
    *,
    choice: str,
    author: User,
    shown_at: datetime,
    now: datetime,
    before: dict[str, Any],
) -> ReviewDecision:
    """Write down a decision that was carried out, with what it takes to put everything back."""
    # Whoever leaves a question open overnight has not looked at it for so long.
    shown_at = min(max(shown_at, now - LONGEST_SHOWN), now)
    return ReviewDecision.objects.create(
        subject_id=row.subject_id,
        concept=row if isinstance(row, Concept) else None,
        prerequisite=row if isinstance(row, Prerequisite) else None,
        what=_in_words(row)[:500],
        author=author,
        choice=choice,
        shown_at=shown_at,
        decided_at=now,
        seconds=(now - shown_at).total_seconds(),
        before=before,
        after=_state_of(row),
        revision=Subject.objects.values_list("revision", flat=True).get(pk=row.subject_id),
    )


def last_decision(subject: Subject, *, author: User) -> ReviewDecision | None:
    """One's own last decision that stands: neither taken back nor undone with its revision."""
    undone = Q(revision__in=undone_numbers(subject)) & ~Q(choice=Choice.SKIP)
    return subject.review_decisions.standing().filter(author=author).exclude(undone).first()


@transaction.atomic
def take_back(subject: Subject, *, author: User, now: datetime) -> ReviewDecision:
    """Undo one's own last decision in the queue, unless someone has touched its rows since."""
    decision = last_decision(subject, author=author)
    if decision is None:
        raise NothingToTakeBack(subject.name)
    if decision.choice != Choice.SKIP:
        _put_back(decision, subject=subject, author=author)
    decision.taken_back_at = now
    decision.save(update_fields=["taken_back_at"])
    return decision


def _carry_out(
    row: Concept | Prerequisite, *, choice: str, author: User, expected: int | None, reason: str
) -> dict[str, Any]:
    if choice == Choice.SKIP:
        return {}
    if isinstance(row, Concept):
        taken = Concept.Status.REJECTED if choice == Choice.REJECT else Concept.Status.PUBLISHED
        if choice == Choice.FLIP:
            raise NotAnEdge(row.name)
        editing.change_concept(
            row, author=author, expected=expected, reason=reason, changes={"status": str(taken)}
        )
        return {}
    if choice == Choice.FLIP:
        flipped = flip_prerequisite(row, author=author, expected=expected, reason=reason)
        return {"opposite": flipped.before, "evidence": flipped.evidence}
    status = Prerequisite.Status.REJECTED if choice == Choice.REJECT else Prerequisite.Status.ACCEPTED
    editing.decide_prerequisite(row, status=str(status), author=author, expected=expected, reason=reason)
    return {}


def _put_back(decision: ReviewDecision, *, subject: Subject, author: User) -> None:
    with revise(subject, author=author, reason=f"Taken back: {decision.what}") as journal:
        row = _row_of(decision)
        if row is None or _state_of(row) != decision.after or _was_carried(row):
            raise DecisionOvertaken(decision.what)
        _remove_opposite(journal, decision, of=row)
        journal.change(row, **_as_it_can_be(decision.before["row"]))
        check_acyclic(journal.subject, through=_ends_of(row))  # an edge made meanwhile may close one
        told = {"what": decision.what, "before": decision.after, "after": decision.before}
        journal.record("take_back", decision=str(decision.pk), **told)


def _was_carried(row: Concept | Prerequisite) -> bool:
    """Whether a merge has made another edge of this one; what was decided holds for that one now."""
    return isinstance(row, Prerequisite) and bool(
        row.prerequisite.merged_into_id or row.dependent.merged_into_id
    )


def _ends_of(row: Concept | Prerequisite) -> list[uuid.UUID]:
    return [row.pk] if isinstance(row, Concept) else [row.prerequisite_id, row.dependent_id]


def _remove_opposite(journal: Journal, decision: ReviewDecision, *, of: Concept | Prerequisite) -> None:
    """Take away what a flip made: the evidence it carried over, and the edge where it was new."""
    before = decision.before
    if "opposite" not in before or not isinstance(of, Prerequisite):
        return
    opposite = Prerequisite.objects.filter(
        prerequisite=of.dependent_id,
        dependent=of.prerequisite_id,
        status=Prerequisite.Status.ACCEPTED,
        decided_by=decision.author_id,
    ).first()
    if opposite is None:
        raise DecisionOvertaken(decision.what)
    if before["opposite"] is None and opposite.evidence.exclude(pk__in=before["evidence"]).exists():
        raise DecisionOvertaken(decision.what)  # someone has quoted more words for it since
    journal.delete(*opposite.evidence.filter(pk__in=before["evidence"]))
    if before["opposite"] is None:
        journal.delete(*opposite.judgements.all())
        remove_rows(journal, Prerequisite, [opposite])
    else:
        journal.change(opposite, **_as_it_can_be(before["opposite"]))


def _as_it_can_be(values: dict[str, Any]) -> dict[str, Any]:
    """A row's earlier values; whoever had decided it then may have no account any more."""
    decider = values.get("decided_by_id")
    if decider is None or User.objects.filter(pk=decider).exists():
        return values
    return values | {"decided_by_id": None}


def _row_of(decision: ReviewDecision) -> Concept | Prerequisite | None:
    """The row as it is now; None where it was deleted since."""
    return decision.concept or decision.prerequisite


def _state_of(row: Concept | Prerequisite) -> dict[str, Any]:
    """What a decision may change of a row, as plain data."""
    row.refresh_from_db()
    return {"row": plain_state(row, EDGE_FIELDS if isinstance(row, Prerequisite) else CONCEPT_FIELDS)}


def _in_words(row: Concept | Prerequisite) -> str:
    return (
        f"{row.prerequisite.name} before {row.dependent.name}" if isinstance(row, Prerequisite) else row.name
    )
