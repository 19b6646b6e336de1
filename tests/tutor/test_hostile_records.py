"""What strangers, learners and others' keepers get out of records and placements, and what nonsense gets."""

from __future__ import annotations

import json
import uuid
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Class, User
from concepts.models import Subject
from mastery.models import Enrolment, Experiment, Placement
from mastery.services.experimenting import register
from research.models import Library
from tests.tutor.quay import open_quay, someone_at
from tutor.services import placing

pytestmark = pytest.mark.django_db

TABLES = ("events", "beliefs", "assignments", "probes", "decisions", "lessons")
NOWHERE = uuid.UUID(int=0)
NONSENSE = [
    "\x00",
    "a\x00b",
    "\ud7ff\ufffe",
    "9" * 400,
    "-1",
    "1e999",
    "NaN",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-13-99T99:99:99Z",
    str(NOWHERE),
    "' OR 1=1 --",
    "../../etc/passwd",
    "x" * 5_000,
]
CURSORS = [
    b"p=0001-01-01T00:00:00%2B14:00",
    b"p=9999-12-31T23:59:59-14:00",
    b"p=2026-01-01",
    b"p=%00",
    b"p=" + b"9" * 400,
    b"o=" + b"9" * 40,
    b"o=-1",
    b"o=x",
    b"r=2&o=1&p=" + str(NOWHERE).encode(),
    b"\xff\xfe",
]
ASKED = ["subject", "concept", "class_name", "learner", "since", "until", "page_size", "cursor"]


@dataclass
class Place:
    """A learner with an open placement and one that has ended, and whoever might look at them."""

    subject: Subject
    enrolment: Enrolment
    ended: Placement
    open: Placement
    experiment: Experiment
    users: dict[str, User]

    def reads(self) -> list[str]:
        """The addresses to read from, as they are without any question."""
        own, subject = self.enrolment.pk, self.subject.pk
        return [
            *(f"/api/v1/research/{name}" for name in TABLES),
            *(f"/api/v1/research/{name}/export" for name in TABLES),
            "/api/v1/research/dictionary",
            "/api/v1/research/classes",
            f"/api/v1/research/calibration?subject={subject}",
            "/api/v1/experiments",
            f"/api/v1/experiments/{self.experiment.pk}",
            f"/api/v1/experiments/{self.experiment.pk}/analysis",
            "/api/v1/edge-outcomes",
            "/api/v1/placements",
            f"/api/v1/placements?enrolment={own}",
            f"/api/v1/placements/{self.ended.pk}",
            f"/api/v1/placements/{self.open.pk}",
            f"/api/v1/enrolments/{own}/beliefs-as-of?at=2026-03-01T00:00:00Z",
            f"/api/v1/review-schedulers/{subject}",
            f"/api/v1/subjects/{subject}/effort",
        ]

    def pages(self) -> list[str]:
        """The pages that the same is shown on."""
        start = f"/subjects/{self.subject.key}"
        return [
            f"{start}/research/",
            f"{start}/effort/",
            f"{start}/placement/",
            f"/placements/{self.open.pk}/",
        ]


@pytest.fixture
def place() -> Place:
    subject = open_quay()
    enrolment = someone_at(subject)
    ended = placing.start(enrolment, user=enrolment.learner, seed=1)
    for reply in ("unknown", "unknown", "skipped"):
        question = placing.standing_of(ended).question
        assert question
        placing.answer(ended, question=question.pk, outcome=reply)
    placing.stop(ended)
    again = placing.start(enrolment, user=enrolment.learner, seed=2)
    placing.standing_of(again)
    begins = timezone.now() + timedelta(days=1)
    plan = {
        "key": "sooner",
        "subject": "quay",
        "hypothesis": "Closeness brings learners to goals sooner.",
        "salt": "a long salt",
        "arms": [{"name": "as-now", "share": 1}],
        "outcomes": ["recall_7"],
        "sample_size": 20,
        "start": begins.isoformat(),
        "end": (begins + timedelta(days=30)).isoformat(),
    }
    experiment = register(json.dumps(plan), now=timezone.now())
    elsewhere = Library.objects.create(key="sky", name="Sky", is_open=False)
    other = Subject.objects.create(key="sky", name="Sky", library=elsewhere)
    roles = User.Role
    users = {
        "owner": enrolment.learner,
        "learner": User.objects.create_user("lou", password="x"),
        "educator elsewhere": User.objects.create_user("eve", password="x", role=roles.EDUCATOR),
        "researcher elsewhere": User.objects.create_user("rex", password="x", role=roles.RESEARCHER),
        "teacher": User.objects.create_user("ted", password="x", role=roles.EDUCATOR),
        "keeper": User.objects.create_user("kim", password="x", role=roles.EDUCATOR),
        "researcher": User.objects.create_user("rae", password="x", role=roles.RESEARCHER),
        "staff": User.objects.create_superuser("sys", password="x"),
    }
    elsewhere.educators.add(users["educator elsewhere"])
    other.researchers.add(users["researcher elsewhere"])
    subject.library.educators.add(users["keeper"])
    subject.researchers.add(users["researcher"])
    school = Class.objects.create(name="Harbour school")
    school.educators.add(users["teacher"])
    school.learners.add(enrolment.learner)
    return Place(subject, enrolment, ended, again, experiment, users)


