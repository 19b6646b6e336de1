from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.models import Enrolment, MasteryEvent, ReviewFit
from mastery.review import SchedulerName
from mastery.services.as_of import beliefs_on
from mastery.services.folding import fold_log, rewrite
from mastery.services.replaying import replay_all
from mastery.services.spacing import fit_reviews, scheduler_in, set_scheduler
from research.models import Library
from tests.mastery.conftest import DAY, NOON, Teach, client_of
from tests.mastery.test_review_fitting import QUICK_TO_FORGET, simulated

pytestmark = pytest.mark.django_db


def no_differences() -> bool:
    return not [one for replayed in replay_all() for one in replayed.differences]


def told(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def address_of(subject: Subject) -> str:
    return f"/api/v1/review-schedulers/{subject.pk}"


@pytest.fixture
def forgetful(enrolment: Enrolment) -> Enrolment:
    """A learner who reviewed forty concepts as one who forgets quickly."""
    histories = simulated(QUICK_TO_FORGET, concepts=40)
    made = [
        Concept.objects.create(subject=enrolment.subject, key=key, name=key, position=10 + place)
        for place, key in enumerate(histories)
    ]
    MasteryEvent.objects.bulk_create(
        MasteryEvent(
            enrolment=enrolment,
            concept=concept,
            kind=MasteryEvent.Kind.CLOZE,
            occurred_at=at.replace(microsecond=0),
            score=0.9 if grade > 1 else 0.0,
            grader="test",
        )
        for concept in made
        for at, grade in histories[concept.key]
    )
    rewrite(enrolment, fold_log(enrolment))
    return enrolment


def test_choosing_sm2_computes_every_card_anew_and_leaves_beliefs_alone(
    show: Teach, moon: Concept, subject: Subject, enrolment: Enrolment
) -> None:
    show(moon, 1.0)
    show(moon, 1.0, days=9)
    beliefs, card = list(enrolment.beliefs.values()), enrolment.review_cards.get().card
    assert set_scheduler(subject, scheduler=SchedulerName.SM2) == 1
    assert enrolment.review_cards.get().card["scheduler"] == "sm2"
    assert enrolment.review_cards.get().due_at == NOON + 15 * DAY
    assert list(enrolment.beliefs.values("p_mastery", "state")) == [
        {name: belief[name] for name in ("p_mastery", "state")} for belief in beliefs
    ]
    assert no_differences()
    show(moon, 1.0, days=20)
    assert enrolment.review_cards.get().card["repetitions"] == 3
    assert set_scheduler(subject, scheduler=SchedulerName.SM2) == 0
    set_scheduler(subject, scheduler=SchedulerName.FSRS)
    assert "scheduler" not in enrolment.review_cards.get().card
    assert enrolment.review_cards.get().card != card
    assert no_differences()


def test_another_subject_keeps_its_scheduler(subject: Subject) -> None:
    library = Library.objects.create(key="sky", name="Sky")
    sky = Subject.objects.create(key="sky", name="Sky", library=library)
    set_scheduler(subject, scheduler=SchedulerName.SM2)
    assert (scheduler_in(subject), scheduler_in(sky)) == (SchedulerName.SM2, SchedulerName.FSRS)


def test_a_fit_moves_the_days_of_review_and_replays_to_the_same_bytes(forgetful: Enrolment) -> None:
    before = {card.concept_id: card.due_at for card in forgetful.review_cards.all()}
    beliefs = list(forgetful.beliefs.order_by("concept").values())
    spaced = fit_reviews(forgetful, now=timezone.now())
    assert spaced.fit is not None
    kept = ReviewFit.objects.get()
    assert kept.loss_after < kept.loss_before
    cards = list(forgetful.review_cards.all())
    assert all(card.card["fit"] == kept.as_memory().fit for card in cards)
    assert sum(card.due_at < before[card.concept_id] for card in cards) > len(cards) / 2
    assert [row["state"] for row in forgetful.beliefs.order_by("concept").values()] == [
        row["state"] for row in beliefs
    ]
    assert no_differences()
    assert fit_reviews(forgetful, now=timezone.now()).fit is None, "the same reviews teach nothing new"


def test_a_day_before_the_fit_is_told_by_the_weights_of_that_day(forgetful: Enrolment) -> None:
    now = timezone.now()
    before = beliefs_on(forgetful, at=now, with_hindsight=True)
    fit_reviews(forgetful, now=now + timedelta(hours=1))
    again = beliefs_on(forgetful, at=now, with_hindsight=True)
    after = beliefs_on(forgetful, at=now + timedelta(hours=2), with_hindsight=True)
    assert [one.due_at for one in before.beliefs] == [one.due_at for one in again.beliefs]
    assert [one.due_at for one in before.beliefs] != [one.due_at for one in after.beliefs]


def test_a_subject_on_sm2_has_nothing_to_fit(forgetful: Enrolment) -> None:
    set_scheduler(forgetful.subject, scheduler=SchedulerName.SM2)
    assert fit_reviews(forgetful, now=NOON).fit is None


def test_the_commands_end_with_what_they_did(forgetful: Enrolment) -> None:
    assert told("review_scheduler", "sea") == "Sea is spaced by fsrs.\n"
    assert "1 of 1 enrolments would be fitted" in told("fit_reviews", "--dry-run")
    assert not ReviewFit.objects.exists()
    assert "0 of 1 enrolments fitted" in told("fit_reviews", "--enough", "1000")
    row = json.loads(told("fit_reviews", "--subject", "sea", "--json"))
    assert (row["enrolment"], len(row["weights"])) == (str(forgetful.pk), 21)
    assert "the cards of 1 enrolments" in told("review_scheduler", "sea", "sm2")


def test_keepers_choose_by_api_and_readers_see_it(
    subject: Subject, educator: User, learner: User, stranger: User
) -> None:
    address = address_of(subject)
    assert client_of(learner).get(address).json() == {"scheduler": "fsrs"}
    assert client_of(educator).put(address, {"scheduler": "sm2"}).json() == {"scheduler": "sm2"}
    assert client_of(learner).put(address, {"scheduler": "fsrs"}).status_code == 403
    assert client_of(educator).put(address, {"scheduler": "leitner"}).status_code == 400
    subject.library.is_open = False
    subject.library.save()
    assert client_of(stranger).get(address).status_code == 404
    assert client_of(stranger).put(address, {"scheduler": "sm2"}).status_code == 404


def test_memory_and_mastery_are_told_apart(
    show: Teach, moon: Concept, tides: Concept, learner: User, subject: Subject
) -> None:
    long_ago = (timezone.now() - NOON) / DAY - 40
    show(moon, 1.0, days=long_ago)
    show(tides, 1 / 3, days=long_ago)
    show(moon, 1.0, days=long_ago + 5)

    def by_key() -> dict[str, Any]:
        rows = client_of(learner).get("/api/v1/beliefs").json()["results"]
        return {row["concept_key"]: row for row in rows}

    rows = by_key()
    assert rows["moon"]["is_mastered"]
    assert rows["moon"]["is_due"]
    assert rows["moon"]["is_memory_due"]
    assert (rows["tides"]["is_mastered"], rows["tides"]["is_due"]) == (False, False)
    assert rows["tides"]["is_memory_due"]
    assert 0 < rows["tides"]["retrievability"] < rows["moon"]["retrievability"] < 1
    set_scheduler(subject, scheduler=SchedulerName.SM2)
    assert {(row["scheduler"], row["retrievability"]) for row in by_key().values()} == {("sm2", None)}
