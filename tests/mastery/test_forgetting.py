from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.test import Client
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Subject
from jobs.models import Job, ModelCall
from mastery.errors import CannotForget, LearnerForgotten, NoSuchLearner
from mastery.models import Enrolment, ForgettingReceipt, MasteryEvent
from mastery.services.enrolling import enrol, set_goals
from mastery.services.forgetting import LearnerFollower, forget_learner, receipt_of, try_forgetting
from mastery.services.gating import read_progress
from mastery.services.recording import correct_event, override
from mastery.services.replaying import Digest, replay_all
from research.models import Library
from tests.mastery.conftest import DAY, NOON, Teach, client_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def everything() -> str:
    """Every row of every table, as text."""
    rows = [
        (model._meta.label, sorted(map(str, model._base_manager.values_list())))
        for model in apps.get_models()
    ]
    return json.dumps(rows)


def digest() -> str:
    digest = Digest()
    for replayed in replay_all():
        assert replayed.differences == ()
        digest.add(replayed)
    return digest.hexdigest()


@pytest.fixture
def record(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment, educator: User, learner: User
) -> Enrolment:
    """A learner with answers, a correction, an override, goals, a token, a job and a place in the logs."""
    learner.first_name, learner.email = "Leandra", "leandra@example.org"
    learner.save()
    set_goals(enrolment, goals=[tides])
    hashes = {"answer": "a" * 64, "source": "b" * 64}
    show(moon, 1.0, attempt_id=uuid.uuid4(), hashes=hashes)
    show(tides, 0.0, days=1)
    wrong = show(tides, 0.0, days=2).event
    rubric = [{"point": "1", "verdict": "shown", "span": "the moon pulls"}]
    reason = "Leandra said so"
    correct_event(wrong, score=1.0, rubric=rubric, author=educator, reason=reason, now=NOON + 3 * DAY)
    override(enrolment, concept=moon, is_mastered=True, author=educator, reason=reason, now=NOON + 4 * DAY)
    AuthToken.objects.create(learner)
    job = Job.objects.create(kind="grade_attempt", created_by=learner, run_after=NOW, params={"lea": "moon"})
    ModelCall.objects.create(
        job=job, purpose="grade", model="m", outcome="ok", prompt="the moon pulls", response="yes", detail="x"
    )
    LogEntry.objects.create(
        user=educator,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(learner.pk),
        object_repr="lea, that is Leandra",
        action_flag=CHANGE,
        change_message="",
    )
    return enrolment


def test_names_and_words_are_gone_from_every_table(record: Enrolment, learner: User) -> None:
    said = ("Leandra", "leandra", "moon pulls", str(learner.pk), "a" * 64, "'lea'")
    before = everything()
    assert all(word in before for word in said)
    forget_learner("lea", now=NOW)
    after = everything()
    assert [word for word in said if word in after] == []


def test_events_beliefs_and_counts_stay_and_replay_to_the_same_bytes(
    record: Enrolment, researcher: User
) -> None:
    digest_before = digest()
    kept = (
        "occurred_at",
        "recorded_at",
        "score",
        "certainty",
        "concept",
        "kind",
        "prerequisites",
        "corrects",
    )
    rows = list(MasteryEvent.objects.order_by("pk").values_list("pk", *kept))
    pseudonyms = _pseudonyms(researcher)
    receipt = forget_learner("lea", now=NOW)
    assert digest() == digest_before
    assert list(MasteryEvent.objects.order_by("pk").values_list("pk", *kept)) == rows
    assert _pseudonyms(researcher) == pseudonyms
    assert receipt.kept == {"beliefs": 2, "enrolments": 1, "mastery_events": 5, "review_cards": 2} | {
        "decisions": 0,
        "lessons": 0,
    }
    assert (receipt.removed["accounts"], receipt.removed["jobs"]) == (1, 1)
    assert (receipt.removed["model_call_texts"], receipt.removed["admin_log_entries"]) == (1, 1)
    hashes = MasteryEvent.objects.order_by("occurred_at").values_list("hashes", flat=True)[0]
    assert hashes["source"] == "b" * 64


def _pseudonyms(researcher: User) -> list[str]:
    answer = client_of(researcher).get("/api/v1/mastery-events").json()
    return [row["pseudonym"] for row in answer["results"]]


def test_the_enrolment_is_nobodys_and_nothing_is_added_to_it(
    record: Enrolment, educator: User, moon: Concept, show: Teach
) -> None:
    event = MasteryEvent.objects.filter(corrects=None).first()
    assert event
    forget_learner("lea", now=NOW)
    record.refresh_from_db()
    assert record.forgotten_at == NOW
    assert record.learner.username.startswith("forgotten-")
    assert not record.learner.is_active
    assert not record.learner.has_usable_password()
    assert not record.goals.exists()
    assert not Enrolment.objects.visible_to(educator).exists()
    assert read_progress(record.subject, now=NOW).bits == {}
    with pytest.raises(LearnerForgotten):
        show(moon, 1.0, days=9)


def test_a_correction_that_was_underway_is_refused(record: Enrolment, educator: User, moon: Concept) -> None:
    event = MasteryEvent.objects.filter(corrects=None).first()
    assert event
    record.forgotten_at = NOW
    record.save()
    with pytest.raises(LearnerForgotten):
        correct_event(event, score=0.0, rubric=[{}], author=educator, reason="late", now=NOW)


def test_two_subjects_of_one_person_cannot_be_told_to_be_one_persons(
    record: Enrolment, learner: User
) -> None:
    library = Library.objects.create(key="sky", name="Sky", is_open=True)
    enrol(learner, subject=Subject.objects.create(key="sky", name="Sky", library=library))
    forget_learner("lea", now=NOW)
    first, second = Enrolment.objects.all()
    assert first.learner != second.learner


