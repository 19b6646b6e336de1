from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import Class, User
from concepts.models import Concept, Evidence, Origin, Prerequisite, Subject
from concepts.services.subjects import open_subject
from research.models import Document, Passage, Source

TEXT = "Counting comes first. To add is to count on. To multiply is to add the same number again and again."


def person(name: str, role: str = "learner") -> User:
    return User.objects.create_user(name, password="a-long-pass-word", role=role)


@pytest.fixture
def keeper(db: None) -> User:
    return person("keeper", "educator")


@pytest.fixture
def learner(db: None) -> User:
    return person("learner")


@pytest.fixture
def stranger(db: None) -> User:
    """An educator, but of other subjects."""
    return person("stranger", "educator")


@pytest.fixture
def arithmetic(keeper: User, learner: User) -> Subject:
    """A subject that only the learner's class may read."""
    subject = open_subject(name="Arithmetic", keeper=keeper)
    group = Class.objects.create(name="1a")
    group.learners.add(learner)
    subject.library.classes.add(group)
    return subject


@pytest.fixture
def passage(arithmetic: Subject) -> Passage:
    source = Source.objects.create(
        library=arithmetic.library, kind="text", origin="sums.txt", title="Sums", state="ready"
    )
    document = Document.objects.create(source=source, version=1, content_hash="1", text=TEXT)
    return Passage.objects.create(
        document=document,
        ordinal=0,
        start=0,
        end=len(TEXT),
        text=TEXT,
        text_hash=hashlib.sha256(TEXT.encode()).hexdigest(),
    )


def found(subject: Subject, name: str, *, status: str = "published", position: int = 0) -> Concept:
    """A concept as the extractor leaves it."""
    return Concept.objects.create(
        subject=subject, key=name.lower(), name=name, status=status, position=position, confidence=0.8
    )


def edge(
    prerequisite: Concept,
    dependent: Concept,
    *,
    status: str = "accepted",
    confidence: float = 0.8,
    origin: str = Origin.EXTRACTED,
) -> Prerequisite:
    """An edge as the extractor leaves it."""
    return Prerequisite.objects.create(
        subject=prerequisite.subject,
        prerequisite=prerequisite,
        dependent=dependent,
        status=status,
        confidence=confidence,
        origin=origin,
    )


def quoted(passage: Passage, quote: str, *, supports: bool = True, **of: Concept | Prerequisite) -> Evidence:
    start = passage.text.index(quote)
    return Evidence.objects.create(
        passage=passage,
        start=start,
        end=start + len(quote),
        quote=quote,
        kind="definition" if "concept" in of else "mention",
        supports=supports,
        **of,
    )


@pytest.fixture
def sums(arithmetic: Subject) -> dict[str, Concept]:
    """Count -> Add -> Multiply, as found in the sources."""
    concepts = {
        name: found(arithmetic, name, position=place)
        for place, name in enumerate(["Count", "Add", "Multiply"])
    }
    edge(concepts["Count"], concepts["Add"], confidence=0.9)
    edge(concepts["Add"], concepts["Multiply"], confidence=0.6)
    return concepts


@pytest.fixture
def signed_in() -> Callable[[User], APIClient]:
    def sign_in(user: User) -> APIClient:
        client = APIClient()
        client.force_authenticate(user)
        return client

    return sign_in
