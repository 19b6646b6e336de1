from __future__ import annotations

import json
import uuid
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.services.merging import merge_concepts
from jobs.errors import IdempotencyKeyReused
from jobs.models import Job
from jobs.services import run_inline
from mastery.models import Enrolment, MasteryEvent
from mastery.parameters import Kind
from mastery.provenance import missing_hashes
from mastery.services.replaying import replay_all
from research.models import Library, Source
from tests.tutor.material import MARKDOWN, add_source, learner_of, lesson_for, swings
from tests.tutor.sea import client_of, educator_of
from tutor.errors import AnswerNotUsable, ConceptNotTaught, ItemNotCurrent, NotEnrolled, SubjectClosed
from tutor.items.contents import content_of
from tutor.items.ports import Distractor, ItemKind, PracticeDraft
from tutor.models import PracticeAnswer, PracticeItem
from tutor.services import practising

pytestmark = pytest.mark.django_db

OPTIONS = ("a slow loss", "a quick gain", "a long rest", "a high note")
STEPS = ("Pluck", "Listen", "Write")


@pytest.fixture
def enrolment() -> Enrolment:
    return learner_of(swings())


@pytest.fixture
def concept(enrolment: Enrolment) -> Concept:
    return enrolment.subject.concepts.select_related("subject").get(key="damping")


@pytest.fixture
def client(enrolment: Enrolment) -> APIClient:
    return client_of(enrolment.learner)


@pytest.fixture
def browser(enrolment: Enrolment) -> Client:
    browser = Client()
    browser.force_login(enrolment.learner)
    return browser


def prepared(concept: Concept, user: User) -> list[PracticeItem]:
    job = run_inline(practising.request_items(concept, user=user))
    assert job.state == Job.State.SUCCEEDED, job.error
    return list(PracticeItem.objects.current().filter(concept=concept))


def an_item(concept: Concept, kind: ItemKind, **content: Any) -> PracticeItem:
    """An item of a kind that this small source does not give."""
    model = prepared(concept, concept.subject.enrolments.get().learner)[0]
    span = practising.draft_of_item(model).span
    draft = PracticeDraft(kind, "Which is meant by damping?", span, **content)
    return PracticeItem.objects.create(
        concept=concept,
        key=draft.key,
        kind=kind.value,
        stem=draft.stem,
        content=content_of(draft),
        guess=draft.guess,
        passage=model.passage,
        start=model.start,
        end=model.end,
        quote=model.quote,
        engine="test",
    )


def a_choice(concept: Concept) -> PracticeItem:
    distractors = tuple(Distractor(text, f"concept {text}") for text in OPTIONS[1:])
    return an_item(concept, ItemKind.CHOICE, answer=OPTIONS[0], distractors=distractors)


def option(item: PracticeItem, enrolment: Enrolment, text: str) -> str:
    return next(one.id for one in practising.options_for(item, enrolment.learner) if one.text == text)


def telling(items: list[PracticeItem]) -> tuple[PracticeItem, str]:
    """A cloze whose gap is not the concept that the page is headed with, and what fills it."""
    rows = [(item, str(practising.draft_of_item(item).answer)) for item in items if item.kind == "cloze"]
    return next((item, answer) for item, answer in rows if answer.casefold() != "damping")


def test_the_same_sources_give_the_same_items(enrolment: Enrolment, concept: Concept) -> None:
    first = prepared(concept, enrolment.learner)
    assert first
    assert [item.pk for item in prepared(concept, enrolment.learner)] == [item.pk for item in first]
    for item in first:
        assert item.passage.text[item.start : item.end] == item.quote


def test_what_is_being_prepared_is_not_doubled(enrolment: Enrolment, concept: Concept) -> None:
    one = practising.request_items(concept, user=enrolment.learner)
    assert practising.request_items(concept, user=enrolment.learner) == one


