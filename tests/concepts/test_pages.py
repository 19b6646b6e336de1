from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from concepts.extraction.costing import Cost
from concepts.models import Concept, Prerequisite, Subject
from jobs.models import Job
from research.models import Passage
from tests.concepts.conftest import edge, found, quoted

GRAPH = "/subjects/arithmetic/graph/"


@pytest.fixture
def page(client: Client, keeper: User) -> Client:
    client.force_login(keeper)
    return client


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_list_shows_what_one_may_read_and_lets_educators_open_more(
    page: Client, learner: User, stranger: User, arithmetic: Subject, sums: object
) -> None:
    assert "3 concepts, 2 prerequisites, from 0 sources" in page.get("/subjects/").text
    assert "Open a subject" in page.get("/subjects/").text
    assert "Open a subject" not in as_user(learner).get("/subjects/").text
    assert "Arithmetic" not in as_user(stranger).get("/subjects/").text


def test_an_educator_opens_a_subject_and_a_learner_cannot(page: Client, learner: User) -> None:
    response = page.post("/subjects/", {"name": "Algebra"}, follow=True)
    assert "“Algebra” is open" in response.text
    assert "Add sources" in response.text
    assert "another name" in page.post("/subjects/", {"name": "algebra"}).text
    assert as_user(learner).post("/subjects/", {"name": "Mine"}).status_code == 403


def test_a_subject_says_what_it_holds_and_where_to_go(
    page: Client, learner: User, arithmetic: Subject, sums: dict[str, Concept], passage: Passage
) -> None:
    edge(sums["Count"], sums["Multiply"], status="proposed")
    text = as_user(learner).get("/subjects/arithmetic/").text
    assert "3 concepts and 2 prerequisites" in text
    assert 'href="/subjects/arithmetic/map/"' in text
    assert GRAPH not in text
    assert "Review (1)" in page.get("/subjects/arithmetic/").text


def test_a_strangers_subject_does_not_exist_on_any_page(
    arithmetic: Subject, stranger: User, sums: dict[str, Concept]
) -> None:
    client = as_user(stranger)
    for path in ("/subjects/arithmetic/", GRAPH):
        assert client.get(path).status_code == 404
    for path in posts(sums):
        assert client.post(path, {"revision": 0}).status_code == 404


def test_a_learner_edits_on_no_page(arithmetic: Subject, learner: User, sums: dict[str, Concept]) -> None:
    client = as_user(learner)
    assert client.get(GRAPH).status_code == 403
    for path in posts(sums):
        assert client.post(path, {"revision": 0, "status": "rejected", "name": "x"}).status_code == 403
    assert Subject.objects.get().revision == 0


def posts(sums: dict[str, Concept]) -> list[str]:
    row = Prerequisite.objects.get(dependent=sums["Add"])
    return [
        f"{GRAPH}extract/",
        f"{GRAPH}concepts/add/",
        f"{GRAPH}concepts/{sums['Add'].pk}/",
        f"{GRAPH}prerequisites/add/",
        f"{GRAPH}prerequisites/{row.pk}/",
    ]


def test_nobody_comes_in_without_signing_in(client: Client, arithmetic: Subject) -> None:
    for path in ("/subjects/", "/subjects/arithmetic/", GRAPH):
        assert client.get(path).headers["Location"].startswith("/sign-in/")


def test_each_edge_shows_its_confidence_and_its_words_linked_to_their_place(
    page: Client, sums: dict[str, Concept], passage: Passage
) -> None:
    row = edge(sums["Count"], sums["Multiply"], status="proposed", confidence=0.37)
    row.reverse_confidence = 0.21
    row.save()
    evidence = quoted(passage, "Counting comes first.", prerequisite=row)
    quoted(passage, "To multiply is to add", supports=False, prerequisite=row)
    text = page.get(GRAPH).text
    assert "0.37" in text
    assert "other way 0.21" in text
    assert f"/passages/{passage.pk}/?start={evidence.start}&amp;end={evidence.end}" in text
    assert "<strong>Against:</strong> “To multiply is to add”" in text


def test_what_waits_for_a_decision_comes_first_and_other_queues_are_a_link_away(
    page: Client, sums: dict[str, Concept]
) -> None:
    edge(sums["Count"], sums["Multiply"], status="proposed")
    text = page.get(GRAPH).text
    assert "Accept: Count before Multiply" in text
    assert "Reject: Count before Add" not in text
    assert "Accepted (2)" in text
    assert "Confirm: Count before Add" in page.get(f"{GRAPH}?edges=accepted").text
    assert "None is rejected." in page.get(f"{GRAPH}?edges=rejected").text


def test_the_page_reads_the_database_as_often_for_many_edges_as_for_few(
    page: Client, arithmetic: Subject, passage: Passage, django_assert_max_num_queries: Any
) -> None:
    concepts = [found(arithmetic, f"c{number}") for number in range(8)]
    for first, second in itertools.pairwise(concepts):
        quoted(passage, "Counting comes first.", prerequisite=edge(first, second, status="proposed"))
    with django_assert_max_num_queries(26):
        assert page.get(GRAPH).status_code == 200


def test_accepting_a_proposal_returns_to_the_same_queue(
    page: Client, keeper: User, sums: dict[str, Concept]
) -> None:
    row = edge(sums["Count"], sums["Multiply"], status="proposed")
    body = {"revision": 0, "status": "accepted", "query": "edges=proposed"}
    response = page.post(f"{GRAPH}prerequisites/{row.pk}/", body)
    assert response.headers["Location"] == f"{GRAPH}?edges=proposed#edges"
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("accepted", keeper)
    assert "“Count” before “Multiply”: accepted." in page.get(GRAPH).text


