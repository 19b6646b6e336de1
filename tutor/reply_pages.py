"""HTML: a learner says that a grade is wrong; their educator sees what is open and decides."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.models import Enrolment
from tutor.forms import DisputeForm, RulingForm
from tutor.models import Attempt, AttemptQuerySet, Dispute
from tutor.services import disputing, ruling
from tutor.services.agreeing import standings_of, switch_grading
from tutor.sheets import DISPUTE_TOLD, grade_sheet

MOST_LISTED = 30
GRADED = (Attempt.Verdict.PASSED, Attempt.Verdict.NOT_YET)


@login_required
@require_POST
def dispute(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Say that a grade of one's own is wrong, and why."""
    own = Attempt.objects.filter(lesson__enrolment__learner=cast(User, request.user))
    attempt = get_object_or_404(own, pk=pk)
    form = DisputeForm(request.POST)
    if form.is_valid():
        disputing.raise_dispute(attempt, reason=form.cleaned_data["reason"])
    else:
        messages.error(request, "Say in a sentence what is wrong, so that it can be looked at.")
    return redirect("attempt", pk=attempt.pk)


@login_required
@require_safe
def grades(request: HttpRequest) -> HttpResponse:
    """What waits for an educator: disputed grades with both looks and a form to decide."""
    user = cast(User, request.user)
    if not Enrolment.objects.taught_by(user).exists() and not user.is_educator:
        raise Http404
    disputes = Dispute.objects.decidable_by(user).open().select_related("attempt")
    recent = _taught(user).filter(rulings=None, dispute=None, verdict__in=GRADED)
    context = {
        "disputes": [_open_dispute(one) for one in disputes[:MOST_LISTED]],
        "waiting": _waiting(user),
        "recent": recent[:MOST_LISTED],
        "standings": standings_of(_kept_concepts(user)),
    }
    return render(request, "tutor/grades.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Look through one grade and uphold or change it."""
    user = cast(User, request.user)
    attempt = get_object_or_404(_taught(user), pk=pk)
    form = _form(attempt, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = ruling.rule(
            attempt,
            author=user,
            points=form.decisions(),
            reason=form.cleaned_data["reason"],
            now=timezone.now(),
        )
        told = (
            "The grade stays as it was." if made.outcome == made.Outcome.UPHELD else "The grade is changed."
        )
        messages.success(request, f"{told} The learner sees your decision and your reason.")
        return redirect("grades")
    context = {"attempt": attempt, "form": form, "dispute": Dispute.objects.filter(attempt=attempt).first()}
    return render(request, "tutor/ruling.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def switch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Switch automatic grading of a concept on or off."""
    user = cast(User, request.user)
    concept = get_object_or_404(_kept_concepts(user), pk=pk)
    made = switch_grading(
        concept,
        is_on=request.POST.get("is_on") == "yes",
        author=user,
        reason=request.POST.get("reason", "")[:500],
    )
    state = "graded automatically" if made.is_on else "left to teachers"
    messages.success(request, f"Explanations of “{concept.name}” are {state} from now on.")
    return redirect("grades")


def reply_context(attempt: Attempt, *, is_own: bool) -> dict[str, Any]:
    """What the page of an attempt says of its dispute and of the educator's decision."""
    raised = Dispute.objects.filter(attempt=attempt).select_related("regrade", "job").first()
    decided = attempt.ruling
    may_tell = bool(attempt.feedback.get("reveal"))
    return {
        "dispute": raised,
        "dispute_told": DISPUTE_TOLD[raised.state] if raised else "",
        "sheet": grade_sheet(attempt, may_tell=may_tell) if raised or decided else [],
        "ruling": decided,
        "verdict": decided.verdict if decided else attempt.verdict,
        "may_dispute": is_own and attempt.verdict in GRADED and raised is None and decided is None,
    }


def _open_dispute(dispute: Dispute) -> dict[str, Any]:
    attempt = dispute.attempt
    return {"dispute": dispute, "attempt": attempt, "form": _form(attempt)}


def _waiting(user: User) -> list[dict[str, Any]]:
    waiting = _taught(user).filter(verdict=Attempt.Verdict.WAITING, rulings=None).order_by("created_at", "id")
    return [{"attempt": one, "form": _form(one)} for one in waiting[:MOST_LISTED]]


def _kept_concepts(user: User) -> QuerySet[Concept]:
    return Concept.objects.filter(subject__in=Subject.objects.editable_by(user))


def _form(attempt: Attempt, *, data: Any = None) -> RulingForm:
    rows = grade_sheet(attempt, may_tell=True)
    is_blind = attempt.verdict == Attempt.Verdict.WAITING and attempt.ruling is None
    return RulingForm(data, rows=rows, is_blind=is_blind, auto_id=f"{attempt.pk}-%s")


def _taught(user: User) -> AttemptQuerySet:
    return Attempt.objects.filter(
        lesson__enrolment__in=Enrolment.objects.taught_by(user), follow_up=None
    ).select_related("lesson__concept", "lesson__enrolment__learner", "lesson__enrolment__subject")
