"""The engine that does the tutor's work now, assembled; nothing here falls back to another one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings

from config import wiring
from tutor.embedded.calibration import ADAPTER_FILE
from tutor.embedded.grading import EmbeddedGrader
from tutor.embedded.lessons import EmbeddedLessonWriter
from tutor.embedded.practice import EmbeddedItemWriter
from tutor.embedded.rubrics import EmbeddedRubricWriter
from tutor.items.ports import ItemWriter
from tutor.ports import Doubt, EngineParts, Grader
from tutor.regrading import OnePointAtATime
from vectorstore.ports import Embedder


def engine_parts() -> EngineParts:
    """The writer, the rubric writer and the grader of the engine that settings name."""
    if wiring.engine() == "ollama":
        from tutor.model_engine import engine_parts as model_parts

        return model_parts(wiring.chat_model(), num_ctx=settings.OLLAMA_NUM_CTX, likeness=likeness)
    embedder = wiring.embedder()
    return EngineParts(
        lessons=EmbeddedLessonWriter(embedder),
        rubrics=EmbeddedRubricWriter(embedder),
        grader=embedded_grader(),
    )


def independent_grader(first: str) -> Grader:
    """Who looks again at a grade by the engine ``first``: the other engine where it is there.

    Where it is not, it is the same engine, asked in another way; a service whose settings keep it to the
    embedded engine asks no model for this either.
    """
    embedded = embedded_grader()
    if first != embedded.engine:
        return embedded
    if settings.TUTOR_ENGINE != "embedded" and wiring.model_answers():
        from tutor.model_engine import engine_parts as model_parts

        return model_parts(wiring.chat_model(), num_ctx=settings.OLLAMA_NUM_CTX, likeness=likeness).grader
    return OnePointAtATime(embedded)


def likeness(text: str, others: Sequence[str]) -> list[float]:
    """How alike each of ``others`` is to ``text`` in meaning, -1..1."""
    first, *rest = wiring.embedder().embed([text, *others])
    return [float(first @ other) for other in rest]


def item_writer(embedder: Embedder) -> ItemWriter:
    """Who writes practice items: the engine that settings name; the embedded one with ``embedder``."""
    if wiring.engine() == "ollama":
        from tutor.model_engine.items import ModelItemWriter

        return ModelItemWriter(wiring.chat_model())
    return EmbeddedItemWriter(embedder)


def second_look() -> Doubt:
    """What the floor asks of credited words, whichever engine credited them."""
    return embedded_grader().doubt


def embedded_grader() -> EmbeddedGrader:
    """The grader that needs no model server."""
    reader: Any = wiring.reader(ADAPTER_FILE)
    parser: Any = wiring.parser()
    return _grader_over(reader, parser)


@lru_cache(maxsize=1)
def _grader_over(reader: Any, parser: Any) -> EmbeddedGrader:
    """One for each reader of this process: it remembers the points that it has read."""
    return EmbeddedGrader(reader, parser=parser)
