"""HTML: a lesson, the explanation it asks for, and what came of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from concepts.models import Concept
from concepts.services.homes import homes_of
from jobs.models import Job
from mastery.models import Enrolment
from tutor.marking import mark_answer
from tutor.models import Attempt, Lesson, LessonQuerySet
from tutor.presenting import marks_of, retests_of, shown_sections, told_in_steps
from tutor.reply_pages import reply_context
from tutor.services import checking, teaching
from tutor.services.agreeing import switched_off
from tutor.services.choosing import decide


@login_required
@require_POST
def study(request: HttpRequest, key: str, concept_key: str) -> HttpResponse:
    """Begin a lesson on a concept of a subject that one is enrolled in."""
    enrolment = get_object_or_404(Enrolment, learner=_learner(request), subject__key=key)
    concept = get_object_or_404(Concept, subject__key=key, key=concept_key)
    home = homes_of(enrolment.subject_id).of_concept(str(concept.pk))
    concept = get_object_or_404(Concept.objects.published(), pk=home)
    return redirect("lesson-wait", pk=teaching.request_lesson(enrolment, concept=concept).pk)


@login_required
@require_POST
def differently(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Have the concept of a lesson explained from another angle, with other sentences."""
    read = get_object_or_404(_lessons(request).filter(enrolment__learner=_learner(request)), pk=pk)
    return redirect("lesson-wait", pk=teaching.request_another(read).pk)


@login_required
@require_safe
def wait_for_lesson(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show how the lesson comes along; once it is there, show it."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk, kind="prepare_lesson")
    written = Lesson.objects.visible_to(request.user).filter(job=job).first()
    if written:
        return redirect("lesson", pk=written.pk)
    before = Lesson.objects.visible_to(request.user).filter(pk=job.params.get("differs_from")).first()
    return _waiting(request, job, title="Preparing your lesson", lesson=before)


@login_required
@require_safe
def lesson(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """A lesson whose every sentence opens its source, and the question that checks it."""
    shown = get_object_or_404(_lessons(request), pk=pk)
    return _lesson_page(request, shown)


@login_required
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand in an explanation, or the answer to a follow-up question."""
    asked = get_object_or_404(_lessons(request).filter(enrolment__learner=_learner(request)), pk=pk)
    text = request.POST.get("answer", "")
    if not text.strip():
        messages.error(request, "Write your explanation first: a few sentences in your own words.")
        return _lesson_page(request, asked, status=422)
    earlier = None
    if request.POST.get("follow_up_of"):
        earlier = get_object_or_404(asked.attempts, pk=_uuid_or_none(request.POST["follow_up_of"]))
    attempt = checking.submit_attempt(asked, answer=text, follow_up_of=earlier)
    return redirect("attempt", pk=attempt.pk)


@login_required
@require_safe
def attempt(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What an explanation showed, in the learner's own words, and what it did to the belief."""
    attempts = Attempt.objects.visible_to(request.user).select_related(
        "lesson__concept", "lesson__enrolment__subject", "job"
    )
    shown = get_object_or_404(attempts, pk=pk)
    if shown.verdict == Attempt.Verdict.PENDING and shown.job:
        return _waiting(request, shown.job, title="Reading your explanation", lesson=shown.lesson)
    points = told_in_steps(shown)
    enrolment = shown.lesson.enrolment
    is_own = enrolment.learner_id == request.user.pk
    following = decide(enrolment, now=timezone.now()).record if is_own else None
    context = {
        "attempt": shown,
        "lesson": shown.lesson,
        "subject": enrolment.subject,
        "is_own": is_own,
        "stretches": mark_answer(shown.answer, marks=marks_of([told.credit for told in points])),
        "points": points,
        "retests": retests_of(shown.lesson),
        "next": following,
        "next_concept": _concept(following),
        **reply_context(shown, is_own=is_own),
    }
    return render(request, "tutor/attempt.html", context)


def _concept(decision: dict[str, Any] | None) -> Concept | None:
    key = decision.get("concept") if decision else None
    return Concept.objects.filter(pk=str(key)).first() if key else None


def _lessons(request: HttpRequest) -> LessonQuerySet:
    return Lesson.objects.visible_to(request.user).select_related("concept", "enrolment__subject")


def _lesson_page(request: HttpRequest, lesson: Lesson, *, status: int = 200) -> HttpResponse:
    context = {
        "lesson": lesson,
        "subject": lesson.enrolment.subject,
        "sections": shown_sections(lesson),
        "is_own": lesson.enrolment.learner_id == request.user.pk,
        "is_left_to_the_teacher": switched_off(lesson.concept) is not None,
        "retests": retests_of(lesson),
        "kept_answer": request.POST.get("answer", ""),
    }
    return render(request, "tutor/lesson.html", context, status=status)


def _waiting(request: HttpRequest, job: Job, *, title: str, lesson: Lesson | None = None) -> HttpResponse:
    return render(request, "tutor/waiting.html", {"job": job, "title": title, "lesson": lesson})


def _learner(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
