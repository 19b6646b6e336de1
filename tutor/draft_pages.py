"""HTML: the drafts of a subject, and one draft with its operations, its impact, and the way to publish it."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from concepts.draft_forms import (
    ConceptOperation,
    NewConceptOperation,
    NewDraftForm,
    PrerequisiteOperation,
    SeenDraftForm,
)
from concepts.errors import CommandDoesNotFit
from concepts.models import Concept, GraphDraft, Subject
from concepts.permissions import may_edit
from concepts.services import drafting
from concepts.services.wording import operations_in_words
from tutor.services.impact_report import report_for
from tutor.services.previewing import try_preview

MOST_LISTED = 30
ASPECTS_IN_WORDS = {
    "next": "get another next concept",
    "frontier": "have another choice of what to study",
    "access": "find a concept opened or locked",
    "mastery": "see a mastered concept come or go",
    "goals": "lose a goal",
    "path": "have another path to their goals",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def drafts(request: HttpRequest, key: str) -> HttpResponse:
    """The drafts of a subject; a new one is opened here."""
    subject = _readable_subject(request, key)
    form = NewDraftForm(request.POST or None)
    if request.method == "POST":
        _check_keeper(request, subject)
        if form.is_valid():
            opened = drafting.open_draft(subject, author=_user(request), **form.cleaned_data)
            return redirect("graph-draft", key=key, pk=opened.pk)
    rows = subject.drafts.select_related("author", "published_as")
    context = {
        "subject": subject,
        "form": form,
        "may_edit": may_edit(request.user, subject),
        "open_drafts": rows.open(),
        "closed_drafts": rows.exclude(state=GraphDraft.State.OPEN)[:MOST_LISTED],
    }
    return render(request, "tutor/drafts.html", context)


@login_required
@require_safe
def draft(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """One draft."""
    return _page(request, _readable_draft(request, key, pk))


@login_required
@require_POST
def add_operation(request: HttpRequest, key: str, pk: uuid.UUID, kind: str) -> HttpResponse:
    """Add what was filled in, or say in the form why the draft cannot take it."""
    found = _kept_draft(request, key, pk)
    forms = _forms(found, filled_in=kind, data=request.POST)
    if kind not in forms:
        raise Http404
    if forms[kind].append_to(found):
        messages.success(request, "It is in the draft now.")
        return redirect("graph-draft", key=key, pk=pk)
    return _page(request, found, forms=forms, status=422)


@login_required
@require_POST
def change(request: HttpRequest, key: str, pk: uuid.UUID, number: int) -> HttpResponse:
    """Take an operation out, or move it before the one above it."""
    found = _kept_draft(request, key, pk)
    if "earlier" in request.POST:
        drafting.describe(found, order=_one_earlier(found, number))
    else:
        drafting.remove(found, number=number)
        messages.success(request, f"Operation {number} is taken out.")
    return redirect("graph-draft", key=key, pk=pk)


@login_required
@require_safe
def impact(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """What publishing would change for whom; a part of the draft's page, or a page of its own."""
    found = _readable_draft(request, key, pk)
    outcome = try_preview(found, now=timezone.now())
    context: dict[str, Any] = {"subject": found.subject, "draft": found}
    if isinstance(outcome, CommandDoesNotFit):
        context["misfit"] = outcome
    else:
        report = context["report"] = report_for(_user(request), outcome, draft=found)
        context["told"] = [
            (ASPECTS_IN_WORDS[name], count) for name, count in report["changed"].items() if count
        ]
    is_part = request.headers.get("HX-Request")
    template = "tutor/draft_impact.html" if is_part else "tutor/draft_impact_page.html"
    return render(request, template, context)


@login_required
@require_POST
def close(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """Publish the draft as it was seen, or discard it."""
    found = _kept_draft(request, key, pk)
    form = SeenDraftForm(request.POST)
    if not form.is_valid():
        messages.error(request, "It was not clear which state of the draft you meant; look at it again.")
        return redirect("graph-draft", key=key, pk=pk)
    version, revision_seen = form.cleaned_data["version"], form.cleaned_data["revision"]
    if "discard" in request.POST:
        drafting.discard(found, author=_user(request), expected=version)
        messages.success(request, "The draft is discarded; the graph is as it was.")
        return redirect("graph-drafts", key=key)
    revision = drafting.publish(
        found, author=_user(request), expected=version, expected_revision=revision_seen
    )
    messages.success(request, f"Published as revision {revision.number}.")
    return redirect("graph-draft", key=key, pk=pk)


def _page(
    request: HttpRequest, found: GraphDraft, *, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    found.subject.refresh_from_db(fields=["revision"])
    shown = forms or _forms(found)
    context = {
        "subject": found.subject,
        "draft": found,
        "operations": operations_in_words([found])[found.pk],
        "may_edit": may_edit(request.user, found.subject),
        "forms": shown,
        "new_concept_form": shown["new-concept"],
    }
    return render(request, "tutor/draft.html", context, status=status)


def _forms(found: GraphDraft, *, filled_in: str = "", data: Any = None) -> dict[str, Any]:
    concepts = _concepts_in(found)
    makers: dict[str, Any] = {
        "prerequisite": lambda data: PrerequisiteOperation(data, concepts=concepts, prefix="edge"),
        "concept": lambda data: ConceptOperation(data, concepts=concepts, prefix="concept"),
        "new-concept": lambda data: NewConceptOperation(data, prefix="new"),
    }
    return {kind: make(data if kind == filled_in else None) for kind, make in makers.items()}


def _concepts_in(found: GraphDraft) -> list[tuple[str, str]]:
    """The concepts that an operation can speak of, by key and name: the graph's and the draft's own."""
    rows = found.subject.concepts.exclude(status=Concept.Status.REJECTED).values_list("key", "name")
    names = dict(rows)
    for operation in found.operations:
        if operation["command"] == "add_concept":
            names[operation["parameters"]["key"]] = operation["parameters"]["name"]
    return sorted(names.items(), key=lambda row: row[1].casefold())


def _one_earlier(found: GraphDraft, number: int) -> list[int]:
    order: list[int] = [operation["number"] for operation in found.operations]
    if number in order[1:]:
        place = order.index(number)
        order[place - 1 : place + 1] = [number, order[place - 1]]
    return order


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _readable_subject(request: HttpRequest, key: str) -> Subject:
    """For keepers and researchers; whoever else may read the subject is told that this is not for them."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not Subject.objects.open_to(request.user).contains(subject):
        raise PermissionDenied
    return subject


def _readable_draft(request: HttpRequest, key: str, pk: uuid.UUID) -> GraphDraft:
    rows = GraphDraft.objects.filter(subject=_readable_subject(request, key))
    return get_object_or_404(rows.select_related("subject", "author", "published_as"), pk=pk)


def _kept_draft(request: HttpRequest, key: str, pk: uuid.UUID) -> GraphDraft:
    found = _readable_draft(request, key, pk)
    _check_keeper(request, found.subject)
    return found


def _check_keeper(request: HttpRequest, subject: Subject) -> None:
    if not may_edit(request.user, subject):
        raise PermissionDenied
