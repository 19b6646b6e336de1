"""Computes every belief again from the log and finds what differs from the stored ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from concepts.models import Subject
from mastery.models import Belief, Enrolment, MasteryEvent
from mastery.parameters import Kind, Parameters
from mastery.provenance import missing_hashes
from mastery.services.folding import (
    BELIEF_FIELDS,
    CARD_FIELDS,
    Folded,
    belief_values,
    canonical,
    card_values,
    fold_log,
    rewrite,
)
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.recording import OVERRIDE_GRADER


@dataclass(frozen=True, slots=True)
class Difference:
    """One stored row that the log does not account for, or one that is missing."""

    enrolment: str
    concept: str
    row: str
    stored: str
    replayed: str

    def __str__(self) -> str:
        where = f"{self.row} of {self.concept} in enrolment {self.enrolment}"
        return f"{where}: stored {self.stored}, replayed {self.replayed}"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the replay of one enrolment found; ``unnamed`` events miss some of their hashes."""

    events: int
    beliefs: int
    differences: tuple[Difference, ...]
    digest: bytes
    unnamed: int


class Digest:
    """One SHA-256 over the digests of all enrolments in turn, the same on every database.

    Examples
    --------
    >>> Digest().hexdigest()[:8]
    'e3b0c442'
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, replayed: Replayed) -> None:
        """Take in the next enrolment."""
        self._hash.update(replayed.digest)

    def hexdigest(self) -> str:
        """The digest of what was taken in so far."""
        return self._hash.hexdigest()


def replay_all(
    *, fix: bool = False, subject: Subject | None = None, parameters: Parameters | None = None
) -> Iterator[Replayed]:
    """Replay each enrolment (of a subject) that has a record, in its own transaction; ``fix`` rewrites."""
    has_events = Exists(MasteryEvent.objects.filter(enrolment=OuterRef("pk")))
    has_beliefs = Exists(Belief.objects.filter(enrolment=OuterRef("pk")))
    wanted = Enrolment.objects.filter(Q(has_events) | Q(has_beliefs)).order_by("pk")
    if subject is not None:
        wanted = wanted.filter(subject=subject)
    for key in list(wanted.values_list("pk", flat=True)):
        with transaction.atomic():
            enrolment = Enrolment.objects.select_for_update().get(pk=key)
            chosen = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
            replayed = _replay(enrolment, parameters=chosen)
            if fix and replayed.differences:
                rewrite(enrolment, fold_log(enrolment, parameters=chosen), parameters=chosen)
        yield replayed


def _replay(enrolment: Enrolment, *, parameters: Parameters) -> Replayed:
    folded = fold_log(enrolment, parameters=parameters)
    computed = _computed(folded, parameters=parameters)
    stored = _stored(enrolment)
    differences = tuple(
        Difference(str(enrolment.pk), concept, row, stored.get(key, "nothing"), computed.get(key, "nothing"))
        for key in sorted(stored.keys() | computed.keys())
        if stored.get(key) != computed.get(key)
        for row, concept in [key]
    )
    content = canonical({f"{row} {concept}": text for (row, concept), text in computed.items()})
    return Replayed(
        events=enrolment.events.count(),
        beliefs=len(folded.states),
        differences=differences,
        digest=hashlib.sha256(f"{enrolment.pk}{content}".encode()).digest(),
        unnamed=_unnamed(enrolment),
    )


def _unnamed(enrolment: Enrolment) -> int:
    rows = enrolment.events.order_by().values_list("kind", "grader", "hashes").iterator(chunk_size=2000)
    return sum(
        bool(missing_hashes(hashes, kind=Kind(kind), is_by_person=grader == OVERRIDE_GRADER))
        for kind, grader, hashes in rows
    )


def _computed(folded: Folded, *, parameters: Parameters) -> dict[tuple[str, str], str]:
    beliefs = {
        ("belief", concept): canonical(_comparable(belief_values(state, parameters=parameters)))
        for concept, state in folded.states.items()
    }
    cards = {
        ("review card", concept): canonical(_comparable(card_values(card)))
        for concept, card in folded.cards.items()
    }
    return beliefs | cards


def _stored(enrolment: Enrolment) -> dict[tuple[str, str], str]:
    beliefs = {
        ("belief", str(row.pop("concept_id"))): canonical(_comparable(row))
        for row in enrolment.beliefs.values("concept_id", *BELIEF_FIELDS)
    }
    cards = {
        ("review card", str(row.pop("concept_id"))): canonical(_comparable(row))
        for row in enrolment.review_cards.values("concept_id", *CARD_FIELDS)
    }
    return beliefs | cards


def _comparable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat(timespec="microseconds") if hasattr(value, "isoformat") else value
        for name, value in values.items()
    }
