"""Candidate concepts: every sign that the text treats something as a thing to understand, weighed."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from concepts.extraction.counting import Counts, count_terms
from concepts.extraction.definitions import DefinitionHit, definition_hits, stated_aliases
from concepts.extraction.headings import HeadingTerm, coordinated_names, heading_terms
from concepts.extraction.parameters import ConceptParameters
from concepts.extraction.reading import Reading
from concepts.extraction.terms import Token, may_name, term_key, tokens
from research.parsing.structure import Block, BlockKind, Mark
from vectorstore.words import STOP_WORDS

_Key = tuple[str, ...]
_FEWEST_COMPOUNDS = 2
_SURE = 0.5
_FEWEST_DOCUMENTS = 3
_PLACEHOLDERS = frozenset({"foo", "bar", "baz", "qux"})


@dataclass(slots=True)
class Candidate:
    """One possible concept and the signs for it.

    Attributes
    ----------
    signs
        Strength in 0..1 of each kind of sign; the strongest of its kind.
    definitions
        ``(order of document, hit)`` of the sentences that define it.
    headings
        ``(order of document, heading)`` of the sections that are about it.
    first
        Where it is first introduced: document order, offset.
    """

    key: _Key
    spellings: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    signs: dict[str, float] = field(default_factory=dict)
    definitions: list[tuple[int, DefinitionHit]] = field(default_factory=list)
    headings: list[tuple[int, Block]] = field(default_factory=list)
    is_code: bool = False
    frequency: int = 0
    sections: int = 0
    name: str = ""

    def sign(self, kind: str, strength: float) -> None:
        """Note a sign; of one kind only the strongest counts."""
        self.signs[kind] = max(self.signs.get(kind, 0.0), strength)

    @property
    def confidence(self) -> float:
        """Chance that at least one sign is right, were they independent (noisy or)."""
        doubt = 1.0
        for strength in self.signs.values():
            doubt *= 1.0 - strength
        return 1.0 - doubt


class CandidateFinder:
    """Gathers candidates from a subject's documents."""

    def __init__(self, parameters: ConceptParameters) -> None:
        self._parameters = parameters

    def find(self, readings: Sequence[Reading]) -> list[Candidate]:
        """Return the candidates that have enough signs, surest first; of equals the more used."""
        counts = count_terms(readings)
        table: dict[_Key, Candidate] = {}
        for reading in readings:
            self._from_headings(table, reading, counts)
            self._from_title(table, reading)
            self._from_definitions(table, reading, counts)
            self._from_stress(table, reading, counts)
            for names, alias in stated_aliases(reading):
                owner = next((table[term_key(name)] for name in names if term_key(name) in table), None)
                if owner is not None:
                    owner.aliases.append(alias)
        self._from_frequency(table, counts)
        subject_words = self._subject_words(counts)
        _fold_subject_names(table, subject_words)
        for candidate in table.values():
            self._weigh(candidate, counts)
        clear = [
            candidate for candidate in table.values() if self._is_clear(candidate, counts, subject_words)
        ]
        self._doubt_lone_words(clear)
        _doubt_chance_headings(clear, weak=self._parameters.propose)
        kept = [candidate for candidate in clear if candidate.confidence >= self._parameters.propose]
        return sorted(kept, key=_rank)

    def _from_headings(self, table: dict[_Key, Candidate], reading: Reading, counts: Counts) -> None:
        for heading in (block for block in reading.blocks if block.kind is BlockKind.HEADING):
            for term in heading_terms(reading, heading):
                candidate = _entry(table, term.name)
                candidate.is_code |= term.is_code
                candidate.headings.append((reading.order, heading))
                candidate.sign("heading", self._heading_strength(term, reading, counts))

    def _from_title(self, table: dict[_Key, Candidate], reading: Reading) -> None:
        """Read the title as a heading where the text has none, as in a transcript."""
        if any(block.kind is BlockKind.HEADING for block in reading.blocks):
            return
        title = reading.document.title
        for name in [title, *coordinated_names(title)]:
            if may_name(term_key(name)):
                strength = self._parameters.heading if name == title else self._parameters.heading_part
                _entry(table, name).sign("heading", strength)

    def _heading_strength(self, term: HeadingTerm, reading: Reading, counts: Counts) -> float:
        key = term_key(term.name)
        strength = self._parameters.heading if term.is_whole else self._parameters.heading_part
        if not term.is_whole and len(key) == 1:
            strength = self._parameters.heading_word
        used = term.is_code or counts.frequency[key] > 0
        return strength if used else strength * self._parameters.unused_heading_factor

    def _from_definitions(self, table: dict[_Key, Candidate], reading: Reading, counts: Counts) -> None:
        for hit in definition_hits(reading):
            key = term_key(hit.name)
            is_new = counts.is_introduced_at(key, order=reading.order, offset=hit.start)
            if hit.is_naming and len(key) == 1 and not is_new:
                # "also known as the exception's *arguments*": a well-known word put to a narrower use.
                continue
            candidate = _entry(table, hit.name)
            candidate.definitions.append((reading.order, hit))
            candidate.aliases.extend(hit.aliases)
            if hit.names_concept:
                candidate.sign("definition", hit.strength)
            else:
                candidate.sign("wording", hit.strength * self._parameters.weak_wording_factor)

    def _from_stress(self, table: dict[_Key, Candidate], reading: Reading, counts: Counts) -> None:
        for mark in reading.stress_marks:
            text = reading.text[mark.start : mark.end].strip()
            key = term_key(text)
            if not counts.is_introduced_at(key, order=reading.order, offset=mark.start):
                continue
            if may_name(key) and len(key) <= 4 and reading.sentence_at(mark.start) and _is_phrase(text):
                strength = self._parameters.stress if len(key) > 1 else self._parameters.stressed_word
                candidate = _entry(table, text)
                candidate.sign("stress", strength)
                candidate.definitions.extend(self._introduction(reading, mark, text))

    def _introduction(self, reading: Reading, mark: Mark, name: str) -> list[tuple[int, DefinitionHit]]:
        """Return the sentence around a stressed term: authors set a term apart where they introduce it."""
        sentence = reading.sentence_at(mark.start)
        if sentence is None or len(sentence.words) < 5:
            return []
        strength = self._parameters.stress_defines
        hit = DefinitionHit(name, (), sentence.start, sentence.end, strength, names_concept=False)
        return [(reading.order, hit)]

    def _from_frequency(self, table: dict[_Key, Candidate], counts: Counts) -> None:
        values = counts.c_values()
        usual = {key: value for key, value in values.items() if value >= self._parameters.least_c_value}
        ranked = sorted(usual, key=lambda key: (-usual[key], key))
        for rank, key in enumerate(ranked):
            strength = self._parameters.frequency * (1.0 - rank / (len(ranked) + 1))
            if len(key) == 1:
                strength *= min(1.0, 1.5 * counts.as_noun.get(key[0], 0.0))
            _entry(table, " ".join(key), spelled=False).sign("frequency", strength)

    def _weigh(self, candidate: Candidate, counts: Counts) -> None:
        candidate.frequency = counts.frequency[candidate.key]
        candidate.sections = counts.sections.get(candidate.key, 0)
        candidate.name = _name(candidate, counts)

    def _is_clear(self, candidate: Candidate, counts: Counts, subject_words: set[str]) -> bool:
        """Say whether a candidate has a definition, a heading or other clear signs."""
        if len(candidate.key) == 1 and candidate.key[0] in subject_words:
            return False
        if _is_placeholder(candidate, counts):
            return False
        signs = candidate.signs
        if len(candidate.key) == 1 and not self._word_is_clear(candidate):
            return False
        if "heading" not in signs and not self._reads_as_noun(candidate, counts):
            return False
        if not {"heading", "definition", "stress"} & set(signs):
            often = candidate.frequency >= self._parameters.least_frequency
            spread = candidate.sections >= self._parameters.least_sections
            if not (often and spread):
                return False
        elif "heading" not in signs and candidate.frequency < 2:
            return signs.get("definition", 0.0) >= self._parameters.lone_definition
        return True

    def _subject_words(self, counts: Counts) -> set[str]:
        """Return proper names that nearly every document uses, as "Python" in a book on it."""
        most = self._parameters.most_document_share * counts.document_count
        if most <= _FEWEST_DOCUMENTS:
            return set()
        usual = (key[0] for key, count in counts.documents.items() if len(key) == 1 and count > most)
        spelt = ((word, counts.spelling.get(word, word)) for word in usual)
        return {word for word, spelling in spelt if spelling[:1].isupper() and not spelling.isupper()}

    def _doubt_lone_words(self, candidates: Sequence[Candidate]) -> None:
        """Doubt single words that are only frequent, unless two other names are made with them.

        "argument" stays for "keyword argument" and "default argument value"; "directory" goes.
        """
        used = Counter(
            word for candidate in candidates if len(candidate.key) > 1 for word in set(candidate.key)
        )
        for candidate in candidates:
            is_lone = len(candidate.key) == 1 and not {"heading", "definition"} & set(candidate.signs)
            if is_lone and used[candidate.key[0]] < _FEWEST_COMPOUNDS and "frequency" in candidate.signs:
                candidate.signs["frequency"] *= self._parameters.lone_word_factor

    def _word_is_clear(self, candidate: Candidate) -> bool:
        """Say whether a single word is defined, heads a section of its own, or is among the most frequent."""
        if (
            "definition" in candidate.signs
            or candidate.signs.get("heading", 0.0) > self._parameters.heading_word
        ):
            return True
        if "stress" in candidate.signs and candidate.frequency >= self._parameters.stressed_word_uses:
            return True
        return candidate.signs.get("frequency", 0.0) >= self._parameters.frequent_word

    def _reads_as_noun(self, candidate: Candidate, counts: Counts) -> bool:
        if len(candidate.key) > 1:
            return True
        word = candidate.key[0]
        if word.endswith("ed") and not word.endswith("eed"):
            return False
        noun = counts.as_noun.get(word, 0.0) >= self._parameters.least_noun_share
        return noun and counts.as_head.get(word, 0.0) >= self._parameters.least_head_share


