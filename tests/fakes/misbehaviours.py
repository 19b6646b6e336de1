"""Every way in which a model server, or the model behind it, has been seen to go wrong.

A behaviour starts from the *good* reply that the fake gives for the request, so that what comes
back is the right answer spoilt in exactly one way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

CHARS_PER_TOKEN = 4

Body = dict[str, Any]


class Wire(Protocol):
    """The connection that an answer goes out on."""

    def begin(self, length: int) -> None: ...
    def write(self, data: bytes) -> None: ...
    def reset(self) -> None: ...
    def send(
        self, body: Body | bytes, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> None: ...
    def pause(self, seconds: float) -> bool: ...


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(self, wire: Wire, body: Body, *, good: str) -> None:
        self.wire = wire
        self.body = body
        self.good = good

    @property
    def prompt_tokens(self) -> int:
        return sum(len(message["content"]) for message in self.body["messages"]) // CHARS_PER_TOKEN

    def chat(self, text: str, **changes: Any) -> Body:
        """The body of a chat reply in Ollama's form, with `changes`."""
        return {
            "model": self.body["model"],
            "created_at": "2026-11-21T07:00:00Z",
            "message": {"role": "assistant", "content": text},
            "done": True,
            "done_reason": "stop",
            "total_duration": 1_000_000,
            "prompt_eval_count": self.prompt_tokens,
            "eval_count": max(1, len(text) // CHARS_PER_TOKEN),
            **changes,
        }

    def send(self, body: Body | bytes, *, status: int = 200, **headers: str) -> None:
        self.wire.send(body, status=status, headers=headers)

    def pause(self, seconds: float) -> bool:
        """Wait; true when the server is being closed meanwhile."""
        return self.wire.pause(seconds)


Behaviour = Callable[[Exchange], None]

# --- behaviours: the server ------------------------------------------------------------------


def good(exchange: Exchange) -> None:
    """Answer as a well-behaved model would."""
    exchange.send(exchange.chat(exchange.good))


def slow(seconds: float) -> Behaviour:
    """Answer well, after a while."""

    def behave(exchange: Exchange) -> None:
        if not exchange.pause(seconds):
            good(exchange)

    return behave


def hang(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.pause(60)


def trickle(exchange: Exchange) -> None:
    """Send the good answer one byte at a time, never quite silent and never done."""
    body = json.dumps(exchange.chat(exchange.good)).encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    _drip(exchange, head + body)


def trickle_body(exchange: Exchange) -> None:
    """Send the head at once and the body one byte at a time."""
    body = json.dumps(exchange.chat(exchange.good)).encode()
    exchange.wire.begin(len(body))
    _drip(exchange, body)


def _drip(exchange: Exchange, data: bytes) -> None:
    for at in range(len(data)):
        exchange.wire.write(data[at : at + 1])
        if exchange.pause(0.05):
            return


def disconnect(exchange: Exchange) -> None:
    """Break the connection in the middle of the reply."""
    body = json.dumps(exchange.chat(exchange.good)).encode()
    exchange.wire.begin(len(body))
    exchange.wire.write(body[: len(body) // 2])
    exchange.wire.reset()


def disconnect_at_once(exchange: Exchange) -> None:
    """Break the connection before the reply."""
    exchange.wire.reset()


def error(status: int, text: str, **headers: str) -> Behaviour:
    """Answer with an error in Ollama's form."""

    def behave(exchange: Exchange) -> None:
        exchange.send({"error": text}, status=status, **headers)

    return behave


def busy(status: int = 503, retry_after: str = "") -> Behaviour:
    """Have no room now."""
    headers = {"Retry-After": retry_after} if retry_after else {}
    return error(status, "server busy, please try again. maximum pending requests exceeded", **headers)


server_error = error(500, "llama runner process has terminated")
context_exceeded = error(400, "the input length exceeds the context length")
bad_option = error(400, 'invalid option provided: "num_ctx"')
no_such_model = error(404, 'model "mistral" not found, try pulling it first')
forbidden = error(403, "this model is not for you")


def not_json(exchange: Exchange) -> None:
    """Say that it is JSON and send something else."""
    exchange.send(b"<html>502 Bad Gateway</html>", content_type="application/json")


def wrong_content_type(exchange: Exchange) -> None:
    """Send a good reply as a web page."""
    exchange.send(json.dumps(exchange.chat(exchange.good)).encode(), content_type="text/html")


def not_a_chat(exchange: Exchange) -> None:
    """Send JSON that is no chat reply."""
    exchange.send({"response": exchange.good, "done": True})


def content_is_a_number(exchange: Exchange) -> None:
    """Send a chat reply whose text is no text."""
    exchange.send(exchange.chat("", message={"role": "assistant", "content": 7}))


def huge(exchange: Exchange) -> None:
    """Send a body of some gigabytes, if it is let."""
    with suppress(OSError):
        exchange.wire.begin(8 * 2**30)
        while not exchange.pause(0):
            exchange.wire.write(b" " * 65536)


def compressed(exchange: Exchange) -> None:
    """Send a body that says it is compressed."""
    exchange.send(exchange.chat(exchange.good), Content_Encoding="gzip")


def redirect(exchange: Exchange) -> None:
    """Send the client somewhere else."""
    exchange.send({}, status=307, Location="http://127.0.0.1:9/api/chat")


def deeply_nested(exchange: Exchange) -> None:
    """Send a body of opening brackets."""
    exchange.send(b'{"message":' + b"[" * 200_000, content_type="application/json")


# --- behaviours: the model's window and end --------------------------------------------------


def truncating(exchange: Exchange) -> None:
    """Read half a window of the prompt, and answer with 200 as if nothing were wrong."""
    read = min(exchange.prompt_tokens, 2048) // 4
    exchange.send(exchange.chat(exchange.good, prompt_eval_count=read))


def cut_off(exchange: Exchange) -> None:
    """Stop in the middle, at the limit of tokens."""
    text = exchange.good
    exchange.send(exchange.chat(text[: len(text) * 2 // 3], done_reason="length"))


def cut_off_silently(exchange: Exchange) -> None:
    """Stop in the middle, and say that all is well."""
    text = exchange.good
    exchange.send(exchange.chat(text[: len(text) * 2 // 3]))


def white_space(exchange: Exchange) -> None:
    """Begin, and go on with line feeds until the limit."""
    exchange.send(exchange.chat("{" + "\n" * 4000, done_reason="length"))


def not_done(exchange: Exchange) -> None:
    """Send a part of a stream although a whole reply was asked for."""
    exchange.send(exchange.chat(exchange.good, done=False, done_reason=None))


def only_loaded(exchange: Exchange) -> None:
    """Load the model and say nothing."""
    exchange.send(exchange.chat("", done_reason="load"))


def bogus_counts(exchange: Exchange) -> None:
    """Answer well, with counts that are none."""
    exchange.send(exchange.chat(exchange.good, prompt_eval_count="many", eval_count=-(2**40)))


# --- behaviours: the model's words -----------------------------------------------------------


def saying(change: Callable[[str], str]) -> Behaviour:
    """Answer with the good text changed."""

    def behave(exchange: Exchange) -> None:
        exchange.send(exchange.chat(change(exchange.good)))

    return behave


def says(text: str) -> Behaviour:
    """Answer with `text`, whatever was asked."""
    return saying(lambda _: text)


empty = says("")
prose_only = says("I think the learner has understood this very well! Full marks.")
prose_around = saying(lambda text: f"Sure! Here is the JSON you asked for:\n\n{text}\n\nI hope this helps.")
code_fence = saying(lambda text: f"```json\n{text}\n```")
two_objects = saying(lambda text: f"{text}\n{text}")
in_an_array = saying(lambda text: f"[{text}]")
typographic_quotes = saying(lambda text: text.replace('"', "“"))
bad_escapes = saying(lambda text: text.replace('": "', r'": "\x41\_', 1))
raw_line_feed = saying(lambda text: text.replace('": "', '": "one\ntwo ', 1))
ends_string_early = saying(lambda text: re.sub(r'("[a-z_]+": ")', r'\1so-called "idea" ', text, count=1))
trailing_comma = saying(lambda text: f"{text.rstrip()[:-1]}, }}")
single_quotes = saying(lambda text: text.replace('"', "'"))
invented_keys = saying(lambda text: f'{{"confidence_level": "very high", {text.lstrip()[1:]}')
duplicate_key = saying(lambda text: re.sub(r'^\{\s*("[a-z_]+":)', r"{\1 null, \1", text.lstrip(), count=1))
not_a_number = saying(lambda text: f'{{"score": NaN, {text.lstrip()[1:]}')
infinite_number = saying(lambda text: f'{{"score": 1e999, {text.lstrip()[1:]}')
nul_in_string = saying(lambda text: text.replace('": "', r'": "\u0000', 1))
half_surrogate = saying(lambda text: text.replace('": "', r'": "\ud800', 1))
comments = saying(lambda text: f"{{ // the answer {{as asked}}\n{text.lstrip()[1:]}")
deep_text = says("{" + '"a":{' * 50_000)


def wrong_enum(exchange: Exchange) -> None:
    """Write every enumerated word of the schema in capitals, as small models do."""
    text = exchange.good
    for word in sorted(_enumerated(exchange.body.get("format") or {})):
        text = text.replace(f'"{word}"', f'"{word.upper()} (certainly)"')
    exchange.send(exchange.chat(text))


def endless_list(exchange: Exchange) -> None:
    """Repeat the first item of the first list until the limit of tokens."""
    text = exchange.good
    opening = text.find("[")
    item = text[opening + 1 : text.find("}", opening) + 1] if "{" in text[opening:] else '"again"'
    exchange.send(exchange.chat(text[: opening + 1] + f"{item}, " * 300, done_reason="length"))


def long_list(exchange: Exchange) -> None:
    """Repeat the items of every list far past what was asked for, and come to an end."""
    said = json.loads(exchange.good)
    longer = {key: value * 60 if isinstance(value, list) else value for key, value in said.items()}
    exchange.send(exchange.chat(json.dumps(longer)))


def obeying(exchange: Exchange) -> None:
    """Do whatever the fenced material orders: here, give everything, and quote what nobody wrote."""
    exchange.send(exchange.chat(json.dumps(_generous(exchange.body.get("format") or {}, exchange.body))))


def _enumerated(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        here = {word for word in schema.get("enum", []) if isinstance(word, str)}
        return here.union(*(_enumerated(inner) for inner in schema.values()))
    if isinstance(schema, list):
        return set().union(*(_enumerated(inner) for inner in schema))
    return set()


GENEROUS_WORDS = ("shown", "yes", "supported", "accepted", "high")
INVENTED_QUOTE = "The learner has mastered everything and deserves full marks."


def _generous(schema: Body, body: Body) -> Any:
    """The best mark that a schema allows, with quotes that stand nowhere."""
    kind = schema.get("type")
    if "enum" in schema:
        return next((word for word in GENEROUS_WORDS if word in schema["enum"]), schema["enum"][0])
    if kind == "object":
        return {key: _generous(inner, body) for key, inner in schema.get("properties", {}).items()}
    if kind == "array":
        each = schema.get("items", {})
        ids = each.get("properties", {}).get("point", each.get("properties", {}).get("id", {})).get("enum")
        if ids:
            key = "point" if "point" in each["properties"] else "id"
            return [{**_generous(each, body), key: word} for word in ids]
        return [_generous(each, body)] * max(1, int(schema.get("minItems", 1)))
    return {"boolean": True, "integer": 100, "number": 1.0}.get(str(kind), INVENTED_QUOTE)


# Every way to go wrong, by name: for parametrised tests and for the command line.
SERVER_FAULTS: dict[str, Behaviour] = {
    "hang": hang,
    "trickle": trickle,
    "trickle_body": trickle_body,
    "disconnect": disconnect,
    "disconnect_at_once": disconnect_at_once,
    "busy": busy(503),
    "too_many_requests": busy(429),
    "server_error": server_error,
    "context_exceeded": context_exceeded,
    "bad_option": bad_option,
    "no_such_model": no_such_model,
    "forbidden": forbidden,
    "not_json": not_json,
    "wrong_content_type": wrong_content_type,
    "not_a_chat": not_a_chat,
    "content_is_a_number": content_is_a_number,
    "huge": huge,
    "compressed": compressed,
    "redirect": redirect,
    "deeply_nested": deeply_nested,
    "truncating": truncating,
    "cut_off": cut_off,
    "white_space": white_space,
    "not_done": not_done,
    "only_loaded": only_loaded,
    "endless_list": endless_list,
}
TEXT_FAULTS: dict[str, Behaviour] = {
    "cut_off_silently": cut_off_silently,
    "empty": empty,
    "prose_only": prose_only,
    "two_objects": two_objects,
    "in_an_array": in_an_array,
    "typographic_quotes": typographic_quotes,
    "bad_escapes": bad_escapes,
    "raw_line_feed": raw_line_feed,
    "ends_string_early": ends_string_early,
    "trailing_comma": trailing_comma,
    "single_quotes": single_quotes,
    "invented_keys": invented_keys,
    "duplicate_key": duplicate_key,
    "not_a_number": not_a_number,
    "infinite_number": infinite_number,
    "nul_in_string": nul_in_string,
    "half_surrogate": half_surrogate,
    "comments": comments,
    "deep_text": deep_text,
    "wrong_enum": wrong_enum,
}
HARMLESS: dict[str, Behaviour] = {
    "good": good,
    "prose_around": prose_around,
    "code_fence": code_fence,
    "bogus_counts": bogus_counts,
}
# Well-formed and wrong: only what checks the content can refuse these.
LIARS: dict[str, Behaviour] = {"obeying": obeying, "long_list": long_list}
BEHAVIOURS = {**SERVER_FAULTS, **TEXT_FAULTS, **HARMLESS, **LIARS}
