"""The embedded engine: concepts and prerequisites from the wording, order and vectors of the text alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from concepts.extraction.candidates import Candidate, CandidateFinder, merge_variants
from concepts.extraction.evidence import concept_evidence, edge_evidence, mentions_of_each
from concepts.extraction.findings import (
    EdgeStatus,
    Extraction,
    FoundConcept,
    FoundEdge,
    Progress,
    no_progress,
)
from concepts.extraction.homes import Home, about, concept_texts, find_home, teaching_place
from concepts.extraction.material import Material
from concepts.extraction.mentions import Mention, MentionIndex, name_table
from concepts.extraction.merging import merge_near
from concepts.extraction.naming import name_generality
from concepts.extraction.pairs import PairTable
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.reading import Reading
from concepts.extraction.scoring import EdgeWeights, ScoredPair, committed_weights, score_pairs
from concepts.extraction.selection import select_edges
from concepts.extraction.terms import slug
from vectorstore.ports import Embedder

ENGINE = "embedded"


@dataclass(frozen=True, slots=True)
class Draft:
    """Concepts found in a material, before their edges are judged; both engines start from it.

    Attributes
    ----------
    candidates, homes
        In the same numbering, in teaching order.
    mentions
        Every mention, by document.
    dropped
        How many candidates were given up, by reason.
    """

    readings: tuple[Reading, ...]
    candidates: tuple[Candidate, ...]
    homes: tuple[Home, ...]
    mentions: tuple[tuple[Mention, ...], ...]
    dropped: dict[str, int]

    @property
    def names(self) -> list[str]:
        """The concepts' names in their numbering."""
        return [candidate.name for candidate in self.candidates]


class EmbeddedExtractor:
    """Finds concepts and edges without a language model.

    Parameters
    ----------
    embedder
        Tells which concepts are related, and which names are variants of one.
    weights, parameters
        The committed ones unless others are given.
    """

    name = ENGINE

    def __init__(
        self,
        embedder: Embedder,
        *,
        weights: EdgeWeights | None = None,
        parameters: ConceptParameters | None = None,
    ) -> None:
        self._embedder = embedder
        self._weights = weights or committed_weights()
        self._parameters = parameters or ConceptParameters()

    def extract(self, material: Material, *, progress: Progress = no_progress) -> Extraction:
        """Return the concepts and edges of ``material``."""
        draft = self.draft(material, progress=progress)
        table = self.table(draft)
        progress("judging edges", 2, 3)
        selection = select_edges(
            score_pairs(table, weights=self._weights), weights=self._weights, names=draft.names
        )
        keys = unique_keys(draft.names)
        edges = [self._edge(pair, draft, keys, self._status(pair, table), "") for pair in selection.kept]
        edges.extend(
            self._edge(fall.pair, draft, keys, EdgeStatus.REJECTED, fall.reason)
            for fall in selection.rejected
        )
        progress("judging edges", 3, 3)
        unproven = sum(1 for edge in edges if not edge.evidence)
        return Extraction(
            concepts=found_concepts(draft, keys, publish=self._parameters.publish),
            edges=tuple(edge for edge in edges if edge.evidence),
            engine=ENGINE,
            dropped=draft.dropped | ({"edge without evidence": unproven} if unproven else {}),
        )

    def draft(self, material: Material, *, progress: Progress = no_progress) -> Draft:
        """Return the concepts of ``material`` in teaching order, with their homes and mentions."""
        readings = tuple(Reading(document, order=order) for order, document in enumerate(material.documents))
        progress("finding concepts", 0, 3)
        found = merge_variants(CandidateFinder(self._parameters).find(readings))
        found = merge_near(found, embedder=self._embedder)
        dropped = Counter({"too many concepts": max(0, len(found) - self._parameters.most_concepts)})
        found = found[: self._parameters.most_concepts]
        progress("finding concepts", 1, 3)
        homed = self._with_homes(found, readings)
        dropped["concept without a place in the text"] = len(found) - len(homed)
        homed.sort(key=lambda item: (teaching_place(item[1]), item[0].key))
        candidates = tuple(candidate for candidate, _ in homed)
        index = mention_index(candidates)
        return Draft(
            readings,
            candidates,
            tuple(home for _, home in homed),
            tuple(tuple(index.in_reading(reading)) for reading in readings),
            {reason: count for reason, count in dropped.items() if count},
        )

    def table(self, draft: Draft) -> PairTable:
        """Return the features of every pair of concepts of a draft."""
        spellings = [(candidate.name, *candidate.aliases) for candidate in draft.candidates]
        texts = concept_texts(spellings, draft.homes, draft.readings, draft.mentions)
        wordings = [
            about(name, _defining_text(home, draft.readings))
            for name, home in zip(draft.names, draft.homes, strict=True)
        ]
        generality = name_generality(draft.names, embedder=self._embedder)
        return PairTable(texts, vectors=self._embedder.embed(wordings), generality=generality)

    def _with_homes(
        self, found: Sequence[Candidate], readings: Sequence[Reading]
    ) -> list[tuple[Candidate, Home]]:
        index = mention_index(found)
        first: dict[int, tuple[int, Mention]] = {}
        for reading in readings:
            for mention in index.in_reading(reading):
                if not mention.in_heading:
                    first.setdefault(mention.concept, (reading.order, mention))
        homed = []
        for number, candidate in enumerate(found):
            home = find_home(candidate, readings, first_mention=first.get(number))
            if home is not None:
                homed.append((candidate, home))
        return homed

    def _status(self, pair: ScoredPair, table: PairTable) -> EdgeStatus:
        """Accept what the text plainly shows in this direction; a person decides on what is only likely.

        All selected edges are likely enough to propose, and a prerequisite that is missing costs learners
        far more than a spurious one, so plain evidence needs no second threshold. The direction does: an
        edge that is nearly as likely the other way round gates nobody.
        """
        plain = table.is_plain(pair.prerequisite, pair.dependent)
        return EdgeStatus.ACCEPTED if plain and pair.is_one_way else EdgeStatus.PROPOSED

    def _edge(
        self, pair: ScoredPair, draft: Draft, keys: Sequence[str], status: EdgeStatus, reason: str
    ) -> FoundEdge:
        return FoundEdge(
            prerequisite=keys[pair.prerequisite],
            dependent=keys[pair.dependent],
            confidence=round(pair.confidence, 4),
            reverse_confidence=round(pair.reverse_confidence, 4),
            evidence=edge_evidence(
                pair.prerequisite, pair.dependent, draft.homes, draft.readings, draft.mentions
            ),
            status=status,
            reason=reason,
        )


