"""What the rooms above do when concepts are merged or split: their rows go along, and can be taken back.

A room that keeps something about concepts names a follower in the setting ``GRAPH_FOLLOWERS``. What a
follower changes through the journal is undone with the revision; what it computes from it, it computes anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.db import models

from concepts.models import Concept
from concepts.services.homes import homes_of
from config import wiring

if TYPE_CHECKING:
    from concepts.services.journalling import Journal


Changes = list[tuple[models.Model, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Piece:
    """One idea that learners are asked about, and the place in the sources that it comes from."""

    point: uuid.UUID
    passage: uuid.UUID
    start: int
    end: int


class GraphFollower:
    """Base of every follower; each method may be left as it is.

    ``computed`` names the models that `rebuild` writes anew: their rows hold on to no concept.
    """

    computed: tuple[type[models.Model], ...] = ()

    def needed(self, concepts: Collection[uuid.UUID]) -> set[uuid.UUID]:
        """Which concepts this room names where the database cannot see it."""
        return set()

    def pieces(self, concept: Concept, *, points: Collection[uuid.UUID]) -> Iterable[Piece]:
        """What learners are asked about ``concept``; ``points`` are those that came to it by a split."""
        return ()

    def merge(self, journal: Journal, *, source: Concept, target: Concept) -> None:
        """Let what hangs on ``source`` hang on ``target``."""

    def split(
        self, journal: Journal, *, source: Concept, target: Concept, points: Collection[uuid.UUID]
    ) -> None:
        """Let what hangs on these points alone hang on ``target``, which was split off ``source``."""

    def returning(self, journal: Journal, pairs: Changes) -> Changes:
        """Which rows of this room can have these values back; what took their place meanwhile gives way."""
        return pairs

    def rebuild(self, concepts: Collection[uuid.UUID], *, subject: uuid.UUID, moved_points: bool) -> None:
        """Compute anew what rests on where these concepts' evidence counts.

        ``moved_points``: single rubric points count elsewhere too, whichever concept they were asked about.
        """


def followers() -> list[GraphFollower]:
    """The followers of all rooms, in the order of the setting."""
    return cast("list[GraphFollower]", wiring.graph_followers())


def tell_followers(journal: Journal) -> None:
    """Have every room compute anew what rests on concepts that were moved in this revision."""
    if not journal.moved:
        return
    homes = homes_of(journal.subject.pk)
    touched = journal.moved | {uuid.UUID(homes.of_concept(str(concept))) for concept in journal.moved}
    for follower in followers():
        follower.rebuild(sorted(touched), subject=journal.subject.pk, moved_points=journal.moved_points)
