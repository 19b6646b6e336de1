"""HTML: find out what I know, one question a screen, and then what was found out."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from concepts.models import Subject
from mastery.models import Enrolment, Placement, PlacementQuestion
from mastery.placement import MOST_QUESTIONS
from tutor.placement_serializers import shown_question
from tutor.services import placing
from tutor.services.placement_results import result_of

OUTCOMES = {
    "answer": PlacementQuestion.Outcome.ANSWERED,
    "unknown": PlacementQuestion.Outcome.UNKNOWN,
    "skip": PlacementQuestion.Outcome.SKIPPED,
}


@login_required
@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Begin a placement in a subject that one is enrolled in, or go on with the open one."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    enrolment = get_object_or_404(
        Enrolment.objects.select_related("subject"), learner=_user(request), subject=subject
    )
    return redirect("placement", pk=placing.start(enrolment, user=_user(request)).pk)


@login_required
@require_safe
def placement(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The open question, that questions are being written, or what was found out."""
    seen = Placement.objects.visible_to(request.user)
    shown = get_object_or_404(seen.select_related("enrolment__subject", "enrolment__learner", "job"), pk=pk)
    is_own = shown.enrolment.learner_id == request.user.pk
    standing = placing.standing_of(shown) if is_own else placing.look(shown)
    return _page(request, standing, is_own=is_own)


@login_required
@require_POST
def answer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take an answer, "I do not know" or skip; a form sent twice is one answer."""
    mine = _mine(request, pk)
    question = _uuid_or_none(request.POST.get("question", ""))
    outcome = OUTCOMES.get(request.POST.get("do", "answer"), PlacementQuestion.Outcome.ANSWERED)
    asked = mine.questions.filter(pk=question).first() if question else None
    if asked is None or (asked.outcome != PlacementQuestion.Outcome.OPEN and mine.finished_at):
        return redirect("placement", pk=mine.pk)
    if asked.outcome != PlacementQuestion.Outcome.OPEN:
        messages.info(request, "That question was answered already. This is the one that is open now.")
        return redirect("placement", pk=mine.pk)
    given = _given(request, mine) if outcome == PlacementQuestion.Outcome.ANSWERED else None
    if given == "":
        told = "Answer the question, or choose “I do not know” or “Skip”."
        messages.error(request, told)
        return _page(request, placing.standing_of(mine), is_own=True, status=422)
    placing.answer(mine, question=asked.pk, given=given, outcome=outcome)
    return redirect("placement", pk=mine.pk)


@login_required
@require_POST
def back(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Go back to the question before."""
    mine = _mine(request, pk)
    if mine.finished_at is None:
        placing.go_back(mine)
    return redirect("placement", pk=mine.pk)


@login_required
@require_POST
def stop(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """End here and see what was found out."""
    mine = _mine(request, pk)
    placing.stop(mine, now=timezone.now())
    return redirect("placement", pk=mine.pk)


def _page(
    request: HttpRequest, standing: placing.Standing, *, is_own: bool, status: int = 200
) -> HttpResponse:
    shown = standing.placement
    context = {
        "placement": shown,
        "subject": shown.enrolment.subject,
        "learner": shown.enrolment.learner,
        "is_own": is_own,
        "asked": standing.asked,
        "most": MOST_QUESTIONS,
        "settled": round(100 * standing.settled),
    }
    if shown.finished_at:
        return render(request, "tutor/placement_result.html", context | {"result": result_of(shown)})
    question = shown_question(standing) if is_own else None
    if question is None:
        return render(request, "tutor/placement_waiting.html", context | {"job": shown.job})
    places = range(1, len(question["options"]) + 1)
    kept = request.POST.get("answer", "")
    context |= {"question": question, "places": places, "kept_answer": kept}
    return render(request, "tutor/placement_question.html", context, status=status)


def _given(request: HttpRequest, mine: Placement) -> str | list[str]:
    """What was typed or chosen, or the steps by the places given to them; empty if unusable."""
    question = shown_question(placing.standing_of(mine))
    if question is None or question["kind"] != "ordering":
        typed = request.POST.get("answer", "")[:2000]
        return typed.strip("\n") if typed.strip() else ""
    options = question["options"]
    places = {request.POST.get(f"place-{option['id']}", ""): option["id"] for option in options}
    wanted = [str(place) for place in range(1, len(options) + 1)]
    return [places[place] for place in wanted] if sorted(places) == sorted(wanted) else ""


def _mine(request: HttpRequest, pk: uuid.UUID) -> Placement:
    own = Placement.objects.visible_to(request.user).of_learner(_user(request))
    return get_object_or_404(own.select_related("enrolment__subject", "enrolment__learner", "job"), pk=pk)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _uuid_or_none(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
