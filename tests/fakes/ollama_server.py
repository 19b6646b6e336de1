"""An Ollama server on loopback that does, request by request, what a script says: mostly wrong.

Each chat takes the next behaviour of the script, and the last one again when the script is over.
The behaviours are in `tests.fakes.misbehaviours`.

In a test::

    with OllamaServer(answer=lambda body: '{"shown": true}') as server:
        server.will(busy(503), good)
        OllamaChat(hosts=[server.url], model="mistral")

As a process of its own, for tests of the whole service::

    python -m tests.fakes.ollama_server --port 11999 --do busy,good
"""

from __future__ import annotations

import argparse
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.fakes.misbehaviours import BEHAVIOURS, Behaviour, Body, Exchange, good

Answer = Callable[[Body], str]


class OllamaServer:
    """The fake: a script for its chats, a history of the requests that came.

    Parameters
    ----------
    answer
        Gives the good reply for the body of a chat request.
    context_length
        What /api/show says that the model reads; None to say nothing.
    """

    def __init__(
        self,
        *,
        answer: Answer = lambda body: "{}",
        models: Iterable[str] = ("mistral:latest", "phi:latest"),
        context_length: int | None = 32768,
        port: int = 0,
    ) -> None:
        self.answer = answer
        self.models = list(models)
        self.context_length = context_length
        self.script: list[Behaviour] = [good]
        self.listing = b""
        self.trickles_listing = False
        self.chats: list[Body] = []
        self.most_at_once = 0
        self.closing = threading.Event()
        self._at_once = 0
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def will(self, *behaviours: Behaviour) -> None:
        """Do these for the next chats, the last of them for all chats after."""
        self.script = list(behaviours)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def serve_forever(self) -> None:
        self._http.serve_forever()

    def handle_chat(self, handler: _Handler, body: Body) -> None:
        with self._lock:
            self.chats.append(body)
            behave = self.script.pop(0) if len(self.script) > 1 else self.script[0]
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            behave(Exchange(handler, body, good=self.answer(body)))
        finally:
            with self._lock:
                self._at_once -= 1

    def listed(self) -> Body:
        models = [
            {"name": name, "model": name, "digest": "ab12" * 16, "size": 4_000_000} for name in self.models
        ]
        return {"models": models}

    def shown(self) -> Body:
        window = {"llama.context_length": self.context_length} if self.context_length else {}
        return {"details": {"family": "llama"}, "model_info": {"general.architecture": "llama", **window}}


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        # A client that gives up in the middle is what most of these behaviours are for.
        with suppress(OSError):
            super().handle_one_request()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        fake = self.server.fake
        pages: dict[str, Body | bytes] = {"/api/tags": fake.listed(), "/api/version": {"version": "0.32.9"}}
        if fake.listing:
            pages["/api/tags"] = fake.listing
        if fake.trickles_listing:
            self.begin(1_000_000)
            while not self.pause(0.05):
                self.write(b" ")
        elif self.path in pages:
            self.send(pages[self.path])
        else:
            self.send({"error": "not found"}, status=404)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fake = self.server.fake
        name = str(body.get("model", ""))
        if not {name, f"{name}:latest"} & set(fake.models):
            self.send({"error": f'model "{name}" not found, try pulling it first'}, status=404)
        elif self.path == "/api/show":
            self.send(fake.shown())
        else:
            fake.handle_chat(self, body)

    def pause(self, seconds: float) -> bool:
        return self.server.fake.closing.wait(seconds)

    def write(self, data: bytes) -> None:
        self.wfile.write(data)

    def begin(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def send(self, body: Body | bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json; charset=utf-8"}
        sent |= {name.replace("_", "-").title(): value for name, value in (headers or {}).items()}
        self.send_response(status)
        for name, value in sent.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def reset(self) -> None:
        """Break the connection without the courtesy of an end."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], fake: OllamaServer) -> None:
        self.fake = fake
        super().__init__(address, _Handler)


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Ollama server that misbehaves by script.")
    parser.add_argument("--port", type=int, default=11999)
    parser.add_argument(
        "--do", default="good", help=f"behaviours in turn, from: {', '.join(sorted(BEHAVIOURS))}"
    )
    parser.add_argument("--say", default="{}", help="the good reply")
    arguments = parser.parse_args()
    server = OllamaServer(answer=lambda body: str(arguments.say), port=arguments.port)
    server.will(*(BEHAVIOURS[name] for name in arguments.do.split(",")))
    server.serve_forever()


if __name__ == "__main__":
    main()