def client_for(user: User | None) -> APIClient:
    client = APIClient(raise_request_exception=False)
    if user:
        client.force_authenticate(user)
    return client


def content_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


def test_nobody_is_told_anything_without_an_account(place: Place) -> None:
    client = client_for(None)
    for address in place.reads():
        assert client.get(address).status_code == 401, address
    for address in writes(place):
        assert client.post(address, {}, format="json").status_code == 401, address


def writes(place: Place) -> list[str]:
    return [
        f"/api/v1/enrolments/{place.enrolment.pk}/placements",
        f"/api/v1/enrolments/{place.enrolment.pk}/probe",
        f"/api/v1/placements/{place.open.pk}/answers",
        f"/api/v1/placements/{place.open.pk}/back",
        f"/api/v1/placements/{place.open.pk}/stop",
        f"/api/v1/subjects/{place.subject.pk}/effort",
        "/api/v1/mastery-what-ifs",
        "/api/v1/me/forget",
    ]


@pytest.mark.parametrize("who", ["learner", "educator elsewhere", "researcher elsewhere"])
def test_those_without_a_claim_see_none_of_anothers_rows(place: Place, who: str) -> None:
    client = client_for(place.users[who])
    said = {"subject": str(place.subject.pk), "threshold": 0.6, "question": str(NOWHERE), "password": "no"}
    for address in place.reads():
        answer = client.get(address)
        assert answer.status_code in (200, 403, 404), (address, answer.status_code)
        told = content_of(answer)
        for secret in (place.enrolment.pk, place.ended.pk, place.open.pk, place.experiment.pk):
            assert answer.status_code != 200 or str(secret) not in told, address
        if answer.status_code == 200 and address.endswith(TABLES):
            assert answer.json()["results"] == [], address
        if answer.status_code == 200 and address.endswith("/export"):
            assert len(told.splitlines()) == 1, address
    before = place.open.questions.count(), place.enrolment.events.count()
    for address in writes(place):
        answer = client.post(address, said, format="json")
        assert answer.status_code in (403, 404), (address, answer.status_code, answer.content)
    assert client.put(
        f"/api/v1/review-schedulers/{place.subject.pk}", {"scheduler": "sm2"}, format="json"
    ).status_code in (403, 404)
    assert (place.open.questions.count(), place.enrolment.events.count()) == before
    place.open.refresh_from_db()
    assert place.open.finished_at is None


@pytest.mark.parametrize("who", ["teacher", "keeper", "researcher", "staff"])
def test_whoever_may_look_neither_answers_nor_ends_anothers_placement(place: Place, who: str) -> None:
    client = client_for(place.users[who])
    for address in writes(place)[:5]:
        answer = client.post(address, {"question": str(NOWHERE)}, format="json")
        assert answer.status_code in (403, 404), (address, answer.status_code)


