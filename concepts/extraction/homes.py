"""Where a concept is taught: its definition and its home, and what is named there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from concepts.extraction.candidates import Candidate
from concepts.extraction.definitions import DefinitionHit
from concepts.extraction.markup import TermUse, home_code, home_terms
from concepts.extraction.mentions import Mention
from concepts.extraction.pairs import ConceptText, opening_count
from concepts.extraction.reading import Reading, Section, Sentence
from concepts.extraction.terms import GENERIC
from research.parsing.structure import BlockKind, MarkKind
from vectorstore.words import STOP_WORDS, stems

# How far after its definition a concept without a section of its own is still being explained.
_HOME_AFTER_DEFINITION = 900
_OWN_SECTION = 0.4
_LEAST_STRENGTH = 0.3


@dataclass(frozen=True, slots=True)
class Home:
    """Where one concept is taught, as offsets into document number ``order``.

    Attributes
    ----------
    definition
        ``(order, start, end)`` of the sentence that says what it is; None where none does.
    is_section
        Whether a heading opens the home.
    """

    order: int
    start: int
    end: int
    definition: tuple[int, int, int] | None
    is_section: bool
    heading: tuple[int, int] | None = None


def find_home(
    candidate: Candidate,
    readings: Sequence[Reading],
    *,
    first_mention: tuple[int, Mention] | None,
) -> Home | None:
    """Return where a candidate is taught, or None where the prose never speaks of it.

    The section its heading opens; else the paragraphs from its definition on; else from its first mention.
    """
    if candidate.headings:
        at, heading = min(candidate.headings, key=lambda item: (item[0], item[1].level, item[1].start))
        section = readings[at].section_at(heading.start)
        definition = _definition(candidate, at, section) or _first_words_about(
            candidate, readings[at], section, at
        )
        place = (heading.start, heading.end)
        if definition is None or (definition[0] == at and section.start <= definition[1] < section.home_end):
            return Home(at, section.start, section.home_end, definition, is_section=True, heading=place)
        # The heading only announces it ("Loudness and the decibel"); it is taught where it is defined.
        order, start, end = definition
        return Home(
            order,
            start,
            _home_end(readings[order], start, end),
            definition,
            is_section=False,
            heading=place if order == at else None,
        )
    definition = _definition(candidate, None, None)
    if definition:
        at, start, end = definition
        return Home(at, start, _home_end(readings[at], start, end), definition, is_section=False)
    if first_mention is None:
        return None
    order, mention = first_mention
    sentence = readings[order].sentence_at(mention.start)
    start = sentence.start if sentence else mention.start
    end = sentence.end if sentence else mention.end
    return Home(order, start, _home_end(readings[order], start, end), None, is_section=False)


def _definition(
    candidate: Candidate, own: int | None, section: Section | None
) -> tuple[int, int, int] | None:
    """Return the best defining sentence; one in the concept's own section counts for more."""

    def strength(order: int, hit: DefinitionHit) -> float:
        inside = section is not None and order == own and section.start <= hit.start < section.home_end
        return hit.strength + (_OWN_SECTION if inside else 0.0)

    ranked = sorted(
        candidate.definitions, key=lambda item: (-strength(*item), item[0], item[1].start, item[1].end)
    )
    sure = (item for item in ranked if strength(*item) >= _LEAST_STRENGTH)
    return next(((order, hit.start, hit.end) for order, hit in sure), None)


def _first_words_about(
    candidate: Candidate, reading: Reading, section: Section, order: int
) -> tuple[int, int, int] | None:
    """Return the first sentence of a section that names its subject, or most of the name's words."""
    wanted = {word for word in candidate.key if word not in STOP_WORDS and word not in GENERIC} or set(
        candidate.key
    )
    best: tuple[float, int, Sentence] | None = None
    for number, sentence in enumerate(reading.sentences_between(section.start, section.home_end)[:6]):
        said = {word.lemma for word in sentence.words}
        share = len(wanted & said) / len(wanted)
        if not reading.text[sentence.start].isalpha() or reading.text[sentence.end - 1] in ":?":
            continue
        if sentence.words[0].lemma in {"consider", "see", "for"}:
            continue
        if share >= 0.5 and len(sentence.words) >= 5 and (best is None or share > best[0] + 0.01):
            best = (share, number, sentence)
    return (order, best[2].start, best[2].end) if best else None


def _home_end(reading: Reading, start: int, end: int) -> int:
    """Return where the words after a definition stop being about it: with its paragraphs or its entry."""
    limit = min(reading.section_at(start).own_end, end + _HOME_AFTER_DEFINITION)
    return max(end, min(limit, _entry_end(reading, start)))


def _entry_end(reading: Reading, offset: int) -> int:
    """Return the end of the glossary entry or list item at ``offset``; of the text where it is in neither.

    The next entry is about something else, however short this one is.
    """
    at = max(0, bisect_right(reading.blocks, offset, key=lambda block: block.start) - 1)
    entry, later = reading.blocks[at], reading.blocks[at + 1 :]
    if entry.kind in {BlockKind.TERM, BlockKind.DEFINITION}:
        parts = {BlockKind.DEFINITION, BlockKind.CODE}
        rest = takewhile(lambda block: block.kind in parts, later)
    elif entry.kind is BlockKind.LIST_ITEM:
        rest = takewhile(
            lambda block: (
                block.kind is BlockKind.CODE
                or (block.kind is BlockKind.LIST_ITEM and block.level > entry.level)
            ),
            later,
        )
    else:
        return len(reading.text)
    return max([entry.end, *(block.end for block in rest)])


