"""A subject's gating graph as arrays, kept per process and revision: what learners are answered from."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import TextField
from django.db.models.functions import Cast

from concepts.models import Concept, Prerequisite, Subject
from graphs.compiled import CompiledGraph, compile_graph
from graphs.errors import PrerequisiteCycle

KEPT_GRAPHS = 32


@dataclass(frozen=True, slots=True)
class GatingGraph:
    """The published concepts in teaching order, what gates what, and names and keys by id as text."""

    graph: CompiledGraph
    names: Mapping[str, str]
    keys: Mapping[str, str]


def compiled_gating(subject: Subject) -> GatingGraph:
    """What decides who may learn what; the same graph as `graphs_of.gating_graph`."""
    return _compiled_gating(subject.pk, subject.revision, subject.gate_confidence)


def read_gating(subject: Subject) -> GatingGraph:
    """What `compiled_gating` gives, read anew and not kept: for a transaction that will be rolled back."""
    return _read(subject.pk, subject.gate_confidence)


@lru_cache(maxsize=KEPT_GRAPHS)
def _compiled_gating(subject_id: uuid.UUID, revision: int, gate_confidence: float) -> GatingGraph:
    return _read(subject_id, gate_confidence)


def _read(subject_id: uuid.UUID, gate_confidence: float) -> GatingGraph:
    """Read text instead of UUID objects: making a million of those takes longer than all the rest."""
    rows = Concept.objects.published().filter(subject=subject_id).annotate(text=Cast("pk", TextField()))
    taught = sorted(
        (position, with_dashes(text), text, name, key)
        for text, position, name, key in rows.order_by().values_list("text", "position", "name", "key")
    )
    ids = {text: concept for _, concept, text, _, _ in taught}
    names = {concept: name for _, concept, _, name, _ in taught}
    keys = {concept: key for _, concept, _, _, key in taught}
    edges = Prerequisite.objects.filter(subject=subject_id).believed_from(gate_confidence)
    ends = edges.order_by().values_list(
        Cast("prerequisite_id", TextField()), Cast("dependent_id", TextField())
    )
    links = [(ids[below], ids[above]) for below, above in ends if below in ids and above in ids]
    try:
        return GatingGraph(compile_graph(names, edges=links), names, keys)
    except PrerequisiteCycle as cycle:
        raise cycle.named(names) from None


def with_dashes(text: str) -> str:
    """Write an id as Python does; SQLite stores it without dashes."""
    if len(text) == 32:
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return text
