"""Edits that also keep how long their question was before someone's eyes, where the editor says so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Prerequisite, ReviewDecision
from concepts.services import editing
from concepts.services.deciding import decide_question
from concepts.services.flipping import flip_prerequisite as flip

CHOICE_OF = {
    "accepted": ReviewDecision.Choice.ACCEPT,
    "published": ReviewDecision.Choice.ACCEPT,
    "rejected": ReviewDecision.Choice.REJECT,
}


def decide_prerequisite(
    edge: Prerequisite,
    *,
    status: str,
    author: User,
    expected: int | None = None,
    reason: str = "",
    shown_at: datetime | None = None,
) -> None:
    """Accept or reject an edge, or send it back to the proposals, which answers no question."""
    if shown_at is None or status not in CHOICE_OF:
        editing.decide_prerequisite(edge, status=status, author=author, expected=expected, reason=reason)
        return
    decide_question(
        edge,
        choice=CHOICE_OF[status],
        author=author,
        shown_at=shown_at,
        now=timezone.now(),
        expected=expected,
        reason=reason,
    )


def change_concept(
    concept: Concept,
    *,
    changes: dict[str, Any],
    author: User,
    shown_at: datetime | None = None,
    expected: int | None = None,
    reason: str = "",
    **further: Any,
) -> None:
    """Change a concept; only publishing or rejecting it, and nothing else, answers a question."""
    is_answer = set(changes) == {"status"} and changes["status"] in CHOICE_OF and not any(further.values())
    if shown_at is None or not is_answer:
        editing.change_concept(
            concept, author=author, expected=expected, reason=reason, changes=changes, **further
        )
        return
    decide_question(
        concept,
        choice=CHOICE_OF[changes["status"]],
        author=author,
        shown_at=shown_at,
        now=timezone.now(),
        expected=expected,
        reason=reason,
    )


def flip_prerequisite(
    edge: Prerequisite,
    *,
    author: User,
    expected: int | None = None,
    reason: str = "",
    shown_at: datetime | None = None,
) -> Prerequisite:
    """Turn an edge round; returns the one that holds now."""
    if shown_at is None:
        return flip(edge, author=author, expected=expected, reason=reason).edge
    decide_question(
        edge,
        choice=ReviewDecision.Choice.FLIP,
        author=author,
        shown_at=shown_at,
        now=timezone.now(),
        expected=expected,
        reason=reason,
    )
    return Prerequisite.objects.get(prerequisite=edge.dependent_id, dependent=edge.prerequisite_id)
