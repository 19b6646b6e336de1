"""HTML: a subject as a researcher explores it, under pseudonyms; every table and plot can be taken along."""

from __future__ import annotations

import csv
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from concepts.models import Subject
from mastery.errors import TooMuchToFold
from mastery.exporting.formats import FORMATS
from mastery.exporting.writing import harmless, time_text
from mastery.models import EdgeOutcome, Enrolment, Experiment
from mastery.research_forms import ExploreForm
from mastery.research_views import studied_classes
from mastery.services.analysing import analyse
from mastery.services.exploring import Explored, explore, learners_named
from mastery.services.records import Filters, tables

EVENTS_SHOWN, LEARNERS_OFFERED, EDGES_SHOWN = 30, 300, 100
GROUPS = ("bins", "concepts", "engines", "windows")
EDGE_COLUMNS = (
    "verdict",
    "successes_with",
    "tries_with",
    "successes_without",
    "tries_without",
    "effect",
    "low",
    "high",
    "p_supported",
)


@login_required
@require_safe
def research(request: HttpRequest, key: str) -> HttpResponse:
    """Belief curves, calibration, drift, the log, edges against outcomes and experiments."""
    subject, enrolments = _studied(request, key)
    form = _form(request, subject)
    wanted = form.filters()
    explored, too_much = _explored(subject, enrolments, wanted)
    query = _query(wanted)
    experiments = Experiment.objects.visible_to(request.user).filter(subject=subject)
    context = {
        "subject": subject,
        "form": form,
        "learners": learners_named(enrolments, most=LEARNERS_OFFERED),
        "explored": explored,
        "too_much": too_much,
        "groups": _tables_of(explored),
        "events": _latest_events(enrolments, wanted),
        "edges": _edges(subject)[:EDGES_SHOWN],
        "experiments": [analyse(one, now=timezone.now()) for one in experiments],
        "tables": [(name, table.layout.title, _formats_for(name)) for name, table in tables().items()],
        "query": query,
        "page_query": request.GET.urlencode(),
    }
    return render(request, "mastery/research.html", context)


@login_required
@require_safe
def plot(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One plot of the page as a file."""
    subject, enrolments = _studied(request, key)
    explored, _ = _explored(subject, enrolments, _form(request, subject).filters())
    found = explored.plots if explored else {}
    if explored:
        found |= {f"belief-{number}": one for number, one in enumerate(explored.curves, start=1)}
    if name not in found:
        raise Http404
    drawn = render_to_string("mastery/_plot.svg", {"plot": found[name], "alone": True})
    return _file(drawn.encode(), name=f"{subject.key}-{name}.svg", content_type="image/svg+xml")


@login_required
@require_safe
def table(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """One table of the page as CSV."""
    subject, enrolments = _studied(request, key)
    if name == "edges":
        return _csv(_edge_rows(subject), name=f"{subject.key}-edges.csv")
    if name == "experiments":
        return _csv(_experiment_rows(request, subject), name=f"{subject.key}-experiments.csv")
    explored, _ = _explored(subject, enrolments, _form(request, subject).filters())
    if name not in GROUPS or explored is None:
        raise Http404
    rows = [_flat(asdict(one)) for one in getattr(explored.calibration, name)]
    return _csv(rows, name=f"{subject.key}-{name}.csv")


def _studied(request: HttpRequest, key: str) -> tuple[Subject, Any]:
    """The subject, if its records were granted; else it does not exist."""
    subject = get_object_or_404(Subject.objects.studied_by(request.user), key=key)
    return subject, Enrolment.objects.studied_by(request.user).filter(subject=subject)


def _form(request: HttpRequest, subject: Subject) -> ExploreForm:
    classes = studied_classes(request.user, subject=subject.pk)
    return ExploreForm(request.GET, subject=subject, classes=classes)


def _explored(subject: Subject, enrolments: Any, wanted: Filters) -> tuple[Explored | None, str]:
    """What is shown; or that it is too much, which is no error: the rest of the page stands."""
    try:
        return explore(subject, enrolments, wanted), ""
    except TooMuchToFold as exc:
        return None, str(exc)


def _tables_of(explored: Explored | None) -> list[tuple[str, str, Any]]:
    if explored is None:
        return []
    found = explored.calibration
    return [
        ("concepts", "By concept", found.concepts),
        ("engines", "By grading engine and version", found.engines),
        ("windows", "By week", found.windows),
    ]


def _latest_events(enrolments: Any, wanted: Filters) -> list[dict[str, Any]]:
    events = tables()["events"]
    rows = events.within(enrolments, wanted).order_by("-occurred_at", "-id")
    keys = list(rows.values_list("pk", flat=True)[:EVENTS_SHOWN])
    return events.read_page(events.query(), keys)


def _edges(subject: Subject) -> Any:
    rows = EdgeOutcome.objects.filter(prerequisite__subject=subject)
    return rows.select_related("prerequisite__prerequisite", "prerequisite__dependent")


def _edge_rows(subject: Subject) -> list[dict[str, Any]]:
    return [
        {"prerequisite": row.prerequisite.prerequisite.key, "dependent": row.prerequisite.dependent.key}
        | {name: getattr(row, name) for name in EDGE_COLUMNS}
        for row in _edges(subject)
    ]


def _experiment_rows(request: HttpRequest, subject: Subject) -> list[dict[str, Any]]:
    experiments = Experiment.objects.visible_to(request.user).filter(subject=subject)
    found = [analyse(one, now=timezone.now()) for one in experiments]
    return [
        {
            "experiment": one.key,
            "as_of": time_text(one.as_of),
            "is_final": one.is_final,
            "outcome": outcome.outcome,
        }
        | _flat(asdict(arm))
        for one in found
        for outcome in one.outcomes
        for arm in outcome.arms
    ]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with intervals spread over columns."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("gap", "mean", "difference"):
            value = value or dict.fromkeys(("value", "low", "high", "method"))
            found |= {name if part == "value" else f"{name}_{part}": told for part, told in value.items()}
        else:
            found[name] = value
    return found


def _csv(rows: list[dict[str, Any]], *, name: str) -> HttpResponse:
    response = _file(b"", name=name, content_type="text/csv; charset=utf-8")
    writer = csv.writer(response)
    writer.writerow(rows[0] if rows else ["nothing yet"])
    for row in rows:
        writer.writerow([harmless(value) if isinstance(value, str) else value for value in row.values()])
    return response


def _file(body: bytes, *, name: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(body, content_type=content_type, headers=headers)


def _formats_for(name: str) -> list[tuple[str, str]]:
    return [(key, one.title) for key, one in FORMATS.items() if name == "events" or not one.only_events]


def _query(wanted: Filters) -> str:
    """The same filters as the API reads them."""
    told = {
        name: time_text(value) if name in ("since", "until") else str(value)
        for name, value in asdict(wanted).items()
        if value is not None
    }
    return urlencode(told)
