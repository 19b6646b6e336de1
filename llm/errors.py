"""Why there is no answer from a chat model, and what to do about it.

Each kind says as ``outcome`` how a record of the call names it, and as ``retry`` where another try
can help: at the same server, only at another server, or nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto


class Retry(Enum):
    """Where asking again can help."""

    ANYWHERE = auto()
    ELSEWHERE = auto()
    NOWHERE = auto()


class ModelError(Exception):
    """A chat model gave no answer that can be used."""

    outcome = "failed"
    retry = Retry.NOWHERE


class ModelUnavailable(ModelError):
    """The server cannot be reached, broke off, or failed inside."""

    outcome = "unavailable"
    retry = Retry.ANYWHERE

    def __init__(self, *, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(
            f"The model server at {endpoint} gave no answer ({reason}). "
            "Start it with `ollama serve`, correct OLLAMA_HOST, or set TUTOR_ENGINE=embedded."
        )


class ModelTimedOut(ModelError):
    """The whole reply did not arrive in time."""

    outcome = "timed_out"
    retry = Retry.ANYWHERE

    def __init__(self, *, endpoint: str, timeout_s: float) -> None:
        self.endpoint, self.timeout_s = endpoint, timeout_s
        super().__init__(
            f"The model server at {endpoint} did not finish within {timeout_s:.3g} s. "
            "Raise OLLAMA_TIMEOUT_S or choose a smaller model."
        )


class ModelBusy(ModelError):
    """The server, or this service's own limit of calls at a time, has no room now."""

    outcome = "busy"
    retry = Retry.ANYWHERE

    def __init__(self, *, endpoint: str, retry_after_s: float | None = None) -> None:
        self.endpoint, self.retry_after_s = endpoint, retry_after_s
        super().__init__(
            f"The model server at {endpoint} is busy. Try again later, or name more servers in OLLAMA_HOST."
        )


class ModelNotInstalled(ModelError):
    """The server does not have the model."""

    outcome = "not_installed"
    retry = Retry.ELSEWHERE

    def __init__(self, model: str, *, endpoint: str) -> None:
        self.model, self.endpoint = model, endpoint
        super().__init__(f"The server at {endpoint} has no model {model}. Run `ollama pull {model}` there.")


class ModelRefused(ModelError):
    """The server understood the request and refuses it."""

    outcome = "refused"

    def __init__(self, *, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(f"The model server at {endpoint} refused the request: {reason}. Check OLLAMA_MODEL.")


class PromptTooLong(ModelError):
    """The prompt and its reply do not fit the model's window together."""

    outcome = "prompt_too_long"

    def __init__(self, *, needed: int, num_ctx: int) -> None:
        self.needed, self.num_ctx = needed, num_ctx
        super().__init__(
            f"The prompt and its reply may need {needed} tokens and the window holds {num_ctx}. "
            "Give fewer or shorter passages, or raise OLLAMA_NUM_CTX (and use a model that reads as much)."
        )


class PromptTruncated(ModelError):
    """The server answered a prompt of which it read only a part."""

    outcome = "prompt_truncated"

    def __init__(self, *, read: int, least: int) -> None:
        self.read, self.least = read, least
        super().__init__(
            f"The model read {read} tokens of a prompt of at least {least}: the server cut it. "
            "Lower OLLAMA_NUM_CTX to what the model really reads, or use a model with a wider window."
        )


class ReplyCutOff(ModelError):
    """The reply ended before the model was done."""

    outcome = "reply_cut_off"

    def __init__(self, *, num_predict: int, reason: str) -> None:
        self.num_predict, self.reason = num_predict, reason
        super().__init__(
            f"The model's reply was cut off ({reason}, {num_predict} tokens allowed); "
            "half an answer is none. Ask for less at a time, or use a model that keeps to the form."
        )


class ReplyUnreadable(ModelError):
    """What came back is not a chat reply in Ollama's form."""

    outcome = "reply_unreadable"
    retry = Retry.ELSEWHERE

    def __init__(self, *, endpoint: str, reason: str) -> None:
        self.endpoint, self.reason = endpoint, reason
        super().__init__(
            f"{endpoint} did not answer as Ollama does ({reason}). "
            "Check that OLLAMA_HOST names an Ollama server."
        )


class ReplyNotInSchema(ModelError):
    """The model was asked, and asked again, and never kept to the form."""

    outcome = "reply_not_in_schema"

    def __init__(self, *, purpose: str, complaints: Sequence[str], attempts: int) -> None:
        self.purpose, self.complaints, self.attempts = purpose, tuple(complaints), attempts
        super().__init__(
            f"The model's answer for “{purpose}” was refused {attempts} times; at last: "
            f"{'; '.join(complaints).rstrip('.')}. Use a stronger model, or set TUTOR_ENGINE=embedded."
        )
