"""The map of a drawn subject, as it was before it was read from compiled graphs."""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path

import pytest

from concepts.models import Concept, Prerequisite, Subject
from mastery.models import Enrolment
from research.models import Library
from tests.tutor.sea import DAY, NOON, learner_in, show
from tutor.map_serializers import ConceptMapSerializer
from tutor.services.mapping import concept_map

GOLDEN = Path(__file__).parent / "golden" / "map.json"
COUNT = 24

pytestmark = pytest.mark.django_db


def drawn_subject() -> Subject:
    """Concepts with fixed ids, edges that gate and edges that only order, some that follow from others."""
    rng = random.Random(4)
    library = Library.objects.create(key="drawn", name="Drawn", is_open=True)
    subject = Subject.objects.create(key="drawn", name="Drawn", library=library, id=_id("subject"))
    rows = [
        Concept(
            id=_id(f"concept {n}"),
            subject=subject,
            key=f"c{n}",
            name=f"Concept {n}",
            summary=f"What {n} is.",
            status="proposed" if n == 7 else "published",
            position=rng.randrange(12),
            is_stale=n % 9 == 0,
        )
        for n in range(COUNT)
    ]
    Concept.objects.bulk_create(rows)
    pairs = {(max(0, n - rng.randrange(1, 7)), n) for n in range(1, COUNT) for _ in range(3)}
    Prerequisite.objects.bulk_create(
        Prerequisite(
            id=_id(f"edge {below} {above}"),
            subject=subject,
            prerequisite=rows[below],
            dependent=rows[above],
            status=rng.choice(("accepted", "accepted", "accepted", "proposed")),
            origin=rng.choice(("extracted", "extracted", "educator")),
            confidence=rng.choice((0.3, 0.6, 0.9)),
        )
        for below, above in sorted(pairs)
    )
    return subject


def _id(what: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, what)


def studied(subject: Subject, *goals: str) -> Enrolment:
    enrolment = learner_in(subject, f"lea-{len(goals)}", *goals)
    for n, score in enumerate((1.0, 1.0, 0.0, 0.5, 1.0, 1.0)):
        show(enrolment, f"c{n}", score, at=NOON + n * DAY / 24)
    return enrolment


def body_of(enrolment: Enrolment) -> dict[str, object]:
    drawn = concept_map(enrolment, now=NOON + 2 * DAY)
    fields = ("as_of", "counts", "width", "height", "nodes", "edges")
    body = {name: getattr(drawn, name) for name in fields}
    head = {"enrolment": _id("enrolment"), "subject": enrolment.subject_id, "revision": 0}
    plain: dict[str, object] = json.loads(json.dumps(ConceptMapSerializer(head | body).data, default=str))
    return plain


@pytest.mark.parametrize("goals", [(), ("c9", "c17")])
def test_the_map_is_what_it_was(goals: tuple[str, ...]) -> None:
    golden = json.loads(GOLDEN.read_text())
    assert body_of(studied(drawn_subject(), *goals)) == golden[" ".join(goals)]
