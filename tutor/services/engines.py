"""The engine that does the tutor's work now, assembled; nothing here falls back to another one."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from config import wiring
from tutor.embedded.grading import EmbeddedGrader
from tutor.embedded.lessons import EmbeddedLessonWriter
from tutor.embedded.practice import EmbeddedItemWriter
from tutor.embedded.rubrics import EmbeddedRubricWriter
from tutor.items.ports import ItemWriter
from tutor.ports import EngineParts
from vectorstore.ports import Embedder


def engine_parts() -> EngineParts:
    """The writer, the rubric writer and the grader of the engine that settings name."""
    if wiring.engine() == "ollama":
        from tutor.model_engine import engine_parts as model_parts

        return model_parts(wiring.chat_model(), num_ctx=settings.OLLAMA_NUM_CTX)
    embedder = wiring.embedder()
    return EngineParts(
        lessons=EmbeddedLessonWriter(embedder),
        rubrics=EmbeddedRubricWriter(embedder),
        grader=EmbeddedGrader(embedder),
    )


def item_writer(embedder: Embedder) -> ItemWriter:
    """Who writes practice items: the engine that settings name; the embedded one with ``embedder``."""
    if wiring.engine() == "ollama":
        from tutor.model_engine.items import ModelItemWriter

        return ModelItemWriter(wiring.chat_model())
    return EmbeddedItemWriter(embedder)


def second_look() -> Callable[[str, str], str]:
    """What the floor asks of credited words, whichever engine credited them."""
    return EmbeddedGrader(wiring.embedder()).doubt
