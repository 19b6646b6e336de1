"""Finding out what one knows, in a browser: from the start of a subject to the map."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.service.processes import Service

pytestmark = [pytest.mark.browser, pytest.mark.service]

SEED = """
from accounts.models import User
from tests.tutor.quay import open_quay
open_quay()
for name in ("wide", "narrow"):
    User.objects.create_user(name, password="a-long-pass-word")
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(home=tmp_path_factory.mktemp("school"))
    service.manage("migrate", "-v0")
    service.manage("shell", "-c", SEED)
    service.start_web()
    yield service
    service.stop()


def picture(page: Page, name: str) -> None:
    """Keep a screenshot where PICTURES says, for whoever wants to look."""
    if folder := os.environ.get("PICTURES"):
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


def answer_word(page: Page) -> bool:
    """Fill in the word where the strand of the question is that of knots; say whether it was filled in."""
    stem = page.locator("#stem").inner_text()
    word = re.search(r"knot\d|harbour", stem)
    if word:
        page.get_by_label("Your answer").fill(f"{word.group()}x")
    return word is not None


def test_a_learner_is_placed_and_goes_on_to_the_map(page: Page, school: Service) -> None:
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.goto(f"{school.url}/")
    page.get_by_label("User name").fill("wide" if width > 800 else "narrow")
    page.get_by_label("Password").fill("a-long-pass-word")
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{school.url}/subjects/quay/map/")
    picture(page, "start")
    page.get_by_role("button", name="Find out what I know").click()

    expect(page.get_by_role("heading", name="Question 1")).to_be_visible()
    picture(page, "question")
    first = page.locator("#stem").inner_text()
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("heading", name="Question 2")).to_be_visible()
    page.get_by_role("button", name="Back to the last question").click()
    expect(page.locator("#stem")).to_have_text(first)

    for _ in range(25):
        if page.get_by_role("heading", name=re.compile("Question")).count() == 0:
            break
        knows = answer_word(page)
        heading = page.get_by_role("heading", level=1).inner_text()
        page.get_by_role("button", name="Answer" if knows else "I do not know", exact=True).click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(heading)

    expect(page.get_by_role("heading", name="What you know of Quay")).to_be_visible()
    for name in ("Known", "Not sure", "Not known"):
        expect(page.get_by_role("heading", name=re.compile(f"{name}$"))).to_be_visible()
    page.get_by_text("Why each question was asked").click()
    expect(page.get_by_text("that you know").first).to_be_visible()
    picture(page, "result")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="Go to your map").click()
    expect(page.get_by_role("heading", name=re.compile("Next: "))).to_be_visible()
    picture(page, "map")
