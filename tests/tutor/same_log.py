"""Writes a small log with ids of its own choosing into a database, and prints what a replay makes of it.

Run as a program, so that every id is drawn from one seed from the start on.
"""

from __future__ import annotations

import os
import random
import uuid
from datetime import UTC, datetime, timedelta

ids = random.Random(20)
uuid.uuid4 = lambda: uuid.UUID(int=ids.getrandbits(128), version=4)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from accounts.models import Class, User  # noqa: E402
from concepts.services.merging import merge_concepts  # noqa: E402
from mastery.edge_weights import fit_edge_weights  # noqa: E402
from mastery.models import MasteryEvent  # noqa: E402
from mastery.parameter_fitting import Fitted  # noqa: E402
from mastery.parameters import Parameters  # noqa: E402
from mastery.services.fitting import keep_version  # noqa: E402
from mastery.services.recording import correct_event, record_event  # noqa: E402
from tests.tutor.quay import open_quay, right_answer, someone_at  # noqa: E402
from tutor.services import placing  # noqa: E402

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def write_log() -> None:
    """A placement, answers (one of them late), a correction, a merge, and parameters of the subject's own."""
    subject = open_quay()
    enrolment = someone_at(subject)
    keeper = User.objects.create_user("ed", password="x", role=User.Role.EDUCATOR)
    subject.library.educators.add(keeper)
    school = Class.objects.create(name="Harbour school")
    school.educators.add(keeper)
    school.learners.add(enrolment.learner)

    placement = placing.start(enrolment, user=enrolment.learner, now=NOON, seed=7)
    for number in range(6):
        asked = placing.standing_of(placement, now=NOON).question
        assert asked
        at = NOON + number * timedelta(seconds=17.3)
        if number % 3 == 2:
            placing.answer(placement, question=asked.pk, outcome="unknown", now=at)
        else:
            placing.answer(placement, question=asked.pk, given=right_answer(asked), now=at)
    placing.stop(placement, now=NOON + HOUR)

    concepts = {one.key: one for one in subject.concepts.all()}
    tries = [
        ("knot1", 1 / 3, 5),
        ("knot2", 2 / 3, 4),
        ("sail1", 0.0, 30),
        ("sail1", 1.0, 2),
        ("sail2", 0.7, 9),
    ]
    recorded = [
        record_event(
            enrolment,
            concept=concepts[key],
            kind=MasteryEvent.Kind.EXPLAIN_BACK,
            score=score,
            occurred_at=NOON + hours * HOUR,
            grader="test",
            rubric=[{"point": str(n), "verdict": "shown", "span": "x"} for n in range(3)],
        ).event
        for key, score, hours in tries
    ]
    correct_event(recorded[2], score=2 / 3, rubric=[], author=keeper, reason="Right.", now=NOON + 40 * HOUR)
    merge_concepts(concepts["sail2"], into=concepts["sail1"], author=keeper)
    own = Parameters(prior=0.31, learning=0.17, half_life_days=41.5)
    nothing = fit_edge_weights([], parameters=own)
    fitted = Fitted(own, 0.6, 0.5, 0.01, 40, 8, 500, nothing)
    keep_version(fitted, subject=subject, now=NOON + 41 * HOUR)


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    write_log()
    call_command("replay_mastery", "--json")
