"""Gives out the quotes behind a graph, and takes in those that stand in the subject's own sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from concepts.models import Concept, Evidence, Prerequisite, Subject
from concepts.services.journalling import Journal
from concepts.services.quoting import ENGINE
from graphs.building import PrerequisiteGraph
from research.models import Passage
from research.spans import Span, locate_quote

LONGEST_QUOTE = 2_000
MOST_QUOTES = 50
"""Of one concept or edge in a file; extraction keeps fewer."""


def add_evidence(graph: PrerequisiteGraph, *, subject: Subject) -> None:
    """Write on each concept and edge of an exchange graph the quotes for and against it."""
    told: dict[str, list[dict[str, Any]]] = {}
    rows = Evidence.objects.filter(Q(concept__subject=subject) | Q(prerequisite__subject=subject))
    for row in rows.select_related("passage__document__source"):
        told.setdefault(str(row.concept_id or row.prerequisite_id), []).append(
            {
                "quote": row.quote,
                "kind": row.kind,
                "supports": row.supports,
                "source": str(row.passage.document.source),
            }
        )
    for concept in graph:
        _write(graph.nodes[concept], told.get(graph.nodes[concept]["concept_id"]))
    for link in graph.edges:
        _write(graph.edges[link], told.get(graph.edges[link]["prerequisite_id"]))


def take_evidence(journal: Journal, data: Mapping[str, Any], **of: Concept | Prerequisite) -> tuple[int, int]:
    """Keep each quote of a file that a source holds and we do not; returns how many were kept, and missed."""
    entries = data.get("evidence")
    if not isinstance(entries, list):
        return 0, 0
    held = set(Evidence.objects.filter(**of).values_list("quote", flat=True))
    found: list[Evidence] = []
    missed = 0
    for entry in entries[:MOST_QUOTES]:
        quote = entry.get("quote") if isinstance(entry, dict) else None
        if not isinstance(quote, str) or not quote.strip() or quote in held:
            continue
        held.add(quote)
        span = find_in_sources(journal.subject, quote)
        if span is None:
            missed += 1
            continue
        kind = entry.get("kind")
        row = Evidence(
            passage_id=span.passage_id,
            start=span.start,
            end=span.end,
            quote=span.quote,
            kind=kind if kind in Evidence.Kind.values else Evidence.Kind.MENTION,
            supports=entry.get("supports") is not False,
            engine=ENGINE,
            **of,
        )
        found.append(row)
    journal.create(*found)
    return len(found), missed


def find_in_sources(subject: Subject, quote: str) -> Span | None:
    """The first place of these words in a current source of the subject."""
    if len(quote) > LONGEST_QUOTE or "\x00" in quote:
        return None
    passages = Passage.objects.current().filter(document__source__library=subject.library_id)
    for passage in passages.filter(text__contains=quote.strip())[:5]:
        found = locate_quote(passage.text, quote)
        if found:
            return Span(str(passage.pk), *found, passage.text[slice(*found)])
    return None


def _write(data: dict[str, Any], quotes: list[dict[str, Any]] | None) -> None:
    if quotes:
        data["evidence"] = quotes
