"""Keeps how sure each engine was of what it found, so that disagreement can be told later."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from concepts.extraction.findings import Extraction
from concepts.models import Concept, Judgement, Prerequisite, Subject
from concepts.services.journalling import Journal


def remember_judgements(
    extraction: Extraction,
    *,
    journal: Journal,
    concepts: dict[str, Concept],
    touched: Collection[Any],
    now: datetime,
) -> None:
    """Keep one judgement per engine of every found row that the extraction had a say in.

    ``concepts`` are the rows by found key, ``touched`` the ids of the rows that were within its scope.
    """
    kept = _keep(
        journal,
        [
            Judgement(
                concept=concepts[found.key],
                engine=extraction.engine[:60],
                confidence=found.confidence,
                judged_at=now,
            )
            for found in extraction.concepts
            if found.key in concepts and concepts[found.key].pk in touched
        ],
        of="concept",
    )
    edges = _of_edges(extraction, subject=journal.subject, concepts=concepts, now=now)
    kept += _keep(journal, [one for one in edges if one.prerequisite_id in touched], of="prerequisite")
    if kept and not journal.operations:  # the graph stays as it is, but what was written must be taken back
        journal.record("judge", engine=extraction.engine, rows=kept)


def _of_edges(
    extraction: Extraction, *, subject: Subject, concepts: dict[str, Concept], now: datetime
) -> list[Judgement]:
    rows = {(row.prerequisite_id, row.dependent_id): row for row in subject.prerequisites.all()}
    judged: dict[Any, Judgement] = {}
    for found in sorted(extraction.edges, key=lambda edge: -edge.confidence):
        if found.prerequisite not in concepts or found.dependent not in concepts:
            continue
        row = rows.get((concepts[found.prerequisite].pk, concepts[found.dependent].pk))
        if row is not None and row.pk not in judged:
            judged[row.pk] = _of_edge(row, found.confidence, found.reverse_confidence, extraction.engine, now)
    return list(judged.values())


def _of_edge(
    row: Prerequisite, confidence: float, reverse_confidence: float, engine: str, now: datetime
) -> Judgement:
    return Judgement(
        prerequisite=row,
        engine=engine[:60],
        confidence=confidence,
        reverse_confidence=reverse_confidence,
        judged_at=now,
    )


def _keep(journal: Journal, judged: Sequence[Judgement], *, of: str) -> int:
    """Write what is new, and what differs from the same engine's pass before; returns how many that are."""
    engines = {one.engine for one in judged}
    held = Judgement.objects.filter(engine__in=engines, **{f"{of}__subject": journal.subject})
    before = {(getattr(one, f"{of}_id"), one.engine): one for one in held}
    made: dict[Any, Judgement] = {}
    changed: list[tuple[Judgement, dict[str, Any]]] = []
    for one in judged:
        key = (getattr(one, f"{of}_id"), one.engine)
        old = before.get(key)
        if old is None:
            made.setdefault(key, one)
        elif _sides(old) != _sides(one):
            new = {name: getattr(one, name) for name in ("confidence", "reverse_confidence", "judged_at")}
            changed.append((old, new | {"earlier_confidence": old.confidence}))
    journal.create(*made.values())
    journal.change_all(changed)
    return len(made) + len(changed)


def _sides(one: Judgement) -> tuple[float, float]:
    return one.confidence, one.reverse_confidence
