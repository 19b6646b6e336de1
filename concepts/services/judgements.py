"""Keeps how sure each engine was of what it found, so that disagreement can be told later."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from concepts.extraction.findings import Extraction
from concepts.models import Concept, Judgement, Prerequisite, Subject

_BATCH = 500


def remember_judgements(
    extraction: Extraction,
    *,
    subject: Subject,
    concepts: dict[str, Concept],
    touched: Collection[Any],
    now: datetime,
) -> None:
    """Keep one judgement per engine of every found row that the extraction had a say in.

    ``concepts`` are the rows by found key, ``touched`` the ids of the rows that were within its scope.
    """
    _keep(
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
        subject=subject,
    )
    edges = _of_edges(extraction, subject=subject, concepts=concepts, now=now)
    _keep([one for one in edges if one.prerequisite_id in touched], of="prerequisite", subject=subject)


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


def _keep(judged: Sequence[Judgement], *, of: str, subject: Subject) -> None:
    """Write what is new, and what differs from the same engine's pass before."""
    engines = {one.engine for one in judged}
    held = Judgement.objects.filter(engine__in=engines, **{f"{of}__subject": subject})
    before = {(getattr(one, f"{of}_id"), one.engine): one for one in held}
    made: dict[Any, Judgement] = {}
    changed: list[Judgement] = []
    for one in judged:
        key = (getattr(one, f"{of}_id"), one.engine)
        old = before.get(key)
        if old is None:
            made.setdefault(key, one)
        elif _sides(old) != _sides(one):
            old.earlier_confidence = old.confidence
            old.confidence, old.reverse_confidence = _sides(one)
            old.judged_at = one.judged_at
            changed.append(old)
    Judgement.objects.bulk_create(made.values(), batch_size=_BATCH)
    fields: Iterable[str] = ("confidence", "reverse_confidence", "earlier_confidence", "judged_at")
    Judgement.objects.bulk_update(changed, list(fields), batch_size=_BATCH)


def _sides(one: Judgement) -> tuple[float, float]:
    return one.confidence, one.reverse_confidence
