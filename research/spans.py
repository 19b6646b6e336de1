"""Source spans: exact words at an exact place, and how a quote is found again."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from research.errors import QuoteNotFound

# Glyphs that differ between a source and a quote of it although the words are the same.
_SAME_GLYPH = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class Span:
    """The words ``quote`` at ``start:end`` of the text of passage ``passage_id``."""

    passage_id: str
    start: int
    end: int
    quote: str


def locate_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return where ``quote`` first stands in ``text``, or None.

    The exact words win; otherwise white space, kinds of quotation mark and dash, ligatures,
    invisible characters and letter case may differ. The offsets are always into ``text`` as given,
    so ``text[start:end]`` is the wording that the source really has.

    Examples
    --------
    >>> text = "He said: “A cairn\\n marks a path.”"
    >>> start, end = locate_quote(text, 'a cairn marks a path.')
    >>> text[start:end]
    'A cairn\\n marks a path.'
    """
    wanted = quote.strip()
    if not wanted:
        return None
    exact = text.find(wanted)
    if exact >= 0:
        return exact, exact + len(wanted)
    haystack, places = _fold(text)
    needle = _fold(wanted)[0].strip()
    at = haystack.find(needle) if needle else -1
    while at >= 0:
        end = at + len(needle)
        # One source character may fold to several (a ligature): a match may not begin or end inside it.
        whole_start = at == 0 or places[at - 1] != places[at]
        whole_end = end == len(places) or places[end] != places[end - 1]
        if whole_start and whole_end:
            return places[at], places[end - 1] + 1
        at = haystack.find(needle, at + 1)
    return None


def verify(span: Span, text: str) -> None:
    """Check that ``span`` says exactly what stands at its place in ``text``.

    Raises
    ------
    QuoteNotFound
        If ``text[span.start:span.end]`` is not ``span.quote``, or the span is empty or outside.
    """
    inside = 0 <= span.start < span.end <= len(text)
    if not inside or text[span.start : span.end] != span.quote:
        raise QuoteNotFound(quote=span.quote, passage_id=span.passage_id)


def span_of(quote: str, *, passage_id: str, text: str) -> Span:
    """Return the span of ``quote`` in ``text``, with the source's own wording as its quote.

    Raises
    ------
    QuoteNotFound
        If the words are not in ``text``.
    """
    found = locate_quote(text, quote)
    if found is None:
        raise QuoteNotFound(quote=quote, passage_id=passage_id)
    return Span(passage_id, found[0], found[1], text[found[0] : found[1]])


def _fold(text: str) -> tuple[str, list[int]]:
    """Return ``text`` without differences of form, and for each character its place in ``text``."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char in _INVISIBLE:
            continue
        if char.isspace():
            if folded and folded[-1] == " ":
                continue
            plain = " "
        else:
            # Before NFKC, which would take an acute accent apart into a space and a combining mark.
            same = char.translate(_SAME_GLYPH)
            plain = same if same.isascii() else unicodedata.normalize("NFKC", same).translate(_SAME_GLYPH)
            plain = plain.casefold()
        folded.extend(plain)
        places.extend([place] * len(plain))
    return "".join(folded), places
