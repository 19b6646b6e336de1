"""Where in its source a quote stands: page, second, and the link that opens it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a paged source, or a second of a recording; neither where the source has none."""

    page: int | None = None
    seconds: float | None = None

    @property
    def label(self) -> str:
        """The place as a reader says it.

        Examples
        --------
        >>> Place(page=3).label, Place(seconds=3723.4).label, Place(seconds=62).label
        ('page 3', '1:02:03', '1:02')
        """
        if self.seconds is not None:
            minutes, seconds = divmod(int(self.seconds), 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
        return f"page {self.page}" if self.page else ""


def place_at(structure: dict[str, Any], *, offset: int) -> Place:
    """Return the place of a character of a document, by the blocks of its stored structure.

    Examples
    --------
    >>> blocks = [["paragraph", 0, 9, 0, None, 1.5], ["paragraph", 10, 19, 0, None, 8.0]]
    >>> place_at({"blocks": blocks}, offset=12)
    Place(page=None, seconds=8.0)
    """
    place = Place()
    for _, start, _, _, page, seconds in structure.get("blocks", []):
        if start > offset:
            break
        if page is not None or seconds is not None:
            place = Place(page, seconds)
    return place


def link_to(url: str, *, place: Place) -> str:
    """Return the address that opens a web source at ``place``; empty where there is none to open.

    Examples
    --------
    >>> link_to("https://www.youtube.com/watch?v=abc", place=Place(seconds=83.9))
    'https://www.youtube.com/watch?v=abc&t=83s'
    >>> link_to("https://example.org/book.pdf", place=Place(page=4))
    'https://example.org/book.pdf#page=4'
    >>> link_to("javascript:alert(1)", place=Place())
    ''
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        return ""
    if place.seconds is not None:
        query = [(name, value) for name, value in parse_qsl(parts.query) if name != "t"]
        return urlunsplit(parts._replace(query=urlencode([*query, ("t", f"{int(place.seconds)}s")])))
    if place.page:
        return urlunsplit(parts._replace(fragment=f"page={place.page}"))
    return url