def test_items_of_a_replaced_source_are_asked_no_more_and_come_back_with_its_words(
    enrolment: Enrolment, concept: Concept
) -> None:
    item = prepared(concept, enrolment.learner)[0]
    item.passage.document.is_current = False
    item.passage.document.save()
    assert practising.next_item(enrolment, concept=concept) is None
    with pytest.raises(ItemNotCurrent):
        practising.answer_item(item, enrolment=enrolment, given="damping")
    Source.objects.update(origin="old")
    renewed = add_source(concept.subject.library, f"{MARKDOWN}\n\nOne more line.")
    for evidence in concept.evidence.all():
        evidence.passage = renewed
        evidence.start = renewed.text.index(evidence.quote)
        evidence.end = evidence.start + len(evidence.quote)
        evidence.save()
    again = prepared(concept, enrolment.learner)
    assert item.pk in [one.pk for one in again]
    assert {one.passage_id for one in again} == {renewed.pk}


def test_items_that_the_sources_no_longer_give_are_retired(enrolment: Enrolment, concept: Concept) -> None:
    item = a_choice(concept)
    assert item not in prepared(concept, enrolment.learner)
    item.refresh_from_db()
    assert item.is_retired


def test_an_answer_leaves_exactly_one_event_and_replay_finds_nothing_to_mend(
    enrolment: Enrolment, concept: Concept
) -> None:
    item, right = telling(prepared(concept, enrolment.learner))
    answer = practising.answer_item(item, enrolment=enrolment, given=right.upper())
    event = MasteryEvent.objects.get()
    assert (event.attempt_id, event.kind, event.score) == (answer.pk, "cloze", 1)
    assert event.hashes["item"] == item.key
    assert missing_hashes(event.hashes, kind=Kind(event.kind), is_by_person=False) == []
    assert answer.belief_before is not None
    assert answer.belief_after is not None
    assert answer.belief_after > answer.belief_before
    assert not [one for replayed in replay_all() for one in replayed.differences]


def test_an_answer_that_was_just_shown_is_no_evidence_until_a_week_has_gone_by(
    enrolment: Enrolment, concept: Concept
) -> None:
    item, right = telling(prepared(concept, enrolment.learner))
    now = timezone.now()
    first = practising.answer_item(item, enrolment=enrolment, given="no idea", now=now)
    second = practising.answer_item(item, enrolment=enrolment, given=right, now=now + timedelta(days=1))
    third = practising.answer_item(item, enrolment=enrolment, given=right, now=now + timedelta(days=9))
    assert [one.counts for one in (first, second, third)] == [True, False, True]
    assert [one.score for one in (first, second, third)] == [0, 1, 1]
    assert MasteryEvent.objects.count() == 2


def test_practice_alone_never_makes_a_concept_mastered(enrolment: Enrolment, concept: Concept) -> None:
    item, right = telling(prepared(concept, enrolment.learner))
    now = timezone.now()
    answers = [
        practising.answer_item(item, enrolment=enrolment, given=right, now=now + timedelta(days=8 * week))
        for week in range(8)
    ]
    beliefs = [answer.belief_after for answer in answers]
    assert all(belief is not None and belief <= 0.85 for belief in beliefs)
    assert concept.subject.mastery_threshold > 0.85


def test_a_gap_that_the_heading_fills_is_no_evidence(enrolment: Enrolment, concept: Concept) -> None:
    item = prepared(concept, enrolment.learner)[0]
    answer = practising.answer_item(item, enrolment=enrolment, given="damping")
    assert (answer.score, answer.counts) == (1, False)
    assert not MasteryEvent.objects.exists()


def test_a_sentence_that_another_item_has_shown_is_no_evidence(
    enrolment: Enrolment, concept: Concept
) -> None:
    item, right = telling(prepared(concept, enrolment.learner))
    twin = PracticeItem.objects.get(pk=item.pk)
    twin.pk, twin.key = uuid.uuid4(), "twin"
    twin.save(force_insert=True)
    assert practising.answer_item(item, enrolment=enrolment, given=right).counts
    assert not practising.answer_item(twin, enrolment=enrolment, given=right).counts


def test_a_choice_is_made_by_name_and_told_what_it_means(enrolment: Enrolment, concept: Concept) -> None:
    item = a_choice(concept)
    wrong = practising.answer_item(
        item, enrolment=enrolment, given=option(item, enrolment, OPTIONS[1]), idempotency_key="k"
    )
    assert (wrong.given, wrong.score) == (OPTIONS[1], 0)
    assert "concept a quick gain" in wrong.note
    assert MasteryEvent.objects.get().kind == "choice"
    same = practising.answer_item(
        item, enrolment=enrolment, given=option(item, enrolment, OPTIONS[1]), idempotency_key="k"
    )
    assert same == wrong
    with pytest.raises(IdempotencyKeyReused):
        practising.answer_item(
            item, enrolment=enrolment, given=option(item, enrolment, OPTIONS[0]), idempotency_key="k"
        )


