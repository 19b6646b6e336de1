"""A chat model on one or more Ollama servers: tries in turn, within limits, all written down."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from llm.budget import check_budget, fewest_in_prompt
from llm.errors import (
    ModelBusy,
    ModelError,
    ModelNotInstalled,
    ModelTimedOut,
    PromptTruncated,
    ReplyCutOff,
    ReplyUnreadable,
    Retry,
)
from llm.ollama_endpoint import PROBE_TIMEOUT_S, Answer, OllamaEndpoint, is_same_model
from llm.ports import ANSWERED, REFUSED, CallRecord, CallRecorder, ChatReply, ChatRequest
from llm.recording import as_text, write_down

ROUNDS = 3
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
TIMEOUTS_BORNE = 2
LONGEST_TEXT_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Availability:
    """What a probe found; true when a chat can be had."""

    is_reachable: bool
    has_model: bool
    detail: str

    def __bool__(self) -> bool:
        return self.has_model


class OllamaChat:
    """The chat model `model` on the Ollama servers at `hosts`.

    A try goes to the least busy server; a failed one goes on to the next, and after all of them
    comes a pause (twice as long each time, with jitter, or what the server asked for). Connecting,
    5xx, 429 and 503 are tried for three rounds, a timeout once more, anything else not again. All
    tries of one call together take at most twice its timeout.

    Parameters
    ----------
    hosts : sequence of str
        In order of preference.
    model : str
        A name of the server, such as ``mistral`` or ``phi``.
    num_ctx : int
        Window in tokens, always sent, the same in each call (another value makes Ollama load the
        model anew). Made smaller where the model says that it reads less.
    timeout_s : float
        For one try, from connecting to the last byte.
    concurrency : int
        Calls at a time, for each server.
    keep_alive : str
        How long Ollama keeps the model loaded afterwards.
    sleep, rng
        How a pause is made, and what makes it uneven.

    Examples
    --------
    >>> chat = OllamaChat(hosts=["127.0.0.1:9"], model="phi")
    >>> chat.name, bool(chat.available())
    ('phi', False)
    """

    def __init__(
        self,
        *,
        hosts: Sequence[str],
        model: str,
        num_ctx: int = 8192,
        timeout_s: float = 120.0,
        concurrency: int = 1,
        recorder: CallRecorder | None = None,
        keep_alive: str = "10m",
        sleep: Callable[[float], None] = time.sleep,
        rng: random.Random | None = None,
    ) -> None:
        if not hosts:
            raise ValueError("OLLAMA_HOST is empty; name at least one server.")
        self._endpoints = [OllamaEndpoint(host, concurrency=concurrency) for host in hosts]
        self._model = model
        self._num_ctx = num_ctx
        self._timeout_s = timeout_s
        self._recorder = recorder
        self._keep_alive = keep_alive
        self._sleep = sleep
        # Jitter only keeps workers from knocking in step; nothing secret hangs on it.
        self._rng = rng or random.Random()  # noqa: S311
        self._version = ""

    @property
    def name(self) -> str:
        """The model's name, as in OLLAMA_MODEL."""
        return self._model

    @property
    def version(self) -> str:
        """The name, and twelve digits of the weights' digest as soon as a server tells it."""
        if not self._version:
            digest = next((found for endpoint in self._endpoints if (found := self._digest(endpoint))), "")
            self._version = f"{self._model}@{digest[:12]}" if digest else ""
        return self._version or self._model

    def available(self, *, timeout_s: float = PROBE_TIMEOUT_S) -> Availability:
        """Return whether some server answers within `timeout_s` and has the model; never raises."""
        details = []
        is_reachable = False
        for endpoint in self._endpoints:
            try:
                installed = endpoint.installed(timeout_s=timeout_s)
            except ModelError as exc:
                details.append(str(exc))
                continue
            is_reachable = True
            if any(is_same_model(self._model, found.name) for found in installed):
                has_it = f"{endpoint.url} has {self._model}."
                return Availability(is_reachable=True, has_model=True, detail=has_it)
            details.append(str(ModelNotInstalled(self._model, endpoint=endpoint.url)))
        return Availability(is_reachable=is_reachable, has_model=False, detail=" ".join(details))

    def chat(self, request: ChatRequest) -> ChatReply:
        """Return the model's whole reply to `request`.

        Raises
        ------
        PromptTooLong
            Before any call, if prompt and reply may not fit the window.
        ModelError
            The last failure, when no try brought a whole reply.
        """
        check_budget(request.messages, num_predict=request.num_predict, num_ctx=self._num_ctx)
        return _Call(self, request).run()

    def _digest(self, endpoint: OllamaEndpoint) -> str:
        try:
            installed = endpoint.installed()
        except ModelError:
            return ""
        return next((found.digest for found in installed if is_same_model(self._model, found.name)), "")


