"""Situations of a kind that learners get into, drawn by number: the same number always gives the same one."""

from __future__ import annotations

import hashlib
import json
import random
from datetime import UTC, datetime

from graphs.building import build_graph
from graphs.errors import Edge
from tutor.decisions import Action, Decision, Situation, Standing

MOMENTS = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
RECENT = {Action.REVIEW: 6, Action.CONFIRM: 4, Action.TEACH: 2, Action.DONE: 1}


def drawn_situation(number: int) -> Situation:
    """Up to 60 concepts, some mastered, due, failed or tried in vain, with goals or without."""
    rng = random.Random(number)
    count = rng.choice((1, 3, 8, 20, 60))
    concepts = [f"c{place:02}" for place in range(count)]
    ranks = {concept: rng.randrange(count) for concept in concepts}
    rng.shuffle(concepts)
    edges = {
        (concepts[rng.randrange(max(0, place - 12), place)], concepts[place])
        for place in range(1, count)
        for _ in range(rng.randrange(4))
    }
    mastered = rng.random()
    standings = {
        concept: Standing(
            round(rng.random(), 3),
            mastered=rng.random() < mastered,
            is_due=rng.random() < 0.3,
            tries=rng.randrange(6),
            failures=rng.choice((0, 0, 0, 1, 2, 3)),
            seen_at=rng.choice((None, *MOMENTS)),
        )
        for concept in [*concepts, "gone"]
        if rng.random() < 0.7
    }
    goals = rng.sample([*concepts, "gone"], rng.randrange(min(count, 4)))
    return Situation(
        build_graph(concepts, edges=[Edge(*ends) for ends in sorted(edges)]),
        standings,
        goals=tuple(sorted(goals)),
        names={concept: f"Concept {concept[1:]}" for concept in concepts},
        position={concept: float(ranks[concept]) for concept in concepts},
        recent=rng.choices(list(RECENT), weights=list(RECENT.values()), k=rng.randrange(6)),
    )


def as_text(decision: Decision) -> str:
    """A decision record, written the one way."""
    return json.dumps(decision.as_dict(), sort_keys=True, ensure_ascii=False, indent=1)


def digest_of(decision: Decision) -> str:
    return hashlib.sha256(as_text(decision).encode()).hexdigest()[:16]