def test_an_order_is_scored_in_part(enrolment: Enrolment, concept: Concept) -> None:
    item = an_item(concept, ItemKind.ORDERING, steps=STEPS)
    shown = practising.options_for(item, enrolment.learner)
    assert [one.text for one in shown] != list(STEPS)
    names = [option(item, enrolment, text) for text in ("Listen", "Pluck", "Write")]
    answer = practising.answer_item(item, enrolment=enrolment, given=names)
    assert (answer.given, round(answer.score, 2)) == (["Listen", "Pluck", "Write"], 0.67)


@pytest.mark.parametrize("given", ["", "  ", []])
def test_an_empty_answer_is_none(enrolment: Enrolment, concept: Concept, given: str | list[str]) -> None:
    item = prepared(concept, enrolment.learner)[0]
    with pytest.raises(AnswerNotUsable, match="empty"):
        practising.answer_item(item, enrolment=enrolment, given=given)


def test_what_was_not_offered_cannot_be_chosen(enrolment: Enrolment, concept: Concept) -> None:
    item = a_choice(concept)
    names = [one.id for one in practising.options_for(item, enrolment.learner)]
    for given in ("nothing", [], names[:2]):
        with pytest.raises(AnswerNotUsable):
            practising.answer_item(item, enrolment=enrolment, given=given)
    steps = an_item(concept, ItemKind.ORDERING, steps=STEPS)
    with pytest.raises(AnswerNotUsable, match="each step"):
        practising.answer_item(steps, enrolment=enrolment, given=[option(steps, enrolment, "Write")])
    assert not PracticeAnswer.objects.exists()
    assert not MasteryEvent.objects.exists()


def test_only_what_is_taught_and_open_is_practised(enrolment: Enrolment, concept: Concept) -> None:
    proposed = Concept.objects.create(subject=concept.subject, key="hum", name="hum", status="proposed")
    with pytest.raises(ConceptNotTaught):
        practising.request_items(proposed, user=enrolment.learner)
    reader = User.objects.create_user("rea", password="x")
    with pytest.raises(NotEnrolled):
        practising.enrolment_for(reader, subject=concept.subject)
    Library.objects.update(is_open=False)
    with pytest.raises(SubjectClosed):
        practising.request_items(concept, user=enrolment.learner)


def test_a_concept_without_material_says_so(enrolment: Enrolment, concept: Concept) -> None:
    echo = Concept.objects.create(
        subject=concept.subject, key="echo", name="echo", status="published", position=9
    )
    job = run_inline(practising.request_items(echo, user=enrolment.learner))
    assert (job.state, "echo" in job.error) == (Job.State.FAILED, True)


def test_items_are_asked_in_turn(enrolment: Enrolment, concept: Concept) -> None:
    items = prepared(concept, enrolment.learner)
    assert len(items) > 1
    first = practising.next_item(enrolment, concept=concept)
    assert first == items[0]
    practising.answer_item(items[0], enrolment=enrolment, given="damping")
    assert practising.next_item(enrolment, concept=concept) == items[1]


def test_by_api_items_are_prepared_read_and_answered(
    client: APIClient, enrolment: Enrolment, concept: Concept
) -> None:
    asked = client.post("/api/v1/practice-items", {"concept": concept.pk})
    assert asked.status_code == 202
    run_inline(Job.objects.get(pk=asked.json()["id"]))
    rows = client.get(f"/api/v1/practice-items?concept={concept.pk}").json()["results"]
    item = PracticeItem.objects.get(pk=rows[0]["id"])
    assert not {"answer", "quote", "passage", "solution", "content"} & set(rows[0])
    assert item.quote not in json.dumps(rows[0])
    answer = client.post(f"/api/v1/practice-items/{item.pk}/answers", {"answer": "damping"})
    body = answer.json()
    assert (answer.status_code, body["is_right"], body["counts"]) == (201, True, False)
    assert body["solution"]["quote"] == item.quote
    assert body["solution"]["page"].startswith(f"/passages/{item.passage_id}/?start=")


