"""The one module that fetches: politely, within limits, and only from addresses that were checked.

The address is checked at the moment of connecting and the connection goes to that very address, so
a name that answers differently the second time (DNS rebinding) gains nothing. The name still goes
into the Host header and the TLS handshake. Every redirect is a new request under the same rules.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import httpcore
import httpx

from research.addresses import AddressGuard
from research.connecting import GuardedBackend, Resolve, resolve_by_system
from research.errors import (
    AddressRefused,
    BodyTooLarge,
    ConnectionFailed,
    ContentTypeRefused,
    FetchFailed,
    FetchTimedOut,
    HostNotFound,
    RobotsDisallowed,
    RobotsUnavailable,
    SiteAnsweredError,
    TooManyRedirects,
    UrlNotAllowed,
)
from research.parsing import KIND_OF_CONTENT_TYPE, KIND_OF_SUFFIX

ROBOT_NAME = "Cairn"
ROBOTS_LAST_S = 3600.0
# RFC 9309, section 2.5: a crawler may ignore what lies beyond 500 kibibytes.
ROBOTS_BYTES = 500 * 1024
LONGEST_CRAWL_DELAY_S = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much time, data and patience one page may cost.

    Attributes
    ----------
    timeout_s
        For one page with all its redirects, from the first connection to the last byte.
    max_bytes
        Of the body, counted after decompression.
    delay_s
        Between two requests to the same host.
    """

    timeout_s: float = 30.0
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    delay_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """One page as it came; ``not_modified`` means that it is what it was, and ``data`` is empty."""

    url: str
    data: bytes
    content_type: str
    charset: str
    etag: str
    last_modified: str
    not_modified: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    data: bytes


@dataclass(slots=True)
class _Robots:
    rules: Any
    until: float
    problem: str = ""


@dataclass
class Fetcher:
    """Fetches pages. One instance remembers robots.txt and the last visit of each host.

    Parameters
    ----------
    contact
        Where a site's owner can reach the operator; part of the user agent.
    allowed_private
        See `AddressGuard`.
    resolve, clock, sleep
        Name resolution, a monotonic clock and waiting, as arguments for tests.
    """

    contact: str = ""
    limits: FetchLimits = field(default_factory=FetchLimits)
    allowed_private: Collection[str] = ()
    resolve: Resolve = resolve_by_system
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.guard = AddressGuard(allowed_private=self.allowed_private)
        self.user_agent = (
            f"{ROBOT_NAME}/0.1 (reads pages that educators add to a course; {self.contact or 'self-hosted'})"
        )
        self._robots: dict[str, _Robots] = {}
        self._next_visit: dict[str, float] = {}

    def fetch(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Return the page at ``url``, unless it is unchanged since ``etag`` or ``last_modified``.

        Raises
        ------
        FetchFailed
            In one of its forms; nothing else leaves this function.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        final, answer = self._follow(
            url, headers={name: value for name, value in conditions.items() if value}
        )
        kind = Message()
        kind["Content-Type"] = answer.headers.get("content-type", "")
        content_type = kind.get_content_type() if kind["Content-Type"] else ""
        not_modified = answer.status == 304
        if not not_modified:
            if answer.status != 200:
                raise SiteAnsweredError(str(final), status=answer.status)
            if not _type_is_read(content_type, final.path):
                raise ContentTypeRefused(str(final), content_type)
        return Fetched(
            url=str(final),
            data=b"" if not_modified else answer.data,
            content_type=content_type,
            charset=str(kind.get_content_charset() or ""),
            etag=answer.headers.get("etag", etag if not_modified else "")[:300],
            last_modified=answer.headers.get("last-modified", last_modified if not_modified else "")[:100],
            not_modified=not_modified,
        )

    def _follow(self, url: str, *, headers: dict[str, str]) -> tuple[httpx.URL, _Answer]:
        """Return the last address and its answer; each hop is checked, asked for and waited for anew."""
        at = self.guard.checked_url(url)
        spent_s = 0.0
        for _ in range(self.limits.max_redirects + 1):
            self._check_robots(at)
            self._wait_for_turn(at)
            began = self.clock()
            left_s = self.limits.timeout_s - spent_s
            answer = self._ask(at, headers=headers, timeout_s=left_s, max_bytes=self.limits.max_bytes)
            spent_s += self.clock() - began
            if answer.status not in _REDIRECTS:
                return at, answer
            at = self._redirected(at, answer)
        raise TooManyRedirects(url, limit=self.limits.max_redirects)

    def _redirected(self, at: httpx.URL, answer: _Answer) -> httpx.URL:
        target = answer.headers.get("location", "")
        try:
            joined = str(at.join(target))
        except (httpx.InvalidURL, ValueError) as exc:
            raise ConnectionFailed(at.host, "it passes on to no valid address") from exc
        return self.guard.checked_url(joined)

    # --- politeness ----------------------------------------------------------------------------

    def _check_robots(self, url: httpx.URL) -> None:
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        robots = self._robots.get(origin)
        if robots is None or robots.until < self.clock():
            robots = self._robots[origin] = self._fetched_robots(origin)
        if robots.problem:
            raise RobotsUnavailable(url.host, robots.problem)
        if robots.rules is None:
            return
        if not robots.rules.can_fetch(str(url), ROBOT_NAME):
            raise RobotsDisallowed(str(url))

    def _fetched_robots(self, origin: str) -> _Robots:
        """Return a site's rules. RFC 9309, section 2.3.1: 4xx allows all, 5xx and silence refuse all."""
        from protego import Protego  # late: web processes never fetch

        until = self.clock() + ROBOTS_LAST_S
        try:
            answer = self._robots_answer(f"{origin}/robots.txt")
        except (AddressRefused, HostNotFound, UrlNotAllowed):
            raise  # the page itself would fail in the same words
        except FetchFailed as error:
            # A short memory: the site may be back in a minute, and each page would wait for it anew.
            return _Robots(None, self.clock() + 60, problem=str(error))
        if answer.status >= 500 or answer.status == 429:
            return _Robots(None, self.clock() + 60, problem=f"status {answer.status}")
        if answer.status >= 300:
            return _Robots(None, until)
        return _Robots(Protego.parse(answer.data.decode("utf-8", errors="replace")), until)

    def _robots_answer(self, url: str) -> _Answer:
        at = self.guard.checked_url(url)
        for _ in range(self.limits.max_redirects + 1):
            timeout_s = min(10.0, self.limits.timeout_s)
            answer = self._ask(at, headers={}, timeout_s=timeout_s, max_bytes=ROBOTS_BYTES, cut=True)
            if answer.status not in _REDIRECTS:
                return answer
            at = self._redirected(at, answer)
        return _Answer(404, {}, b"")

    def _wait_for_turn(self, url: httpx.URL) -> None:
        """Wait until this host may be asked again; a Crawl-delay in its rules counts, within reason."""
        origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
        rules = self._robots[origin].rules if origin in self._robots else None
        asked_s = float((rules and rules.crawl_delay(ROBOT_NAME)) or 0.0)
        delay_s = max(self.limits.delay_s, min(asked_s, LONGEST_CRAWL_DELAY_S))
        wait_s = self._next_visit.get(url.host, 0.0) - self.clock()
        if wait_s > 0:
            self.sleep(wait_s)
        self._next_visit[url.host] = self.clock() + delay_s

    # --- one request ---------------------------------------------------------------------------

    def _ask(
        self, url: httpx.URL, *, headers: dict[str, str], timeout_s: float, max_bytes: int, cut: bool = False
    ) -> _Answer:
        """Return the answer to one GET; with ``cut`` a longer body is cut off instead of refused."""
        deadline = self.clock() + timeout_s
        backend = GuardedBackend(guard=self.guard, resolve=self.resolve, clock=self.clock, deadline=deadline)
        asked = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": self.user_agent,
            "Accept": ", ".join(KIND_OF_CONTENT_TYPE),
            "Accept-Encoding": "gzip",
            **headers,
        }
        with (
            _failures_named(url.host, limit_s=self.limits.timeout_s),
            # A pool of its own: a connection checked for one name is never used for another.
            httpcore.ConnectionPool(network_backend=backend, max_connections=1) as pool,
            pool.stream("GET", str(url), headers=list(asked.items())) as response,
        ):
            found = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
            }
            if response.status in _REDIRECTS or response.status == 304:
                return _Answer(response.status, found, b"")
            body = _decompressed(response.iter_stream(), found.get("content-encoding", ""), host=url.host)
            return _Answer(response.status, found, _bounded(body, url=url, max_bytes=max_bytes, cut=cut))


