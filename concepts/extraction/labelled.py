"""Labelled graphs for training and measuring: concepts with a text each, and which rests on which."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx

from concepts.extraction.errors import BenchmarkDataUnusable
from concepts.extraction.headings import coordinated_names
from concepts.extraction.homes import about
from concepts.extraction.markup import OWN_NAME, Markup, TermUse, read_markup
from concepts.extraction.material import MaterialDocument, MaterialPassage
from concepts.extraction.mentions import MentionIndex, name_table
from concepts.extraction.naming import name_generality
from concepts.extraction.pairs import ConceptText, PairTable, opening_count
from concepts.extraction.reading import Reading
from concepts.extraction.terms import may_name, term_key
from vectorstore.ports import Embedder
from vectorstore.words import stems

_FENCED = re.compile(r"^\s*(```|~~~).*?^\s*\1\s*$", re.DOTALL | re.MULTILINE)
_MARKUP = re.compile(r"^[=~\-`#*^.]{3,}\s*$|^\.\. .*$|^#+\s+|[*_`]{1,3}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class LabelledGraph:
    """One subject with known prerequisites.

    Attributes
    ----------
    edges
        Direct prerequisites ``(prerequisite, dependent)`` as concept ids; may be empty.
    pairs
        Labelled ordered pairs ``(prerequisite, dependent, label)``.
    random_pairs
        Those of them that were drawn at random, to be no edges.
    markups
        What the markup of each text showed before it was taken off.
    documents
        ``(title, text)`` of the book in order, where there is one beside the concepts' own texts.
    may_train
        Whether its licence allows weights fitted on it to ship.
    """

    name: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    aliases: tuple[tuple[str, ...], ...]
    texts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    pairs: tuple[tuple[str, str, int], ...]
    random_pairs: frozenset[tuple[str, str]] = frozenset()
    markups: tuple[Markup, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    may_train: bool = False
    numbers: dict[str, int] = field(default_factory=dict, compare=False)

    def closure(self) -> set[tuple[str, str]]:
        """Return every direct and indirect prerequisite."""
        graph: nx.DiGraph[str] = nx.DiGraph(list(self.edges))
        return {(first, last) for first in graph for last in nx.descendants(graph, first)}


def load_graph(path: Path) -> LabelledGraph:
    """Read one file of labelled pairs or a labelled graph.

    Raises
    ------
    BenchmarkDataUnusable
        If the file is not JSON of that form, or its pairs name unknown concepts.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return _graph_of(data, default_name=path.stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise BenchmarkDataUnusable(str(path), reason=f"{type(exc).__name__}: {exc}") from exc


def _graph_of(data: dict[str, Any], *, default_name: str) -> LabelledGraph:
    concepts = data["concepts"]
    ids = tuple(str(concept["id"]) for concept in concepts)
    numbers = {concept: number for number, concept in enumerate(ids)}
    labelled = data.get("eval_pairs") or data.get("labelled_pairs") or []
    pairs = tuple((str(row[0]), str(row[1]), int(row[2])) for row in labelled)
    edges = tuple((str(first), str(second)) for first, second in data.get("edges", []))
    for first, second in [*edges, *((first, second) for first, second, _ in pairs)]:
        if first not in numbers or second not in numbers:
            raise ValueError(f"the pair {first!r}, {second!r} names a concept that is not listed")
    return LabelledGraph(
        name=str(data.get("name", default_name)),
        ids=ids,
        names=tuple(spoken(str(concept["name"])) for concept in concepts),
        aliases=tuple(tuple(map(str, concept.get("aliases", []))) for concept in concepts),
        texts=tuple(plain_text(str(concept.get("text", ""))) for concept in concepts),
        edges=edges,
        pairs=pairs,
        random_pairs=frozenset(
            (str(row[0]), str(row[1])) for row in labelled if len(row) > 3 and row[3] == "random"
        ),
        markups=tuple(read_markup(str(concept.get("text", ""))) for concept in concepts),
        documents=tuple(
            (str(part.get("title", "")), str(part["text"])) for part in data.get("documents", [])
        ),
        may_train=str(data.get("licence", "")).upper() == "MIT" and bool(edges),
        numbers=numbers,
    )


def load_graphs(folder: Path) -> list[LabelledGraph]:
    """Read every ``graphs/*.json`` and ``pairs/*.json`` under a folder, or ``*.json`` in it.

    Raises
    ------
    BenchmarkDataUnusable
        If there is none, or one cannot be used.
    """
    paths = sorted(folder.glob("graphs/*.json")) + sorted(folder.glob("pairs/*.json")) or sorted(
        folder.glob("*.json")
    )
    if not paths:
        raise BenchmarkDataUnusable(
            str(folder), reason="no graphs/*.json, pairs/*.json or *.json found there"
        )
    return [load_graph(path) for path in paths]


def plain_text(markup: str) -> str:
    """Return Markdown or reStructuredText without code blocks and marks.

    Examples
    --------
    >>> plain_text("# Lists\\n\\nA _list_ holds `items`.\\n\\n```python\\n[1]\\n```\\n").split()
    ['Lists', 'A', 'list', 'holds', 'items.']
    """
    return _MARKUP.sub("", _FENCED.sub("\n", markup))


def pair_table(
    graph: LabelledGraph, *, embedder: Embedder, positions: Sequence[int] | None = None
) -> PairTable:
    """Return the signals of a collection in which each concept has one text.

    Where concepts have no text of their own but the subject has a book, a concept's text is the sentences
    of the book that name it, and the order is that in which the book first names them.

    Parameters
    ----------
    positions
        A teaching order, for a subject that comes without one.
    """
    names = [
        [name, *aliases, *coordinated_names(name), *_title_names(text)]
        for name, aliases, text in zip(graph.names, graph.aliases, graph.texts, strict=True)
    ]
    index = MentionIndex(name_table(names))
    is_own = any(graph.texts)
    texts = graph.texts if is_own else _texts_from_book(graph, index)
    if graph.documents:
        placed: Sequence[int | None] = _positions_in_book(graph, index)
    else:
        placed = positions or [None] * len(names)
    own_terms = [_own_terms(*one) for one in zip(names, graph.markups, strict=True)]
    terms = TermUse(own_terms)
    concepts = []
    for number, (name, text) in enumerate(zip(graph.names, texts, strict=True)):
        concept = _concept_text(number, name, text, index, terms)
        concept.position, concept.own_terms = placed[number], own_terms[number]
        concept.code = graph.markups[number].code
        # How long sentences from a book are together tells how often a concept is named, no more.
        concept.size = len(text.split()) if is_own else 0
        concepts.append(concept)
    vectors = embedder.embed([about(name, text) for name, text in zip(graph.names, texts, strict=True)])
    return PairTable(concepts, vectors=vectors, generality=name_generality(graph.names, embedder=embedder))


def spoken(name: str) -> str:
    """Return a path or an identifier as words; a name that is words already stays as it is.

    Examples
    --------
    >>> spoken("Sorting/QuickSort"), spoken("Linked lists"), spoken("FSA")
    ('Quick Sort', 'Linked lists', 'FSA')
    """
    if " " in name.strip():
        return name
    last = name.rsplit("/", 1)[-1]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", last)


def _title_names(text: str) -> list[str]:
    """Return what the first line of a text names, where it can be a name."""
    lines = (line.strip(" #*_`") for line in text.splitlines())
    title = next((line for line in lines if line.strip("=-~.^")), "")
    return [title, *coordinated_names(title)] if may_name(term_key(title)) else []


def _own_terms(names: Sequence[str], markup: Markup) -> Counter[Hashable]:
    terms: Counter[Hashable] = Counter(markup.terms)
    terms.update({key: OWN_NAME for key in map(term_key, names) if key})
    return terms


def _concept_text(number: int, name: str, text: str, index: MentionIndex, terms: TermUse) -> ConceptText:
    reading = Reading(MaterialDocument("", name, text, (MaterialPassage("", 0, len(text)),)), order=0)
    mentions = [mention for mention in index.in_reading(reading) if not mention.as_example]
    sentences = [sentence for sentence in reading.sentences if len(sentence.words) > 4]
    opening = sentences[opening_count(len(sentences)) - 1 : opening_count(len(sentences))] or sentences[-1:]
    defining = sentences[1:2] or sentences[:1]
    opening_end = opening[0].end if opening else 0
    definition_end = defining[0].end if defining else 0
    return ConceptText(
        name=name,
        mentions=Counter(mention.concept for mention in mentions),
        definition_mentions=frozenset({m.concept for m in mentions if m.start < definition_end} - {number}),
        opening_mentions=frozenset({m.concept for m in mentions if m.start < opening_end} - {number}),
        stems=Counter(stems(text)),
        used_terms=terms.between(terms.places(reading), 0, len(text)),
    )


def _texts_from_book(graph: LabelledGraph, index: MentionIndex) -> tuple[str, ...]:
    parts: list[list[str]] = [[] for _ in graph.ids]
    for title, text in graph.documents:
        reading = Reading(MaterialDocument("", title, text, ()), order=0)
        for sentence in reading.sentences:
            for concept in {concept for concept, _, _ in index.in_words(sentence.words, text)}:
                parts[concept].append(text[sentence.start : sentence.end])
    return tuple(" ".join(lines) for lines in parts)


def _positions_in_book(graph: LabelledGraph, index: MentionIndex) -> list[int]:
    """Return the order in which the book first names each concept; those never named share the end."""
    first: dict[int, int] = {}
    for title, text in graph.documents:
        reading = Reading(MaterialDocument("", title, text, ()), order=0)
        for sentence in reading.sentences:
            for concept, _, _ in index.in_words(sentence.words, text):
                first.setdefault(concept, len(first))
    return [first.get(number, len(first)) for number in range(len(graph.ids))]
