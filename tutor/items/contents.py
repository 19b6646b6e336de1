"""What is stored of an item beside its stem and span, and how it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from research.spans import Span
from tutor.items.ports import Distractor, ItemKind, PracticeDraft


def content_of(draft: PracticeDraft) -> dict[str, Any]:
    """Return all of ``draft`` but kind, stem and span as plain JSON data."""
    return {
        "answer": draft.answer,
        "hint": draft.hint,
        "accepted": list(draft.accepted),
        "rejected": list(draft.rejected),
        "distractors": [{"text": one.text, "concept": one.concept} for one in draft.distractors],
        "steps": list(draft.steps),
        "unit": draft.unit,
        "tolerance": draft.tolerance,
        "code": draft.code,
    }


def draft_of(content: Mapping[str, Any], *, kind: str, stem: str, span: Span) -> PracticeDraft:
    """Read what `content_of` wrote.

    Examples
    --------
    >>> span = Span("p", 0, 13, "A stone heap.")
    >>> draft = PracticeDraft(ItemKind.CLOZE, "A _____ heap.", span, answer="stone")
    >>> draft_of(content_of(draft), kind="cloze", stem=draft.stem, span=draft.span) == draft
    True
    """
    return PracticeDraft(
        kind=ItemKind(kind),
        stem=stem,
        span=span,
        answer=content["answer"],
        hint=content["hint"],
        accepted=tuple(content["accepted"]),
        rejected=tuple(content["rejected"]),
        distractors=tuple(Distractor(**one) for one in content["distractors"]),
        steps=tuple(content["steps"]),
        unit=content["unit"],
        tolerance=content["tolerance"],
        code=content["code"],
    )
