"""Questions put together into few model calls, so that the number of calls is known before the first."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Place = TypeVar("Place", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Batch(Generic[Item, Place]):
    """Items asked about in one call, and the places whose text they need."""

    items: tuple[Item, ...]
    places: tuple[Place, ...]


def batches(
    placed: Sequence[tuple[Item, Sequence[Place]]], *, most_items: int, most_places: int
) -> list[Batch[Item, Place]]:
    """Put items into batches in their order, each with at most so many items and different places.

    An item that alone needs more places than allowed stands alone with its first ones.

    Examples
    --------
    >>> made = batches([("x", [1]), ("y", [1, 2]), ("z", [3])], most_items=8, most_places=2)
    >>> [(batch.items, batch.places) for batch in made]
    [(('x', 'y'), (1, 2)), (('z',), (3,))]
    """
    made: list[Batch[Item, Place]] = []
    items: list[Item] = []
    places: list[Place] = []
    for item, needed in placed:
        wanted = list(dict.fromkeys(needed))[:most_places]
        together = list(dict.fromkeys([*places, *wanted]))
        if items and (len(items) == most_items or len(together) > most_places):
            made.append(Batch(tuple(items), tuple(places)))
            items, together = [], wanted
        items.append(item)
        places = together
    if items:
        made.append(Batch(tuple(items), tuple(places)))
    return made
