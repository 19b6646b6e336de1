"""Takes the body of a request as text, whatever graph format it is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from concepts.errors import GraphFileTooLarge
from concepts.services.exchanging import MAX_FILE_BYTES


class GraphTextParser(BaseParser):
    """UTF-8 text of at most `MAX_FILE_BYTES`, read no further."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, str]:
        body = stream.read(MAX_FILE_BYTES + 1)
        if len(body) > MAX_FILE_BYTES:
            raise GraphFileTooLarge(limit_bytes=MAX_FILE_BYTES)
        try:
            return {"text": str(body, "utf-8")}
        except UnicodeDecodeError as exc:
            raise ParseError("The graph is not UTF-8 text; save it as UTF-8 and send it again.") from exc
