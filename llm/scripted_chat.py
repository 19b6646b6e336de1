"""A chat model without a model: a queue of replies and a history of what was asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from llm.budget import check_budget
from llm.errors import ModelError
from llm.ports import ANSWERED, REFUSED, CallRecord, CallRecorder, ChatReply, ChatRequest
from llm.recording import as_text, write_down

Line = str | ModelError


class ScriptExhausted(AssertionError):
    """A scripted model was asked more often than its script has lines."""


class ScriptedChat:
    """Answers with the next line of its script; an error in the script is raised.

    Examples
    --------
    >>> from llm.ports import Message
    >>> chat = ScriptedChat(['{"shown": true}'])
    >>> chat.chat(ChatRequest(purpose="grade", messages=(Message("user", "Is it?"),))).text
    '{"shown": true}'
    >>> chat.history[0].purpose
    'grade'
    """

    def __init__(
        self,
        script: Iterable[Line] = (),
        *,
        name: str = "scripted",
        num_ctx: int = 8192,
        recorder: CallRecorder | None = None,
    ) -> None:
        self._name = name
        self._num_ctx = num_ctx
        self._recorder = recorder
        self._script: deque[Line] = deque(script)
        self.history: list[ChatRequest] = []

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def version(self) -> str:
        """The name: a script has no weights."""
        return self._name

    def will_say(self, *lines: Line) -> None:
        """Add `lines` to the end of the script."""
        self._script.extend(lines)

    def chat(self, request: ChatRequest) -> ChatReply:
        """Return or raise the next line of the script.

        Raises
        ------
        PromptTooLong
            As every chat model does, before anything else.
        ModelError
            If that is the next line.
        ScriptExhausted
            If there is no next line.
        """
        check_budget(request.messages, num_predict=request.num_predict, num_ctx=self._num_ctx)
        self.history.append(request)
        if not self._script:
            raise ScriptExhausted(f"No line is left for “{request.purpose}”; give the script another one.")
        line = self._script.popleft()
        if isinstance(line, ModelError):
            self._write(request, outcome=line.outcome, detail=str(line))
            raise line
        wrong = request.inspect(line) if request.inspect else None
        self._write(
            request,
            outcome=REFUSED if wrong else ANSWERED,
            detail="; ".join(wrong or ()),
            schema_ok=None if wrong is None else not wrong,
            response=line,
        )
        return ChatReply(text=line, model=request.model or self._name)

    def _write(
        self,
        request: ChatRequest,
        *,
        outcome: str,
        detail: str = "",
        schema_ok: bool | None = None,
        response: str = "",
    ) -> None:
        call = CallRecord(
            purpose=request.purpose,
            model=request.model or self._name,
            template_hash=request.template_hash,
            attempt=request.first_attempt,
            outcome=outcome,
            detail=detail,
            schema_ok=schema_ok,
            prompt=as_text(request.messages),
            response=response,
        )
        write_down(self._recorder, call)
