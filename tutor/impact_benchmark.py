"""Holds what a preview foretells against what publishing then does, on simulated learners and random edits.

What publishing did is read by the code that serves learners (their next concept, their map, their path), not
by the code of the preview.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from concepts.errors import CommandDoesNotFit
from concepts.models import Concept, GraphDraft, Origin, Prerequisite, Subject
from concepts.services import drafting
from concepts.services.compiled_graphs import read_gating
from concepts.services.drafting import Command
from concepts.services.subjects import open_subject
from curriculum.services.paths import path_of
from mastery.models import Enrolment, MasteryEvent
from mastery.services.folding import fold_log, rewrite
from tutor.outlooks import Outlook
from tutor.services.choosing import choose
from tutor.services.mapping import State, concept_map
from tutor.services.previewing import Impact, preview

REACH = 40
GRADER = "simulated"


@dataclass(frozen=True, slots=True)
class Trial:
    """One random edit: what was foretold for how many, whom it was wrong about, and how long it took."""

    operations: tuple[dict[str, Any], ...]
    learners: int
    affected: int
    wrong: tuple[str, ...]
    preview_s: float
    preview_cpu_s: float


def simulated_subject(*, concepts: int, keeper: User, rng: random.Random) -> Subject:
    """A subject of mostly published concepts, with edges that gate, do not gate, or are proposed."""
    key = f"simulated-{uuid.UUID(int=rng.getrandbits(128)).hex}"
    subject = open_subject(name="Simulated", key=key, keeper=keeper)
    rows = Concept.objects.bulk_create(
        Concept(
            subject=subject,
            key=f"c{place}",
            name=f"Concept {place}",
            position=place,
            status="published" if rng.random() < 0.93 else "proposed",
        )
        for place in range(concepts)
    )
    links = {
        (rng.randrange(max(0, place - REACH), place), place)
        for place in range(1, concepts)
        for _ in range(rng.choice((1, 2, 2, 3)))
    }
    Prerequisite.objects.bulk_create(
        Prerequisite(
            subject=subject,
            prerequisite=rows[below],
            dependent=rows[above],
            status="accepted" if rng.random() < 0.9 else "proposed",
            origin=Origin.EXTRACTED,
            confidence=round(rng.uniform(0.3, 1), 2),
        )
        for below, above in sorted(links)
    )
    return subject


def simulated_learners(
    subject: Subject, *, learners: int, now: datetime, rng: random.Random
) -> list[Enrolment]:
    """Learners at every stage, half of them with goals; what is believed of them is the fold of events."""
    concepts = list(subject.concepts.published())
    gating = read_gating(subject).graph
    users = User.objects.bulk_create(User(username=f"{subject.key}-{number}") for number in range(learners))
    enrolments = Enrolment.objects.bulk_create(Enrolment(learner=user, subject=subject) for user in users)
    for enrolment in enrolments:
        if rng.random() < 0.5:
            enrolment.goals.set(rng.sample(concepts, min(3, len(concepts))))
    MasteryEvent.objects.bulk_create(
        MasteryEvent(
            enrolment=enrolment,
            concept=concept,
            kind=MasteryEvent.Kind.EXPLAIN_BACK,
            occurred_at=now - timedelta(days=30 * rng.random()),
            score=rng.choice((0.0, 0.3, 0.7, 1.0, 1.0, 1.0, 1.0)),
            rubric=[{}] * 3,
            prerequisites=sorted(gating.prerequisites_of(str(concept.pk))),
            grader=GRADER,
        )
        for enrolment in enrolments
        for concept in concepts[: rng.randrange(len(concepts) + 1)]
    )
    for enrolment in enrolments:
        rewrite(enrolment, fold_log(enrolment))
    return enrolments


def trials(
    subject: Subject,
    *,
    author: User,
    edits: int,
    now: datetime,
    rng: random.Random,
    foretell: Callable[..., Impact] = preview,
) -> Iterator[Trial]:
    """Preview and publish random drafts one after another, and compare what each learner then has."""
    actual = _actual(subject, now=now)
    for _ in range(edits):
        draft = _random_draft(subject, author=author, rng=rng)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        impact = foretell(draft, now=now)
        took = {
            "preview_s": time.perf_counter() - begun,
            "preview_cpu_s": time.process_time() - begun_cpu,
        }
        expected = actual | {str(one.enrolment): one.after for one in impact.consequences}
        claimed_before = {str(one.enrolment): one.before for one in impact.consequences}
        wrong = {key for key, outlook in claimed_before.items() if actual[key] != outlook}
        drafting.publish(draft, author=author)
        actual = _actual(subject, now=now)
        wrong |= {key for key, outlook in actual.items() if expected[key] != outlook}
        yield Trial(
            operations=tuple(draft.operations),
            learners=len(actual),
            affected=len(impact.consequences),
            wrong=tuple(sorted(wrong)),
            **took,
        )


def _actual(subject: Subject, *, now: datetime) -> dict[str, Outlook]:
    """What each learner has before them, as the service tells it to them."""
    rows = Enrolment.objects.filter(subject=subject, learner__is_active=True).select_related("subject")
    rows = rows.prefetch_related("beliefs", "review_cards", "goals")
    return {str(enrolment.pk): _told(enrolment, now=now) for enrolment in rows}


def _told(enrolment: Enrolment, *, now: datetime) -> Outlook:
    decision = choose(enrolment, now=now)
    drawn = concept_map(enrolment, now=now)
    states = {node.id: node.state for node in drawn.nodes}

    def standing(*wanted: State) -> frozenset[str]:
        return frozenset(concept for concept, state in states.items() if state in wanted)

    return Outlook(
        action=decision.action,
        concept=decision.concept,
        frontier=frozenset(candidate.concept for candidate in decision.frontier),
        ready=standing(State.READY, State.LEARNING),
        locked=standing(State.LOCKED),
        mastered=standing(State.MASTERED, State.DUE),
        goals=frozenset(node.id for node in drawn.nodes if node.is_goal),
        path=tuple(str(step.concept.pk) for step in path_of(enrolment, now=now).steps),
    )


def _random_draft(subject: Subject, *, author: User, rng: random.Random) -> GraphDraft:
    """A draft of one to three edits that the graph takes and that change something."""
    while True:
        draft = drafting.open_draft(subject, author=author)
        wanted = rng.choice((1, 1, 2, 3))
        while len(draft.operations) < wanted:
            try:
                drafting.append(draft, commands=[_random_command(subject, rng=rng)])
            except CommandDoesNotFit:
                draft.refresh_from_db()
        if _has_effect(draft):
            return draft


def _has_effect(draft: GraphDraft) -> bool:
    before = Subject.objects.get(pk=draft.subject_id).revision
    with drafting.carried_out(draft) as changed:
        return changed.revision > before


def _random_command(subject: Subject, *, rng: random.Random) -> Command:
    statuses, verdicts = Concept.Status.values, Prerequisite.Status.values
    keys = list(subject.concepts.order_by("position", "key").values_list("key", flat=True))
    edges = list(
        subject.prerequisites.order_by("prerequisite__key", "dependent__key").values(
            "prerequisite__key", "dependent__key"
        )
    )
    held = {name.removesuffix("__key"): key for name, key in rng.choice(edges).items()}
    pair = dict(zip(("prerequisite", "dependent"), rng.sample(keys, 2), strict=True))
    new = f"n{rng.getrandbits(48):x}"
    return rng.choice(
        [
            Command("add_concept", {"name": new, "position": rng.randrange(len(keys))}),
            Command("change_concept", {"concept": rng.choice(keys), "status": rng.choice(statuses)}),
            Command("change_concept", {"concept": rng.choice(keys), "position": rng.randrange(len(keys))}),
            Command("remove_concept", {"concept": rng.choice(keys)}),
            Command("add_prerequisite", pair),
            Command("add_prerequisite", pair),
            Command("decide_prerequisite", held | {"status": rng.choice(verdicts)}),
            Command("remove_prerequisite", held),
            Command("reweigh_prerequisite", held | {"confidence": round(rng.random(), 2)}),
            Command("merge_concepts", dict(zip(("concept", "into"), rng.sample(keys, 2), strict=True))),
            Command("split_concept", {"concept": rng.choice(keys), "name": new}),
        ]
    )
