"""HTML: the review queue, one question at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.models import User
from concepts.forms import ReviewForm, TakeBackForm
from concepts.models import ReviewDecision, Subject
from concepts.permissions import may_edit
from concepts.services.deciding import decide_question, last_decision
from concepts.services.review_queue import review_queue, with_evidence
from concepts.services.review_stats import review_stats

# What one session leaves for later; beyond that the oldest come up again.
MOST_SKIPPED = 500
DONE = {"accept": "Accepted", "reject": "Rejected", "flip": "Turned round", "skip": "Left for later"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, key: str) -> HttpResponse:
    """The most telling question of a graph, with the words for and against; then the next one."""
    kept = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not may_edit(request.user, kept):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request, kept)
    if request.POST.get("choice") == "undo":
        undo = TakeBackForm(request.POST, subject=kept, author=cast(User, request.user))
        if not undo.is_valid():
            return _refused(request, kept, undo)
        _forget_skip(request, kept, undo.undone)
        return _answered(request, kept, f"Taken back: {undo.undone.what}.")
    if request.POST.get("choice") == "again":
        request.session.pop(_session_key(kept), None)
        return _answered(request, kept, "What you left for later comes up again.")
    form = ReviewForm(request.POST, subject=kept)
    if not form.is_valid():
        return _refused(request, kept, form)
    decision = decide_question(author=cast(User, request.user), now=timezone.now(), **form.decision())
    if decision.choice == ReviewDecision.Choice.SKIP:
        _remember_skip(request, kept, decision)
    return _answered(request, kept, f"{DONE[decision.choice]}: {decision.what}.")


def _answered(request: HttpRequest, kept: Subject, told: str) -> HttpResponse:
    """The next question in place; without script, by the address, so that reloading decides nothing."""
    if getattr(request, "htmx", False):
        kept.refresh_from_db()
        return _page(request, kept, told=told)
    messages.success(request, told)
    return redirect("subject-review", key=kept.key)


def _refused(request: HttpRequest, kept: Subject, form: forms.Form) -> HttpResponse:
    """The question again, with the reason why nothing was decided."""
    return _page(request, kept, errors=[str(error) for error in form.non_field_errors()], status=409)


def _page(
    request: HttpRequest,
    kept: Subject,
    *,
    told: str = "",
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    queue = review_queue(kept, now=now)
    skipped = set(request.session.get(_session_key(kept), []))
    waiting = [question for question in queue if str(question.row.pk) not in skipped]
    shown = with_evidence(waiting[:1])
    context: dict[str, Any] = {
        "subject": kept,
        "question": shown[0] if shown else None,
        "waiting": len(waiting),
        "skipped": len(queue) - len(waiting),
        "shown_at": _shown_at(request, now, has_errors=bool(errors)),
        "told": told,
        "errors": errors or [],
        "can_undo": last_decision(kept, author=cast(User, request.user)) is not None,
        "stats": review_stats(kept, waiting=len(waiting)),
    }
    name = "concepts/_question.html" if getattr(request, "htmx", False) else "concepts/review.html"
    # htmx swaps only what succeeded; a refused decision is told in the place of the question.
    return render(request, name, context, status=200 if getattr(request, "htmx", False) else status)


def _shown_at(request: HttpRequest, now: datetime, *, has_errors: bool) -> str:
    """When the question came up; a refused answer does not start the clock anew."""
    return request.POST.get("shown_at", now.isoformat()) if has_errors else now.isoformat()


def _session_key(kept: Subject) -> str:
    return f"review-skipped-{kept.pk}"


def _remember_skip(request: HttpRequest, kept: Subject, decision: ReviewDecision) -> None:
    skipped = [*request.session.get(_session_key(kept), []), _row_key(decision)]
    request.session[_session_key(kept)] = skipped[-MOST_SKIPPED:]


def _forget_skip(request: HttpRequest, kept: Subject, decision: ReviewDecision) -> None:
    skipped = request.session.get(_session_key(kept), [])
    request.session[_session_key(kept)] = [key for key in skipped if key != _row_key(decision)]


def _row_key(decision: ReviewDecision) -> str:
    return str(decision.prerequisite_id or decision.concept_id)
