"""How much of a request is read, and how deep: refused with a sentence before it costs anything."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

MAX_JSON_BYTES = 2 * 1024 * 1024


class BodyTooLarge(APIException):
    """More was sent than this address reads."""

    status_code = 413
    default_code = "body-too-large"

    def __init__(self, *, limit: int) -> None:
        super().__init__(f"A request of this kind may hold {limit:,} bytes. Send less at once.")


class JsonBody(JSONParser):
    """JSON of at most `MAX_JSON_BYTES`, nested no deeper than the interpreter's stack."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MAX_JSON_BYTES + 1)
        if len(body) > MAX_JSON_BYTES:
            raise BodyTooLarge(limit=MAX_JSON_BYTES)
        try:
            return super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as exc:
            raise ParseError("JSON parse error - the value nests too deeply.") from exc
