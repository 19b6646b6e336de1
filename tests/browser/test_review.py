"""The review queue in a browser: by keyboard alone, and without any script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.service.processes import Service

pytestmark = [pytest.mark.browser, pytest.mark.service]

SEED = """
from accounts.models import User
from concepts.models import Concept, Prerequisite
from concepts.services.subjects import open_subject
keeper = User.objects.create_user("keeper", password="a-long-pass-word", role="educator")
for subject in (open_subject(name=name, keeper=keeper) for name in ("Sums", "Phone sums", "Plain")):
    rows = [
        Concept.objects.create(subject=subject, key=f"c{n}", name=f"Step {n}", status="published", position=n)
        for n in range(5)
    ]
    for n, confidence in enumerate((0.5, 0.6, 0.7, 0.8)):
        Prerequisite.objects.create(
            subject=subject,
            prerequisite=rows[n],
            dependent=rows[n + 1],
            status="proposed",
            confidence=confidence,
        )
"""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(home=tmp_path_factory.mktemp("school"))
    service.manage("migrate", "-v0")
    service.manage("shell", "-c", SEED)
    service.start_web()
    yield service
    service.stop()


def sign_in(page: Page, school: Service) -> None:
    page.goto(f"{school.url}/")
    page.get_by_label("User name").fill("keeper")
    page.get_by_label("Password").fill("a-long-pass-word")
    page.get_by_role("button", name="Sign in").click()


def statuses(school: Service, key: str) -> str:
    edges = f"apps.get_model('concepts.Prerequisite').objects.filter(subject__key={key!r})"
    return str(school.ask(f"sorted({edges}.values_list('prerequisite__key', 'dependent__key', 'status'))"))


def test_one_keystroke_per_decision_and_the_focus_goes_to_the_next_question(
    page: Page, school: Service
) -> None:
    sign_in(page, school)
    key = "sums" if page.viewport_size == {"width": 1280, "height": 900} else "phone-sums"
    page.goto(f"{school.url}/subjects/{key}/review/")
    heading = page.locator("#question-heading")
    expect(heading).to_contain_text("“Step 0” before “Step 1”")
    page.keyboard.press("a")
    expect(heading).to_contain_text("“Step 1” before “Step 2”")
    expect(heading).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Accepted: Step 0 before Step 1.")
    page.keyboard.press("f")
    expect(heading).to_contain_text("“Step 2” before “Step 3”")
    page.keyboard.press("s")
    expect(heading).to_contain_text("“Step 3” before “Step 4”")
    page.keyboard.press("r")
    expect(heading).to_have_text("Nothing waits for you")
    page.keyboard.press("u")
    expect(heading).to_contain_text("“Step 3” before “Step 4”")
    page.keyboard.press("Control+r")  # the browser's own, not a decision
    expect(heading).to_contain_text("“Step 3” before “Step 4”")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert statuses(school, key) == str(
        [
            ["c0", "c1", "accepted"],
            ["c1", "c2", "rejected"],
            ["c2", "c1", "accepted"],
            ["c2", "c3", "proposed"],
            ["c3", "c4", "proposed"],
        ]
    )


def test_without_script_the_buttons_do_the_same(browser: Browser, school: Service) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, school)
    page.goto(f"{school.url}/subjects/plain/review/")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status")).to_have_text("Rejected: Step 0 before Step 1.")
    page.get_by_role("button", name="Undo the last").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("“Step 0” before “Step 1”")
    context.close()
