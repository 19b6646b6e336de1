"""HTML: a recall probe, which asks without teaching."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mastery.models import Enrolment
from mastery.services import probing
from tutor.services.recall_probes import ask_due_probe


@login_required
@require_safe
def probe(request: HttpRequest, key: str) -> HttpResponse:
    """The question of the probe that is due, without its lesson; from now on it counts as asked."""
    mine = Enrolment.objects.select_related("subject").filter(learner=request.user.pk)
    enrolment = get_object_or_404(mine, subject__key=key)
    now = timezone.now()
    if probing.due_probe(enrolment, now=now) is None:
        return redirect("concept-map", key=key)
    asked = ask_due_probe(enrolment, now=now)
    concept = asked.probe.concept
    if asked.lesson is None:
        return redirect("practise", key=key, concept_key=concept.key)
    context = {"subject": enrolment.subject, "concept": concept, "lesson": asked.lesson, "probe": asked.probe}
    return render(request, "tutor/probe.html", context)
