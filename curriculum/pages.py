"""HTML: one's own way through a subject."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from concepts.models import Subject
from curriculum.services.paths import path_of
from mastery.models import Enrolment


@login_required
@require_safe
def learning_path(request: HttpRequest, key: str) -> HttpResponse:
    """What is left on the way to one's goals; whoever has not begun is shown where to begin."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    enrolment = Enrolment.objects.filter(subject=subject, learner_id=request.user.pk).first()
    path = path_of(enrolment, now=timezone.now()) if enrolment else None
    return render(request, "curriculum/path.html", {"subject": subject, "path": path})
