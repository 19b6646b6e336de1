"""HTML: practise a concept, one question at a time."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from concepts.models import Concept
from jobs.models import Job
from mastery.models import Enrolment
from tutor.models import PracticeAnswer, PracticeItem
from tutor.services import practising


@login_required
@require_safe
def practise(request: HttpRequest, key: str, concept_key: str) -> HttpResponse:
    """The question on a concept that this learner has met least often."""
    enrolment, concept = _mine(request, key, concept_key)
    item = practising.next_item(enrolment, concept=concept)
    return _question_page(request, enrolment, concept, item)


@login_required
@require_POST
def prepare(request: HttpRequest, key: str, concept_key: str) -> HttpResponse:
    """Have the questions on a concept written."""
    _, concept = _mine(request, key, concept_key)
    return redirect("practice-wait", pk=practising.request_items(concept, user=_user(request)).pk)


@login_required
@require_safe
def wait(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show how the questions come along; once they are there, show the first."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk, kind=practising.KIND)
    if job.state == Job.State.SUCCEEDED:
        written_for = (job.result or job.params)["concept"]
        concept = get_object_or_404(Concept.objects.visible_to(request.user), pk=written_for)
        return redirect("practise", key=concept.subject.key, concept_key=concept.key)
    return render(request, "tutor/waiting.html", {"job": job, "title": "Preparing your practice"})


@login_required
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an answer; a form sent twice is one answer."""
    items = PracticeItem.objects.visible_to(request.user).select_related("concept__subject")
    item = get_object_or_404(items, pk=pk)
    enrolment = get_object_or_404(Enrolment, learner=_user(request), subject=item.concept.subject)
    given = _given(request, item)
    if not given:
        told = (
            "Give each step a place of its own." if item.kind == "ordering" else "Answer first, then check."
        )
        messages.error(request, told)
        return _question_page(request, enrolment, item.concept, item, status=422)
    number = f"page {request.POST.get('number', '')[:8]}"
    made = practising.answer_item(item, enrolment=enrolment, given=given, idempotency_key=number)
    return redirect("practice-answer", pk=made.pk)


@login_required
@require_safe
def result(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """What an answer was worth, what is right, and where the source says so."""
    answers = PracticeAnswer.objects.visible_to(request.user).select_related(
        "item__concept", "enrolment__subject"
    )
    shown = get_object_or_404(answers, pk=pk)
    context = {
        "answer": shown,
        "item": shown.item,
        "concept": shown.item.concept,
        "subject": shown.enrolment.subject,
        "is_own": shown.enrolment.learner_id == request.user.pk,
    }
    return render(request, "tutor/practice_result.html", context)


def _question_page(
    request: HttpRequest,
    enrolment: Enrolment,
    concept: Concept,
    item: PracticeItem | None,
    *,
    status: int = 200,
) -> HttpResponse:
    options = practising.options_for(item, _user(request)) if item else []
    context = {
        "item": item,
        "concept": concept,
        "subject": enrolment.subject,
        "options": options,
        "places": range(1, len(options) + 1),
        "number": enrolment.practice_answers.filter(item=item).count() if item else 0,
        "kept_answer": request.POST.get("answer", ""),
    }
    return render(request, "tutor/practise.html", context, status=status)


def _given(request: HttpRequest, item: PracticeItem) -> str | list[str]:
    """The typed or chosen answer, or the steps by the places that were given to them; empty if unusable."""
    if item.kind != PracticeItem.Kind.ORDERING:
        return request.POST.get("answer", "").strip("\n") if request.POST.get("answer", "").strip() else ""
    options = practising.options_for(item, _user(request))
    places = {request.POST.get(f"place-{option.id}", ""): option.id for option in options}
    wanted = [str(place) for place in range(1, len(options) + 1)]
    return [places[place] for place in wanted] if sorted(places) == wanted else []


def _mine(request: HttpRequest, key: str, concept_key: str) -> tuple[Enrolment, Concept]:
    enrolment = get_object_or_404(
        Enrolment.objects.select_related("subject"), learner=_user(request), subject__key=key
    )
    concepts = Concept.objects.visible_to(request.user).published()
    return enrolment, get_object_or_404(concepts, subject=enrolment.subject, key=concept_key)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