class _Call:
    """One call to `OllamaChat.chat`: its tries, its clock and what it has learned of the servers."""

    def __init__(self, chat: OllamaChat, request: ChatRequest) -> None:
        self._chat = chat
        self._request = request
        self._model = request.model or chat.name
        self._timeout_s = request.timeout_s or chat._timeout_s
        self._give_up_at = time.monotonic() + 2 * self._timeout_s
        self._passed_over: set[str] = set()
        self._tries = 0
        self._timeouts = 0

    def run(self) -> ChatReply:
        for round_number in range(ROUNDS):
            failure = self._round()
            if isinstance(failure, ChatReply):
                return failure
            pause_s = self._pause(round_number, failure)
            is_last = round_number == ROUNDS - 1 or failure.retry is not Retry.ANYWHERE
            if is_last or time.monotonic() + pause_s >= self._give_up_at:
                raise failure
            self._chat._sleep(pause_s)
        raise AssertionError("the last round returns or raises")

    def _round(self) -> ChatReply | ModelError:
        """Ask each server once until one answers; the failure that tells most is the last retryable one."""
        failure: ModelError | None = None
        for endpoint in sorted(self._chat._endpoints, key=lambda server: server.in_flight):
            if endpoint.url in self._passed_over:
                continue
            try:
                return self._try(endpoint)
            except ModelError as exc:
                if exc.retry is Retry.NOWHERE:
                    raise
                if exc.retry is Retry.ELSEWHERE:
                    self._passed_over.add(endpoint.url)
                self._timeouts += isinstance(exc, ModelTimedOut)
                if self._timeouts >= TIMEOUTS_BORNE:
                    raise
                if failure is None or exc.retry is Retry.ANYWHERE:
                    failure = exc
        assert failure is not None, "a round is only begun while some server may answer"
        return failure

    def _pause(self, round_number: int, failure: ModelError) -> float:
        doubled: float = FIRST_PAUSE_S * 2**round_number * self._chat._rng.uniform(0.5, 1.0)
        asked = (failure.retry_after_s or 0.0) if isinstance(failure, ModelBusy) else 0.0
        return min(max(doubled, asked), LONGEST_PAUSE_S)

    def _try(self, endpoint: OllamaEndpoint) -> ChatReply:
        self._tries += 1
        attempt = self._request.first_attempt + self._tries - 1
        began = time.monotonic()
        options = self._options(self._chat._num_ctx)
        answer: Answer | None = None
        try:
            timeout_s = min(self._timeout_s, max(0.01, self._give_up_at - began))
            with endpoint.slot(timeout_s=timeout_s):
                began = time.monotonic()
                options = self._options(self._window(endpoint))
                answer = endpoint.chat(self._body(options), timeout_s=timeout_s)
            self._refuse_partial(answer, endpoint)
        except ModelError as exc:
            self._write(endpoint, attempt, options, time.monotonic() - began, answer, failure=exc)
            raise
        duration_s = time.monotonic() - began
        self._write(endpoint, attempt, options, duration_s, answer)
        return ChatReply(
            text=answer.text,
            model=self._model,
            prompt_tokens=answer.prompt_tokens,
            output_tokens=answer.output_tokens,
            duration_s=duration_s,
            done_reason=answer.done_reason or "stop",
            attempts=self._tries,
        )

    def _window(self, endpoint: OllamaEndpoint) -> int:
        """The window to ask for; one that the model does not have would be cut without a word."""
        try:
            reads = endpoint.window(self._model)
        except ModelNotInstalled:
            raise
        except ModelError:
            # Only the chat itself has to succeed; a server that is down will say so there, more plainly.
            reads = None
        num_ctx = min(self._chat._num_ctx, reads) if reads else self._chat._num_ctx
        check_budget(self._request.messages, num_predict=self._request.num_predict, num_ctx=num_ctx)
        return num_ctx

    def _options(self, num_ctx: int) -> dict[str, Any]:
        return {
            "num_ctx": num_ctx,
            "num_predict": self._request.num_predict,
            "temperature": self._request.temperature,
            "seed": self._request.seed,
        }

    def _body(self, options: dict[str, Any]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [message._asdict() for message in self._request.messages],
            "stream": False,
            "keep_alive": self._chat._keep_alive,
            "truncate": False,
            "shift": False,
            "options": options,
        }
        if self._request.schema is not None:
            body["format"] = self._request.schema
        return body

    def _refuse_partial(self, answer: Answer, endpoint: OllamaEndpoint) -> None:
        if answer.done_reason in ("load", "unload"):
            raise ReplyUnreadable(endpoint=endpoint.url, reason="it only loaded the model")
        if not answer.is_done or answer.done_reason not in ("", "stop"):
            reason = answer.done_reason or "not done"
            raise ReplyCutOff(num_predict=self._request.num_predict, reason=reason)
        least = fewest_in_prompt(self._request.messages)
        if answer.prompt_tokens is not None and answer.prompt_tokens < least:
            raise PromptTruncated(read=answer.prompt_tokens, least=least)

    def _write(
        self,
        endpoint: OllamaEndpoint,
        attempt: int,
        options: dict[str, Any],
        duration_s: float,
        answer: Answer | None,
        *,
        failure: ModelError | None = None,
    ) -> None:
        request = self._request
        wrong = request.inspect(answer.text) if answer and request.inspect and not failure else None
        outcome = failure.outcome if failure else REFUSED if wrong else ANSWERED
        call = CallRecord(
            purpose=request.purpose,
            model=self._model,
            endpoint=endpoint.url,
            template_hash=request.template_hash,
            options=options,
            attempt=attempt,
            prompt_tokens=answer.prompt_tokens if answer else None,
            output_tokens=answer.output_tokens if answer else None,
            duration_s=duration_s,
            done_reason=answer.done_reason if answer else "",
            schema_ok=None if wrong is None else not wrong,
            outcome=outcome,
            detail=str(failure) if failure else "; ".join(wrong or ()),
            prompt=_storable(as_text(request.messages)),
            response=_storable(answer.text) if answer else "",
        )
        write_down(self._chat._recorder, call)


def _storable(text: str) -> str:
    """No database takes a NUL or half a surrogate pair, and a log needs no text without end."""
    plain = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
    return plain[:LONGEST_TEXT_KEPT]
