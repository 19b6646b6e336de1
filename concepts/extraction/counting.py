"""What the words of a whole subject show when they are counted: frequent terms, spelling, noun or verb."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from concepts.extraction.reading import Reading
from concepts.extraction.terms import LONGEST_TERM, Token, is_bad_edge, may_name, verb_stands_before

_BEFORE_NOUN = frozenset(
    "a an the this that these those each every any no some of its their our your whose another".split()
)


@dataclass(slots=True)
class Counts:
    """How often each term (lemmas) stands in prose, and where.

    Attributes
    ----------
    frequency
        Occurrences of each possible term.
    sections
        In how many sections it occurs.
    as_noun
        Of the occurrences of each single word, the share that cannot be a verb.
    as_head
        Of the occurrences of each single word, the share that ends its phrase: low for adjectives.
    documents
        In how many documents each term occurs.
    early
        Where each term stands for the third time (document, offset): until there it is being introduced.
    section_count, document_count
        How many sections and documents hold prose.
    spelling
        The most usual spelling of each lemma inside a sentence.
    """

    frequency: Counter[tuple[str, ...]] = field(default_factory=Counter)
    sections: dict[tuple[str, ...], int] = field(default_factory=dict)
    as_noun: dict[str, float] = field(default_factory=dict)
    as_head: dict[str, float] = field(default_factory=dict)
    spelling: dict[str, str] = field(default_factory=dict)
    documents: dict[tuple[str, ...], int] = field(default_factory=dict)
    early: dict[tuple[str, ...], tuple[int, int]] = field(default_factory=dict)
    section_count: int = 0
    document_count: int = 0

    def is_introduced_at(self, term: tuple[str, ...], *, order: int, offset: int) -> bool:
        """Say whether this place is among the first three of a term."""
        return (order, offset) <= self.early.get(term, (order, offset))

    def c_values(self) -> dict[tuple[str, ...], float]:
        """Return the C-value of every term that occurs twice or more.

        Frantzi, Ananiadou and Mima (2000), equation 2, with log2(length + 1) so that single words
        have a value: ``log2(|a| + 1) * (f(a) - mean f(b))`` over the longer terms b that contain a.

        Examples
        --------
        >>> counts = Counts(frequency=Counter({("list",): 5, ("linked", "list"): 3}))
        >>> {" ".join(term): round(value, 2) for term, value in counts.c_values().items()}
        {'list': 2.0, 'linked list': 4.75}
        """
        containing: dict[tuple[str, ...], list[int]] = defaultdict(list)
        kept = {term: count for term, count in self.frequency.items() if count > 1}
        for term, count in kept.items():
            for part in _parts(term):
                containing[part].append(count)
        return {
            term: math.log2(len(term) + 1) * (count - (sum(longer) / len(longer) if longer else 0.0))
            for term, count in kept.items()
            for longer in (containing.get(term, []),)
        }


def _parts(term: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(term)):
        for start in range(len(term) - size + 1):
            yield term[start : start + size]


def count_terms(readings: Sequence[Reading]) -> Counts:
    """Count every possible term of the subject's prose."""
    counts = Counts()
    places: dict[tuple[str, ...], set[tuple[int, int]]] = defaultdict(set)
    before: dict[str, Counter[str]] = defaultdict(Counter)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    heads: dict[str, Counter[bool]] = defaultdict(Counter)
    every_section: set[tuple[int, int]] = set()
    for reading in readings:
        for sentence in reading.sentences:
            section = (reading.order, reading.section_at(sentence.start).start)
            every_section.add(section)
            runs = list(_runs(reading.text, sentence.words))
            for run in runs:
                for number, token in enumerate(run):
                    heads[token.lemma][number == len(run) - 1] += 1
            for term in (term for run in runs for term in _terms_of(run)):
                counts.frequency[term] += 1
                if counts.frequency[term] == 3:
                    counts.early[term] = (reading.order, sentence.end)
                places[term].add(section)
            for left, right in zip(sentence.words, sentence.words[1:], strict=False):
                spellings[right.lemma][_singular_spelling(reading.text, right)] += 1
                before[right.lemma][_context(reading.text, left, right)] += 1
    counts.sections = {term: len(where) for term, where in places.items()}
    counts.as_noun = {word: _noun_share(seen) for word, seen in before.items()}
    counts.as_head = {word: seen[True] / sum(seen.values()) for word, seen in heads.items()}
    counts.documents = {term: len({order for order, _ in where}) for term, where in places.items()}
    counts.section_count = len(every_section)
    counts.document_count = len({order for order, _ in every_section})
    counts.spelling = {word: min(seen, key=lambda way: (-seen[way], way)) for word, seen in spellings.items()}
    return counts


def _context(text: str, left: Token, right: Token) -> str:
    plural = text[left.end : right.end].casefold().endswith("s") and not right.lemma.endswith("s")
    if plural or left.lemma in _BEFORE_NOUN:
        return "noun"
    return "verb" if verb_stands_before(left.lemma) else "other"


def _noun_share(seen: Counter[str]) -> float:
    return (seen["noun"] + 0.5 * seen["other"] + 0.25) / (sum(seen.values()) + 0.5)


def _singular_spelling(text: str, token: Token) -> str:
    """Return the token in the singular, with the capitals the text gives it."""
    written = text[token.start : token.end]
    if written.islower() or written.casefold() == token.lemma:
        return token.lemma if written.islower() else written
    if len(written) > 2 and written.isupper():
        return written
    if written[0].isupper() and written[1:].islower():
        return token.lemma.capitalize()
    return written.removesuffix("s") if not token.lemma.endswith("s") else written


def _terms_of(run: Sequence[Token]) -> Iterator[tuple[str, ...]]:
    for start in range(len(run)):
        for size in range(1, min(LONGEST_TERM - 1, len(run) - start) + 1):
            term = tuple(token.lemma for token in run[start : start + size])
            if may_name(term):
                yield term


def _runs(text: str, words: Iterable[Token]) -> Iterator[list[Token]]:
    """Yield runs of words with nothing between them that would end a phrase."""
    run: list[Token] = []
    for token in words:
        joined = not run or text[run[-1].end : token.start].strip("-") in {"", " ", "\n"}
        if not joined or is_bad_edge(token.lemma):
            if run:
                yield run
            run = []
        if not is_bad_edge(token.lemma):
            run.append(token)
    if run:
        yield run
