"""A source changes under a subject with lessons, answers and practice: what is told, and what is kept."""

from __future__ import annotations

import hashlib
import json
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.utils.module_loading import import_string

from accounts.models import User
from concepts.models import Concept, Subject
from concepts.services.scoping import note_drawn
from jobs.services import run_inline
from mastery.models import Belief, Enrolment, ReviewCard
from mastery.services.replaying import replay_all
from research.models import Document, Passage
from research.parsing.markdown import parse_markdown
from research.parsing.structure import to_json
from tests.tutor.material import GOOD, MARKDOWN, graded, learner_of, lesson_for, swings
from tests.tutor.sea import client_of, educator_of
from tutor.models import Lesson, PracticeItem
from tutor.services import practising
from tutor.services.staleness import staleness_report

pytestmark = pytest.mark.django_db

BOWS = "A bow is a stick with hair that is drawn across a string."
CHANGED = "A bow is a bent stick with hair."


def new_version(subject: Subject, *passages: str) -> Document:
    """A version as ingestion leaves it: current, with its passages, and the upper rooms told."""
    replaced = Document.objects.get(source__library=subject.library, is_current=True)
    Document.objects.filter(pk=replaced.pk).update(is_current=False)
    parsed = parse_markdown("\n\n".join(passages))
    text = parsed.text
    document = Document.objects.create(
        source=replaced.source,
        version=replaced.version + 1,
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        title=replaced.title,
        text=text,
        structure=to_json(parsed),
    )
    for ordinal, part in enumerate(parse_markdown(markdown).text for markdown in passages):
        start = text.index(part)
        Passage.objects.create(
            document=document,
            ordinal=ordinal,
            start=start,
            end=start + len(part),
            text=part,
            text_hash=hashlib.sha256(part.encode()).hexdigest(),
            heading_path=[parsed.title],
        )
    for hook in settings.AFTER_INGEST:
        import_string(hook)(subject.library_id, [replaced.pk])
    return document


@pytest.fixture
def subject() -> Subject:
    """Two passages: one on damping and vibration, one on bows; drawn from its first version."""
    subject = swings()
    document = new_version(subject, MARKDOWN, BOWS)
    note_drawn(subject, documents=[str(document.pk)], engine="embedded")
    subject.refresh_from_db()
    return subject


@pytest.fixture
def enrolment(subject: Subject) -> Enrolment:
    return learner_of(subject)


@pytest.fixture
def taught(enrolment: Enrolment) -> Lesson:
    """A lesson that was explained back, and practice on its concept."""
    lesson = lesson_for(enrolment)
    graded(lesson, GOOD)
    run_inline(practising.request_items(lesson.concept, user=enrolment.learner))
    return lesson


def believed(enrolment: Enrolment) -> tuple[Any, ...]:
    """Everything that is stored about what a learner knows, and the digest of a replay of it."""
    return (
        list(Belief.objects.filter(enrolment=enrolment).order_by("pk").values()),
        list(ReviewCard.objects.filter(enrolment=enrolment).order_by("pk").values()),
        [(one.digest, one.differences) for one in replay_all()],
    )


def test_nothing_is_stale_while_nothing_changed(subject: Subject, taught: Lesson) -> None:
    report = staleness_report(subject)
    assert report.is_clean
    assert (report.rubric_points, report.mastery_events) == (0, 0)


def test_a_change_elsewhere_in_the_document_leaves_lessons_practice_and_concepts_alone(
    subject: Subject, taught: Lesson
) -> None:
    items = PracticeItem.objects.current().count()
    assert items
    document = new_version(subject, MARKDOWN, CHANGED)
    report = staleness_report(subject)
    (source,) = report.sources
    assert (source.from_version, source.to_version) == (2, 3)
    assert (source.unchanged, source.removed, source.added) == (1, 1, 1)
    assert (report.concept_count, report.lesson_count, report.practice_items) == (0, 0, 0)
    assert not taught.is_stale
    assert PracticeItem.objects.current().count() == items
    for item in PracticeItem.objects.select_related("passage"):
        assert item.passage.document_id == document.pk
        assert item.passage.text[item.start : item.end] == item.quote


