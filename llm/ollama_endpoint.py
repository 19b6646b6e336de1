"""One Ollama server: one try at a chat, and what models it has. All HTTP of this room is here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import ollama

from llm.deadlines import DeadlineTransport
from llm.errors import (
    ModelBusy,
    ModelNotInstalled,
    ModelRefused,
    ModelTimedOut,
    ModelUnavailable,
    PromptTooLong,
    ReplyUnreadable,
)

PROBE_TIMEOUT_S = 2.0
DEFAULT_PORT = 11434
LARGEST_BODY = 2_000_000

_PLAIN = {"Accept-Encoding": "identity"}
_LONGEST_REASON = 300
_LARGEST_COUNT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said: the text and how it came to its end."""

    text: str
    is_done: bool
    done_reason: str
    prompt_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model that a server has."""

    name: str
    digest: str


class OllamaEndpoint:
    """One Ollama server.

    Parameters
    ----------
    host : str
        As in OLLAMA_HOST: a URL, or only a host, or host and port.
    concurrency : int
        How many calls it may have at a time from this process. Ollama itself takes one at a time
        per model unless told otherwise, and queues the rest, so waiting here costs nothing and keeps
        the waiting out of a call's time.
    """

    def __init__(self, host: str, *, concurrency: int = 1) -> None:
        self.url = base_url(host)
        self._transport = DeadlineTransport(max_bytes=LARGEST_BODY)
        self._slots = threading.BoundedSemaphore(concurrency)
        self._in_flight = 0
        self._counting = threading.Lock()
        self._windows: dict[str, int | None] = {}

    @property
    def in_flight(self) -> int:
        """How many calls it has or waits for now."""
        return self._in_flight

    @contextmanager
    def slot(self, *, timeout_s: float) -> Iterator[None]:
        """Hold one of the server's places.

        Raises
        ------
        ModelBusy
            If none is free within `timeout_s`.
        """
        with self._counting:
            self._in_flight += 1
        try:
            if not self._slots.acquire(timeout=timeout_s):
                raise ModelBusy(endpoint=self.url)
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._counting:
                self._in_flight -= 1

    def chat(self, body: dict[str, Any], *, timeout_s: float) -> Answer:
        """Post one chat, straight to /api/chat: the ollama package cannot send `truncate` and `shift`.

        Raises
        ------
        ModelError
            One of its kinds, by what the server did.
        """
        try:
            with httpx.Client(transport=self._transport, timeout=timeout_s) as client:
                response = client.post(
                    f"{self.url}/api/chat", json=body, headers={"Accept-Encoding": "identity"}
                )
        except httpx.TimeoutException as exc:
            raise ModelTimedOut(endpoint=self.url, timeout_s=timeout_s) from exc
        except httpx.DecodingError as exc:
            raise ReplyUnreadable(endpoint=self.url, reason=str(exc)) from exc
        except httpx.HTTPError as exc:
            raise ModelUnavailable(endpoint=self.url, reason=_short(str(exc))) from exc
        if response.status_code != httpx.codes.OK:
            self._raise_for(response, body)
        return self._read(response)

    def installed(self, *, timeout_s: float = PROBE_TIMEOUT_S) -> list[InstalledModel]:
        """Return the models that the server has.

        Raises
        ------
        ModelUnavailable, ModelTimedOut, ReplyUnreadable
        """
        with self._client(timeout_s) as client:
            listed = client.list().models
        return [InstalledModel(name=model.model or "", digest=model.digest or "") for model in listed]

    def window(self, model: str, *, timeout_s: float = PROBE_TIMEOUT_S) -> int | None:
        """Return how many tokens `model` reads at most, or None if the server does not say.

        Asked once per model: a window asked for beyond this one is silently made smaller.

        Raises
        ------
        ModelNotInstalled, ModelUnavailable, ModelTimedOut, ReplyUnreadable
        """
        if model not in self._windows:
            with self._client(timeout_s, model) as client:
                self._windows[model] = _context_length(client.show(model).modelinfo or {})
        return self._windows[model]

    @contextmanager
    def _client(self, timeout_s: float, model: str = "") -> Iterator[ollama.Client]:
        client = ollama.Client(
            host=self.url,
            timeout=timeout_s,
            transport=self._transport,
            follow_redirects=False,
            headers=_PLAIN,
        )
        try:
            yield client
        except httpx.TimeoutException as exc:
            raise ModelTimedOut(endpoint=self.url, timeout_s=timeout_s) from exc
        except (httpx.DecodingError, ValueError, TypeError) as exc:
            raise ReplyUnreadable(endpoint=self.url, reason=_short(str(exc))) from exc
        except (httpx.HTTPError, ConnectionError) as exc:
            raise ModelUnavailable(endpoint=self.url, reason=_short(str(exc))) from exc
        except ollama.ResponseError as exc:
            if exc.status_code == httpx.codes.NOT_FOUND and model:
                raise ModelNotInstalled(model, endpoint=self.url) from exc
            raise ModelUnavailable(endpoint=self.url, reason=_short(str(exc))) from exc

    def _raise_for(self, response: httpx.Response, body: Mapping[str, Any]) -> None:
        status, reason = response.status_code, _reason(response)
        if status in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
            raise ModelBusy(endpoint=self.url, retry_after_s=_retry_after(response))
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
            raise ModelUnavailable(endpoint=self.url, reason=f"HTTP {status}: {reason}")
        if status == httpx.codes.NOT_FOUND and "model" in reason.lower():
            raise ModelNotInstalled(str(body["model"]), endpoint=self.url)
        if status == httpx.codes.BAD_REQUEST and _is_about_length(reason):
            options = body["options"]
            raise PromptTooLong(needed=options["num_ctx"] + 1, num_ctx=options["num_ctx"])
        if status >= httpx.codes.BAD_REQUEST and status != httpx.codes.NOT_FOUND:
            raise ModelRefused(endpoint=self.url, reason=f"HTTP {status}: {reason}")
        raise ReplyUnreadable(endpoint=self.url, reason=f"HTTP {status}: {reason}")

    def _read(self, response: httpx.Response) -> Answer:
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            raise ReplyUnreadable(endpoint=self.url, reason=f"its content type is {kind or 'missing'}")
        try:
            said = json.loads(response.content)
            text = said["message"]["content"]
        except (ValueError, TypeError, KeyError, RecursionError) as exc:
            raise ReplyUnreadable(endpoint=self.url, reason="its body is not a chat reply in JSON") from exc
        if not isinstance(text, str):
            raise ReplyUnreadable(endpoint=self.url, reason="the content of its message is not text")
        return Answer(
            text=text,
            is_done=said.get("done") is True,
            done_reason=str(said.get("done_reason") or "")[:40],
            prompt_tokens=_count(said.get("prompt_eval_count")),
            output_tokens=_count(said.get("eval_count")),
        )


def base_url(host: str) -> str:
    """Return the URL that OLLAMA_HOST means: scheme, host and port, and nothing else.

    The address that tells a server to listen everywhere is where a client reaches it on loopback.

    Examples
    --------
    >>> base_url("0.0.0.0"), base_url("tower:8080"), base_url("https://models.example/")
    ('http://127.0.0.1:11434', 'http://tower:8080', 'https://models.example:443')
    """
    parts = urlsplit(host if "://" in host else f"http://{host}")
    usual = {"http": DEFAULT_PORT if "://" not in host else 80, "https": 443}
    if parts.scheme not in usual or not parts.hostname:
        raise ValueError(f"OLLAMA_HOST names {host!r}; it must be like http://127.0.0.1:11434.")
    name = "127.0.0.1" if parts.hostname == "0.0.0.0" else parts.hostname  # noqa: S104  (compared, not bound)
    return f"{parts.scheme}://{f'[{name}]' if ':' in name else name}:{parts.port or usual[parts.scheme]}"


def is_same_model(wanted: str, installed: str) -> bool:
    """Return whether a name without a tag means this installed model (then its tag is ``latest``).

    Examples
    --------
    >>> is_same_model("mistral", "mistral:latest"), is_same_model("phi", "phi:3b")
    (True, False)
    """
    full = wanted if ":" in wanted.rsplit("/", 1)[-1] else f"{wanted}:latest"
    return installed in (wanted, full)


def _context_length(info: Mapping[str, Any]) -> int | None:
    lengths = [_count(value) for key, value in info.items() if key.endswith(".context_length")]
    return next((length for length in lengths if length), None)


def _reason(response: httpx.Response) -> str:
    try:
        said = json.loads(response.content)["error"]
    except (ValueError, TypeError, KeyError, RecursionError):
        said = response.content[:_LONGEST_REASON].decode("utf-8", "replace")
    return _short(said if isinstance(said, str) else json.dumps(said))


def _is_about_length(reason: str) -> bool:
    said = reason.lower()
    return any(word in said for word in ("context", "too long", "exceed", "input length"))


def _retry_after(response: httpx.Response) -> float | None:
    seconds = response.headers.get("retry-after", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT
    return value if is_count else None


def _short(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_REASON]
