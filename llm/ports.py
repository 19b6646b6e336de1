"""What a chat model is to the rest of the service: a question in, a reply or a named failure out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

# Outcomes of a call that brought a reply; a call that did not carries its error's own word.
ANSWERED = "answered"
REFUSED = "reply_not_in_schema"


class Message(NamedTuple):
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question to a chat model.

    Attributes
    ----------
    purpose
        What the answer is for, such as ``"grade"``; written into the record of the call.
    model
        Another model than the adapter's own.
    schema
        JSON schema of the answer. A server takes it as a hint only: see `llm.asking.ask_for_json`.
    temperature
        0 for whatever must be the same tomorrow.
    num_predict
        Most tokens that the reply may take; a reply that needs more is a failure, not half an answer.
    timeout_s
        Seconds for one whole try, from connecting to the last byte; None for the adapter's own.
    template_hash
        `llm.prompting.Prompt.hash` of the prompt, so that a record can be traced to its wording.
    inspect
        Tells the recorder what is wrong with a reply; it never changes the reply.
    first_attempt
        Number of the first try, where this request is the next try of an earlier one.
    """

    purpose: str
    messages: tuple[Message, ...]
    model: str | None = None
    schema: dict[str, Any] | None = None
    temperature: float = 0.0
    num_predict: int = 1024
    timeout_s: float | None = None
    template_hash: str = ""
    seed: int = 0
    inspect: Callable[[str], list[str]] | None = None
    first_attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatReply:
    """A whole reply: one that was cut off is an error and never one of these.

    Attributes
    ----------
    prompt_tokens, output_tokens
        As the server counted them; None where it did not say.
    attempts
        How many tries it took.
    """

    text: str
    model: str
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    duration_s: float = 0.0
    done_reason: str = "stop"
    attempts: int = 1


class ChatModel(Protocol):
    """Something that answers chats."""

    @property
    def name(self) -> str:
        """The model's name as its server knows it."""
        ...

    @property
    def version(self) -> str:
        """What would change its answers: the name and, where known, the digest of the weights."""
        ...

    def chat(self, request: ChatRequest) -> ChatReply:
        """Return the model's whole reply.

        Raises
        ------
        llm.errors.ModelError
            One of its kinds, when there is no whole reply.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One try of one question, whatever came of it.

    Attributes
    ----------
    schema_ok
        None where the question had no schema or no reply came.
    outcome
        `ANSWERED`, `REFUSED`, or the ``outcome`` of the error.
    detail
        The error's sentence, or what was wrong with the reply.
    prompt, response
        The texts; the recorder drops them where the retention setting says so.
    """

    purpose: str
    model: str
    outcome: str
    endpoint: str = ""
    template_hash: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    attempt: int = 1
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    duration_s: float = 0.0
    done_reason: str = ""
    schema_ok: bool | None = None
    detail: str = ""
    prompt: str = ""
    response: str = ""


class CallRecorder(Protocol):
    """Where calls are written down."""

    def record(self, call: CallRecord) -> None:
        """Keep ``call``."""
        ...
