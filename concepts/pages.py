"""HTML: the subjects, one subject, and the graph as an educator reviews it."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from concepts.forms import (
    ConceptChangeForm,
    DecisionForm,
    NewConceptForm,
    NewPrerequisiteForm,
    NewSubjectForm,
)
from concepts.history_pages import steps_of
from concepts.models import Concept, Prerequisite, Subject
from concepts.permissions import may_edit
from concepts.services import editing
from concepts.services.extracting import request_extraction
from concepts.services.linting import concepts_named, lint_subject, quick_embedder
from concepts.services.review_queue import count_waiting
from concepts.services.subjects import open_subject
from config import wiring
from graphs.formats import FORMATS
from jobs.models import Job
from research.models import Source

PER_PAGE = 25


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subjects(request: HttpRequest) -> HttpResponse:
    """Everything there is to learn; an educator opens new subjects here."""
    user = cast(User, request.user)
    form = NewSubjectForm(request.POST or None)
    if request.method == "POST":
        if not user.is_educator:
            raise PermissionDenied
        if form.is_valid():
            opened = open_subject(keeper=user, **form.cleaned_data)
            messages.success(request, f"“{opened.name}” is open. Add its sources next.")
            return redirect("subject", key=opened.key)
    rows = Subject.objects.visible_to(user).with_counts()
    return render(request, "concepts/subjects.html", {"subjects": rows, "form": form})


@login_required
@require_GET
def subject(request: HttpRequest, key: str) -> HttpResponse:
    """What one subject holds, and where to go from here."""
    found = get_object_or_404(Subject.objects.visible_to(request.user).with_counts(), key=key)
    sources = Source.objects.filter(library=found.library_id, state=Source.State.READY)
    return render(
        request,
        "concepts/subject.html",
        {
            "subject": found,
            "may_edit": may_edit(request.user, found),
            "may_study": Subject.objects.studied_by(request.user).filter(pk=found.pk).exists(),
            "sources": sources.defer("original")[:10],
            "formats": FORMATS,
            "first_concepts": found.concepts.published()[:12],
            "drafts": found.drafts.open().count(),
            "waiting": count_waiting(found) if may_edit(request.user, found) else 0,
        },
    )


@login_required
@require_GET
def graph(request: HttpRequest, key: str) -> HttpResponse:
    """The graph for who keeps it: concepts, prerequisites, the words behind them, accept and reject."""
    return _graph_page(request, _kept_subject(request, key))


@login_required
@require_GET
def lints(request: HttpRequest, key: str) -> HttpResponse:
    """What to look at in the graph; the page fetches it by itself, since comparing meanings takes a while."""
    kept = _open_subject(request, key)
    embedder = quick_embedder(kept, wiring.embedder())
    findings = lint_subject(kept, embedder=embedder)
    named = concepts_named(findings, kept)
    shown = [(finding, [named[pk] for pk in finding.concepts if pk in named]) for finding in findings]
    context = {
        "subject": kept,
        "findings": shown,
        "by_names_only": embedder is None,
        "may_edit": may_edit(request.user, kept),
    }
    name = "concepts/_lints.html" if getattr(request, "htmx", False) else "concepts/lints.html"
    return render(request, name, context)


@login_required
@require_POST
def extract(request: HttpRequest, key: str) -> HttpResponse:
    """Start looking for concepts and prerequisites in the sources, or reckon what it would cost."""
    kept = _kept_subject(request, key)
    request_extraction(kept, requested_by=cast(User, request.user), dry_run="dry_run" in request.POST)
    return redirect("subject-graph", key=key)


@login_required
@require_POST
def add_concept(request: HttpRequest, key: str) -> HttpResponse:
    """Add a concept by name."""
    kept = _kept_subject(request, key)
    form = NewConceptForm(request.POST)
    if not form.is_valid():
        return _graph_page(request, kept, concept_form=form, status=400)
    editing.add_concept(
        kept,
        name=form.cleaned_data["name"],
        author=cast(User, request.user),
        expected=form.cleaned_data["revision"],
    )
    messages.success(request, f"“{form.cleaned_data['name']}” was added.")
    return redirect("subject-graph", key=key)


@login_required
@require_POST
def change_concept(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """Publish, reject or rename a concept."""
    kept = _kept_subject(request, key)
    concept = get_object_or_404(kept.concepts, pk=pk)
    form = ConceptChangeForm(request.POST)
    if form.is_valid():
        editing.change_concept(
            concept,
            author=cast(User, request.user),
            expected=form.cleaned_data["revision"],
            changes=form.changes(),
        )
        messages.success(request, f"“{concept.name}” is {concept.status} now.")
    return _back(request, key, to="concepts")


@login_required
@require_POST
def add_prerequisite(request: HttpRequest, key: str) -> HttpResponse:
    """Add an edge, or say in place why it cannot be."""
    kept = _kept_subject(request, key)
    form = NewPrerequisiteForm(request.POST, subject=kept)
    if not form.is_valid():
        return _graph_page(request, kept, edge_form=form, status=409)
    editing.add_prerequisite(
        kept,
        prerequisite=form.cleaned_data["prerequisite"],
        dependent=form.cleaned_data["dependent"],
        author=cast(User, request.user),
        expected=form.cleaned_data["revision"],
        reason=form.cleaned_data["reason"],
    )
    messages.success(request, "The prerequisite was added.")
    return redirect("subject-graph", key=key)


@login_required
@require_POST
def decide_prerequisite(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """Accept or reject one edge."""
    kept = _kept_subject(request, key)
    edge = get_object_or_404(kept.prerequisites.with_evidence(), pk=pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        editing.decide_prerequisite(
            edge,
            status=form.cleaned_data["status"],
            author=cast(User, request.user),
            expected=form.cleaned_data["revision"],
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, f"“{edge.prerequisite}” before “{edge.dependent}”: {edge.status}.")
    return _back(request, key, to="edges")


def _open_subject(request: HttpRequest, key: str) -> Subject:
    """For who keeps the subject and for its researchers, who read but change nothing."""
    found = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not Subject.objects.open_to(request.user).filter(pk=found.pk).exists():
        raise PermissionDenied
    return found


def _kept_subject(request: HttpRequest, key: str) -> Subject:
    found = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not may_edit(request.user, found):
        raise PermissionDenied
    return found


def _graph_page(
    request: HttpRequest,
    kept: Subject,
    *,
    concept_form: NewConceptForm | None = None,
    edge_form: NewPrerequisiteForm | None = None,
    status: int = 200,
) -> HttpResponse:
    named = request.GET.get("named", "")
    shown = kept.concepts.with_evidence()
    concepts = _queue(request, kept.concepts.all(), name="concepts", statuses=Concept.Status.values)
    edges = _queue(request, kept.prerequisites.all(), name="edges", statuses=Prerequisite.Status.values)
    seen = {"revision": kept.revision}
    jobs = Job.objects.visible_to(request.user).filter(params__subject=str(kept.pk)).order_by("-created_at")
    context = {
        "subject": kept,
        "concepts": concepts,
        "concept_page": _page(
            request, shown.filter(key=named) if named else shown, concepts, order=("position", "key")
        ),
        "named": named,
        "edges": edges,
        "edge_page": _page(request, kept.prerequisites.with_evidence(), edges, order=("-confidence", "id")),
        "concept_form": concept_form or NewConceptForm(initial=seen),
        "edge_form": edge_form or NewPrerequisiteForm(initial=seen, subject=kept),
        "job": jobs.filter(kind="extract").first(),
        "cost_job": jobs.filter(kind="extraction_cost").first(),
        "waiting": count_waiting(kept),
        **steps_of(kept),
    }
    return render(request, "concepts/graph.html", context, status=status)


def _queue(request: HttpRequest, rows: QuerySet[Any], *, name: str, statuses: list[str]) -> dict[str, Any]:
    """Which status is shown of a table, and how many rows wait in each; what waits for a decision first."""
    counts = dict(rows.order_by().values_list("status").annotate(Count("pk")))
    first = next((status for status in statuses if counts.get(status)), statuses[0])
    chosen = request.GET.get(name, first)
    shown = chosen if chosen in statuses else first
    return {"name": name, "shown": shown, "counts": [(status, counts.get(status, 0)) for status in statuses]}


def _page(
    request: HttpRequest, rows: QuerySet[Any], queue: dict[str, Any], *, order: tuple[str, ...]
) -> Page[Any]:
    shown = rows.filter(status=queue["shown"]).order_by(*order)
    return Paginator(shown, PER_PAGE).get_page(request.GET.get(f"{queue['name']}_page"))


def _back(request: HttpRequest, key: str, *, to: str) -> HttpResponse:
    """To the same queue and page that the button stood on; only its query string is taken from the form."""
    response = redirect("subject-graph", key=key)
    query = request.POST.get("query", "")
    if query and query.isprintable():
        response["Location"] += f"?{query}"
    response["Location"] += f"#{to}"
    return response
