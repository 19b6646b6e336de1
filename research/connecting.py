"""Connections that go only to an address that was checked, and end before a deadline."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from research.addresses import AddressGuard
from research.errors import HostNotFound

Resolve = Callable[[str, int], list[str]]

_CONNECT_S = 10.0
_ADDRESSES_TRIED = 3


def resolve_by_system(host: str, port: int) -> list[str]:
    """Return the addresses of ``host``, as this machine's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass
class GuardedBackend(httpcore.NetworkBackend):
    """Resolves, checks every address, and connects to one that was checked, before ``deadline``."""

    guard: AddressGuard
    resolve: Resolve
    clock: Callable[[], float]
    deadline: float

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolved(host, port)
        self.guard.check_addresses(host, port, addresses)
        failure: Exception = HostNotFound(host)
        for address in addresses[:_ADDRESSES_TRIED]:
            left_s = min(_CONNECT_S, self.deadline - self.clock())
            if left_s <= 0:
                raise httpcore.ConnectTimeout
            try:
                stream = httpcore.SyncBackend().connect_tcp(address, port, timeout=left_s)
                return DeadlineStream(stream, clock=self.clock, deadline=self.deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure

    def _resolved(self, host: str, port: int) -> list[str]:
        """Return the addresses of ``host``; the system's resolver knows no time limit, so a thread waits."""
        found: list[str] = []

        def ask() -> None:
            try:
                found.extend(self.resolve(host, port))
            except OSError:
                return  # no address: told below

        waiting = threading.Thread(target=ask, name="resolve", daemon=True)
        waiting.start()
        waiting.join(max(0.0, self.deadline - self.clock()))
        if waiting.is_alive():
            raise httpcore.ConnectTimeout
        if not found:
            raise HostNotFound(host)
        return found


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every read and write must end before one deadline: a trickle does not prolong it."""

    def __init__(
        self, stream: httpcore.NetworkStream, *, clock: Callable[[], float], deadline: float
    ) -> None:
        self._stream, self._clock, self._deadline = stream, clock, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._left(httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, self._left(httpcore.ConnectTimeout))
        return DeadlineStream(secure, clock=self._clock, deadline=self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, error: type[Exception]) -> float:
        left_s = self._deadline - self._clock()
        if left_s <= 0:
            raise error
        return left_s
