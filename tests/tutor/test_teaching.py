from __future__ import annotations

import uuid
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from concepts.models import Concept, Evidence, Subject
from concepts.services.editing import remove_concept, remove_prerequisite
from concepts.services.merging import merge_concepts
from jobs.errors import JobLost
from jobs.models import Job
from jobs.services import JobRun, claim, run_inline
from mastery.models import Enrolment
from mastery.parameters import Parameters
from mastery.services.believing import unknown
from research.models import Document, Library
from research.spans import Span, verify
from tests.tutor.material import DEFINITIONS, add_source, learner_of, lesson_for, swings
from tutor.errors import ConceptNotTaught, NothingNext, SubjectClosed
from tutor.models import Citation, Lesson, LessonSentence, RubricPoint
from tutor.ports import Level
from tutor.services import teaching
from tutor.services.retrieving import gather_material, level_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject() -> Subject:
    return swings()


@pytest.fixture
def enrolment(subject: Subject) -> Enrolment:
    return learner_of(subject)


def test_a_lesson_is_stored_with_a_citation_that_stands_where_it_says(enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    assert (lesson.engine, lesson.coverage, lesson.number) == ("embedded", 1.0, 1)
    assert lesson.engine_version
    assert len(lesson.content_hash) == 64
    claims = lesson.sentences.exclude(support=LessonSentence.Support.CONNECTIVE)
    assert claims.count() >= 5
    for sentence in claims:
        cited = sentence.citations.select_related("passage").all()
        assert cited
        for one in cited:
            verify(Span(str(one.passage_id), one.start, one.end, one.quote), one.passage.text)
    assert lesson.sentences.filter(section="recap", text=DEFINITIONS["vibration"]).exists()


def test_the_rubric_begins_with_the_definition_and_every_point_stands_in_a_source(
    enrolment: Enrolment,
) -> None:
    lesson = lesson_for(enrolment)
    points = list(lesson.points.select_related("passage", "sentence"))
    assert points[0].text == DEFINITIONS["damping"]
    for point in points:
        assert point.sentence.lesson == lesson
        assert point.sentence.citations.filter(start__lte=point.start, end__gte=point.end).exists()
        assert point.asked in lesson.question
        verify(Span(str(point.passage_id), point.start, point.end, point.quote), point.passage.text)


def test_nothing_is_asked_about_a_concept_that_comes_later(enrolment: Enrolment) -> None:
    vibration = enrolment.subject.concepts.get(key="vibration")
    material = gather_material(enrolment, concept=vibration, now=timezone.now())
    assert material.task.later_concepts == ("damping",)
    lesson = lesson_for(enrolment, "vibration")
    assert "damping" not in lesson.question
    assert [point.text for point in lesson.points.all()] == [DEFINITIONS["vibration"]]


def test_who_may_no_longer_read_the_library_gets_no_lesson_from_it(enrolment: Enrolment) -> None:
    concept = enrolment.subject.concepts.get(key="damping")
    asked_before = teaching.request_lesson(enrolment, concept=concept)
    Library.objects.update(is_open=False)
    with pytest.raises(SubjectClosed, match="not open to you"):
        teaching.request_lesson(enrolment, concept=concept)
    assert run_inline(asked_before).state == Job.State.FAILED
    assert not Lesson.objects.exists()


def test_a_lesson_knows_that_a_source_it_quotes_was_replaced(enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    assert not lesson.is_stale
    cited = Citation.objects.filter(sentence__lesson=lesson).values("passage__document")
    Document.objects.filter(pk__in=cited).update(is_current=False)
    assert lesson.is_stale


def test_running_the_same_job_again_makes_no_second_lesson(enrolment: Enrolment) -> None:
    concept = enrolment.subject.concepts.get(key="damping")
    job = teaching.request_lesson(enrolment, concept=concept)
    assert teaching.request_lesson(enrolment, concept=concept) == job, "one that waits is not doubled"
    run_inline(job)
    Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
    job.refresh_from_db()
    assert run_inline(job).result == {"lesson": str(Lesson.objects.get().pk)}


def test_a_worker_that_lost_its_job_stores_no_lesson(enrolment: Enrolment) -> None:
    job = teaching.request_lesson(enrolment, concept=enrolment.subject.concepts.get(key="damping"))
    claim(job, owner="slow", now=timezone.now())
    run = JobRun(Job.objects.get(pk=job.pk))
    Job.objects.filter(pk=job.pk).update(owner="other", attempt=2)
    with pytest.raises(JobLost):
        teaching.run_prepare_lesson(run)
    assert not Lesson.objects.exists()


def test_a_second_lesson_differs_and_says_so(enrolment: Enrolment) -> None:
    first, second = lesson_for(enrolment), lesson_for(enrolment)
    assert (second.number, second.angle) == (2, "example first")
    assert second.angle_note
    assert first.sentences.first() != second.sentences.first()


def test_a_lesson_has_a_level_and_a_reading_ease(enrolment: Enrolment) -> None:
    lesson = lesson_for(enrolment)
    assert (lesson.level, lesson.repeated) == ("medium", 0.0)
    assert 30 < lesson.reading_ease < 110


def test_told_differently_hardly_anything_comes_again_or_it_is_said_that_nothing_else_is_there(
    enrolment: Enrolment,
) -> None:
    first = lesson_for(enrolment)
    told = set(first.sentences.exclude(support="connective").values_list("text", flat=True))
    job = run_inline(teaching.request_another(first))
    assert job.state == Job.State.FAILED
    assert "too little on “damping” to explain it differently" in job.error
    markdown = (
        "# More on damping\n\nA bell has little damping and rings on for long. Heavy curtains give a hall "
        "more damping. Shock absorbers bring damping to a car. Thick honey stands for strong damping."
    )
    passage = add_source(enrolment.subject.library, markdown)
    concept = first.concept
    Evidence.objects.create(
        concept=concept, passage=passage, start=0, end=len(passage.text), quote=passage.text, kind="mention"
    )
    job = run_inline(teaching.request_another(first))
    assert job.state == Job.State.SUCCEEDED, job.error
    second = Lesson.objects.get(pk=job.result["lesson"])
    again = set(second.sentences.values_list("text", flat=True)) & told
    assert len(again) <= 0.2 * len(told)
    assert (second.differs_from, second.repeated <= 0.2) == (first, True)
    assert second.angle != first.angle


@pytest.mark.parametrize(
    ("failures", "p", "lately", "level"),
    [
        (0, 0.3, [], Level.MEDIUM),
        (2, 0.9, [], Level.LOW),
        (0, 0.7, [], Level.HIGH),
        (0, 0.3, [True] * 4, Level.HIGH),
        (0, 0.3, [False] * 4, Level.LOW),
        (0, 0.7, [False] * 2, Level.HIGH),
        (0, 0.3, [True, False, True], Level.MEDIUM),
    ],
)
def test_the_level_follows_mastery_and_how_it_went_lately(
    failures: int, p: float, lately: list[bool], level: Level
) -> None:
    plain = unknown(uuid.uuid4(), parameters=Parameters())
    standing = replace(
        plain, state=plain.state._replace(failures=failures), estimate=plain.estimate._replace(p=p)
    )
    assert level_of(standing, lately=lately) is level


def test_without_a_concept_the_lesson_is_on_what_comes_next(enrolment: Enrolment) -> None:
    job = run_inline(teaching.request_lesson(enrolment))
    assert Lesson.objects.get(pk=job.result["lesson"]).concept.key == "vibration"


def test_too_little_in_the_sources_is_refused_by_name_and_nothing_is_made_up(enrolment: Enrolment) -> None:
    concept = Concept.objects.create(
        subject=enrolment.subject, key="echo", name="echo", status="published", position=9
    )
    job = run_inline(teaching.request_lesson(enrolment, concept=concept))
    assert job.state == Job.State.FAILED
    assert "no passage speaks of it" in job.error
    assert "echo" in job.error
    assert not Lesson.objects.exists()


def test_evidence_in_a_replaced_version_no_longer_teaches(enrolment: Enrolment) -> None:
    evidence = Evidence.objects.get(concept__key="damping")
    evidence.passage.document.is_current = False
    evidence.passage.document.save()
    job = run_inline(
        teaching.request_lesson(enrolment, concept=enrolment.subject.concepts.get(key="damping"))
    )
    assert job.state == Job.State.FAILED


def test_only_published_concepts_of_the_subject_are_taught(enrolment: Enrolment) -> None:
    proposed = Concept.objects.create(subject=enrolment.subject, key="hum", name="hum", status="proposed")
    with pytest.raises(ConceptNotTaught, match="hum"):
        teaching.request_lesson(enrolment, concept=proposed)


def test_a_concept_removed_while_its_lesson_waits_is_not_taught(enrolment: Enrolment) -> None:
    concept = enrolment.subject.concepts.get(key="damping")
    job = teaching.request_lesson(enrolment, concept=concept)
    remove_concept(concept, author=None)
    assert run_inline(job).state == Job.State.FAILED
    assert concept.name in Job.objects.get(pk=job.pk).error
    assert not Lesson.objects.exists()


def test_a_subject_without_concepts_has_nothing_next(enrolment: Enrolment) -> None:
    Concept.objects.all().update(status="proposed")
    Subject.objects.update(revision=1)
    enrolment.subject.refresh_from_db()
    with pytest.raises(NothingNext):
        teaching.request_lesson(enrolment)
    assert not RubricPoint.objects.exists()
    assert not Citation.objects.exists()


def test_the_terminal_tutor_plays_a_script_to_the_next_concept(enrolment: Enrolment, tmp_path: Path) -> None:
    script = tmp_path / "answers.toml"
    script.write_text(
        f"""[[answers]]
concept = "vibration"
text = "{DEFINITIONS["vibration"]}"
[[answers]]
concept = "vibration"
text = "Something in motion that goes back and forth, and repeats it about its resting place."
""",
        encoding="utf-8",
    )
    out = StringIO()
    call_command("study", subject="swings", script=script, lessons=1, stdout=out, no_color=True)
    told = out.getvalue()
    assert "Next: vibration" in told
    assert "the lesson's words" in told, "a copy is refused kindly"
    assert "You showed it." in told
    assert "«" in told
    assert "Belief: " in told
    assert told.count("Next: ") == 2, "after the belief, what comes next"
    assert told.rstrip().endswith("1 lessons studied.")


def test_a_lesson_asked_for_before_a_merge_and_one_after_it_are_on_what_stands_for_the_concept(
    enrolment: Enrolment,
) -> None:
    concepts = enrolment.subject.concepts
    gone, stays = concepts.exclude(key="damping").first(), concepts.get(key="damping")
    assert gone is not None
    job = teaching.request_lesson(enrolment, concept=gone)
    for end in (gone.rests_on, gone.unlocks):
        for edge in end.all():
            remove_prerequisite(edge, author=None)
    merge_concepts(gone, into=stays, author=None)
    done = run_inline(job)
    assert done.state == Job.State.SUCCEEDED, done.error
    assert Lesson.objects.get().concept == stays
    client = Client()
    client.force_login(enrolment.learner)
    path = f"/subjects/{enrolment.subject.key}/study/{gone.key}/"
    assert client.post(path).status_code == 302
    params = Job.objects.latest("created_at").params
    assert params["concept"] == str(stays.pk)
