"""The model engine: the embedded engine's candidates, each judged by a chat model with quotes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from concepts.extraction.asking import CallPlan, plan_calls
from concepts.extraction.believing import (
    DEFAULT_TRUST,
    Trust,
    answers_about,
    believed,
    is_confirmed,
    rescored,
)
from concepts.extraction.costing import Cost, Recorded, time_of
from concepts.extraction.doubting import Band
from concepts.extraction.embedded import Draft, EmbeddedExtractor, found_concepts, unique_keys
from concepts.extraction.errors import NothingJudged
from concepts.extraction.evidence import edge_evidence
from concepts.extraction.excerpts import whole_sentence
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
from concepts.extraction.judging import Answers, Judge, Judgement, Remember
from concepts.extraction.material import Material
from concepts.extraction.pairs import PairTable
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.scoring import EdgeWeights, ScoredPair, committed_weights, score_pairs
from concepts.extraction.selection import Selection, select_edges
from llm.ports import ChatModel
from vectorstore.ports import Embedder

MOST_CALLS = 600


class ModelExtractor:
    """Finds concepts and edges with a chat model's judgement of the embedded engine's candidates.

    Parameters
    ----------
    most_calls
        Budget; pairs beyond it, the least likely first, keep their embedded score and are only proposed.
    known, remember
        Answers of an earlier, interrupted run, and where new ones are kept: see `Judge`.
    band, trust
        Which pairs are asked about, and how far an answer moves them.
    """

    def __init__(
        self,
        embedder: Embedder,
        chat_model: ChatModel,
        *,
        most_calls: int = MOST_CALLS,
        known: Mapping[str, dict[str, Any]] | None = None,
        remember: Remember | None = None,
        weights: EdgeWeights | None = None,
        parameters: ConceptParameters | None = None,
        band: Band | None = None,
        trust: Trust = DEFAULT_TRUST,
    ) -> None:
        self._band, self._trust = band or Band(), trust
        self._parameters = parameters or ConceptParameters()
        self._weights = weights or committed_weights()
        self._embedded = EmbeddedExtractor(embedder, weights=self._weights, parameters=self._parameters)
        self.concept_judge = Judge(chat_model, "judge_concepts", known=known, remember=remember)
        self.pair_judge = Judge(chat_model, "judge_prerequisites", known=known, remember=remember)
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
        draft, table, pairs, plan = self.prepare(material, progress=progress)
        concepts, edges = Answers(), Answers()
        for done, question in enumerate(plan.concept_questions(draft)):
            progress("asking about concepts", done, plan.calls)
            self.concept_judge.ask(*question, into=concepts)
        for done, question in enumerate(plan.pair_questions(draft), start=len(plan.concepts)):
            progress("asking about prerequisites", done, plan.calls)
            self.pair_judge.ask(*question, into=edges)
        progress("asking about prerequisites", plan.calls, plan.calls)
        dropped = Counter(draft.dropped) + concepts.dropped + edges.dropped
        if plan.calls and not concepts.judgements and not edges.judgements:
            raise NothingJudged(self.name, calls=plan.calls, dropped=dict(dropped))
        if plan.left_out:
            dropped["pair over the budget of calls"] += plan.left_out
        return self._extraction(material, draft, table, pairs, concepts, edges, dropped)

    def prepare(
        self, material: Material, *, progress: Progress = no_progress
    ) -> tuple[Draft, PairTable, list[ScoredPair], CallPlan]:
        """Return what the text alone tells, and every question that a run will put; asks nothing."""
        draft = self._embedded.draft(material, progress=progress)
        table = self._embedded.table(draft)
        pairs = score_pairs(table, weights=self._weights)
        return draft, table, pairs, plan_calls(draft, pairs, band=self._band, most_calls=self._most_calls)

    def cost(
        self, material: Material, *, recorded: Mapping[str, Recorded], progress: Progress = no_progress
    ) -> Cost:
        """Return what `extract` will cost, from its very questions; asks nothing."""
        draft, _, _, plan = self.prepare(material, progress=progress)
        requests = chain(
            (self.concept_judge.request(*question) for question in plan.concept_questions(draft)),
            (self.pair_judge.request(*question) for question in plan.pair_questions(draft)),
        )
        prompt_tokens, output_tokens, minutes, basis = time_of(requests, recorded=recorded)
        return Cost(
            engine=self.name,
            calls=plan.calls,
            concept_calls=len(plan.concepts),
            pair_calls=plan.pair_calls,
            candidate_pairs=plan.candidates,
            asked_pairs=plan.asked,
            left_out_pairs=plan.left_out,
            prompt_tokens=prompt_tokens,
            output_tokens=output_tokens,
            minutes=minutes,
            basis=basis,
        )

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
        keys, texts = unique_keys(draft.names), material.passage_texts()
        judged = [rescored(pair, edges.judgements, trust=self._trust) for pair in pairs]
        selection = select_edges(judged, weights=self._weights, names=draft.names)
        found = found_concepts(draft, keys, publish=self._parameters.publish)
        return Extraction(
            concepts=tuple(
                self._believe(concept, concepts.judgements.get(f"c{number}"), texts)
                for number, concept in enumerate(found)
            ),
            edges=tuple(self._edges(selection, draft, table, keys, edges)),
            engine=self.name,
            dropped=dict(dropped),
            calls=concepts.calls + edges.calls,
        )

    def _believe(
        self, concept: FoundConcept, judgement: Judgement | None, texts: Mapping[str, str]
    ) -> FoundConcept:
        if judgement is None:
            return concept
        yes = judgement.verdicts["is_concept"]
        confidence = round(believed(concept.confidence, self._trust.weight([yes])), 4)
        definition = concept.definition
        if yes and judgement.span:
            # Chosen by reading, where the text's own signs may only have found the nearest sentence.
            definition = whole_sentence(judgement.span, texts[judgement.span.passage_id])
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
            told = answers_about(pair.prerequisite, pair.dependent, answers.judgements)
            is_plain = table.is_plain(pair.prerequisite, pair.dependent)
            status = EdgeStatus.REJECTED if reason else self._status(pair, told, is_plain=is_plain)
            made.append(self._edge(pair, draft, keys, told, status, reason))
        return [edge for edge in made if edge.evidence]

    def _status(
        self, pair: ScoredPair, told: Sequence[tuple[bool, Judgement]], *, is_plain: bool
    ) -> EdgeStatus:
        """Accept without a person what the model proved in this direction, asked either way round.

        A sentence that names both concepts proves it; one that names only one does where the text as a
        whole shows the edge plainly. What the text is sure of by itself was not asked about.
        """
        if not told:
            proves = is_plain and pair.confidence >= self._band.high
        else:
            proves = is_confirmed(told) and (is_plain or any(one.names_all for _, one in told))
        sure = proves and pair.confidence >= self._weights.accept
        return EdgeStatus.ACCEPTED if sure else EdgeStatus.PROPOSED

    def _edge(
        self,
        pair: ScoredPair,
        draft: Draft,
        keys: Sequence[str],
        told: Sequence[tuple[bool, Judgement]],
        status: EdgeStatus,
        reason: str,
    ) -> FoundEdge:
        return FoundEdge(
            prerequisite=keys[pair.prerequisite],
            dependent=keys[pair.dependent],
            confidence=round(pair.confidence, 4),
            reverse_confidence=round(pair.reverse_confidence, 4),
            evidence=_with_quotes(
                told,
                edge_evidence(pair.prerequisite, pair.dependent, draft.homes, draft.readings, draft.mentions),
            ),
            status=status,
            reason=reason,
        )


def _with_quotes(
    told: Sequence[tuple[bool, Judgement]], found: Sequence[EvidenceItem]
) -> tuple[EvidenceItem, ...]:
    """Return the model's quotes, those that name both concepts first, then what the text showed."""
    ranked = sorted(told, key=lambda answer: not answer[1].names_all)
    items: list[EvidenceItem] = []
    for item in (
        *(EvidenceItem(EvidenceKind.MODEL, one.span, says) for says, one in ranked if one.span),
        *found,
    ):
        if all(item.span != other.span for other in items):
            items.append(item)
    return tuple(items)