@pytest.mark.parametrize("who", ["owner", "researcher"])
def test_nonsense_in_a_question_is_refused_or_finds_nothing(place: Place, who: str) -> None:
    client, browser = client_for(place.users[who]), Client(raise_request_exception=False)
    browser.force_login(place.users[who])
    broken: list[Any] = []

    def ask(address: str, **question: str) -> None:
        for one in (client, browser) if not address.startswith("/api/") else (client,):
            answer: Any = one.get(address, question) if question else one.get(address)
            content_of(answer)
            if answer.status_code >= 500:
                broken.append((address.rsplit("/", 2)[-2:], list(question.items())[-1:]))

    cursors = [b64encode(one).decode() for one in CURSORS]
    for address in [*place.reads(), *place.pages()]:
        path = address.split("?")[0]
        ask(path)
        names = ASKED if path.endswith(TABLES) else EXTRA.get(path.rsplit("/", 1)[-1], ())
        for name in names:
            for value in cursors if name == "cursor" else NONSENSE:
                kept = {"subject": str(place.subject.pk)} if "calibration" in path else {}
                ask(path, **{**kept, name: value})
    assert broken == []


EXTRA = {
    "beliefs-as-of": ("at", "hindsight", "moves"),
    "calibration": ("window_days", "since", "until", "class_name", "learner", "concept"),
    "export": ("as", "since", "class_name", "learner"),
    "placements": ("enrolment", "page"),
    "experiments": ("key", "page"),
    "edge-outcomes": ("page",),
    "": ("first_day", "last_day", "page"),
}
BODIES: list[Any] = [
    None,
    [],
    "text",
    7,
    {"subject": "x"},
    {"question": "x", "reply": "answered"},
    {"question": str(NOWHERE), "reply": "open"},
    {"question": str(NOWHERE), "answer": "\x00"},
    {"question": str(NOWHERE), "answer": "\ud800"},
    {"question": str(NOWHERE), "order": ["\x00"]},
    {"question": str(NOWHERE), "order": [["a"]]},
    {"question": [], "answer": {}},
    {"password": "\x00"},
    {"password": "\ud800"},
    {"password": ["x"]},
    {"scheduler": "\x00"},
    {"scheduler": []},
]


def what_ifs(place: Place) -> list[Any]:
    subject: dict[str, Any] = {"subject": str(place.subject.pk)}
    thresholds: list[Any] = [10**400, -(10**400), "9" * 999, None, [], "x"]
    graders: list[Any] = [["\x00"], ["@"], [""], [10**400], "x"]
    parameters: list[Any] = [
        10**400,
        {"doubt": 10**400},
        {"doubt": -(10**400)},
        {"doubt": None},
        {"doubt": "\ud800"},
        {"\ud800": 1},
        {"\x00": 1},
        {"kinds": []},
        {"kinds": {"cloze": {"guess": 10**400}}},
        {"kinds": {"cloze": {"log_ratios": [10**400]}}},
        {"kinds": {"cloze": {"log_ratios": ["x", None, []]}}},
        {"doubt": 0},
        [],
        "x",
    ]
    edges: list[Any] = [
        [{}],
        [7],
        [{"prerequisite": "\x00", "dependent": "a"}],
        [{"prerequisite": "knot0", "dependent": "knot0"}],
        [{"prerequisite": "knot5", "dependent": "knot0"}],
        [{"prerequisite": "harbour", "dependent": "knot0"}] * 1000,
    ]
    return [
        subject,
        *(subject | {"threshold": value} for value in thresholds),
        *(subject | {"parameters": value} for value in parameters),
        *(subject | {"without": value} for value in graders),
        *(subject | {"add": value} for value in edges),
    ]


@pytest.mark.parametrize("who", ["owner", "keeper"])
def test_nonsense_in_a_body_is_refused_and_ends_nothing(place: Place, who: str) -> None:
    client = client_for(place.users[who])
    broken: list[Any] = []
    bodies = [*BODIES, *what_ifs(place)]
    for address in [*writes(place), f"/api/v1/review-schedulers/{place.subject.pk}"]:
        if address.endswith(("/stop", "/placements", "/back", "/effort")):
            continue  # these take no body
        send = client.put if "schedulers" in address else client.post
        for body in bodies:
            cache.clear()  # so that what is tried is the body, not how often one may try
            answer: Any = send(address, json.dumps(body), content_type="application/json")
            content_of(answer)
            if answer.status_code >= 500:
                broken.append((address, str(body)[:80]))
    assert broken == []
    place.open.refresh_from_db()
    assert place.open.finished_at is None
    assert User.objects.filter(pk=place.users[who].pk).exists()