def _rank(candidate: Candidate) -> tuple[float, int, int, _Key]:
    # Many candidates have the same signs and so the same confidence; a hundredth is no difference.
    return -round(candidate.confidence, 2), -candidate.sections, -candidate.frequency, candidate.key


def _is_placeholder(candidate: Candidate, counts: Counts) -> bool:
    """Say whether a name stands for any name, as "bar" does where there is a "foo" too."""
    return set(candidate.key) <= _PLACEHOLDERS and len(_PLACEHOLDERS & set(counts.spelling)) > 1


def _doubt_chance_headings(candidates: Sequence[Candidate], *, weak: float) -> None:
    """Make a mere proposal of a phrase that only a heading holds, unless it is a kind of another concept.

    "Nested list comprehensions" is one of list comprehension; "a place called home" is a turn of phrase.
    """
    named = {candidate.key for candidate in candidates if candidate.confidence >= _SURE}
    for candidate in candidates:
        only_heading = set(candidate.signs) - {"wording"} == {"heading"}
        is_unused = only_heading and not candidate.frequency and not candidate.is_code
        if is_unused and not _parts_that_name(candidate) & named:
            candidate.signs["heading"] = weak


def _parts_that_name(candidate: Candidate) -> set[_Key]:
    """Return the parts of a phrase of which it may be a kind: its ends, in a plain compound any part."""
    key = candidate.key
    plain = not any(word in STOP_WORDS for word in key) and not re.search(r"['’]s\b", candidate.spellings[0])
    ends = range(1, len(key)) if plain else [len(key)]
    return {
        key[at:end] for at in range(len(key)) for end in [*ends, len(key)] if at < end and end - at < len(key)
    }


