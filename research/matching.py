"""Which passages of a document are still there in its next version, word for word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage as it is compared.

    Attributes
    ----------
    id : hashable
    text_hash : str
        Of its whole text: equal hashes, equal words.
    heading_path : tuple of str
    """

    id: Hashable
    text_hash: str
    heading_path: tuple[str, ...] = ()


def match_unchanged(old: Sequence[Stretch], new: Sequence[Stretch]) -> dict[Hashable, Hashable]:
    """Return old id -> id of the new passage with the same text, for those of which there is one.

    Where a text stands in several places, a passage goes to the one under its own headings, else to the one
    in the same place of the order; where there are fewer than before, the last takes the rest.

    Parameters
    ----------
    old, new : sequence of Stretch
        In reading order.

    Examples
    --------
    >>> old = [Stretch(1, "a"), Stretch(2, "b"), Stretch(3, "c")]
    >>> match_unchanged(old, [Stretch(7, "c"), Stretch(8, "x"), Stretch(9, "a")])
    {1: 9, 3: 7}
    """
    by_place: dict[tuple[str, tuple[str, ...]], list[Hashable]] = defaultdict(list)
    by_text: dict[str, list[Hashable]] = defaultdict(list)
    for stretch in new:
        by_place[stretch.text_hash, stretch.heading_path].append(stretch.id)
        by_text[stretch.text_hash].append(stretch.id)
    met: dict[tuple[str, ...] | tuple[str, tuple[str, ...]], int] = defaultdict(int)
    matched: dict[Hashable, Hashable] = {}
    for stretch in old:
        place = (stretch.text_hash, stretch.heading_path)
        found = by_place.get(place) or by_text.get(stretch.text_hash)
        if found:
            matched[stretch.id] = found[min(met[place], len(found) - 1)]
            met[place] += 1
    return matched
