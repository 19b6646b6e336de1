"""The questions of one run of the model engine: all of them are known before the first is put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from concepts.extraction.batching import Batch, batches
from concepts.extraction.believing import pair_id
from concepts.extraction.doubting import ORDERS, Band, doubtful, most_pair_calls, within_budget
from concepts.extraction.embedded import Draft
from concepts.extraction.excerpts import Excerpt, Shown
from concepts.extraction.homes import Home
from concepts.extraction.judging import Subject
from concepts.extraction.scoring import ScoredPair

CONCEPTS_PER_CALL = 8
# Few texts in one question are read better; more are put in where pairs would be left out else.
PLACES_PER_CALL = (3, 6)
MOST_PAIRS_OF_ONE = 8

Question = tuple[list[Subject], list[Excerpt]]


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The questions of one run.

    Attributes
    ----------
    pairs
        Batches for one order of each pair; every batch is put twice.
    candidates, asked, left_out
        Pairs that the text connects, those asked about, and those in doubt that the budget leaves to the
        text's own score.
    """

    concepts: tuple[Batch[int, int], ...]
    pairs: tuple[Batch[ScoredPair, int], ...]
    candidates: int = 0
    left_out: int = 0

    @property
    def asked(self) -> int:
        """How many pairs will be judged."""
        return sum(len(batch.items) for batch in self.pairs)

    @property
    def pair_calls(self) -> int:
        """How many calls will be about pairs."""
        return ORDERS * len(self.pairs)

    @property
    def calls(self) -> int:
        """How many calls there will be, but for repeats of refused answers and halves of long questions."""
        return len(self.concepts) + self.pair_calls

    def concept_questions(self, draft: Draft) -> Iterator[Question]:
        """Yield the questions about concepts."""
        return (_concept_question(batch, draft) for batch in self.concepts)

    def pair_questions(self, draft: Draft) -> Iterator[Question]:
        """Yield the questions about pairs: first all in one order, then all the other way round."""
        for swapped in (False, True):
            for batch in self.pairs:
                yield _pair_question(batch, draft, swapped=swapped)


def plan_calls(draft: Draft, pairs: Sequence[ScoredPair], *, band: Band, most_calls: int) -> CallPlan:
    """Return every question that a run will put.

    Parameters
    ----------
    most_calls
        Budget of the whole run; concepts come first. Pairs never take more than a third of a call each.
    """
    place = [home.order * 1_000_000 + _excerpt_number(home) for home in draft.homes]
    about = batches(
        [(number, [number]) for number in sorted(range(len(place)), key=place.__getitem__)],
        most_items=CONCEPTS_PER_CALL,
        most_places=CONCEPTS_PER_CALL,
    )[:most_calls]
    wanted = doubtful(pairs, band=band, most_of_one=MOST_PAIRS_OF_ONE)
    for most_places in PLACES_PER_CALL:
        asked, left_out = within_budget(
            wanted,
            most_calls=min(most_calls - len(about), most_pair_calls(len(pairs))),
            places_of=lambda pair: [pair.dependent],
            most_places=most_places,
        )
        if not left_out:
            break
    return CallPlan(tuple(about), tuple(asked), len(pairs), left_out)


def _concept_question(batch: Batch[int, int], draft: Draft) -> Question:
    shown = Shown(draft)
    subjects = [
        Subject(f"c{number}", (_spellings(number, draft),), (shown.index(number),)) for number in batch.items
    ]
    return subjects, shown.excerpts


def _pair_question(batch: Batch[ScoredPair, int], draft: Draft, *, swapped: bool) -> Question:
    """Return one question; A comes first in teaching order, and ``swapped`` last, of the last pair first."""
    shown = Shown(draft)
    items = batch.items[::-1] if swapped else batch.items
    for pair in items:
        shown.index(pair.dependent)
    subjects = []
    for pair in items:
        ends = sorted((pair.prerequisite, pair.dependent), reverse=swapped)
        names = tuple(_spellings(end, draft) for end in ends)
        shown_in = tuple(shown.index(end, briefly=True) for end in ends)
        subjects.append(Subject(pair_id(*ends), names, shown_in))
    return subjects, shown.excerpts


def _spellings(number: int, draft: Draft) -> tuple[str, ...]:
    candidate = draft.candidates[number]
    return (candidate.name, *candidate.aliases)


def _excerpt_number(home: Home) -> int:
    return home.heading[0] if home.heading else home.start