def _fold_subject_names(table: dict[_Key, Candidate], subject_words: set[str]) -> None:
    """Join "Python scope" to "scope" in a book on Python: there the subject's name tells nothing apart."""
    for key in [key for key in table if len(key) > 1 and key[0] in subject_words and key[1:] in table]:
        other = table.pop(key)
        other.name = other.spellings[0] if other.spellings else " ".join(key)
        absorb(table[key[1:]], other)


def _entry(table: dict[_Key, Candidate], name: str, *, spelled: bool = True) -> Candidate:
    key = term_key(name)
    candidate = table.setdefault(key, Candidate(key))
    if spelled:
        candidate.spellings.append(" ".join(name.split()))
    return candidate


def _is_phrase(text: str) -> bool:
    return not any(char in text for char in "()[]{}=<>*/\\|:;,_$%") and not text.isupper()


def _name(candidate: Candidate, counts: Counts) -> str:
    """Return the name in the singular and in the text's usual capitals; code keeps its own spelling.

    "Handling exceptions" keeps its plural: it names something one does.
    """
    spelt = candidate.spellings[0] if candidate.spellings else " ".join(candidate.key)
    words = tokens(spelt)
    head = _head(words)
    is_activity = (
        len(words) > 1 and spelt[: words[0].end].casefold().endswith("ing") and "heading" in candidate.signs
    )
    for number in range(len(words) - 1, -1, -1):
        token = words[number]
        if candidate.is_code and number == 0:
            continue
        written = spelt[token.start : token.end]
        usual = counts.spelling.get(token.lemma, written if written.isupper() else token.lemma)
        plain = usual if number == head and not is_activity else _cased_like(written, usual)
        spelt = spelt[: token.start] + plain + spelt[token.end :]
    return re.sub(r"^(?:an?|the) ", "", spelt.strip(" .,:;“”\"'‘’"), flags=re.IGNORECASE)