def test_by_api_the_right_answer_is_not_in_a_choice_before_it_is_answered(
    client: APIClient, enrolment: Enrolment, concept: Concept
) -> None:
    item = a_choice(concept)
    body = client.get(f"/api/v1/practice-items/{item.pk}").json()
    assert sorted(one["text"] for one in body["options"]) == sorted(OPTIONS)
    assert set(body["options"][0]) == {"id", "text"}
    other = learner_of_other_name(concept.subject)
    seen = client_of(other).get(f"/api/v1/practice-items/{item.pk}").json()
    assert {one["id"] for one in seen["options"]}.isdisjoint({one["id"] for one in body["options"]})


def learner_of_other_name(subject: Subject) -> User:
    return learner_of(subject, "leo").learner


def test_by_api_an_order_is_handed_in_and_a_resent_one_is_the_same(
    client: APIClient, enrolment: Enrolment, concept: Concept
) -> None:
    item = an_item(concept, ItemKind.ORDERING, steps=STEPS)
    order = [option(item, enrolment, text) for text in STEPS]

    def send() -> Any:
        return client.post(
            f"/api/v1/practice-items/{item.pk}/answers",
            {"order": order},
            format="json",
            headers={"Idempotency-Key": "once"},
        )

    assert send().json() == send().json()
    assert send().json()["score"] == 1
    assert MasteryEvent.objects.count() == 1


