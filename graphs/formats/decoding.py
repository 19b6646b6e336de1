"""From bytes to text, or to a sentence on how to save the file so that it can be read."""

from __future__ import annotations

import codecs

from graphs.errors import UnreadableText

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decode(data: bytes) -> str:
    """Return the text of a file: UTF-8, or what its byte order mark says.

    Nothing is guessed: a guess that is wrong changes names without a word.

    Raises
    ------
    UnreadableText
        It names the line and shows the word as Windows-1252 would have it, which is what spreadsheets
        save unless they are told otherwise.

    Examples
    --------
    >>> decode("source,target".encode("utf-16"))
    'source,target'
    >>> decode("a,b\\nCafé,Thé\\n".encode("cp1252"))
    Traceback (most recent call last):
        ...
    graphs.errors.UnreadableText: Line 2 is not UTF-8 text (as Windows-1252 it would read “Café,Thé”). \
Save the file as UTF-8 (in a spreadsheet: “CSV UTF-8”) and try again.
    """
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        start = data.rfind(b"\n", 0, exc.start) + 1
        shown = data[max(start, exc.start - 20) : exc.start + 20].partition(b"\n")[0]
        raise UnreadableText(
            line=data.count(b"\n", 0, exc.start) + 1, shown=shown.decode("cp1252", errors="replace").strip()
        ) from exc
