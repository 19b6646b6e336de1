"""The model engine: the embedded engine's candidates, each judged by a chat model with quotes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from concepts.extraction.batching import Batch, batches
from concepts.extraction.embedded import Draft, EmbeddedExtractor, found_concepts, unique_keys
from concepts.extraction.errors import NothingJudged
from concepts.extraction.evidence import edge_evidence
from concepts.extraction.excerpts import Excerpt, Shown, whole_sentence
from concepts.extraction.findings import (
    EdgeStatus,
    EvidenceItem,
    EvidenceKind,
    Extraction,
    FoundConcept,
    FoundEdge,
    Progress,
    no_progress,
)
from concepts.extraction.homes import Home
from concepts.extraction.judging import Answers, Judge, Judgement, Remember, Subject
from concepts.extraction.material import Material
from concepts.extraction.pairs import PairTable
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.scoring import EdgeWeights, ScoredPair, committed_weights, score_pairs
from concepts.extraction.selection import Selection, select_edges
from llm.ports import ChatModel
from vectorstore.ports import Embedder

CONCEPTS_PER_CALL = 8
PAIRS_PER_CALL = 8
PLACES_PER_CALL = 3
MOST_PAIRS_OF_ONE = 8
# A yes or a no multiplies the odds that the text alone gives by e to this power (about 6).
TRUST = 1.8


@dataclass(frozen=True, slots=True)
class CallPlan:
    """The questions of one run, all known before the first is put.

    Attributes
    ----------
    left_out
        Pairs that the budget of calls leaves to the embedded score.
    """

    concepts: tuple[Batch[int, int], ...]
    pairs: tuple[Batch[ScoredPair, int], ...]
    left_out: int = 0

    @property
    def calls(self) -> int:
        """How many calls there will be, but for repeats of refused answers and halves of long questions."""
        return len(self.concepts) + len(self.pairs)


class ModelExtractor:
    """Finds concepts and edges with a chat model's judgement of the embedded engine's candidates.

    Parameters
    ----------
    most_calls
        Budget; pairs beyond it, the least likely first, keep their embedded score and are only proposed.
    known, remember
        Answers of an earlier, interrupted run, and where new ones are kept: see `Judge`.
    """

    def __init__(
        self,
        embedder: Embedder,
        chat_model: ChatModel,
        *,
        most_calls: int = 600,
        known: Mapping[str, dict[str, Any]] | None = None,
        remember: Remember | None = None,
        weights: EdgeWeights | None = None,
        parameters: ConceptParameters | None = None,
    ) -> None:
        self._parameters = parameters or ConceptParameters()
        self._weights = weights or committed_weights()
        self._embedded = EmbeddedExtractor(embedder, weights=self._weights, parameters=self._parameters)
        self._concept_judge = Judge(chat_model, "judge_concepts", known=known, remember=remember)
        self._pair_judge = Judge(chat_model, "judge_prerequisites", known=known, remember=remember)
        self._most_calls = most_calls
        self.name = f"ollama:{chat_model.name}"

    def extract(self, material: Material, *, progress: Progress = no_progress) -> Extraction:
        """Return the concepts and edges of ``material``; what a model could not prove is counted.

        Raises
        ------
        ModelError
            When the model server cannot be asked.
        NothingJudged
            When not one of its answers could be used.
        """
        draft = self._embedded.draft(material, progress=progress)
        table = self._embedded.table(draft)
        pairs = score_pairs(table, weights=self._weights)
        plan = self.plan(draft, pairs)
        concepts, edges = Answers(), Answers()
        for done, batch in enumerate(plan.concepts):
            progress("asking about concepts", done, plan.calls)
            self._concept_judge.ask(*_concept_question(batch, draft), into=concepts)
        for done, pair_batch in enumerate(plan.pairs, start=len(plan.concepts)):
            progress("asking about prerequisites", done, plan.calls)
            self._pair_judge.ask(*_pair_question(pair_batch, draft), into=edges)
        progress("asking about prerequisites", plan.calls, plan.calls)
        dropped = Counter(draft.dropped) + concepts.dropped + edges.dropped
        if plan.calls and not concepts.judgements and not edges.judgements:
            raise NothingJudged(self.name, calls=plan.calls, dropped=dict(dropped))
        if plan.left_out:
            dropped["pair over the budget of calls"] += plan.left_out
        return self._extraction(material, draft, table, pairs, concepts, edges, dropped)

    def plan(self, draft: Draft, pairs: Sequence[ScoredPair]) -> CallPlan:
        """Return every question that a run will put."""
        place = [home.order * 1_000_000 + _excerpt_number(home) for home in draft.homes]
        about = batches(
            [(number, [number]) for number in sorted(range(len(place)), key=place.__getitem__)],
            most_items=CONCEPTS_PER_CALL,
            most_places=CONCEPTS_PER_CALL,
        )
        chosen = self._worth_asking(pairs)
        while True:
            ordered = sorted(chosen, key=lambda pair: (pair.dependent, -pair.confidence, pair.prerequisite))
            asked = batches(
                [(pair, [pair.dependent]) for pair in ordered],
                most_items=PAIRS_PER_CALL,
                most_places=PLACES_PER_CALL,
            )
            over = len(about) + len(asked) - self._most_calls
            if over <= 0 or not chosen:
                return CallPlan(tuple(about), tuple(asked), len(self._worth_asking(pairs)) - len(chosen))
            likely = sorted(chosen, key=lambda pair: (-pair.confidence, pair.dependent, pair.prerequisite))
            chosen = likely[: max(0, len(chosen) - over * PLACES_PER_CALL)]

    def _worth_asking(self, pairs: Sequence[ScoredPair]) -> list[ScoredPair]:
        """Return the pairs that a yes could make an edge, the likeliest few of each concept."""
        floor = _believed(self._weights.propose, -TRUST)
        taken: Counter[int] = Counter()
        chosen = []
        for pair in sorted(pairs, key=lambda pair: (-pair.confidence, pair.dependent, pair.prerequisite)):
            if pair.confidence >= floor and taken[pair.dependent] < MOST_PAIRS_OF_ONE:
                taken[pair.dependent] += 1
                chosen.append(pair)
        return chosen

    def _extraction(
        self,
        material: Material,
        draft: Draft,
        table: PairTable,
        pairs: Sequence[ScoredPair],
        concepts: Answers,
        edges: Answers,
        dropped: Counter[str],
    ) -> Extraction:
        keys = unique_keys(draft.names)
        judged = [rescored(pair, edges.judgements.get(pair_id(pair))) for pair in pairs]
        selection = select_edges(judged, weights=self._weights, names=draft.names)
        found = found_concepts(draft, keys, publish=self._parameters.publish)
        return Extraction(
            concepts=tuple(
                self._believe(concept, concepts.judgements.get(f"c{number}"), material)
                for number, concept in enumerate(found)
            ),
            edges=tuple(self._edges(selection, draft, table, keys, edges)),
            engine=self.name,
            dropped=dict(dropped),
            calls=concepts.calls + edges.calls,
        )

    def _believe(
        self, concept: FoundConcept, judgement: Judgement | None, material: Material
    ) -> FoundConcept:
        if judgement is None:
            return concept
        yes = judgement.verdicts["is_concept"]
        confidence = round(_believed(concept.confidence, TRUST if yes else -TRUST), 4)
        definition = concept.definition
        if yes and judgement.span:
            # Chosen by reading, where the text's own signs may only have found the nearest sentence.
            definition = whole_sentence(judgement.span, material.passage_text(judgement.span.passage_id))
        if definition is None:
            confidence = min(confidence, self._parameters.publish - 0.01)
        return replace(concept, confidence=confidence, definition=definition)

    def _edges(
        self,
        selection: Selection,
        draft: Draft,
        table: PairTable,
        keys: Sequence[str],
        answers: Answers,
    ) -> list[FoundEdge]:
        falls = [(pair, "") for pair in selection.kept]
        falls += [(fall.pair, fall.reason) for fall in selection.rejected]
        made = []
        for pair, reason in falls:
            judgement = answers.judgements.get(pair_id(pair))
            is_plain = table.is_plain(pair.prerequisite, pair.dependent)
            status = self._status(pair, judgement, is_plain=is_plain)
            if reason:
                status = EdgeStatus.REJECTED
            made.append(self._edge(pair, draft, keys, judgement, status, reason))
        return [edge for edge in made if edge.evidence]

    def _status(self, pair: ScoredPair, judgement: Judgement | None, *, is_plain: bool) -> EdgeStatus:
        """Accept without a person only what the model proved in this direction.

        A sentence that names both concepts proves it; one that names only one does where the text as a
        whole shows the edge plainly.
        """
        if judgement is None or judgement.span is None or not _says(judgement, pair):
            return EdgeStatus.PROPOSED
        proves = judgement.names_all or is_plain
        sure = proves and pair.confidence >= self._weights.accept
        return EdgeStatus.ACCEPTED if sure else EdgeStatus.PROPOSED

    def _edge(
        self,
        pair: ScoredPair,
        draft: Draft,
        keys: Sequence[str],
        judgement: Judgement | None,
        status: EdgeStatus,
        reason: str,
    ) -> FoundEdge:
        evidence = edge_evidence(
            pair.prerequisite, pair.dependent, draft.homes, draft.readings, draft.mentions
        )
        if judgement and judgement.span:
            shown = EvidenceItem(EvidenceKind.MODEL, judgement.span, _says(judgement, pair))
            evidence = (shown, *(item for item in evidence if item.span != shown.span))
        return FoundEdge(
            prerequisite=keys[pair.prerequisite],
            dependent=keys[pair.dependent],
            confidence=round(pair.confidence, 4),
            reverse_confidence=round(pair.reverse_confidence, 4),
            evidence=evidence,
            status=status,
            reason=reason,
        )


def pair_id(pair: ScoredPair) -> str:
    """Return one id for both directions of a pair; A is the concept that comes first in teaching order."""
    return f"e{min(pair.prerequisite, pair.dependent)}-{max(pair.prerequisite, pair.dependent)}"


def _says(judgement: Judgement, pair: ScoredPair) -> bool:
    """Say whether the judgement is for this direction."""
    first = pair.prerequisite < pair.dependent
    return judgement.verdicts["first_needed" if first else "second_needed"]


def rescored(pair: ScoredPair, judgement: Judgement | None) -> ScoredPair:
    """Return the pair as believed after the judgement, turned round where that is likelier now."""
    if judgement is None:
        return pair
    turned = ScoredPair(pair.dependent, pair.prerequisite, pair.reverse_confidence, pair.confidence)
    forward = _believed(pair.confidence, TRUST if _says(judgement, pair) else -TRUST)
    back = _believed(pair.reverse_confidence, TRUST if _says(judgement, turned) else -TRUST)
    if forward >= back:
        return ScoredPair(pair.prerequisite, pair.dependent, forward, back)
    return ScoredPair(pair.dependent, pair.prerequisite, back, forward)


def _believed(probability: float, weight: float) -> float:
    """Return the probability whose odds are ``exp(weight)`` times as great.

    Examples
    --------
    >>> round(_believed(0.5, math.log(3)), 2)
    0.75
    """
    held = min(0.999, max(0.001, probability))
    odds = held / (1.0 - held) * math.exp(weight)
    return odds / (1.0 + odds)


def _concept_question(batch: Batch[int, int], draft: Draft) -> tuple[list[Subject], list[Excerpt]]:
    shown = Shown(draft)
    subjects = [
        Subject(f"c{number}", (_spellings(number, draft),), (shown.index(number),)) for number in batch.items
    ]
    return subjects, shown.excerpts


def _pair_question(batch: Batch[ScoredPair, int], draft: Draft) -> tuple[list[Subject], list[Excerpt]]:
    shown = Shown(draft)
    for pair in batch.items:
        shown.index(pair.dependent)
    subjects = []
    for pair in batch.items:
        ends = sorted((pair.prerequisite, pair.dependent))
        names = tuple(_spellings(end, draft) for end in ends)
        subjects.append(Subject(pair_id(pair), names, tuple(shown.index(end, briefly=True) for end in ends)))
    return subjects, shown.excerpts


def _spellings(number: int, draft: Draft) -> tuple[str, ...]:
    candidate = draft.candidates[number]
    return (candidate.name, *candidate.aliases)


def _excerpt_number(home: Home) -> int:
    return home.heading[0] if home.heading else home.start
