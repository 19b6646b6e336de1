"""Looks a subject's graph over: loads what is known of it, and lets `graphs.linting` judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import networkx as nx
from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from concepts.extraction.mentions import MentionIndex
from concepts.extraction.terms import term_key, tokens
from concepts.models import Concept, Evidence, Origin, Prerequisite, Subject
from concepts.services.graphs_of import display_graph
from graphs.building import PrerequisiteGraph
from graphs.likeness import Likeness, like_vectors
from graphs.linting import Finding, Known, Thresholds, lint_graph
from research.services.text_vectors import count_unread, vectors_of

if TYPE_CHECKING:
    from vectorstore.ports import Embedder

THRESHOLDS = Thresholds()
MOST_READ_AT_ONCE = 200
"""Definitions that a request may have the model read, some seconds' worth; the command reads any number."""


def lint_subject(subject: Subject, *, embedder: Embedder | None = None) -> list[Finding]:
    """Everything to look at in what learners see of a graph; without ``embedder``, by names only."""
    graph = _known_graph(subject)
    goals = _goals(subject)
    known = Known(
        goals=goals,
        goal_names=goals,
        uses=_uses(graph),
        alike=_alike(graph, embedder) if embedder else (),
    )
    return lint_graph(graph, known=known, thresholds=THRESHOLDS)


def quick_embedder(subject: Subject, embedder: Embedder) -> Embedder | None:
    """``embedder`` if comparing meanings takes no longer than a request may, else None.

    What `lint_graph` has read is kept, so that requests compare it from then on.
    """
    told = _told(display_graph(subject))
    unread = count_unread(list(told.values()), embedder=embedder)
    return embedder if unread <= MOST_READ_AT_ONCE else None


def _known_graph(subject: Subject) -> PrerequisiteGraph:
    """What is taught, with the number of quotes behind each thing and whether a person decided on it."""
    graph: PrerequisiteGraph = nx.DiGraph(display_graph(subject))
    quotes = _count_quotes(subject)
    for concept in graph:
        graph.nodes[concept]["quotes"] = quotes[concept, True]
    rows = Prerequisite.objects.accepted().between_published().filter(subject=subject)
    for edge in rows:
        said = graph.edges[str(edge.prerequisite_id), str(edge.dependent_id)]
        said["reverse_confidence"] = edge.reverse_confidence
        said["is_decided"] = edge.decided_by_id is not None or edge.origin == Origin.EDUCATOR
        said["quotes"], said["quotes_against"] = quotes[str(edge.pk), True], quotes[str(edge.pk), False]
    return graph


def _count_quotes(subject: Subject) -> Counter[tuple[str, bool]]:
    rows = Evidence.objects.filter(Q(concept__subject=subject) | Q(prerequisite__subject=subject))
    return Counter(
        (str(concept or edge), supports)
        for concept, edge, supports in rows.values_list("concept_id", "prerequisite_id", "supports")
    )


def _goals(subject: Subject) -> dict[str, str]:
    """Named in settings, because this room does not know who learns."""
    goals_in_use = cast("Callable[[Subject], dict[str, str]]", import_string(settings.GOALS_IN_USE))
    return goals_in_use(subject)


def _uses(graph: PrerequisiteGraph) -> dict[str, set[str]]:
    """Which other concepts each definition names."""
    concepts = list(graph)
    numbers = {
        term_key(name): number
        for number, concept in enumerate(concepts)
        for name in (graph.nodes[concept]["name"], *graph.nodes[concept]["aliases"])
        if term_key(name)
    }
    index = MentionIndex(numbers)
    uses = {}
    for number, concept in enumerate(concepts):
        text = graph.nodes[concept]["summary"]
        named = {found for found, _, _ in index.in_words(tokens(text), text)} - {number}
        uses[concept] = {concepts[found] for found in named}
    return uses


def _alike(graph: PrerequisiteGraph, embedder: Embedder) -> list[Likeness]:
    told = _told(graph)
    vectors = vectors_of(list(told.values()), embedder=embedder)
    return like_vectors(list(told), vectors, at_least=THRESHOLDS.alike_within)


def _told(graph: PrerequisiteGraph) -> dict[str, str]:
    """What is compared: only what has a definition, since two names alone are alike too soon."""
    return {
        concept: f"{said['name']}: {said['summary']}"
        for concept, said in graph.nodes(data=True)
        if said["summary"]
    }


def concepts_named(findings: list[Finding], subject: Subject) -> dict[str, Concept]:
    """The concepts of these findings by id, for links."""
    wanted = {concept for finding in findings for concept in finding.concepts}
    return {str(concept.pk): concept for concept in Concept.objects.filter(subject=subject, pk__in=wanted)}
