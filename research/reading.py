"""A document laid out for reading: its blocks with their words, place and the passage they are in."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from research.models import Document, Passage
from research.places import Place


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """One block as the page shows it."""

    kind: str
    text: str
    level: int
    place: str
    begins: Passage | None

    @property
    def heading_tag(self) -> str:
        """The page's own title is the h1, so the document's headings begin at h2."""
        return f"h{min(self.level + 1, 6)}"


def shown_blocks(document: Document) -> list[ShownBlock]:
    """The blocks of a document in reading order; the first block of each passage names it."""
    passages = sorted(document.passages.all(), key=lambda passage: passage.start)
    starts = [passage.start for passage in passages]
    shown: list[ShownBlock] = []
    last_passage, last_place = -1, ""
    for kind, start, end, level, page, seconds in document.structure.get("blocks", []):
        at = bisect_right(starts, start) - 1
        begins = passages[at] if at != last_passage and at >= 0 else None
        place = Place(page, seconds).label
        shown.append(
            ShownBlock(kind, document.text[start:end], level, place if place != last_place else "", begins)
        )
        last_passage, last_place = at, place
    return shown
