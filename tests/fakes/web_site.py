"""A web site on loopback that speaks real HTTP and misbehaves on purpose.

Pages are given as ``path -> Page``; beside them the site has a path for each way of misbehaving.
Robots rules are settable: text, a status, or None (there is none).
"""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@cache
def gzip_bomb() -> bytes:
    """About 100 kB that unpack to 100 MB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(b"\0" * 1_000_000) for _ in range(100)]) + packer.flush()


@dataclass
class Page:
    """What one address answers."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class WebSite:
    """The site as a test sees it: what it serves, and what was asked of it."""

    port: int
    pages: dict[str, Page] = field(default_factory=dict)
    robots: str | int | None = None
    trickle_s: float = 0.2
    directory: Path | None = None
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def asked(self, path: str) -> int:
        """How often ``path`` was asked for."""
        return sum(asked == path for asked, _ in self.requests)


@contextmanager
def web_site() -> Iterator[WebSite]:
    """Serve a site until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Visit)
    server.daemon_threads = True
    site = WebSite(port=server.server_address[1])
    server.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Visit(BaseHTTPRequestHandler):
    server: Any
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        self.site: WebSite = self.server.site
        self.site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        with suppress(ConnectionError):
            self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _answer(self) -> None:
        name = self.path.strip("/").replace("-", "_").split("/")[0].split("?")[0]
        misbehave = getattr(self, f"_{name}", None)
        if self.path == "/robots.txt":
            self._robots()
        elif self.path in self.site.pages:
            self._page(self.site.pages[self.path])
        elif misbehave and not name.startswith("_"):
            misbehave()
        elif self.site.directory and (self.site.directory / self.path.lstrip("/")).is_file():
            self._send(200, (self.site.directory / self.path.lstrip("/")).read_bytes())
        else:
            self._send(404, b"no such page")

    def _page(self, page: Page) -> None:
        etag = page.headers.get("ETag")
        if etag and self.headers.get("If-None-Match") == etag:
            self._send(304, b"", headers=page.headers)
        else:
            self._send(page.status, page.body, content_type=page.content_type, headers=page.headers)

    def _send(
        self,
        status: int,
        body: bytes,
        *,
        content_type: str = "text/html; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if status != 304:
            self.wfile.write(body)

    def _robots(self) -> None:
        rules = self.site.robots
        if isinstance(rules, int):
            self._send(rules, b"")
        else:
            self._send(404 if rules is None else 200, (rules or "").encode(), content_type="text/plain")

    def _redirect_to(self, where: str) -> None:
        self._send(302, b"", headers={"Location": where})

    # --- the ways of misbehaving ----------------------------------------------------------------

    def _redirect_loop(self) -> None:
        self._redirect_to("/redirect-loop")

    def _redirect_private(self) -> None:
        self._redirect_to("http://169.254.169.254/latest/meta-data/")

    def _redirect_to_file(self) -> None:
        self._redirect_to("file:///etc/passwd")

    def _redirect_other_port(self) -> None:
        self._redirect_to("http://127.0.0.1:1/")

    def _redirect_nowhere(self) -> None:
        self._redirect_to("http://[bad")

    def _gzip_bomb(self) -> None:
        self._send(200, gzip_bomb(), headers={"Content-Encoding": "gzip"})

    def _gzip_twice(self) -> None:
        self._send(200, gzip.compress(gzip.compress(b"x")), headers={"Content-Encoding": "gzip, gzip"})

    def _gzip_cut_off(self) -> None:
        self._send(200, gzip.compress(b"x" * 10_000)[:-20], headers={"Content-Encoding": "gzip"})

    def _gzip_damaged(self) -> None:
        self._send(200, b"this is not gzip", headers={"Content-Encoding": "gzip"})

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        while True:
            self.wfile.write(b"stone " * 10_000)

    def _slow_trickle(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        while True:
            self.wfile.write(b"<p>stone</p>")
            time.sleep(self.site.trickle_s)

    def _slow_headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            self.wfile.write(b"X-Stone: one\r\n")
            time.sleep(self.site.trickle_s)

    def _silence(self) -> None:
        time.sleep(self.site.trickle_s * 20)

    def _wrong_type(self) -> None:
        self._send(200, b"\x89PNG", content_type="image/png")

    def _not_http(self) -> None:
        self.wfile.write(b"HELO stone\r\n\r\n")

    def _cut_off(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"<p>half a page")

    def _broken(self) -> None:
        self._send(500, b"oh no")

    def _busy(self) -> None:
        self._send(429, b"later")

    def _gone(self) -> None:
        self._send(410, b"gone")

    def _forbidden(self) -> None:
        self._send(403, b"no")
