"""The Ollama engine: the tutor's tasks done by a chat model, none of it believed before the floor."""

from __future__ import annotations

from llm.ports import ChatModel
from tutor.model_engine.decoys import Likeness
from tutor.model_engine.grading import ModelGrader
from tutor.model_engine.lessons import ModelLessonWriter
from tutor.model_engine.rubrics import ModelRubricWriter
from tutor.ports import EngineParts

__all__ = ["engine_parts"]


def engine_parts(
    chat_model: ChatModel, *, num_ctx: int = 4096, likeness: Likeness | None = None
) -> EngineParts:
    """Return the three tasks of this engine, asked of `chat_model` within windows of `num_ctx` tokens.

    With ``likeness`` the grader chooses its decoys by meaning too.
    """
    return EngineParts(
        lessons=ModelLessonWriter(chat_model, num_ctx=num_ctx),
        rubrics=ModelRubricWriter(chat_model),
        grader=ModelGrader(chat_model, likeness=likeness),
    )