def mention_index(candidates: Sequence[Candidate]) -> MentionIndex:
    """Return an index of the candidates' names and aliases, code words apart."""
    names = [[candidate.name, " ".join(candidate.key), *candidate.aliases] for candidate in candidates]
    code = {
        candidate.name.split()[0].strip("()"): number
        for number, candidate in enumerate(candidates)
        if candidate.is_code
    }
    return MentionIndex(name_table(names), code_names=code)


def unique_keys(names: Sequence[str]) -> list[str]:
    """Return a readable key for each name, with a number after a key that is taken.

    Examples
    --------
    >>> unique_keys(["Linked list", "linked-list"])
    ['linked-list', 'linked-list-2']
    """
    taken: set[str] = set()
    keys = []
    for name in names:
        base = key = slug(name)
        number = 2
        while key in taken:
            key, number = f"{base}-{number}", number + 1
        taken.add(key)
        keys.append(key)
    return keys


def found_concepts(draft: Draft, keys: Sequence[str], *, publish: float) -> tuple[FoundConcept, ...]:
    """Return the concepts of a draft with their evidence."""
    found = []
    named = mentions_of_each(draft.mentions, count=len(draft.candidates))
    for number, (candidate, home) in enumerate(zip(draft.candidates, draft.homes, strict=True)):
        definition, mentions = concept_evidence(home, draft.readings, named[number])
        name = candidate.name
        aliases = {alias for alias in candidate.aliases if alias.casefold() != name.casefold()}
        # Without a sentence that says what it is, a name is at most a proposal.
        confidence = candidate.confidence if definition else min(candidate.confidence, publish - 0.01)
        found.append(
            FoundConcept(
                keys[number], name, tuple(sorted(aliases)), definition, mentions, round(confidence, 4), number
            )
        )
    return tuple(found)


def _defining_text(home: Home, readings: Sequence[Reading]) -> str:
    if home.definition:
        order, start, end = home.definition
        return readings[order].text[start:end]
    return readings[home.order].text[home.start : home.end]
