"""The main loop with a model behind real HTTP: every link from source to belief proven."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from concepts.models import Evidence, Prerequisite, Subject
from concepts.services.extracting import request_extraction
from config import wiring
from jobs.models import Job, ModelCall
from jobs.services import run_inline
from research.models import Library
from research.spans import Span, verify
from tests.fakes.honest_model import honest_model
from tests.fakes.ollama_server import OllamaServer
from tests.tutor.material import GOOD, MARKDOWN, WEAK, add_source, graded, learner_of, lesson_for
from tutor.models import Attempt, Citation, LessonSentence, RubricPoint

pytestmark = pytest.mark.django_db

VIBRATION = """# Vibration

A **vibration** is a motion that repeats itself back and forth about a resting place.
A vibration begins when something is pulled out of its resting place and let go.
Every vibration of a string is a vibration of the air around it soon after.
"""
DAMPING = MARKDOWN[MARKDOWN.index("**Damping**") :]
TEMPLATES = {"judge_concepts", "judge_prerequisites", "write_lesson", "write_rubric", "grade_points"}


@pytest.fixture
def server(settings: Any) -> Iterator[OllamaServer]:
    with OllamaServer(answer=honest_model) as running:
        settings.TUTOR_ENGINE = "ollama"
        settings.OLLAMA_HOSTS = [running.url]
        settings.OLLAMA_TIMEOUT_S = 10
        wiring.forget_adapters()
        yield running
    wiring.forget_adapters()


@pytest.fixture
def subject(server: OllamaServer) -> Subject:
    """Extracted from a text of its own by the model engine; nobody has decided on anything yet."""
    library = Library.objects.create(key="swings", name="Swings", is_open=True)
    add_source(library, VIBRATION)
    add_source(library, f"# Damping\n\n{DAMPING}")
    made = Subject.objects.create(key="swings", name="Swings", library=library)
    job = run_inline(request_extraction(made, requested_by=None, engine="ollama"))
    assert job.state == Job.State.SUCCEEDED, job.error
    assert job.result["engine"] == "ollama:mistral"
    return made


def assert_exact(rows: list[Evidence] | list[Citation] | list[RubricPoint]) -> None:
    assert rows
    for row in rows:
        verify(Span(str(row.passage_id), row.start, row.end, row.quote), row.passage.text)


def test_a_lesson_is_earned_from_the_source_to_the_belief_by_words_that_stand_where_they_say(
    subject: Subject,
) -> None:
    assert subject.concepts.published().filter(key="damping").exists()
    edge = Prerequisite.objects.get(prerequisite__key="vibration", dependent__key="damping")
    assert edge.status == Prerequisite.Status.ACCEPTED
    assert edge.evidence.filter(kind="model", engine="ollama:mistral").exists()
    assert_exact(list(Evidence.objects.select_related("passage")))

    lesson = lesson_for(learner_of(subject))
    assert (lesson.engine, lesson.coverage) == ("ollama", 1.0)
    for sentence in lesson.sentences.exclude(support=LessonSentence.Support.CONNECTIVE):
        assert_exact(list(sentence.citations.select_related("passage")))
    assert_exact(list(lesson.points.select_related("passage")))

    attempt = graded(lesson, GOOD)
    assert attempt.engine == "ollama"
    shown = attempt.credits.filter(verdict="shown")
    assert shown.exists()
    for credit in shown:
        assert credit.start is not None
        assert attempt.answer[credit.start : credit.end] == credit.quote != ""
    assert attempt.belief_before is not None
    assert attempt.belief_after is not None


def test_an_answer_that_says_nothing_of_it_earns_nothing(subject: Subject) -> None:
    attempt = graded(lesson_for(learner_of(subject)), WEAK)
    assert attempt.verdict == Attempt.Verdict.NOT_YET
    assert not attempt.credits.filter(verdict="shown").exists()


def test_every_call_is_written_down_with_the_wording_that_was_used(
    subject: Subject, server: OllamaServer
) -> None:
    graded(lesson_for(learner_of(subject)), GOOD)
    calls = list(ModelCall.objects.select_related("job"))
    assert len(calls) == len(server.chats)
    assert {call.purpose for call in calls} == TEMPLATES
    hashes = {call.purpose: call.template_hash for call in calls}
    assert len(set(hashes.values())) == len(TEMPLATES)
    for call in calls:
        assert (len(call.template_hash), call.outcome, call.schema_ok) == (64, "answered", True)
        assert call.job is not None
        assert call.prompt
        assert call.response
    assert {call.job.kind for call in calls if call.job} == {"extract", "prepare_lesson", "grade_attempt"}