def _head(words: Sequence[Token]) -> int:
    """Return the number of the word that the others describe: the one before the first preposition."""
    stops = (number for number, token in enumerate(words) if number and token.lemma in STOP_WORDS)
    return next(stops, len(words)) - 1


def _cased_like(written: str, usual: str) -> str:
    return written.lower() if usual[:1].islower() else written


def merge_variants(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Join candidates that are one thing: a stated alias, or the same letters with other spacing.

    The surer candidate keeps its name and takes the other's signs, definitions and headings.
    """
    by_letters: dict[str, Candidate] = {}
    merged: list[Candidate] = []
    for candidate in candidates:
        letters = "".join(candidate.key)
        if letters in by_letters:
            absorb(by_letters[letters], candidate)
            continue
        by_letters[letters] = candidate
        merged.append(candidate)
    return _merge_aliases(merged)


def _merge_aliases(candidates: list[Candidate]) -> list[Candidate]:
    claims: dict[_Key, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        for alias in candidate.aliases:
            claims[term_key(alias)].append(candidate)
    kept = []
    gone: set[_Key] = set()
    for candidate in candidates:
        owners = [
            owner
            for owner in claims.get(candidate.key, [])
            if owner is not candidate and owner.key not in gone
        ]
        if len(owners) == 1 and "heading" not in candidate.signs:
            absorb(owners[0], candidate)
            gone.add(candidate.key)
        else:
            kept.append(candidate)
    return kept


def absorb(into: Candidate, other: Candidate) -> None:
    """Make ``other`` a variant of ``into``."""
    into.aliases.append(other.name)
    into.aliases.extend(other.aliases)
    into.definitions.extend(other.definitions)
    into.headings.extend(other.headings)
    into.frequency += other.frequency
    into.sections = max(into.sections, other.sections)
    for kind, strength in other.signs.items():
        into.sign(kind, strength)
