"""HTML: what is on a library's shelf, adding to it, and one document to read."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from jobs.models import Job
from research.forms import AddressForm, TopicForm, UploadForm
from research.models import Document, Library, Passage, Source
from research.permissions import MESSAGE, may_edit
from research.reading import shown_blocks
from research.services import sources
from research.views import upload_of

FORMS = {"uploads": UploadForm, "urls": AddressForm, "topic": TopicForm}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def library(request: HttpRequest, key: str) -> HttpResponse:
    """The sources of a library with their state; those who keep it add more here."""
    found = get_object_or_404(Library.objects.visible_to(request.user), key=key)
    forms: dict[str, Any] = {name: form() for name, form in FORMS.items()}
    status = 200
    if request.method == "POST":
        _refuse_readers(request, found)
        name = next((name for name in FORMS if name in request.POST or name in request.FILES), "urls")
        form = forms[name] = FORMS[name](request.POST, request.FILES)
        if form.is_valid():
            job = _added(request, found, name=name, cleaned=form.cleaned_data)
            count = len(job.params["sources"])
            messages.success(
                request, f"{count} sources are being read." if count != 1 else "It is being read."
            )
            return redirect("library", key=key)
        status = 422
    return render(request, "research/library.html", _library_page(request, found, forms), status=status)


def _added(request: HttpRequest, found: Library, *, name: str, cleaned: dict[str, Any]) -> Job:
    return sources.add_sources(
        found,
        added_by=cast(User, request.user),
        uploads=[upload_of(file) for file in cleaned.get("uploads", [])],
        urls=cleaned.get("urls", []),
        topic=cleaned.get("topic", ""),
    )


def _library_page(request: HttpRequest, found: Library, forms: dict[str, Any]) -> dict[str, Any]:
    shelf = Source.objects.filter(library=found).defer("original").prefetch_related("documents")
    rows = [(source, next((d for d in source.documents.all() if d.is_current), None)) for source in shelf]
    mine = Job.objects.visible_to(request.user).filter(kind="ingest", params__library=str(found.pk))
    return {
        "library": found,
        "rows": rows,
        "forms": forms,
        "may_edit": may_edit(cast(User, request.user), found),
        "job": mine.order_by("-created_at").first(),
        "passages": Passage.objects.current().filter(document__source__library=found).count(),
        "back": request.path,
    }


@login_required
@require_POST
def refresh_source(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Read one source again."""
    source = _kept_source(request, pk)
    sources.refresh(source, by=cast(User, request.user))
    messages.success(request, f"“{source}” is being read again.")
    return redirect("library", key=source.library.key)


@login_required
@require_POST
def delete_source(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take one source off the shelf."""
    source = _kept_source(request, pk)
    sources.delete_source(source, by=cast(User, request.user))
    messages.success(request, f"“{source}” was removed.")
    return redirect("library", key=source.library.key)


@login_required
@require_safe
def document(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One document to read, block by block, with its passages to open."""
    readable = Document.objects.visible_to(request.user).select_related("source__library")
    found = get_object_or_404(readable.prefetch_related("passages"), pk=pk)
    versions = found.source.documents.exclude(pk=found.pk).filter(is_current=True)
    return render(
        request,
        "research/document.html",
        {
            "document": found,
            "source": found.source,
            "library": found.source.library,
            "blocks": shown_blocks(found),
            "current": versions.first(),
        },
    )


def _kept_source(request: HttpRequest, pk: uuid.UUID) -> Source:
    readable = Source.objects.visible_to(request.user).select_related("library").defer("original")
    source = get_object_or_404(readable, pk=pk)
    _refuse_readers(request, source.library)
    return source


def _refuse_readers(request: HttpRequest, found: Library) -> None:
    if not may_edit(cast(User, request.user), found):
        raise PermissionDenied(MESSAGE)
