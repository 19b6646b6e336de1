"""An HTTP transport whose time and size limits hold for the whole exchange.

A usual read timeout begins anew with every byte, so a server that sends one byte a second is never
too late. Here the read timeout of a request is the time for all of it, from connecting to the last
byte of the body, and the body has a largest size. Both hold inside the socket, whatever client
(ours or the ollama package's) sits on top.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

DEFAULT_LIMIT_S = 120.0


class DeadlineTransport(httpx.BaseTransport):
    """Makes one connection per request and gives the whole exchange one deadline.

    Proxies named in the environment and compressed bodies are not used: a model server is near, and
    a small compressed body can unpack to any size.

    Parameters
    ----------
    max_bytes
        Largest body that is read.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._ssl_context = httpx.create_ssl_context(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the whole response.

        Raises
        ------
        httpx.TimeoutException
            If the last byte has not arrived when the request's read timeout has passed.
        httpx.TransportError
            If the exchange fails otherwise, or the body is too large or compressed.
        """
        limit_s = request.extensions.get("timeout", {}).get("read") or DEFAULT_LIMIT_S
        network = _DeadlineNetwork(time.monotonic() + limit_s)
        try:
            with httpcore.ConnectionPool(ssl_context=self._ssl_context, network_backend=network) as pool:
                return self._exchange(pool, request)
        except httpcore.TimeoutException as exc:
            raise httpx.ReadTimeout(f"no whole answer within {limit_s:g} s", request=request) from exc
        except httpcore.ConnectError as exc:
            raise httpx.ConnectError(str(exc), request=request) from exc
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as exc:
            raise httpx.NetworkError(str(exc) or "connection broken", request=request) from exc

    def _exchange(self, pool: httpcore.ConnectionPool, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with pool.stream(request.method, target, headers=request.headers.raw, content=request.read()) as raw:
            headers = httpx.Headers(raw.headers)
            if headers.get("content-encoding", "identity") != "identity":
                raise httpx.DecodingError("the body is compressed, unasked", request=request)
            body = bytearray()
            for part in raw.iter_stream():
                body += part
                if len(body) > self._max_bytes:
                    raise httpx.DecodingError(f"the body exceeds {self._max_bytes} bytes", request=request)
            return httpx.Response(raw.status, headers=headers, content=bytes(body), request=request)


class _DeadlineNetwork(httpcore.SyncBackend):
    """Connects as usual, and lets no single operation outlast the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, _left(self._deadline), local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _DeadlineStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the deadline has passed")
    return left