def test_by_api_an_unusable_answer_is_a_problem(client: APIClient, concept: Concept) -> None:
    item = a_choice(concept)
    answer = client.post(f"/api/v1/practice-items/{item.pk}/answers", {"answer": "x"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:cairn:problem:answer-not-usable")


def test_a_stranger_finds_no_item_and_answers_none(enrolment: Enrolment, concept: Concept) -> None:
    item = prepared(concept, enrolment.learner)[0]
    answer = practising.answer_item(item, enrolment=enrolment, given="damping")
    Library.objects.update(is_open=False)
    user = User.objects.create_user("mallory", password="x")
    stranger = client_of(user)
    assert stranger.get(f"/api/v1/practice-items/{item.pk}").status_code == 404
    assert stranger.get("/api/v1/practice-items").json()["count"] == 0
    assert stranger.post(f"/api/v1/practice-items/{item.pk}/answers", {"answer": "x"}).status_code == 404
    assert stranger.post("/api/v1/practice-items", {"concept": concept.pk}).status_code == 400
    assert APIClient().get("/api/v1/practice-items").status_code == 401
    page = Client()
    page.force_login(user)
    assert page.get("/subjects/swings/practise/damping/").status_code == 404
    assert page.post("/subjects/swings/practise/damping/prepare/").status_code == 404
    assert page.post(f"/practice/{item.pk}/answer/", {"answer": "x"}).status_code == 404
    assert page.get(f"/practice/answers/{answer.pk}/").status_code == 404
    job = Job.objects.get(kind="prepare_practice")
    assert page.get(f"/practice/wait/{job.pk}/").status_code == 404
    assert Client().get("/subjects/swings/practise/damping/").status_code == 302


def test_an_open_library_is_read_but_only_the_enrolled_answer(enrolment: Enrolment, concept: Concept) -> None:
    item = prepared(concept, enrolment.learner)[0]
    reader = client_of(User.objects.create_user("rea", password="x"))
    assert reader.get(f"/api/v1/practice-items/{item.pk}").status_code == 200
    answer = reader.post(f"/api/v1/practice-items/{item.pk}/answers", {"answer": "damping"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:cairn:problem:not-enrolled")


def test_on_pages_from_the_lesson_to_the_result_without_javascript(
    browser: Client, enrolment: Enrolment, concept: Concept
) -> None:
    lesson = lesson_for(enrolment)
    assert "/subjects/swings/practise/damping/" in browser.get(f"/lessons/{lesson.pk}/").content.decode()
    assert b"Write questions" in browser.get("/subjects/swings/practise/damping/").content
    sent = browser.post("/subjects/swings/practise/damping/prepare/")
    assert browser.get(sent["Location"]).status_code == 200
    run_inline(Job.objects.get(kind="prepare_practice"))
    page = unescape(browser.get(sent["Location"], follow=True).content.decode())
    item = practising.next_item(enrolment, concept=concept)
    assert item is not None
    assert item.stem in page
    assert item.quote not in page
    form = {"answer": "the Damping", "number": "0"}
    first, again = (browser.post(f"/practice/{item.pk}/answer/", form) for _ in range(2))
    assert first["Location"] == again["Location"]
    assert PracticeAnswer.objects.count() == 1
    shown = browser.get(first["Location"]).content.decode()
    assert "Right" in shown
    assert f"/passages/{item.passage_id}/?start={item.start}&amp;end={item.end}" in shown
    assert "Next question" in shown


def test_on_pages_a_choice_and_an_order_are_made_with_plain_controls(
    browser: Client, enrolment: Enrolment, concept: Concept
) -> None:
    PracticeItem.objects.all().delete()
    item = an_item(concept, ItemKind.ORDERING, steps=STEPS)
    PracticeItem.objects.exclude(pk=item.pk).update(is_retired=True)
    page = browser.get("/subjects/swings/practise/damping/").content.decode()
    assert page.count("<select") == 3
    places = {f"place-{option(item, enrolment, text)}": str(n) for n, text in enumerate(STEPS, start=1)}
    doubled = browser.post(f"/practice/{item.pk}/answer/", dict.fromkeys(places, "1"))
    assert (doubled.status_code, b"a place of its own" in doubled.content) == (422, True)
    sent = browser.post(f"/practice/{item.pk}/answer/", places | {"number": "0"})
    assert "Right" in browser.get(sent["Location"]).content.decode()
    choice = a_choice(concept)
    PracticeItem.objects.exclude(pk=choice.pk).update(is_retired=True)
    assert browser.get("/subjects/swings/practise/damping/").content.decode().count('type="radio"') == 4
    empty = browser.post(f"/practice/{choice.pk}/answer/", {})
    assert (empty.status_code, b"Answer first" in empty.content) == (422, True)
    wrong = {"answer": option(choice, enrolment, OPTIONS[2]), "number": "0"}
    shown = browser.get(browser.post(f"/practice/{choice.pk}/answer/", wrong)["Location"]).content.decode()
    assert "Not this time" in shown
    assert OPTIONS[0] in shown


def test_an_educator_sees_an_answer_but_gives_none(enrolment: Enrolment, concept: Concept) -> None:
    item = prepared(concept, enrolment.learner)[0]
    answer = practising.answer_item(item, enrolment=enrolment, given="damping")
    educator = Client()
    educator.force_login(educator_of(enrolment))
    page = educator.get(f"/practice/answers/{answer.pk}/").content.decode()
    assert "Right" in page
    assert "Next question" not in page
    assert educator.post(f"/practice/{item.pk}/answer/", {"answer": "x"}).status_code == 404


def test_the_benchmark_counts_and_shows_items(enrolment: Enrolment, capsys: Any) -> None:
    call_command("benchmark_items", subject="swings", show=3)
    told = capsys.readouterr().out
    assert "cloze: " in told
    assert "concepts=2 items=" in told
    call_command("benchmark_items", subject="swings", as_json=True)
    assert json.loads(capsys.readouterr().out)["concepts"] == 2
    with pytest.raises(CommandError, match="no subject"):
        call_command("benchmark_items", subject="none")
    assert not PracticeItem.objects.exists()


def test_questions_asked_for_before_a_merge_are_on_what_stands_for_the_concept(
    browser: Client, enrolment: Enrolment, concept: Concept
) -> None:
    other = enrolment.subject.concepts.exclude(pk=concept.pk).first()
    assert other is not None
    job = practising.request_items(concept, user=enrolment.learner)
    merge_concepts(concept, into=other, author=None)
    assert run_inline(job).state == Job.State.SUCCEEDED
    assert PracticeItem.objects.exists()
    assert {item.concept_id for item in PracticeItem.objects.all()} == {other.pk}
    told = browser.get(f"/practice/wait/{job.pk}/", follow=True)
    assert told.status_code == 200
    assert other.name in told.content.decode()
