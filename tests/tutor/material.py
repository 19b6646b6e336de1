"""A subject with a source, evidence and a learner, for tests of teaching and checking."""

from __future__ import annotations

import hashlib

from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Evidence, Prerequisite, Subject
from jobs.models import Job
from jobs.services import JobRun, claim, run_inline
from mastery.models import Enrolment
from mastery.services.enrolling import enrol
from research.models import Document, Library, Passage, Source
from research.parsing.markdown import parse_markdown
from research.parsing.structure import to_json
from tutor.models import Attempt, Lesson
from tutor.ports import Grader
from tutor.services import checking, teaching

MARKDOWN = """# Swings

A **vibration** is a motion that repeats itself back and forth about a resting place.

**Damping** is the gradual loss of a vibration's energy to its surroundings.
Damping makes the vibration shrink from one swing to the next.
Damping matters because an undamped string would blur every note into the following one.

For example, a damped piano string falls silent when its felt comes down.
The felt takes the energy out of the string.

A common mistake is to think that damping lowers the frequency.
The note gets weaker, but it stays the same note.
"""
DEFINITIONS = {
    "vibration": "A vibration is a motion that repeats itself back and forth about a resting place.",
    "damping": "Damping is the gradual loss of a vibration's energy to its surroundings.",
}
# With the hashing embedder only shared words count as near; these are near without being a copy.
GOOD = (
    "A vibration's energy goes gradually: damping means this gradual loss of energy, taken by the "
    "surroundings around the string."
)
WEAK = "Some people enjoy playing music on a sunny afternoon with their friends."


def swings() -> Subject:
    """Vibration is required by damping; both are defined in one document of one passage."""
    library = Library.objects.create(key="swings", name="Swings", is_open=True)
    subject = Subject.objects.create(key="swings", name="Swings", library=library)
    passage = add_source(library, MARKDOWN)
    made = {}
    for position, (key, quote) in enumerate(DEFINITIONS.items()):
        made[key] = Concept.objects.create(
            subject=subject, key=key, name=key, summary=quote, status="published", position=position
        )
        start = passage.text.index(quote)
        Evidence.objects.create(
            concept=made[key],
            passage=passage,
            start=start,
            end=start + len(quote),
            quote=quote,
            kind="definition",
        )
    Prerequisite.objects.create(
        subject=subject,
        prerequisite=made["vibration"],
        dependent=made["damping"],
        status="accepted",
        origin="educator",
    )
    return subject


def add_source(library: Library, markdown: str) -> Passage:
    parsed = parse_markdown(markdown)
    source = Source.objects.create(library=library, kind="markdown", origin=parsed.title, state="ready")
    document = Document.objects.create(
        source=source,
        version=1,
        content_hash=hashlib.sha256(markdown.encode()).hexdigest(),
        title=parsed.title,
        text=parsed.text,
        structure=to_json(parsed),
    )
    return Passage.objects.create(
        document=document,
        ordinal=0,
        start=0,
        end=len(parsed.text),
        text=parsed.text,
        text_hash=hashlib.sha256(parsed.text.encode()).hexdigest(),
        heading_path=[parsed.title],
    )


def learner_of(subject: Subject, name: str = "lea") -> Enrolment:
    return enrol(User.objects.create_user(name, password="x"), subject=subject)


def lesson_for(enrolment: Enrolment, key: str = "damping") -> Lesson:
    concept = enrolment.subject.concepts.get(key=key)
    job = run_inline(teaching.request_lesson(enrolment, concept=concept))
    assert job.state == Job.State.SUCCEEDED, job.error
    return Lesson.objects.get(pk=job.result["lesson"])


def graded(
    lesson: Lesson, answer: str, *, follow_up_of: Attempt | None = None, grader: Grader | None = None
) -> Attempt:
    """Hand in and grade: by the service's own engine, or by ``grader``, which the floor alone holds back."""
    attempt = checking.submit_attempt(lesson, answer=answer, follow_up_of=follow_up_of)
    assert attempt.job is not None
    if grader is None:
        assert run_inline(attempt.job).state == Job.State.SUCCEEDED, attempt.job.error
    else:
        claim(attempt.job, owner="test", now=timezone.now())
        run = JobRun(Job.objects.get(pk=attempt.job.pk))
        checking.grade_attempt(run, grader=grader, doubt=lambda task, point, quote: "")
    attempt.refresh_from_db()
    return attempt
