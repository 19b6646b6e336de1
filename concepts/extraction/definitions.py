"""Sentences that say what something is, found by their wording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from concepts.extraction.reading import Reading, Sentence
from concepts.extraction.terms import LONGEST_TERM, may_name, term_key
from research.parsing.structure import BlockKind, MarkKind
from vectorstore.words import STOP_WORDS

_NAME = r"[^\W\d_][\w’'+#-]*(?:[ \n][\w’'+#-]+){0,4}"
_ASIDE = r"(?:\s*\((?P<aside>[^()]{1,60})\)|,\s+(?:or|also called|also known as)\s+(?P<other>[^,]{2,50}),)?"
_WHAT = (
    r"(?:(?:simply|just|essentially|basically|really|itself|usually|often|also|therefore|then)\s+)?"
    r"(?P<what>a|an|the|any|one|two|three|another|those|anything|something|what|how|when|where|"
    r"objects?|sequences?|numbers?|words?|ways?|tools?|places?|groups?)\b"
)
_IS_A = re.compile(
    rf"(?P<det>An?|The|Any|Every)?\s*(?P<name>{_NAME}?){_ASIDE}\s+(?P<verb>is|are)\s+{_WHAT}", re.I
)
_MEANS = re.compile(
    rf"(?:(?P<det>An?|The|To|Any)\s+)?(?P<name>{_NAME}?){_ASIDE}\s+"
    r"(?:means|refers to|denotes|is defined (?:as|to be)|are defined as|is short for|stands for|"
    r"consists? of|measures|describes|is made (?:up )?of|are made (?:up )?of)\b",
    re.I,
)
_DOES = re.compile(
    rf"(?:(?P<det>An?|The|Any)\s+)?(?P<name>{_NAME}?)\s+"
    r"(?:provides?|allows?|lets?|makes?|specif(?:y|ies)|tells?|gives?|holds?|stores?|represents?|contains?|"
    r"returns?|creates?|occurs?|happens?|is used (?:to|for|when)|are used (?:to|for|when)|can be used to|"
    r"(?:is|are)\s+(?!not\b)[\w-]+)\b",
    re.I,
)
_CALLED = re.compile(
    r"\b(?:(?:is|are|be|was|were|being|often|also|sometimes|usually|generally|commonly|so-)\s*called|"
    r"known as|referred to as|termed|we (?:will |shall )?call (?:this|these|it|them|that)|what we call)"
    r"\s+(?:an?\s+|the\s+)?[“\"'‘]?(?P<name>[^\W\d_][\w’'-]*(?:[ \n][\w’'-]+){0,4})",
    re.I,
)
_BY_WE_MEAN = re.compile(rf"(?:By|The (?:term|word)|We call)\s+(?:an?\s+)?[“\"'‘]?(?P<name>{_NAME}?)"
                         r"[”\"'’]?\s+(?:we mean|is (?:meant|used)|means|refers)", re.I)  # fmt: skip
_COLON = re.compile(rf"(?P<name>{_NAME}){_ASIDE}\s*(?::|\s[—–-])\s+(?P<rest>\S.{{15,}})", re.S)
_POINTING = re.compile(
    r"(?:it|this|that|these|those|there|here|one|what|which|he|she|they|we|you|i|if|when|while|since|because|"
    r"another|such|all|some|most|many|each|both|note|for|in|on|at|by|so|but|and|or|as|its|their|our|my)\b",
    re.I,
)
_SIGNATURE = re.compile(r"[()\[\]={}]|\w\.\w")


@dataclass(frozen=True, slots=True)
class DefinitionHit:
    """A sentence that defines ``name``.

    Attributes
    ----------
    start, end
        The sentence, as offsets into the document.
    strength
        Share of such sentences that define what they seem to: 0..1, by kind of wording.
    names_concept
        Whether the wording alone is enough to make the name a candidate; the weaker wordings only
        define what a heading, emphasis or frequency has proposed.
    is_naming
        Whether the sentence only gives the name to what it describes.
    """

    name: str
    aliases: tuple[str, ...]
    start: int
    end: int
    strength: float
    names_concept: bool
    stressed: bool = False
    is_naming: bool = False


def definition_hits(reading: Reading) -> list[DefinitionHit]:
    """Return every definition the wording of a document shows, in reading order."""
    hits = [hit for sentence in reading.sentences for hit in _of_sentence(reading, sentence)]
    hits.extend(_of_lists(reading))
    hits.extend(_of_stress(reading))
    return sorted(hits, key=lambda hit: (hit.start, hit.name))


def _of_sentence(reading: Reading, sentence: Sentence) -> Iterator[DefinitionHit]:
    text = reading.text[sentence.start : sentence.end]
    if len(text) > 600:
        return
    for name, aliases, strength, names_concept, at in _wordings(text, sentence.opens_block):
        stressed = _is_stressed(reading, sentence.start + at, name)
        if may_name(term_key(name)):
            yield DefinitionHit(
                " ".join(name.split()),
                aliases,
                sentence.start,
                sentence.end,
                min(0.9, strength + 0.2) if stressed else strength,
                names_concept or stressed,
                stressed,
            )


def _is_stressed(reading: Reading, start: int, name: str) -> bool:
    wanted = term_key(name)
    near = (mark for mark in reading.stress_marks if start - 2 <= mark.start <= start + len(name))
    return any(term_key(reading.text[mark.start : mark.end]) == wanted for mark in near)


def _wordings(text: str, opens_block: bool) -> Iterator[tuple[str, tuple[str, ...], float, bool, int]]:
    if not _POINTING.match(text):
        yield from _subject_wordings(text)
        if opens_block and (match := _COLON.match(text)) and len(match["name"].split()) <= 4:
            yield match["name"], _aliases(match), 0.35, False, match.start("name")
    for match in _CALLED.finditer(text):
        name = _until_stop(match["name"])
        if name:
            yield name, (), 0.45, False, match.start("name")
    if match := _BY_WE_MEAN.match(text):
        yield match["name"], (), 0.6, True, match.start("name")


def _subject_wordings(text: str) -> Iterator[tuple[str, tuple[str, ...], float, bool, int]]:
    if (match := _IS_A.match(text)) and _is_plain(match["name"]):
        det = (match["det"] or "").casefold()
        strength = {"a": 0.6, "an": 0.6, "any": 0.4, "every": 0.3, "the": 0.3}.get(det, 0.55)
        short = len(match["name"].split()) <= 3
        names = det != "the" and short and match["what"].casefold() in {"a", "an", "the", "any", "one"}
        yield match["name"], _aliases(match), strength, names, match.start("name")
        return
    if (match := _MEANS.match(text)) and _is_plain(match["name"]):
        yield match["name"], _aliases(match), 0.55, match["det"] != "The", match.start("name")
        return
    if (match := _DOES.match(text)) and _is_plain(match["name"]):
        if (match["det"] or "").casefold() == "the" and " " not in match["name"]:
            # "The string is enclosed in quotes" tells of one string, not of strings.
            return
        yield match["name"], (), 0.2, False, match.start("name")


def _is_plain(name: str) -> bool:
    return not any(word in STOP_WORDS and word != "of" for word in name.casefold().split())


def _aliases(match: re.Match[str]) -> tuple[str, ...]:
    found = []
    for group in ("aside", "other"):
        raw = (match.groupdict().get(group) or "").strip(" ,.“”\"'")
        raw = re.sub(
            r"^(?:or|also|called|known as|also called|the|an?|abbreviated|for short)\s+", "", raw, flags=re.I
        )
        if raw and may_name(term_key(raw)) and len(raw.split()) <= 4 and "," not in raw:
            found.append(raw)
    return tuple(found)


def _until_stop(name: str) -> str:
    kept: list[str] = []
    for word in name.split():
        if word.casefold() in STOP_WORDS:
            break
        kept.append(word)
        if len(kept) == LONGEST_TERM:
            break
    return " ".join(kept)


def _of_stress(reading: Reading) -> Iterator[DefinitionHit]:
    """Yield sentences that open with a stressed term, or name what they describe: "we call this *humus*"."""
    for mark in reading.stress_marks:
        sentence = reading.sentence_at(mark.start)
        name = reading.text[mark.start : mark.end].strip(" .,:;")
        if sentence is None or not may_name(term_key(name), stressed=True):
            continue
        before = reading.text[sentence.start : mark.start]
        after = reading.text[mark.end : sentence.end]
        start, end = sentence.start, sentence.end
        if _OPENING.fullmatch(before) and _SAYS_WHAT.match(after):
            yield DefinitionHit(name, (), start, end, 0.75, names_concept=True, stressed=True)
        elif _NAMING.search(before) and may_name(term_key(name)):
            yield DefinitionHit(name, (), start, end, 0.55, names_concept=True, stressed=True, is_naming=True)


def _of_lists(reading: Reading) -> Iterator[DefinitionHit]:
    """Yield definition-list entries and list items that open with a stressed term and say what it is."""
    for term, body in zip(reading.blocks, reading.blocks[1:], strict=False):
        name = reading.text[term.start : term.end].strip(" :\n")
        is_entry = term.kind is BlockKind.TERM and body.kind is BlockKind.DEFINITION
        # A list whose terms are links says where to read on; it defines nothing.
        is_entry = is_entry and not any(
            link.start <= term.start and term.end <= link.end + 2 for link in reading.links
        )
        if is_entry and not _SIGNATURE.search(name) and may_name(term_key(name)):
            sentence = reading.sentence_at(body.start)
            end = sentence.end if sentence else body.end
            yield DefinitionHit(name, (), body.start, end, 0.8, names_concept=True, stressed=True)
    strong = [mark for mark in reading.stress_marks if mark.kind in (MarkKind.STRONG, MarkKind.EMPHASIS)]
    for mark in strong:
        sentence = reading.sentence_at(mark.start)
        if sentence is None or not sentence.opens_block or mark.start > sentence.start + 1:
            continue
        rest = reading.text[mark.end : max(sentence.end, mark.end + 40)]
        name = reading.text[mark.start : mark.end].strip(" .:—–-")
        opens = re.match(r"\s*[.:—–-]?\s", rest) and (
            re.match(r"\s*[:—–-]", rest) or reading.text[mark.end - 1] in ":."
        )
        if opens and may_name(term_key(name)):
            end = _end_of_definition(reading, sentence, rest)
            yield DefinitionHit(name, (), sentence.start, end, 0.7, names_concept=True, stressed=True)


def _end_of_definition(reading: Reading, sentence: Sentence, rest: str) -> int:
    """Return the end of the sentence, or of the next one where the first is only the term itself."""
    if len(rest.strip(" .:—–-")) > 10:
        return sentence.end
    following = reading.sentence_at(sentence.end + 1) or sentence
    return following.end


_OR_BEFORE = re.compile(r"([\w-]+(?:[ \n][\w-]+){0,3}),?\s+(?:or|also called|also known as)\s+$")
_OPENING = re.compile(r"(?:(?:an?|the|its|this|each)\s+)?", re.I)
_SAYS_WHAT = re.compile(
    r"(?:\s+\([^()]{1,40}\)|,[^,.;]{1,50},)?(?:\s+of\s+(?:[\w’'-]+\s+){1,5}?|\s+)"
    r"(?:is|are|means?|tells?|refers?|describes?|denotes?|consists?|measures?|says?)\b"
)
_NAMING = re.compile(
    r"\b(?:call(?:s|ed)?|known as|named?|termed?|referred to as|means?|define[sd]?)\b[^.;:]{0,60}$|"
    r"\bsuch (?:an? )?[\w -]{2,40} (?:is|are) (?:an? |the )?$",
    re.I,
)
# Words begin where words begin and end in time: a file that is one endless word must not be tried anew
# from each of its letters.
_ACRONYM = re.compile(
    r"(?<![\w’'-])((?:[\w’'-]{1,60}[ \n]){1,6}[\w’'-]{1,60})\s{1,9}\(([A-Z][A-Za-z]{0,18}[A-Z]s?)\)"
)


def stated_aliases(reading: Reading) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield ``(possible names, other name)`` where the text gives both, the longest possible name first.

    An acronym in brackets, or a stressed word after "or": "a documentation string, or *docstring*".
    """
    for sentence in reading.sentences:
        for match in _ACRONYM.finditer(reading.text, sentence.start, sentence.end):
            letters = match[2].removesuffix("s").casefold()
            words = match[1].split()[-len(letters) :]
            if "".join(word[0].casefold() for word in words) == letters:
                yield (" ".join(words),), match[2]
    for mark in reading.stress_marks:
        alias = reading.text[mark.start : mark.end].strip()
        before = _OR_BEFORE.search(reading.text[max(0, mark.start - 70) : mark.start])
        if before and may_name(term_key(alias)):
            words = before[1].split()
            yield tuple(" ".join(words[-size:]) for size in range(len(words), 0, -1)), alias