def test_forgetting_again_gives_the_same_receipt_and_changes_nothing(
    record: Enrolment, learner: User
) -> None:
    receipt = forget_learner(str(learner.pk), now=NOW)
    before = everything()
    assert forget_learner(str(learner.pk), now=NOW + DAY) == receipt
    assert receipt_of(learner.pk) == receipt
    assert everything() == before
    with pytest.raises(NoSuchLearner, match="lea"):
        forget_learner("lea", now=NOW)


class Interrupted(Exception):
    pass


class DiesAfterItsWork(LearnerFollower):
    """Stands for a process that is killed in the middle."""

    def forget(self, enrolments: Collection[uuid.UUID], *, kept: Counter[str], removed: Counter[str]) -> None:
        MasteryEvent.objects.filter(enrolment__in=enrolments)._raw_delete("default")
        Enrolment.objects.filter(pk__in=enrolments).update(forgotten_at=NOW)
        raise Interrupted


def test_whoever_is_interrupted_has_done_nothing_and_can_begin_again(
    record: Enrolment, settings: Any
) -> None:
    before = everything()
    settings.LEARNER_FOLLOWERS = [f"{__name__}.DiesAfterItsWork"]
    with pytest.raises(Interrupted):
        forget_learner("lea", now=NOW)
    assert everything() == before
    settings.LEARNER_FOLLOWERS = []
    forget_learner("lea", now=NOW)
    assert ForgettingReceipt.objects.count() == 1


def test_a_trial_counts_the_same_and_changes_nothing(record: Enrolment) -> None:
    before = everything()
    trial = try_forgetting("lea", now=NOW)
    assert everything() == before
    receipt = forget_learner("lea", now=NOW)
    assert (trial.kept, trial.removed) == (receipt.kept, receipt.removed)


def test_who_is_needed_by_others_is_not_forgotten(educator: User, subject: Subject) -> None:
    with pytest.raises(CannotForget, match="keeps a library"):
        forget_learner("ed", now=NOW)
    subject.library.educators.clear()
    with pytest.raises(CannotForget, match="teaches a class"):
        forget_learner("ed", now=NOW)
    User.objects.create_superuser("root", password="x")
    with pytest.raises(CannotForget, match="operator"):
        forget_learner("root", now=NOW)


def test_a_user_name_that_looks_like_anothers_id_harms_nobody(record: Enrolment, learner: User) -> None:
    mimic = User.objects.create_user(str(learner.pk), password="x")
    forget_learner(str(learner.pk), now=NOW)
    assert User.objects.filter(pk=mimic.pk).exists()
    assert not User.objects.filter(pk=learner.pk).exists()


def test_somebody_without_a_record_is_forgotten_too(stranger: User) -> None:
    receipt = forget_learner("sam", now=NOW)
    assert receipt.kept["enrolments"] == 0
    assert not User.objects.exists()


def test_five_thousand_events_go_and_come_back_in_parts(enrolment: Enrolment, moon: Concept) -> None:
    MasteryEvent.objects.bulk_create(
        MasteryEvent(
            enrolment=enrolment,
            concept=moon,
            kind=MasteryEvent.Kind.CHOICE,
            score=1,
            occurred_at=NOON,
            rubric=[{"point": "1", "verdict": "shown", "span": "secret"}],
            grader="test",
        )
        for _ in range(5_000)
    )
    receipt = forget_learner("lea", now=NOW)
    assert receipt.kept["mastery_events"] == MasteryEvent.objects.count() == 5_000
    assert "secret" not in everything()


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("forget_learner", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_asks_to_be_sure_and_prints_the_receipt(record: Enrolment) -> None:
    with pytest.raises(CommandError, match="required"):
        command("lea")
    trial = command("lea", "--dry-run")
    assert "5 mastery events" in trial
    assert trial.endswith("Run with --yes to do it; nothing brings it back.\n")
    assert json.loads(command("lea", "--dry-run", "--json"))["receipt"] is None
    assert User.objects.filter(username="lea").exists()
    told = command("lea", "--yes")
    assert f"Receipt {ForgettingReceipt.objects.get().pk}" in told
    with pytest.raises(CommandError, match="There is no account"):
        command("lea", "--yes")


def test_by_api_everybody_is_forgotten_by_their_own_password_only(record: Enrolment, learner: User) -> None:
    address = "/api/v1/me/forget"
    before = everything()
    client = client_of(learner)
    assert client.post(address, {}).status_code == 400
    assert client.post(address, {"password": "wrong"}).status_code == 403
    assert APIClient().post(address, {"password": "x"}).status_code == 401
    assert everything() == before
    answer = client.post(address, {"password": "x"})
    assert answer.status_code == 200
    assert answer.json()["id"] == str(ForgettingReceipt.objects.get().pk)
    assert answer.json()["kept"]["mastery_events"] == 5
    assert "lea" not in answer.content.decode()
    assert "Leandra" not in everything()


def test_by_api_whoever_others_depend_on_is_told_what_to_do_first(educator: User) -> None:
    answer = client_of(educator).post("/api/v1/me/forget", {"password": "x"})
    assert answer.status_code == 409
    assert "another educator" in answer.json()["detail"]


def test_a_forgotten_learner_is_signed_out_everywhere(record: Enrolment, learner: User) -> None:
    browser = Client()
    browser.force_login(learner)
    assert browser.get("/api/v1/me").status_code == 200
    forget_learner("lea", now=NOW)
    assert browser.get("/api/v1/me").status_code == 401