def concept_texts(
    names: Sequence[Sequence[str]],
    homes: Sequence[Home],
    readings: Sequence[Reading],
    mentions: Sequence[Sequence[Mention]],
) -> list[ConceptText]:
    """Return what the text says at each concept's home, in the numbering of ``homes``.

    Parameters
    ----------
    names
        Of each concept its name and then its aliases.
    """
    anchors = _Anchors(readings, homes)
    ranks = _ranks(homes)
    own_terms = [
        home_terms(spellings, readings[home.order], home.start, home.end)
        for spellings, home in zip(names, homes, strict=True)
    ]
    terms = TermUse(own_terms)
    uses = [terms.places(reading) for reading in readings]
    found = []
    for number, home in enumerate(homes):
        concept = _concept_text(number, names[number][0], home, readings, mentions, anchors, ranks[number])
        concept.own_terms = own_terms[number]
        concept.used_terms = terms.between(uses[home.order], home.start, home.end)
        concept.code = home_code(readings[home.order], home.start, home.end)
        found.append(concept)
    return found


def _concept_text(
    number: int,
    name: str,
    home: Home,
    readings: Sequence[Reading],
    mentions: Sequence[Sequence[Mention]],
    anchors: _Anchors,
    rank: int,
) -> ConceptText:
    reading = readings[home.order]
    here = mentions_between(mentions[home.order], home.start, home.end)
    linked = anchors.concepts_linked(home.order, home.start, home.end)
    sentences = reading.sentences_between(home.start, home.end)
    opening = sentences[: opening_count(len(sentences))]
    opening_end = opening[-1].end if opening else home.start
    defined = (
        {mention.concept for mention in mentions_between(mentions[home.definition[0]], *home.definition[1:])}
        if home.definition
        else set()
    )
    words = reading.text[home.start : home.end]
    return ConceptText(
        name=name,
        mentions=Counter(mention.concept for mention in here) + Counter(linked),
        definition_mentions=frozenset(defined - {number}),
        opening_mentions=frozenset(
            {mention.concept for mention in here if mention.start < opening_end} - {number}
        ),
        stems=Counter(stems(words)),
        size=len(words.split()),
        position=rank,
    )


def mentions_between(mentions: Sequence[Mention], start: int, end: int) -> list[Mention]:
    """Return the mentions that begin inside ``start:end``, examples aside.

    ``mentions`` is in reading order.
    """
    low = bisect_left(mentions, start, key=lambda mention: mention.start)
    high = bisect_left(mentions, end, key=lambda mention: mention.start)
    return [mention for mention in mentions[low:high] if not mention.as_example]


def teaching_place(home: Home) -> tuple[int, int]:
    """Return where a concept is introduced: at its definition, else where its home begins.

    The title of a chapter stands before everything it teaches, its definition seldom does.
    """
    defined = home.definition if home.definition and home.definition[0] == home.order else None
    inside = defined is not None and home.start <= defined[1] < home.end
    return home.order, defined[1] if defined and inside else home.start


def _ranks(homes: Sequence[Home]) -> list[int]:
    order = sorted(range(len(homes)), key=lambda number: (teaching_place(homes[number]), number))
    ranks = [0] * len(homes)
    for rank, number in enumerate(order):
        ranks[number] = rank
    return ranks


def about(name: str, text: str) -> str:
    """Return the words that stand for a concept when it is embedded: its name and how its text begins."""
    return f"{name}. {' '.join(text.split())[:400]}"


class _Anchors:
    """Which concepts a link leads to: those whose section the anchor opens."""

    def __init__(self, readings: Sequence[Reading], homes: Iterable[Home]) -> None:
        self._readings = readings
        at_heading: dict[tuple[int, int], list[int]] = {}
        for number, home in enumerate(homes):
            if home.heading:
                at_heading.setdefault((home.order, home.heading[0]), []).append(number)
        self._targets: Mapping[str, list[int]] = self._by_target(at_heading)

    def _by_target(self, at_heading: Mapping[tuple[int, int], list[int]]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for reading in self._readings:
            headings = [block for block in reading.blocks if block.kind is BlockKind.HEADING]
            names = _addresses(reading)
            if headings:
                concepts = at_heading.get((reading.order, headings[0].start), [])
                found.update(dict.fromkeys(names, concepts))
            for mark in reading.document.marks_of(MarkKind.ANCHOR):
                # An anchor may stand just before its heading.
                heading = next((block for block in headings if block.end > mark.start), None)
                if heading and heading.start <= mark.start + 2:
                    concepts = at_heading.get((reading.order, heading.start), [])
                    found.update({f"{name}#{mark.target}": concepts for name in names})
        return found

    def concepts_linked(self, order: int, start: int, end: int) -> list[int]:
        """Return the concepts that links inside ``start:end`` of a document lead to."""
        found: list[int] = []
        for mark in self._readings[order].links:
            if start <= mark.start < end:
                target = f"{order}{mark.target}" if mark.target.startswith("#") else mark.target
                found.extend(self._targets.get(target) or self._targets.get(_file_name(target), []))
        return found


def _addresses(reading: Reading) -> list[str]:
    """Return what a link may call a document: its number here, its address, and its file's name alone."""
    url = reading.document.url
    return [str(reading.order), *([url, url.rsplit("/", 1)[-1]] if url else [])]


def _file_name(target: str) -> str:
    """Return the last part of a relative address; a whole address stays whole."""
    return target if "://" in target else target.rsplit("/", 1)[-1]
