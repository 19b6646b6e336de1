"""From the bytes of a source to clean text with structure: one entry for every kind of document."""

from __future__ import annotations

from pathlib import PurePosixPath

from research.errors import DocumentTooLarge, NothingToRead, UnknownDocumentKind
from research.parsing.decoding import decode
from research.parsing.structure import ParsedDocument

MAX_TEXT_BYTES = 10_000_000
MAX_PDF_BYTES = 60_000_000

KIND_OF_SUFFIX = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".vtt": "transcript",
    ".srt": "transcript",
}
KIND_OF_CONTENT_TYPE = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "text/plain": "text",
    "application/pdf": "pdf",
    "text/vtt": "transcript",
    "application/x-subrip": "transcript",
}


def kind_of(*, name: str = "", content_type: str = "", data: bytes = b"") -> str:
    """Return which kind of document this is, by its first bytes, its type and its name, in that order.

    Raises
    ------
    UnknownDocumentKind
        If none of them says.

    Examples
    --------
    >>> kind_of(name="notes.MD", content_type="text/plain; charset=utf-8")
    'markdown'
    """
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if data.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return "transcript"
    by_type = KIND_OF_CONTENT_TYPE.get(content_type.partition(";")[0].strip().casefold())
    suffix = PurePosixPath(name.casefold()).suffix
    by_name = KIND_OF_SUFFIX.get(suffix)
    # Servers and browsers call Markdown and subtitles plain text or nothing at all: the name knows better.
    kind = by_name if by_name and by_type in (None, "text") else by_type
    if kind is None:
        raise UnknownDocumentKind(content_type or suffix or name or "a file without a name")
    return kind


def parse(
    kind: str, data: bytes, *, title: str = "", base_url: str = "", charset: str = ""
) -> ParsedDocument:
    """Return the document in ``data``.

    Parameters
    ----------
    kind
        ``markdown``, ``text``, ``html``, ``pdf`` or ``transcript``. A text whose lines begin with
        rising time stamps is read as a transcript.
    title
        Overrides the document's own title.
    base_url
        Where it came from, to make links absolute.
    charset
        The encoding that its server named, if any.

    Raises
    ------
    SourceUnreadable
        In one of its forms, each with a remedy; nothing else leaves this function.

    Examples
    --------
    >>> parse("markdown", b"# Cairns").title
    'Cairns'
    """
    limit = MAX_PDF_BYTES if kind == "pdf" else MAX_TEXT_BYTES
    if len(data) > limit:
        raise DocumentTooLarge(size=len(data), limit=limit)
    if not data.strip():
        raise NothingToRead()
    if kind == "pdf":
        from research.parsing.pdf import parse_pdf

        return parse_pdf(data, title=title)
    text = decode(data, charset=charset, is_html=kind == "html")
    return _parse_text(kind, text, title=title, base_url=base_url)


def _parse_text(kind: str, text: str, *, title: str, base_url: str) -> ParsedDocument:
    if kind == "html":
        from research.parsing.html import parse_html

        return parse_html(text, base_url=base_url, title=title)
    if kind == "markdown":
        from research.parsing.markdown import parse_markdown

        return parse_markdown(text, base_url=base_url, title=title)
    from research.parsing.transcript import has_time_stamps, parse_transcript

    if kind == "transcript" or (kind == "text" and has_time_stamps(text)):
        return parse_transcript(text, title=title)
    if kind == "text":
        from research.parsing.plain import parse_plain

        return parse_plain(text, title=title)
    raise UnknownDocumentKind(kind)
