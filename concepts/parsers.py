"""Takes the body of a request as text, whatever graph format it is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from concepts.errors import GraphFileTooLarge
from concepts.services.exchanging import MAX_FILE_BYTES
from graphs.formats.decoding import decode


class GraphTextParser(BaseParser):
    """Text (UTF-8, or what its byte order mark says) of at most `MAX_FILE_BYTES`, read no further."""

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
        return {"text": decode(body)}
