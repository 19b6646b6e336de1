"""HTML: a recall probe, which asks without teaching."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from concepts.models import Concept
from mastery.models import Enrolment
from mastery.services import probing
from tutor.services.recall import lesson_to_recall


@login_required
@require_safe
def probe(request: HttpRequest, key: str) -> HttpResponse:
    """The question of the probe that is due, without its lesson; from now on it counts as asked."""
    mine = Enrolment.objects.select_related("subject").filter(learner=request.user.pk)
    enrolment = get_object_or_404(mine, subject__key=key)
    now = timezone.now()
    due = probing.due_probe(enrolment, now=now)
    if due is None:
        return redirect("concept-map", key=key)
    concept = get_object_or_404(Concept.objects.visible_to(request.user), pk=due.concept)
    asked = probing.ask(enrolment, due, now=now)
    lesson = lesson_to_recall(enrolment, concept=concept.pk, at=asked.asked_at)
    if lesson is None:
        return redirect("practise", key=key, concept_key=concept.key)
    context = {"subject": enrolment.subject, "concept": concept, "lesson": lesson, "probe": asked}
    return render(request, "tutor/probe.html", context)
