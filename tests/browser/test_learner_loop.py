"""The whole loop as a learner meets it: sign in, map, lesson with its sources, explanation, belief, next."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import count, cycle

import pytest
from playwright.sync_api import Page, expect

from tests.service.processes import ROOT, Service

pytestmark = [pytest.mark.browser, pytest.mark.service, pytest.mark.weights]

COURSE = ROOT / "curriculum/courses/sound-and-music"
SUBJECT = "sound-and-music"
numbers = count(1)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The sample course with the real embedding model, served by real processes."""
    service = Service(home=tmp_path_factory.mktemp("school"))
    service.env["EMBEDDER"] = "vectorstore.minilm.MiniLmEmbedder"
    service.env["JOB_LEASE_S"] = "30"
    service.manage("migrate", "-v0")
    service.manage("load_sample_course")
    service.start_web()
    service.start_worker()
    yield service
    service.stop()


@pytest.fixture
def learner(school: Service) -> str:
    """A fresh account."""
    name = f"learner{next(numbers)}"
    school.ask(
        f"str(apps.get_model('accounts.User').objects.create_user({name!r}, password='a-long-pass-word').pk)"
    )
    return name


def good_answers(concept: str) -> list[str]:
    """What the demo's learner writes on a concept when they have understood it."""
    with (COURSE / "demo_answers.toml").open("rb") as file:
        rows = tomllib.load(file)["answers"]
    return [row["text"] for row in rows if (row["concept"], row["kind"]) == (concept, "good")]


def sign_in(page: Page, school: Service, learner: str) -> None:
    page.goto(f"{school.url}/")
    page.get_by_label("User name").fill(learner)
    page.get_by_label("Password").fill("a-long-pass-word")
    page.get_by_role("button", name="Sign in").click()


def start_learning(page: Page, school: Service, learner: str) -> None:
    sign_in(page, school, learner)
    page.get_by_role("link", name="How Sound Becomes Music").first.click()
    page.get_by_role("link", name=re.compile("Start learning|map", re.I)).first.click()
    page.get_by_role("button", name=re.compile("start", re.I)).first.click()
    expect(page.get_by_role("heading", name=re.compile("Next: "))).to_be_visible()


def open_lesson(page: Page, concept: str) -> None:
    page.get_by_role("button", name=re.compile(f"^(Study|Review) {concept}$", re.I)).first.click()
    expect(page.get_by_role("heading", level=1, name=concept)).to_be_visible(timeout=60_000)
    expect(page.get_by_label("Your explanation")).to_be_visible(timeout=60_000)


def explain(page: Page, words: str) -> None:
    page.get_by_label("Your explanation").fill(words)
    page.get_by_role("button", name="Check my explanation").click()
    expect(page.get_by_role("heading", name="Your words")).to_be_visible(timeout=60_000)


def fits_the_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_learner_masters_a_concept_by_explaining_it(page: Page, school: Service, learner: str) -> None:
    start_learning(page, school, learner)
    assert fits_the_width(page)
    open_lesson(page, "vibration")
    assert fits_the_width(page)
    citation = page.locator("a.citation").first
    quoted = citation.get_attribute("title") or ""
    citation.click()
    expect(page.locator("mark").first).to_contain_text(quoted[:40])
    assert fits_the_width(page)
    page.go_back()
    words = cycle(good_answers("vibration"))
    explain(page, next(words))
    expect(page.get_by_role("heading", level=1)).to_contain_text("you showed it")
    expect(page.locator("blockquote.answer mark").first).to_be_visible()
    assert fits_the_width(page)
    for _ in range(6):
        if is_mastered(page, "vibration"):
            return
        open_lesson(page, "vibration")
        explain(page, next(words))
        if page.get_by_label("Your answer").count():
            answer_follow_up(page, next(words))
    raise AssertionError("seven good explanations did not master a concept")


def is_mastered(page: Page, concept: str) -> bool:
    """Whether the map's list says so; leaves the page on the map."""
    page.get_by_role("link", name="Map of How Sound Becomes Music").click()
    return "mastered" in page.locator(f"li#{concept}").inner_text()


def answer_follow_up(page: Page, words: str) -> None:
    page.get_by_label("Your answer").fill(words)
    page.get_by_role("button", name="Check my explanation").click()
    expect(page.get_by_role("heading", name="Your words")).to_be_visible(timeout=60_000)


def test_the_lesson_copied_back_earns_nothing_and_says_why(page: Page, school: Service, learner: str) -> None:
    start_learning(page, school, learner)
    open_lesson(page, "vibration")
    copied = " ".join(page.locator("article.lesson section p:not(.cited)").all_inner_texts()[:3])
    explain(page, copied)
    expect(page.get_by_role("heading", level=1)).to_contain_text("not yet")
    expect(page.locator("main")).to_contain_text("your own words")


def test_an_empty_explanation_is_asked_for_again(page: Page, school: Service, learner: str) -> None:
    start_learning(page, school, learner)
    open_lesson(page, "vibration")
    page.get_by_label("Your explanation").fill("   ")
    page.get_by_role("button", name="Check my explanation").click()
    expect(page.get_by_text("Write your explanation first")).to_be_visible()