def _type_is_read(content_type: str, path: str) -> bool:
    if content_type in KIND_OF_CONTENT_TYPE:
        return True
    # Plain file servers do not know Markdown and subtitles.
    named = any(path.casefold().endswith(suffix) for suffix in KIND_OF_SUFFIX)
    return content_type in ("", "application/octet-stream", "binary/octet-stream") and named


def _bounded(body: Iterable[bytes], *, url: httpx.URL, max_bytes: int, cut: bool) -> bytes:
    data = bytearray()
    for part in body:
        data += part
        if len(data) > max_bytes:
            if cut:
                return bytes(data[:max_bytes])
            raise BodyTooLarge(str(url), limit=max_bytes)
    return bytes(data)


def _decompressed(parts: Iterable[bytes], encoding: str, *, host: str) -> Iterator[bytes]:
    """Yield the body in pieces of bounded size: what a bomb unpacks to is never held at once."""
    name = encoding.strip().casefold()
    if name in ("", "identity"):
        yield from parts
        return
    # Only what was asked for: several encodings on top of each other multiply a bomb.
    if name not in ("gzip", "x-gzip", "deflate"):
        raise ConnectionFailed(host, f"it answered with encoding {name[:40]}, which was not asked for")
    unpack = zlib.decompressobj(wbits=47)
    for part in parts:
        waiting = part
        while waiting:
            try:
                yield unpack.decompress(waiting, 65536)
            except zlib.error as exc:
                raise ConnectionFailed(host, "its compressed answer is damaged") from exc
            waiting = unpack.unconsumed_tail
    if not unpack.eof:
        raise ConnectionFailed(host, "its compressed answer is cut off")


@contextmanager
def _failures_named(host: str, *, limit_s: float) -> Iterator[None]:
    """Turn the transport's exceptions into ours."""
    try:
        yield
    except httpcore.TimeoutException as exc:
        raise FetchTimedOut(host, limit_s=limit_s) from exc
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as exc:
        raise ConnectionFailed(host, f"{type(exc).__name__}: {exc}") from exc
