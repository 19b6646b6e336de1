from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.processes import Service, wait_for

pytestmark = pytest.mark.service

OPERATIONS = 150
SEED_DRAFT = f"""
from accounts.models import User
from concepts.services import drafting
from concepts.services.drafting import Command
from concepts.services.subjects import open_subject
keeper = User.objects.create_user("keeper", role="educator")
subject = open_subject(name="Contested", keeper=keeper)
draft = drafting.open_draft(subject, author=keeper)
names = [Command("add_concept", {{"name": f"c{{number}}"}}) for number in range({OPERATIONS})]
drafting.append(draft, commands=names)
"""
STATE = """[
    apps.get_model('concepts.GraphDraft').objects.get().state,
    apps.get_model('concepts.Revision').objects.count(),
    apps.get_model('concepts.Subject').objects.get().revision,
    apps.get_model('concepts.Concept').objects.count(),
]"""
OPEN, PUBLISHED = ["open", 0, 0, 0], ["published", 1, 1, OPERATIONS]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(home=tmp_path)
    service.manage("migrate", "--verbosity", "0")
    service.manage("shell", "-c", SEED_DRAFT)
    yield service
    service.stop()


def test_of_two_who_publish_the_same_draft_at_once_one_does_and_the_other_is_told(service: Service) -> None:
    home = str(service.home)
    both = [service.start("-m", "tests.concepts.publisher", number, "1", home) for number in ("1", "2")]
    assert [one.wait(timeout=120) for one in both] == [0, 0]
    assert service.ask(STATE) == PUBLISHED
    (told,) = service.home.glob("told-*")
    assert "published as revision 1" in told.read_text()


def test_a_publisher_that_is_killed_has_published_all_or_nothing(service: Service) -> None:
    begun = service.home / "begun"
    outcomes = []
    for delay_s in (0.0, 0.1, 0.25):
        begun.unlink(missing_ok=True)
        publisher = service.start("-m", "tests.concepts.publisher", "1", "0", str(service.home))
        wait_for(begun.exists, within_s=60, what="the publisher's start")
        time.sleep(delay_s)
        service.kill(publisher)
        outcomes.append(service.ask(STATE))
    assert all(outcome in (OPEN, PUBLISHED) for outcome in outcomes)
    assert OPEN in outcomes  # at least one was killed in the middle
    last = service.start("-m", "tests.concepts.publisher", "2", "0", str(service.home))
    assert last.wait(timeout=120) == 0
    assert service.ask(STATE) == PUBLISHED
