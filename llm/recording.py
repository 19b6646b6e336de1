"""Writes calls down without ever losing an answer over it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from llm.ports import CallRecord, CallRecorder, Message

logger = logging.getLogger(__name__)


class ListRecorder:
    """Keeps calls in a list, in memory.

    Examples
    --------
    >>> recorder = ListRecorder()
    >>> recorder.record(CallRecord(purpose="grade", model="mistral", outcome="answered"))
    >>> [call.purpose for call in recorder.calls]
    ['grade']
    """

    def __init__(self) -> None:
        self.calls: list[CallRecord] = []

    def record(self, call: CallRecord) -> None:
        """Keep `call`."""
        self.calls.append(call)


def write_down(recorder: CallRecorder | None, call: CallRecord) -> None:
    """Hand `call` to `recorder`; where that fails, log the failure and go on.

    The learner's answer has been judged by then, minutes of computing spent. A full disk or a locked
    table must not throw that away, so the answer stands and the gap in the record is an ERROR in the
    log, with everything of the call but its texts.
    """
    if recorder is None:
        return
    try:
        recorder.record(call)
    except Exception:  # whatever a recorder can raise: it is not ours to know
        logger.exception(
            "A model call could not be recorded: purpose=%s model=%s endpoint=%s attempt=%d outcome=%s",
            call.purpose,
            call.model,
            call.endpoint,
            call.attempt,
            call.outcome,
        )


def as_text(messages: Sequence[Message]) -> str:
    """Return a chat as one text, for the record."""
    return "\n\n".join(f"[{message.role}]\n{message.content}" for message in messages)
