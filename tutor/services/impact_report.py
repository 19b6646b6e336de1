"""What one reader is told of an impact: their own learners by name, everybody else as a number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from concepts.models import GraphDraft
from tutor.outlooks import Outlook
from tutor.services.previewing import Consequence, Impact, Named, named_for


def report_for(user: User, impact: Impact, *, draft: GraphDraft) -> dict[str, Any]:
    """All that ``user`` may know of an impact, concepts by name."""
    named = named_for(user, impact)
    return {
        "draft": draft.pk,
        "version": impact.version,
        "revision": impact.revision,
        "as_of": impact.as_of,
        "learners": impact.learners,
        "affected": len(impact.consequences),
        "changed": impact.changed,
        "moves": [
            {"before": _concept(before, impact), "after": _concept(after, impact), "learners": learners}
            for before, after, learners in impact.moves
        ],
        "left_before": impact.left_before,
        "left_after": impact.left_after,
        "named": [_told(one, impact) for one in named],
        "unnamed": len(impact.consequences) - len(named),
    }


def _told(one: Consequence, impact: Impact) -> dict[str, Any]:
    before, after = one.before, one.after

    def concepts(found: Iterable[str]) -> list[Named]:
        return sorted((impact.concepts[concept] for concept in found), key=lambda named: named.name)

    return {
        "enrolment": one.enrolment,
        "learner": one.learner,
        "learner_name": one.learner_name,
        "changed": list(one.changed),
        "action_before": before.action,
        "action_after": after.action,
        "next_before": _concept(before.concept, impact),
        "next_after": _concept(after.concept, impact),
        "unlocked": concepts(before.locked - after.locked - _gone(before, after)),
        "locked": concepts(after.locked & (before.ready | before.mastered)),
        "mastery_gained": concepts(after.mastered - before.mastered),
        "mastery_lost": concepts(before.mastered - after.mastered),
        "goals_lost": concepts(before.goals - after.goals),
        "path_added": concepts(set(after.path) - set(before.path)),
        "path_dropped": concepts(set(before.path) - set(after.path)),
        "left_before": len(before.path),
        "left_after": len(after.path),
    }


def _gone(before: Outlook, after: Outlook) -> frozenset[str]:
    """The concepts that are no longer taught: neither open nor locked."""
    return (before.ready | before.locked | before.mastered) - (after.ready | after.locked | after.mastered)


def _concept(concept: str | None, impact: Impact) -> Named | None:
    return impact.concepts[concept] if concept else None
