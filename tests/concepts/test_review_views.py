from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Prerequisite, ReviewDecision, Subject
from research.models import Passage
from tests.concepts.conftest import edge, quoted

SignedIn = Callable[[User], APIClient]
QUEUE = "/api/v1/review-queue"
STATS = "/api/v1/review-stats"
TAKE_BACK = "/api/v1/review-decisions/take-back"
PAGE = "/subjects/arithmetic/review/"


@pytest.fixture
def proposal(sums: dict[str, Concept], passage: Passage) -> Prerequisite:
    row = edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.4)
    quoted(passage, "Counting comes first.", prerequisite=row)
    quoted(passage, "To multiply is to add", supports=False, prerequisite=row)
    return row


def test_a_question_says_why_it_stands_there_and_shows_both_directions(
    arithmetic: Subject, keeper: User, proposal: Prerequisite, signed_in: SignedIn
) -> None:
    response = signed_in(keeper).get(QUEUE, {"subject": str(arithmetic.pk)})
    assert response.headers["ETag"] == '"0"'
    (question,) = response.json()["results"]
    assert (question["kind"], question["reasons"]) == ("prerequisite", ["proposed"])
    weighing = question["weighing"]
    assert question["score"] == pytest.approx(weighing["doubt"] * (1 + weighing["learners"]))
    assert [one["quote"] for one in question["prerequisite"]["evidence_for"]] == ["Counting comes first."]
    assert [one["quote"] for one in question["prerequisite"]["evidence_against"]] == ["To multiply is to add"]
    assert question["concept"] is question["outcome"] is question["reverse"] is None


@pytest.mark.parametrize("path", [QUEUE, STATS])
def test_a_stranger_finds_no_queue_and_a_learner_may_not_read_it(
    arithmetic: Subject, learner: User, stranger: User, signed_in: SignedIn, path: str
) -> None:
    query = {"subject": str(arithmetic.pk)}
    assert signed_in(stranger).get(path, query).status_code == 404
    assert signed_in(learner).get(path, query).status_code == 403
    assert signed_in(learner).get(path).status_code == 400
    assert signed_in(learner).get(path, {"subject": "x' or 1"}).status_code == 400


def test_a_researcher_reads_the_queue_and_decides_nothing(
    arithmetic: Subject, proposal: Prerequisite, signed_in: SignedIn
) -> None:
    researcher = User.objects.create_user("rae", role="researcher")
    arithmetic.researchers.add(researcher)
    api = signed_in(researcher)
    assert len(api.get(QUEUE, {"subject": str(arithmetic.pk)}).json()["results"]) == 1
    flip = api.post(f"/api/v1/prerequisites/{proposal.pk}/flip", {}, headers={"If-Match": "*"})
    assert flip.status_code == 403
    assert api.post(TAKE_BACK, {"subject": str(arithmetic.pk)}).status_code == 403


def test_a_stranger_and_a_learner_flip_nothing(
    learner: User, stranger: User, sums: dict[str, Concept], signed_in: SignedIn
) -> None:
    path = f"/api/v1/prerequisites/{sums['Add'].unlocks.get().pk}/flip"
    assert signed_in(stranger).post(path, {}, headers={"If-Match": "*"}).status_code == 404
    assert signed_in(learner).post(path, {}, headers={"If-Match": "*"}).status_code == 403


