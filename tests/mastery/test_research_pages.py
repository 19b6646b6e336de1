from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Class, User
from concepts.models import Concept, Subject
from mastery.models import Enrolment
from mastery.services import exploring
from mastery.services.edge_outcomes import compare_subject, keep_outcomes
from mastery.services.pseudonyms import class_pseudonym, pseudonym
from tests.mastery.conftest import Teach

pytestmark = pytest.mark.django_db

PAGE = "/subjects/sea/research/"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def browser(researcher: User) -> Client:
    browser = Client()
    browser.force_login(researcher)
    return browser


@pytest.fixture
def log(show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment, educator: User) -> Enrolment:
    show(moon, 0.0)
    show(moon, 1.0, days=1)
    show(tides, 1.0, days=2)
    return enrolment


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    content: bytes = answer.content
    return content.decode()


def test_the_page_is_for_researchers_of_the_subject_alone(
    log: Enrolment, stranger: User, educator: User, learner: User, browser: Client
) -> None:
    for address in (PAGE, f"{PAGE}plots/drift.svg", f"{PAGE}tables/edges.csv"):
        assert Client().get(address).status_code == 302
        for other in (stranger, educator, learner):
            client = Client()
            client.force_login(other)
            assert client.get(address).status_code == 404
        assert browser.get(address).status_code == 200
    assert f'href="{PAGE}"' in text_of(browser.get("/subjects/sea/"))


def test_the_page_shows_curves_calibration_log_and_no_name(log: Enrolment, browser: Client) -> None:
    shown = text_of(browser.get(PAGE))
    assert shown.count("<polyline") == 1
    assert "3 answers of 1 learner:" in shown
    assert pseudonym(log.pk) in shown
    for secret in ("the moon pulls", "Harbour school", str(log.pk), str(log.learner_id), ">lea<"):
        assert secret not in shown
    assert "script" not in shown.split("<main")[1]
    assert "style=" not in shown


def test_the_page_is_narrowed_down_and_says_what_it_cannot_read(
    log: Enrolment, browser: Client, tides: Concept
) -> None:
    name = pseudonym(log.pk)
    of_learner = text_of(browser.get(PAGE, {"learner": name}))
    assert of_learner.count("<polyline") == 2
    of_concept = text_of(browser.get(PAGE, {"concept": str(tides.pk)}))
    assert "1 answer of 1 learner:" in of_concept.replace("1 answers", "1 answer")
    of_class = text_of(browser.get(PAGE, {"class_name": class_pseudonym(Class.objects.get().pk)}))
    assert "3 answers" in of_class
    assert "Nothing was answered yet that fits" in text_of(browser.get(PAGE, {"first_day": "2026-03-09"}))
    assert "3 answers" in text_of(browser.get(PAGE, {"first_day": "2026-03-01", "last_day": "2026-03-03"}))
    assert "2 answers" in text_of(browser.get(PAGE, {"last_day": "2026-03-02"}))
    assert "Enter a valid date" in text_of(browser.get(PAGE, {"first_day": "soon"}))
    assert "Nothing was shown yet that fits" in text_of(browser.get(PAGE, {"learner": "0" * 16}))
    assert "Select a valid choice" in text_of(browser.get(PAGE, {"class_name": "<b>"}))


def test_every_plot_comes_as_a_file(log: Enrolment, browser: Client) -> None:
    for name in ("calibration", "drift", "belief-1"):
        answer = browser.get(f"{PAGE}plots/{name}.svg")
        assert answer["Content-Disposition"] == f'attachment; filename="sea-{name}.svg"'
        drawn = ET.fromstring(text_of(answer))
        assert drawn.tag == f"{SVG}svg"
        assert drawn.find(f"{SVG}title") is not None
        assert drawn.findall(f"{SVG}circle")
    assert browser.get(f"{PAGE}plots/belief-2.svg").status_code == 404
    assert browser.get(f"{PAGE}plots/other.svg").status_code == 404


def test_every_table_comes_as_a_file(log: Enrolment, subject: Subject, browser: Client) -> None:
    keep_outcomes(subject, compare_subject(subject), now=timezone.now())
    assert "cannot say" in text_of(browser.get(PAGE))
    for name, first in (
        ("concepts", "group"),
        ("engines", "group"),
        ("windows", "group"),
        ("edges", "prerequisite"),
    ):
        rows = list(csv.DictReader(io.StringIO(text_of(browser.get(f"{PAGE}tables/{name}.csv")))))
        assert rows[0][first]
    assert browser.get(f"{PAGE}tables/other.csv").status_code == 404
    assert text_of(browser.get(f"{PAGE}tables/experiments.csv")).strip() == "nothing yet"


def test_a_name_that_is_markup_or_a_formula_stays_text(
    log: Enrolment, moon: Concept, browser: Client
) -> None:
    moon.name = "=1+<script>x</script>"
    moon.save()
    shown = text_of(browser.get(PAGE))
    assert "<script>x" not in shown
    drawn = text_of(browser.get(f"{PAGE}plots/belief-1.svg", {"learner": pseudonym(log.pk)}))
    assert "<script>" not in drawn
    rows = text_of(browser.get(f"{PAGE}tables/concepts.csv"))
    assert "\r\n'=1+<script>" in rows


def test_too_much_for_a_page_is_said_and_the_rest_stands(
    log: Enrolment, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exploring, "MOST_EVENTS", 2)
    shown = text_of(browser.get(PAGE))
    assert "report_calibration" in shown
    assert pseudonym(log.pk) in shown
    assert browser.get(f"{PAGE}plots/drift.svg").status_code == 404


def test_an_empty_subject_has_a_page(subject: Subject, browser: Client) -> None:
    shown = text_of(browser.get(PAGE))
    assert "Nothing was answered yet" in shown
    assert text_of(browser.get(f"{PAGE}plots/drift.svg"))


def test_a_researcher_reads_lints_and_staleness_and_changes_nothing(
    subject: Subject, browser: Client
) -> None:
    for address in ("/subjects/sea/staleness/", "/subjects/sea/graph/lints/"):
        shown = text_of(browser.get(address))
        assert 'method="post"' not in shown.split("<main")[1]
    assert browser.post("/subjects/sea/extract/").status_code in (403, 404)
