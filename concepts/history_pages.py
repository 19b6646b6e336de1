"""HTML: the history of a graph, with undo, redo and restore, and what differs between two revisions."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from concepts.forms import CompareForm, MergeForm, StepForm
from concepts.models import Revision, Subject
from concepts.permissions import may_edit
from concepts.services.comparing import diff
from concepts.services.merging import merge_concepts
from concepts.services.telling import in_words, tell_operations, tell_revision
from concepts.services.undoing import redo, redoable, restore, undo, undoable, undone_numbers

PER_PAGE = 25
SHOWN = 10


@login_required
@require_GET
def history(request: HttpRequest, key: str) -> HttpResponse:
    """Every revision, the newest first, and what differs between the two that are asked for."""
    kept = _kept_subject(request, key)
    rows = kept.revisions.select_related("author").defer("changes")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    asked = CompareForm(request.GET) if "from" in request.GET else None
    compared = diff(kept, *asked.numbers(kept)) if asked and asked.is_valid() else None
    context = {
        **steps_of(kept, page.object_list),
        "page": page,
        "difference": compared,
        "changed_concepts": _in_words(compared.concepts.changed) if compared else [],
        "changed_prerequisites": _in_words(compared.prerequisites.changed) if compared else [],
        "form": asked or CompareForm(initial={"from": max(0, kept.revision - 1), "to": kept.revision}),
    }
    return render(request, "concepts/history.html", context)


def steps_of(subject: Subject, revisions: Iterable[Revision] | None = None) -> dict[str, Any]:
    """What `_history.html` shows: the latest revisions, and what would be undone or redone."""
    shown = subject.revisions.select_related("author").defer("changes")[:SHOWN]
    rows = list(shown if revisions is None else revisions)
    undone = undone_numbers(subject)
    next_undo, next_redo = undoable(subject), redoable(subject)
    redone = subject.revisions.defer("changes").filter(number=next_redo.target or 0) if next_redo else None
    return {
        "subject": subject,
        "revisions": [
            {"row": row, "told": tell_operations(row.operations), "is_undone": row.number in undone}
            for row in rows
        ],
        "undo_of": next_undo and tell_revision(next_undo),
        "redo_of": tell_revision(redone.get()) if redone else None,
    }


def _in_words(changed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each changed row with a phrase for every field."""
    return [
        row
        | {
            "fields": [
                f"{name.replace('_', ' ')} {in_words(value)}, was {in_words(row['before'][name])}"
                for name, value in row["after"].items()
            ]
        }
        for row in changed
    ]


@login_required
@require_POST
def step(request: HttpRequest, key: str, step: str) -> HttpResponse:
    """Undo, redo, or restore the revision that the form names."""
    kept = _kept_subject(request, key)
    form = StepForm(request.POST)
    if step not in ("undo", "redo", "restore"):
        raise Http404
    if form.is_valid():
        common: dict[str, Any] = {
            "author": cast(User, request.user),
            "expected": form.cleaned_data["revision"],
        }
        if step == "restore":
            made = restore(kept, form.cleaned_data["number"] or 0, **common)
        else:
            made = (undo if step == "undo" else redo)(kept, **common)
        told = tell_operations(made.operations)
        messages.success(request, f"{told[:1].upper()}{told[1:]}.")
    return redirect("subject-graph" if request.POST.get("back") == "graph" else "subject-history", key=key)


@login_required
@require_POST
def merge(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """Merge a concept into the one that the form names."""
    kept = _kept_subject(request, key)
    concept = get_object_or_404(kept.concepts, pk=pk)
    form = MergeForm(request.POST, subject=kept)
    if form.is_valid():
        into = merge_concepts(
            concept,
            into=form.cleaned_data["into"],
            author=cast(User, request.user),
            expected=form.cleaned_data["revision"],
        )
        messages.success(request, f"“{concept.name}” was merged into “{into.name}”. You can undo it.")
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("subject-graph", key=key)


def _kept_subject(request: HttpRequest, key: str) -> Subject:
    found = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    if not may_edit(request.user, found):
        raise PermissionDenied
    return found
