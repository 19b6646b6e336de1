"""All that a subject's graph is made of, written down so that two moments can be compared byte by byte."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

from concepts.models import Concept, Evidence, Judgement, PointHome, Prerequisite, Subject
from concepts.services.exchanging import exchange_graph
from concepts.services.journalling import plain_row
from graphs.formats import write_graph


def dump(subject: Subject) -> str:
    """Every column of every row of the graph, in order of ids."""
    tables: tuple[type[models.Model], ...] = (
        Concept,
        Prerequisite,
        Evidence,
        PointHome,
        Judgement,
    )
    return json.dumps({model.__name__: _rows(model, subject) for model in tables}, indent=1, sort_keys=True)


def export(subject: Subject) -> str:
    """The node-link export, which says the revision too; that one is left out, for it only grows."""
    subject.refresh_from_db()
    graph = exchange_graph(subject, with_proposals=True)
    graph.graph.pop("revision")
    return write_graph(graph, format_name="node-link")


def _rows(model: type[models.Model], subject: Subject) -> list[dict[str, Any]]:
    rows: Any = model._base_manager.all()
    if model in (Evidence, Judgement):
        of_concepts = rows.filter(concept__subject=subject)
        rows = of_concepts | rows.filter(prerequisite__subject=subject)
    else:
        rows = rows.filter(subject=subject)
    return [plain_row(row) for row in rows.order_by("pk")]