def test_a_change_of_the_quoted_words_is_told_down_to_the_answers_and_beliefs_stay(
    subject: Subject, enrolment: Enrolment, taught: Lesson
) -> None:
    other = learner_of(subject, "ben")
    lesson_for(other)
    before = believed(enrolment)
    new_version(subject, MARKDOWN.replace("gradual loss", "slow decrease"), BOWS)
    report = staleness_report(subject)
    assert [row.what for row in report.concepts] == ["vibration", "damping"]
    Concept.objects.filter(key="vibration").update(status="rejected")
    assert [row.what for row in staleness_report(subject).concepts] == ["damping"]
    (lessons,) = report.lessons
    assert (lessons.name, lessons.lessons, lessons.learners) == ("damping", 2, 2)
    assert (report.lesson_count, report.learners_shown) == (2, 2)
    assert report.rubric_points == taught.points.count() * 2
    assert report.practice_items == PracticeItem.objects.filter(is_retired=False).count() > 0
    assert (report.mastery_events, report.learners_with_events) == (1, 1)
    assert taught.is_stale
    assert believed(enrolment) == before


def test_a_version_that_brings_the_words_back_makes_the_lesson_whole_again(
    subject: Subject, taught: Lesson
) -> None:
    new_version(subject, "Nothing of it is left.")
    assert taught.is_stale
    new_version(subject, BOWS, MARKDOWN)
    assert not taught.is_stale


def test_the_lesson_page_tells_its_reader(subject: Subject, enrolment: Enrolment, taught: Lesson) -> None:
    browser = Client()
    browser.force_login(enrolment.learner)
    told = "Words quoted here have changed in their source"
    new_version(subject, MARKDOWN, CHANGED)
    assert told not in browser.get(f"/lessons/{taught.pk}/").text
    new_version(subject, CHANGED)
    assert told in browser.get(f"/lessons/{taught.pk}/").text
    assert client_of(enrolment.learner).get(f"/api/v1/lessons/{taught.pk}").json()["is_stale"]


def test_the_report_by_the_api_is_for_educators_and_researchers(
    subject: Subject, enrolment: Enrolment, taught: Lesson
) -> None:
    path = f"/api/v1/subjects/{subject.pk}/staleness"
    new_version(subject, CHANGED)
    keeper = educator_of(enrolment)
    researcher = User.objects.create_user("rae", role="researcher")
    subject.researchers.add(researcher)
    for user in (keeper, researcher):
        body = client_of(user).get(path).json()
        assert (body["is_clean"], body["lesson_count"], body["learners_shown"]) == (False, 1, 1)
    assert client_of(enrolment.learner).get(path).status_code == 403
    subject.library.is_open = False
    subject.library.save()
    assert client_of(User.objects.create_user("sam")).get(path).status_code == 404


def test_the_educators_page_shows_it_whole_and_as_a_panel(
    subject: Subject, enrolment: Enrolment, taught: Lesson
) -> None:
    keeper = educator_of(enrolment)
    new_version(subject, CHANGED)
    browser = Client()
    browser.force_login(keeper)
    path = f"/subjects/{subject.key}/staleness/"
    assert "1 lesson, shown to 1 learner, quotes words that are gone" in browser.get(path).text
    panel = browser.get(path, headers={"HX-Request": "true"}).text
    assert "<html" not in panel
    assert "Read what changed" in panel
    assert f'hx-get="{path}"' in browser.get(f"/subjects/{subject.key}/graph/").text
    browser.force_login(enrolment.learner)
    assert browser.get(path).status_code == 403


def test_the_command_tells_the_same(subject: Subject, taught: Lesson) -> None:
    new_version(subject, CHANGED)
    out = StringIO()
    call_command("staleness", subject.key, "--json", stdout=out)
    told = json.loads(out.getvalue())
    report = staleness_report(subject).as_dict() | {"is_clean": False}
    assert told == json.loads(json.dumps(report, cls=DjangoJSONEncoder))
    out = StringIO()
    call_command("staleness", subject.key, stdout=out)
    assert "version 2 -> 3, 0 passages kept, 2 gone, 1 new" in out.getvalue()
    assert "stale lessons on damping: 1, 1 learners" in out.getvalue()
    with pytest.raises(CommandError, match="nothing-here"):
        call_command("staleness", "nothing-here")


def test_a_subject_that_was_never_drawn_has_no_changed_sources() -> None:
    subject = swings()
    assert staleness_report(subject).is_clean
    assert Concept.objects.filter(is_stale=True).count() == 0
