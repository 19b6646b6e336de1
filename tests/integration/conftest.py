from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without writing each request to the terminal."""

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def served_directory(request: pytest.FixtureRequest) -> Iterator[str]:
    """The directory given as the fixture's parameter, over HTTP on loopback; gives ``host:port``."""
    handler = partial(QuietHandler, directory=str(Path(request.param)))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