def test_a_timed_patch_leaves_the_queue_shorter_and_a_decision_in_the_log(
    arithmetic: Subject, keeper: User, proposal: Prerequisite, signed_in: SignedIn
) -> None:
    api = signed_in(keeper)
    shown_at = (timezone.now() - timedelta(seconds=8)).isoformat()
    body = {"status": "accepted", "shown_at": shown_at}
    path = f"/api/v1/prerequisites/{proposal.pk}"
    answer = api.patch(path, body, headers={"If-Match": '"0"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"1"')
    assert api.get(QUEUE, {"subject": str(arithmetic.pk)}).json()["count"] == 0
    (logged,) = api.get("/api/v1/review-decisions", {"subject": str(arithmetic.pk)}).json()["results"]
    assert (logged["choice"], logged["author"]) == ("accept", "keeper")
    assert 8 <= logged["seconds"] < 60
    stats = api.get(STATS, {"subject": str(arithmetic.pk)}).json()
    assert (stats["decided"], stats["waiting"], stats["choices"]["accept"]) == (1, 0, 1)
    undone = api.post(TAKE_BACK, {"subject": str(arithmetic.pk)})
    assert (undone.status_code, undone.headers["ETag"]) == (200, '"2"')
    assert api.get(QUEUE, {"subject": str(arithmetic.pk)}).json()["count"] == 1
    again = api.post(TAKE_BACK, {"subject": str(arithmetic.pk)})
    assert (again.status_code, again.json()["type"]) == (409, "urn:cairn:problem:nothing-to-take-back")


def test_a_patch_without_a_time_is_not_logged_and_one_from_the_future_refused(
    keeper: User, proposal: Prerequisite, sums: dict[str, Concept], signed_in: SignedIn
) -> None:
    api = signed_in(keeper)
    soon = (timezone.now() + timedelta(hours=1)).isoformat()
    path = f"/api/v1/concepts/{sums['Add'].pk}"
    refused = api.patch(path, {"status": "rejected", "shown_at": soon}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:cairn:problem:shown-in-the-future")
    api.patch(f"/api/v1/prerequisites/{proposal.pk}", {"status": "rejected"}, headers={"If-Match": "*"})
    assert not ReviewDecision.objects.exists()


def test_flipping_by_the_api_answers_with_the_edge_that_holds_and_names_a_circle(
    keeper: User, proposal: Prerequisite, sums: dict[str, Concept], signed_in: SignedIn
) -> None:
    api = signed_in(keeper)
    circle = api.post(f"/api/v1/prerequisites/{proposal.pk}/flip", {}, headers={"If-Match": "*"})
    assert (circle.status_code, circle.json()["type"]) == (409, "urn:cairn:problem:prerequisite-cycle")
    assert "Count → Add → Multiply" in circle.json()["detail"]
    row = sums["Add"].unlocks.get()
    assert api.post(f"/api/v1/prerequisites/{row.pk}/flip", {}).status_code == 428
    proposal.delete()
    flipped = api.post(
        f"/api/v1/prerequisites/{row.pk}/flip",
        {"shown_at": timezone.now().isoformat(), "reason": "Adding is repeated."},
        headers={"If-Match": '"0"'},
    )
    assert flipped.json()["prerequisite"]["name"] == "Multiply"
    assert flipped.json()["status"] == "accepted"
    assert ReviewDecision.objects.get().choice == "flip"


# --- the page --------------------------------------------------------------------------------------


def answer(client: Client, press: str, /, *, htmx: bool = False, **changes: object) -> str:
    """Press a button of the question that the page shows."""
    page = client.get(PAGE)
    question = page.context["question"]
    fields = {
        "choice": press,
        "kind": question.kind if question else "",
        "row": question.row.pk if question else "",
        "revision": page.context["subject"].revision,
        "shown_at": page.context["shown_at"],
    }
    headers = {"HX-Request": "true"} if htmx else None
    return client.post(PAGE, fields | changes, follow=True, headers=headers).text


@pytest.fixture
def page(client: Client, keeper: User) -> Client:
    client.force_login(keeper)
    return client


def test_the_page_asks_one_question_and_goes_on_to_the_next(page: Client, proposal: Prerequisite) -> None:
    text = page.get(PAGE).text
    assert "Must one know “Count” before “Multiply”?" in text
    assert "Counting comes first." in text
    assert "<strong>Against:</strong> “To multiply is to add”" in text
    text = answer(page, "accept")
    assert "Accepted: Count before Multiply." in text
    assert "Nothing waits for you" in text
    assert Prerequisite.objects.get(pk=proposal.pk).status == "accepted"
    assert "Taken back: Count before Multiply." in answer(page, "undo")
    assert Prerequisite.objects.get(pk=proposal.pk).status == "proposed"


def test_with_script_only_the_question_is_sent(page: Client, proposal: Prerequisite) -> None:
    text = answer(page, "reject", htmx=True)
    assert "Rejected: Count before Multiply." in text
    assert "<html" not in text
    assert 'id="question"' in text


def test_what_is_left_for_later_comes_last_and_only_when_asked_for(
    page: Client, proposal: Prerequisite
) -> None:
    assert "Only what you left for later is left." in answer(page, "skip")
    assert "1 left for later" in page.get(PAGE).text
    assert "Must one know" in answer(page, "again")
    answer(page, "skip")
    assert "Must one know" in answer(page, "undo")


@pytest.mark.parametrize("htmx", [False, True])
def test_a_circle_an_old_page_and_nonsense_are_told_in_place(
    page: Client, proposal: Prerequisite, htmx: bool
) -> None:
    assert "Count → Add → Multiply" in answer(page, "flip", htmx=htmx)
    assert "nothing was decided" in answer(page, "accept", revision=7, htmx=htmx)
    for changes in ({"row": "x"}, {"shown_at": ""}, {"choice": "explode"}, {"kind": "subject"}):
        assert "did not arrive whole" in answer(page, "accept", htmx=htmx, **changes)
    assert "This question is gone" in answer(page, "accept", row=proposal.prerequisite_id, htmx=htmx)
    assert "has no direction" in answer(page, "flip", kind="concept", row=proposal.prerequisite_id, htmx=htmx)
    assert Subject.objects.get().revision == 0


@pytest.mark.parametrize("htmx", [False, True])
def test_a_decision_that_cannot_be_taken_back_any_more_says_so_in_place(
    page: Client, proposal: Prerequisite, stranger: User, htmx: bool
) -> None:
    answer(page, "accept")
    Prerequisite.objects.filter(pk=proposal.pk).update(decided_by=stranger)
    assert "was changed again after your decision" in answer(page, "undo", htmx=htmx)


def test_a_stranger_finds_no_page_and_a_learner_may_not_review(
    arithmetic: Subject, learner: User, stranger: User, client: Client
) -> None:
    for user, status in ((stranger, 404), (learner, 403)):
        client.force_login(user)
        assert client.get(PAGE).status_code == status
        assert client.post(PAGE, {"choice": "undo"}).status_code == status


def test_words_from_sources_are_shown_as_words(
    page: Client, proposal: Prerequisite, sums: dict[str, Concept]
) -> None:
    Concept.objects.filter(pk=sums["Count"].pk).update(name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in page.get(PAGE).text
