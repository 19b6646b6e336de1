from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.services import editing
from tests.concepts.conftest import found

HISTORY = "/subjects/arithmetic/history/"
GRAPH = "/subjects/arithmetic/graph/"


@pytest.fixture
def page(client: Client, keeper: User) -> Client:
    client.force_login(keeper)
    return client


def posts(sums: dict[str, Concept]) -> list[str]:
    steps = [f"{HISTORY}{step}/" for step in ("undo", "redo", "restore")]
    return [*steps, f"{GRAPH}concepts/{sums['Add'].pk}/merge/"]


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("learner", 403)])
def test_the_history_is_for_who_keeps_the_subject(
    client: Client,
    request: pytest.FixtureRequest,
    arithmetic: Subject,
    sums: dict[str, Concept],
    who: str,
    status: int,
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(HISTORY).status_code == status
    for path in posts(sums):
        assert client.post(path, {"revision": 0, "into": "Count"}).status_code == status
    assert Subject.objects.get().revision == 0


def test_each_revision_is_told_in_words_with_its_reason(
    page: Client, arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Plus"}, reason="<b>shorter</b>")
    text = page.get(HISTORY).text
    assert "Changed “Plus”: name from" in text
    assert "&lt;b&gt;shorter&lt;/b&gt;" in text
    assert "Undo takes back r1 by keeper" in text
    assert ">Redo<" not in text
    assert 'href="/subjects/arithmetic/history/"' in page.get(GRAPH).text
    assert "Undo takes back" in page.get(GRAPH).text


def test_undo_and_redo_are_a_button_each_and_what_is_undone_is_struck_out(
    page: Client, arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Plus"})
    response = page.post(f"{HISTORY}undo/", {"revision": 1}, follow=True)
    assert "Undid r1 by keeper" in response.text
    assert "<s>Changed “Plus”" in response.text
    assert "Redo brings back r1 by keeper" in response.text
    assert Concept.objects.get(pk=sums["Add"].pk).name == "Add"
    response = page.post(f"{HISTORY}redo/", {"revision": 2, "back": "graph"}, follow=True)
    assert response.redirect_chain == [(GRAPH, 302)]
    assert Concept.objects.get(pk=sums["Add"].pk).name == "Plus"
    page.post(f"{HISTORY}restore/", {"revision": 3, "number": 0})
    assert Concept.objects.get(pk=sums["Add"].pk).name == "Add"
    assert page.post(f"{HISTORY}forget/", {"revision": 4}).status_code == 404


def test_a_step_on_an_outdated_page_is_refused_with_what_happened_meanwhile(
    page: Client, arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.change_concept(sums["Add"], author=keeper, changes={"name": "Plus"})
    response = page.post(f"{HISTORY}undo/", {"revision": 0})
    assert response.status_code == 412
    assert "r1 by keeper: changed “Plus”" in response.text


def test_two_revisions_are_compared_in_place(
    page: Client, arithmetic: Subject, sums: dict[str, Concept], keeper: User
) -> None:
    editing.remove_concept(sums["Add"], author=keeper)
    text = page.get(HISTORY, {"from": "0", "to": "1"}).text
    assert "From revision 0 to 1" in text
    assert "<h4>Concepts removed</h4><ul><li>Add</li>" in text
    assert "Count before Add" in text
    editing.change_concept(sums["Count"], author=keeper, changes={"aliases": ["tell", "number"]})
    told = page.get(HISTORY, {"from": "1"}).text
    assert "<li>Count: aliases “tell”, “number”, was none</li>" in told
    assert "Nothing differs" in page.get(HISTORY, {"from": "1", "to": "1"}).text
    assert "From revision 2 to 2" in page.get(HISTORY, {"from": "99"}).text
    assert page.get(HISTORY, {"from": "x"}).status_code == 200


def test_a_concept_is_merged_by_the_name_of_the_one_that_stays(
    page: Client, arithmetic: Subject, sums: dict[str, Concept]
) -> None:
    found(arithmetic, "Plus")
    plus = Concept.objects.get(name="Plus")
    path = f"{GRAPH}concepts/{plus.pk}/merge/"
    assert "There is no concept “Nope”" in page.post(path, {"revision": 0, "into": "Nope"}, follow=True).text
    response = page.post(path, {"revision": 0, "into": "add"}, follow=True)
    assert "“Plus” was merged into “Add”. You can undo it." in response.text
    assert "Merged into Add" in page.get(f"{GRAPH}?concepts=rejected").text


def test_a_long_history_is_paged_and_read_in_few_queries(
    page: Client, arithmetic: Subject, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        editing.add_concept(arithmetic, name=f"c{number}", author=None)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        text = page.get(HISTORY).text
    assert "Page 1 of 2" in text
    assert "“c29”" in text
    assert "“c0”" in page.get(f"{HISTORY}?page=2").text
