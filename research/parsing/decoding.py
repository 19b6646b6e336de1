"""From bytes to text: byte order marks, declared encodings, and what to do with bad bytes."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from research.errors import TextNotDecodable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-:.]{2,40})""", re.I
)
# Web pages that declare Latin-1 are read by every browser as its superset.
_SUPERSET = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LARGEST_BAD_SHARE = 0.01
_GUESS_FROM_BYTES = 60_000


def decode(data: bytes, *, charset: str = "", is_html: bool = False) -> str:
    """Return ``data`` as text.

    A byte order mark wins, then ``charset`` (from the Content-Type), then what an HTML page
    declares, then UTF-8, then a guess. A few bad bytes become U+FFFD; more than one in a hundred
    mean that the encoding is wrong.

    Raises
    ------
    TextNotDecodable
        If no encoding makes text of it: most likely a binary file.

    Examples
    --------
    >>> decode("Höhe".encode("utf-16"))
    'Höhe'
    >>> decode(b"caf\\xe9", charset="ISO-8859-1")
    'café'
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(data[len(bom) :].decode(encoding, errors="replace"))
    declared = [charset]
    if is_html and (found := _META_CHARSET.search(data[:4096])):
        declared.append(found[1].decode("ascii"))
    for encoding in (*declared, "utf-8"):
        text = _decoded(data, encoding)
        if text is not None:
            return _checked(text)
    return _guessed(data)


def _decoded(data: bytes, encoding: str) -> str | None:
    """Return the text, or None if the encoding is unknown or does not fit."""
    try:
        name = codecs.lookup(encoding.strip() or "utf-8").name
        return data.decode(_SUPERSET.get(name, name), errors="strict")
    except (LookupError, UnicodeError, ValueError):
        return None


def _guessed(data: bytes) -> str:
    if b"\x00" in data[:_GUESS_FROM_BYTES]:
        raise TextNotDecodable()
    mostly_utf8 = data.decode("utf-8", errors="replace")
    if mostly_utf8.count("\ufffd") <= _LARGEST_BAD_SHARE * len(mostly_utf8):
        return _checked(mostly_utf8)
    best = from_bytes(data[:_GUESS_FROM_BYTES]).best()
    encoding = best.encoding if best else "cp1252"
    return _checked(data.decode(encoding, errors="replace"))


def _checked(text: str) -> str:
    bad = len(_CONTROL.findall(text)) + text.count("\ufffd")
    if bad > max(2, _LARGEST_BAD_SHARE * len(text)):
        raise TextNotDecodable()
    return text
