"""Where concepts are named in the text: one pass over the words, the longest name wins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from concepts.extraction.reading import Reading
from concepts.extraction.terms import Token, term_key, tokens, verb_stands_before
from research.parsing.structure import BlockKind

_Name = tuple[str, ...]

_LISTS_EXAMPLES = re.compile(
    r"\b(?:e\.\s?g\.|such as|for example|for instance|examples? (?:is|are))(?![\w-])[^;:)\]]*", re.IGNORECASE
)
# What is longer is not a sentence that a person wrote.
_LONGEST_SENTENCE = 2000
_IS_AN_EXAMPLE = re.compile(r"\b(?:is|are) (?:an? |the )?(?:\w+ )?examples? of\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """Concept number ``concept`` is named at ``start:end`` of a document.

    Attributes
    ----------
    as_example
        It only stands for the others of its kind ("such as tides"): what names it so does not rest on it.
    """

    concept: int
    start: int
    end: int
    in_heading: bool = False
    as_example: bool = False


class MentionIndex:
    """Names of concepts, found in text in time proportional to the text.

    Parameters
    ----------
    names
        For each name (lemmas) the number of its concept.
    code_names
        The same for words that count only where they are marked as code ("for").
    """

    def __init__(self, names: Mapping[_Name, int], *, code_names: Mapping[str, int] | None = None) -> None:
        self._names = dict(names)
        self._code_names = dict(code_names or {})
        self._lengths: dict[str, list[int]] = {}
        for name in sorted(self._names, key=len, reverse=True):
            lengths = self._lengths.setdefault(name[0], [])
            if len(name) not in lengths:
                lengths.append(len(name))

    def in_words(self, words: Sequence[Token], text: str) -> Iterable[tuple[int, int, int]]:
        """Yield ``(concept, start, end)`` for every name in ``words``; names do not overlap.

        Examples
        --------
        >>> index = MentionIndex({("list",): 0, ("linked", "list"): 1})
        >>> text = "Linked lists are lists."
        >>> [(concept, text[start:end]) for concept, start, end in index.in_words(tokens(text), text)]
        [(1, 'Linked lists'), (0, 'lists')]
        """
        at = 0
        while at < len(words):
            size = self._match(words, at, text)
            if not size:
                at += 1
                continue
            name = tuple(token.lemma for token in words[at : at + size])
            yield self._names[name], words[at].start, words[at + size - 1].end
            at += size

    def _match(self, words: Sequence[Token], at: int, text: str) -> int:
        for size in self._lengths.get(words[at].lemma, ()):
            part = words[at : at + size]
            if len(part) < size or tuple(token.lemma for token in part) not in self._names:
                continue
            if size == 1 and at and verb_stands_before(words[at - 1].lemma):
                continue
            if all(text[a.end : b.start].strip("-") in {"", " ", "\n"} for a, b in pairwise(part)):
                return size
        return 0

    def in_reading(self, reading: Reading) -> list[Mention]:
        """Return every mention in a document's prose and headings, in reading order."""
        found = []
        for sentence in reading.sentences:
            examples = example_spans(reading.text, sentence.start, sentence.end)
            for concept, start, end in self.in_words(sentence.words, reading.text):
                as_example = any(first <= start < last for first, last in examples)
                found.append(Mention(concept, start, end, as_example=as_example))
        for block in reading.blocks:
            if block.kind is BlockKind.HEADING:
                words = tokens(reading.text, start=block.start, end=block.end)
                found.extend(Mention(*hit, in_heading=True) for hit in self.in_words(words, reading.text))
        found.extend(self._in_code(reading))
        return sorted(set(found), key=lambda mention: (mention.start, -mention.end, mention.concept))

    def _in_code(self, reading: Reading) -> Iterable[Mention]:
        for mark in reading.code_marks:
            word = reading.text[mark.start : mark.end].strip().removesuffix("()")
            if word in self._code_names and reading.sentence_at(mark.start):
                yield Mention(self._code_names[word], mark.start, mark.end)


def example_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return where ``text[start:end]`` lists examples, or says of something that it is one.

    Examples
    --------
    >>> text = "Some waters (e.g. rivers) have names, such as the Rhine."
    >>> [text[first:last] for first, last in example_spans(text, 0, len(text))]
    ['e.g. rivers', 'such as the Rhine.']
    >>> text = "The Rhine is a good example of a river."
    >>> [text[first:last] for first, last in example_spans(text, 0, len(text))]
    ['The Rhine is a good example of']
    """
    if end - start > _LONGEST_SENTENCE:
        return []
    listed = [found.span() for found in _LISTS_EXAMPLES.finditer(text, start, end)]
    stated = [
        (max(text.rfind(mark, start, found.start()) + 1 or start for mark in ",;:("), found.end())
        for found in _IS_AN_EXAMPLE.finditer(text, start, end)
    ]
    return listed + stated


def name_table(names: Sequence[Iterable[str]]) -> dict[_Name, int]:
    """Return each concept's names by their lemmas; of two claims the earlier in its list wins.

    Examples
    --------
    >>> name_table([["Lists", "list"], ["Linked list"]])
    {('list',): 0, ('linked', 'list'): 1}
    """
    table: dict[_Name, int] = {}
    listed = [list(spellings) for spellings in names]
    for rank in range(max(map(len, listed), default=0)):
        for concept, spellings in enumerate(listed):
            key = term_key(spellings[rank]) if rank < len(spellings) else ()
            if key:
                table.setdefault(key, concept)
    return table
