"""The lints of a subject: what is loaded for them, and the three ways to ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from concepts.models import Concept, Prerequisite, Subject
from concepts.services.linting import lint_subject, quick_embedder
from mastery.models import Enrolment
from research.models import Embedding, Passage
from tests.concepts.conftest import edge, found, quoted
from tests.concepts.test_commands import run
from vectorstore.hash_embedder import HashEmbedder

SUBJECTS = "/api/v1/subjects"


@pytest.fixture
def told(arithmetic: Subject, sums: dict[str, Concept], passage: Passage) -> Subject:
    """Nothing to complain of: each concept and edge has words of the source."""
    for name, quote in (
        ("Count", "Counting comes first."),
        ("Add", "To add is to count on."),
        ("Multiply", "To multiply is to add the same number again and again."),
    ):
        quoted(passage, quote, concept=sums[name])
        sums[name].summary = quote
        sums[name].save()
    for row in Prerequisite.objects.all():
        quoted(passage, "Counting comes first.", prerequisite=row)
    return arithmetic


def codes(subject: Subject, **options: Any) -> list[str]:
    subject.refresh_from_db()
    return [finding.code.value for finding in lint_subject(subject, **options)]


def revised(subject: Subject) -> None:
    """What is kept of a graph is kept until its next revision."""
    Subject.objects.filter(pk=subject.pk).update(revision=subject.revision + 1)
    subject.refresh_from_db()


def test_a_graph_in_order_has_no_findings(told: Subject) -> None:
    assert codes(told) == []


def test_what_has_no_words_is_found_whether_concept_or_edge(told: Subject) -> None:
    alone = found(told, "Divide")
    edge(Concept.objects.get(key="multiply"), alone)
    revised(told)
    assert codes(told) == ["no-evidence", "no-evidence"]


def test_an_edge_with_evidence_both_ways_is_found_until_somebody_decides(
    told: Subject, passage: Passage, keeper: User
) -> None:
    doubted = Prerequisite.objects.get(dependent__key="add")
    quoted(passage, "To add is to count on.", supports=False, prerequisite=doubted)
    Prerequisite.objects.filter(pk=doubted.pk).update(reverse_confidence=0.8)
    assert codes(told) == ["both-ways"]
    Prerequisite.objects.filter(pk=doubted.pk).update(decided_by=keeper)
    revised(told)
    assert codes(told) == []


def test_a_definition_that_names_what_comes_later_is_found_in_any_number(told: Subject) -> None:
    Concept.objects.filter(key="count").update(summary="Counting is the half of a multiplication.")
    Concept.objects.filter(key="multiply").update(aliases=["multiplications"])
    revised(told)
    assert codes(told) == ["later-concept"]


def test_a_goal_that_was_withdrawn_is_found(told: Subject, learner: User) -> None:
    gone = found(told, "Divide", status="rejected")
    Enrolment.objects.create(learner=learner, subject=told).goals.add(gone)
    (finding,) = lint_subject(told)
    assert (finding.code.value, finding.concepts) == ("unreachable-goal", (str(gone.pk),))
    assert "“Divide”" in finding.message


def test_what_means_the_same_is_read_once_and_kept(told: Subject, passage: Passage) -> None:
    twin = found(told, "Count Up")
    twin.summary = "Counting comes first."
    twin.save()
    quoted(passage, "Counting comes first.", concept=twin)
    edge(twin, Concept.objects.get(key="add"), origin="educator")
    revised(told)
    embedder = HashEmbedder()
    assert codes(told, embedder=embedder) == ["near-duplicate"]
    kept = Embedding.objects.count()
    assert kept == 4
    assert codes(told, embedder=embedder) == ["near-duplicate"]
    assert Embedding.objects.count() == kept


def test_a_request_reads_a_few_new_definitions_and_all_that_were_read_before(
    told: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder = HashEmbedder()
    assert quick_embedder(told, embedder) is embedder
    monkeypatch.setattr("concepts.services.linting.MOST_READ_AT_ONCE", 2)
    assert quick_embedder(told, embedder) is None
    lint_subject(told, embedder=embedder)
    assert quick_embedder(told, embedder) is embedder


def test_the_number_of_queries_does_not_grow_with_the_graph(
    told: Subject, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        found(told, f"C{number}", position=number)
    revised(told)
    with django_assert_max_num_queries(8):
        lint_subject(told, embedder=HashEmbedder())


# --- by API -----------------------------------------------------------------------------------------


def test_the_api_tells_findings_to_who_keeps_the_subject(
    signed_in: Callable[[User], APIClient], keeper: User, told: Subject
) -> None:
    alone = found(told, "Divide")
    revised(told)
    answer = signed_in(keeper).get(f"{SUBJECTS}/{told.pk}/lints")
    assert answer.headers["ETag"] == '"1"'
    assert [(entry["code"], entry["severity"], entry["concepts"]) for entry in answer.json()] == [
        ("no-evidence", "error", [str(alone.pk)]),
        ("orphan", "warning", [str(alone.pk)]),
    ]


def test_learners_may_not_see_findings_and_strangers_see_no_subject(
    signed_in: Callable[[User], APIClient], learner: User, stranger: User, told: Subject
) -> None:
    path = f"{SUBJECTS}/{told.pk}/lints"
    assert signed_in(learner).get(path).status_code == 403
    assert signed_in(stranger).get(path).status_code == 404
    assert APIClient().get(path).status_code == 401


def test_a_researcher_who_was_granted_the_subject_may_see_findings(
    signed_in: Callable[[User], APIClient], told: Subject
) -> None:
    scholar = User.objects.create_user("scholar", password="a-long-pass-word", role="researcher")
    told.researchers.add(scholar)
    assert signed_in(scholar).get(f"{SUBJECTS}/{told.pk}/lints?meaning=0").status_code == 200


# --- in the terminal --------------------------------------------------------------------------------


def test_the_command_fails_only_on_errors(told: Subject) -> None:
    assert run("lint_graph", "arithmetic") == ""
    quoteless = Prerequisite.objects.get(dependent__key="add")
    quoteless.evidence.all().delete()
    assert run("lint_graph", "arithmetic").startswith("warning no-evidence: “Count” before “Add” locks")
    Concept.objects.get(key="add").evidence.all().delete()
    with pytest.raises(CommandError, match="Arithmetic, revision 0: 1 error, 1 warning, 0 notices"):
        run("lint_graph", "arithmetic", no_meaning=True)


def test_the_command_tells_a_program_the_same(told: Subject) -> None:
    Prerequisite.objects.get(dependent__key="add").evidence.all().delete()
    (finding,) = json.loads(run("lint_graph", "arithmetic", json=True))
    assert (finding["code"], len(finding["edges"][0])) == ("no-evidence", 2)


# --- on the page ------------------------------------------------------------------------------------


def test_the_page_shows_findings_with_a_link_to_each_concept(
    client: Client, keeper: User, learner: User, stranger: User, told: Subject
) -> None:
    found(told, "Divide")
    revised(told)
    client.force_login(keeper)
    assert "/subjects/arithmetic/graph/lints/" in client.get("/subjects/arithmetic/graph/").text
    shown = client.get("/subjects/arithmetic/graph/lints/").text
    assert "No source says what “Divide” is" in shown
    assert "?concepts=published&amp;named=divide#concepts" in shown
    assert "Worth a look in Arithmetic" in shown
    assert 'href="/subjects/arithmetic/graph/">The graph' in shown
    part = client.get("/subjects/arithmetic/graph/lints/", headers={"HX-Request": "true"}).text
    assert "No source says what “Divide” is" in part
    assert "<html" not in part
    page = client.get("/subjects/arithmetic/graph/?concepts=published&named=divide").text
    assert "<strong>Divide</strong>" in page
    assert "<strong>Multiply</strong>" not in page
    for person, status in ((learner, 403), (stranger, 404)):
        client.force_login(person)
        assert client.get("/subjects/arithmetic/graph/lints/").status_code == status


def test_the_page_of_a_graph_in_order_says_so(client: Client, keeper: User, told: Subject) -> None:
    client.force_login(keeper)
    assert "Nothing stands out." in client.get("/subjects/arithmetic/graph/lints/").text


def test_the_subject_page_offers_every_format(client: Client, learner: User, told: Subject) -> None:
    client.force_login(learner)
    page = client.get("/subjects/arithmetic/").text
    for name in ("csv", "canvas", "case", "cytoscape", "dot", "graphml", "mermaid", "node-link", "skos"):
        assert f"/api/v1/subjects/{told.pk}/graph?as={name}&amp;evidence=1" in page