def test_a_query_cannot_lead_elsewhere(page: Client, sums: dict[str, Concept]) -> None:
    row = edge(sums["Count"], sums["Multiply"], status="proposed")
    body = {"revision": 0, "status": "accepted", "query": "a\r\nLocation: //elsewhere.example/"}
    response = page.post(f"{GRAPH}prerequisites/{row.pk}/", body)
    assert response.headers["Location"] == f"{GRAPH}#edges"


def test_an_edit_on_an_outdated_page_is_refused_with_what_to_do(
    page: Client, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    Subject.objects.update(revision=3)
    body = {"revision": 2, "status": "rejected"}
    row = Prerequisite.objects.get(dependent=sums["Add"])
    response = page.post(f"{GRAPH}prerequisites/{row.pk}/", body)
    assert response.status_code == 412
    assert "Read it again and repeat your edit" in response.text


def test_a_circle_is_told_in_the_form_with_the_weakest_link(page: Client, sums: dict[str, Concept]) -> None:
    body = {"revision": 0, "prerequisite": sums["Multiply"].pk, "dependent": sums["Count"].pk}
    response = page.post(f"{GRAPH}prerequisites/add/", body)
    assert response.status_code == 409
    assert "“Count” comes before “Multiply” already" in response.text
    assert "Count → Add → Multiply → Count" in response.text
    assert 'Nothing was changed. <a href="#edges">' in response.text
    assert "Nothing was changed" not in page.get(GRAPH).text
    assert "“Add” before “Multiply” (confidence 0.60)" in response.text
    assert Subject.objects.get().revision == 0


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [("Add", "Add", "its own prerequisite"), ("Count", "Add", "requires “Count” already")],
)
def test_other_impossible_edges_are_told_in_the_form_too(
    page: Client, sums: dict[str, Concept], first: str, second: str, told: str
) -> None:
    body = {"revision": 0, "prerequisite": sums[first].pk, "dependent": sums[second].pk}
    assert told in page.post(f"{GRAPH}prerequisites/add/", body).text


def test_an_edge_is_added_with_its_reason(page: Client, sums: dict[str, Concept]) -> None:
    body = {"revision": 0, "prerequisite": sums["Count"].pk, "dependent": sums["Multiply"].pk, "reason": "so"}
    assert "The prerequisite was added." in page.post(f"{GRAPH}prerequisites/add/", body, follow=True).text
    assert Prerequisite.objects.get(origin="educator").reason == "so"


def test_a_concept_is_added_renamed_and_published(page: Client, arithmetic: Subject) -> None:
    page.post(f"{GRAPH}concepts/add/", {"revision": 0, "name": "Divide"})
    concept = found(arithmetic, "Subtract", status="proposed")
    page.post(f"{GRAPH}concepts/{concept.pk}/", {"revision": 1, "name": "Take away"})
    page.post(f"{GRAPH}concepts/{concept.pk}/", {"revision": 2, "status": "published"})
    told = set(Concept.objects.values_list("name", "status"))
    assert told == {("Divide", "published"), ("Take away", "published")}
    assert "This field is required" in page.post(f"{GRAPH}concepts/add/", {"revision": 3}).text


def test_looking_for_concepts_shows_the_jobs_progress(page: Client, arithmetic: Subject) -> None:
    assert "Look for concepts" in page.get(GRAPH).text
    response = page.post(f"{GRAPH}extract/", follow=True)
    job = Job.objects.get()
    assert job.params == {"subject": str(arithmetic.pk), "engine": "auto"}
    assert f'hx-get="/jobs/{job.pk}/progress/"' in response.text
    assert "Look again" not in response.text


def test_what_it_would_cost_is_told_before_it_starts(page: Client, arithmetic: Subject) -> None:
    response = page.post(f"{GRAPH}extract/", {"dry_run": "1"}, follow=True)
    job = Job.objects.get()
    assert job.kind == "extraction_cost"
    assert f'hx-get="/jobs/{job.pk}/progress/"' in response.text
    cost = Cost("ollama:m", 9, 3, 6, 90, 24, 2, 12_000, 3_400, 7.5, "from 40 recorded calls of this model")
    Job.objects.update(state=Job.State.SUCCEEDED, result={"passages": 12, **cost.as_dict()})
    told = page.get(GRAPH).text
    assert "would read 12 passages and answer 9 questions" in told
    assert "7.5 minutes" in told
    assert "from 40 recorded calls" in told
    Job.objects.update(result={"passages": 12, **Cost("embedded").as_dict()})
    assert "asks no model" in page.get(GRAPH).text


def test_names_are_shown_as_text_never_as_markup(page: Client, arithmetic: Subject) -> None:
    found(arithmetic, "<script>alert(1)</script>")
    for path in ("/subjects/arithmetic/", GRAPH):
        text = page.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_the_admin_lists_every_model_of_the_graph(
    admin_client: Client, arithmetic: Subject, sums: object
) -> None:
    for model in ("subject", "concept", "prerequisite", "revision", "graphdraft"):
        assert admin_client.get(f"/admin/concepts/{model}/").status_code == 200
    row = Prerequisite.objects.first()
    assert row is not None
    assert admin_client.get(f"/admin/concepts/prerequisite/{row.pk}/change/").status_code == 200
