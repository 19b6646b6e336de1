"""Reads the sentences that items are made of: where names stand, what a definition says, what leans back."""

from __future__ import annotations

import re
from collections.abc import Iterable

from research.sentences import sentence_spans
from tutor.items.matching import singular
from vectorstore.words import STOP_WORDS, stems

_TOKEN = re.compile(r"[^\W_]+(?:['’_.][^\W_]+)*(?:\(\))?")
_LEANS_BACK = re.compile(
    r"^(?:\(|[\"“]?(?:it|its|this|that|these|those|they|their|them|he|she|his|her|such|then|so|but|and|or"
    r"|hence|thus|therefore|however|also|both|either|neither|here|there(?! (?:is|are))|another|again|instead"
    r"|otherwise|yet|still|now|each|most|some|others?|all|one|none|we call this|in other words|the same"
    r"|for this|in this|in that|after that|which|even so|besides|similarly|finally|next|first|second|third"
    r"|the (?:others?|first|second|third|last|former|latter|two|three|reverse|result|most)|for example"
    r"|for instance|as a result|likewise|conversely|in contrast|by contrast|(?:when|if) (?:it|they|this|that)"
    r"|like (?:it|this|that)|to (?:do|see) (?:this|that|so)|because of (?:this|that)|until now|just|note"
    r"|as (?:mentioned|shown|noted|said|you)|of course)\b)",
    re.I,
)
# "After half a second it has gained a cycle": a phrase without a subject, then a pronoun for what was before.
_PRONOUN_AFTER_PHRASE = re.compile(
    r"^(?:after|before|in|on|at|from|by|under|during|with|without|for|among|like|unlike|inside)\b[^.;:]{0,60}?"
    r",?\s(?:it|they|he|she)\s+\w+",
    re.I,
)
# Words that point at something the learner does not see with the question.
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:above|below|this (?:is|was|example|section|chapter|mode|way|case|one)|these (?:are|examples)"
    r"|the (?:example|following|previous|next|last) (?:section|chapter|lesson|one|example|code|line)"
    r"|as follows|following|earlier|later (?:lesson|section|chapter)|in the example|such a|see)\b"
    r"|[:;]$|\[\d+\]|^[^.]{0,25}\b(?:this|these|those)\b",
    re.I,
)
_SPEAKS_OF_CASE = re.compile(
    r"\b(?:suppose|imagine|consider|let us|let's|say,|you|your|we|our|us|I|my|she|he|her|his|somebody"
    r"|for (?:example|instance))\b",
    re.I,
)
_OPENS_NOUN_PHRASE = re.compile(r"^(?:an?|the|any|one|how|every|all|two|three|four|five)\b", re.I)
_COPULA = re.compile(r"\s+(?:is|are|means)\s+", re.I)
_CALLED = re.compile(r"\s+(?:is|are)\s+(?:\w+ly\s+)?called\s+(?:(?:an?|the)\s+)?", re.I)
# A verb with no "that" or "which" before it makes a sentence of what should name a thing.
_VERB = re.compile(
    r"\b(?:is|are|was|were|becomes?|has|have|does|do|makes?|can|will|means|may|must|should|allows?|lets?|gives?|takes?"
    r"|provides?|supports?|supplies|offers?|contains?|goes|comes|works?|runs?|returns?|uses|needs|gets)\b",
    re.I,
)
_RELATIVE = re.compile(r"\b(?:that|which|where|when|who|whose|whom|how|what|whatever)\b", re.I)
_BEING = re.compile(r"\b(?:is|are|was|were|be|called|named|becomes?|means?|or|kinds? of|forms? of)\b", re.I)
_PRONOUN = re.compile(r"\b(?:it|its|they|their|them|this|these|those)\b", re.I)
FEWEST_WORDS, MOST_WORDS = 4, 36


def find_name(text: str, names: Iterable[str]) -> tuple[int, int] | None:
    """Return where one of ``names`` first stands in ``text``, in any number ("waves" for "wave"), or None.

    Examples
    --------
    >>> text = "All standing waves have nodes."
    >>> start, end = find_name(text, ["standing wave"])
    >>> text[start:end]
    'standing waves'
    """
    found = [place for name in names for place in _places(text, name)]
    return min(found, key=lambda place: (place[0], -place[1]), default=None)


def names_in(text: str, names: Iterable[str]) -> int:
    """Return how often ``names`` stand in ``text``, places that overlap counted once."""
    places = sorted({place for name in names for place in _places(text, name)})
    return sum(at == 0 or places[at - 1][1] <= place[0] for at, place in enumerate(places))


def stands_alone(text: str) -> bool:
    """Say whether a sentence can be understood without what stood before it.

    Examples
    --------
    >>> stands_alone("Damping is a loss of energy."), stands_alone("Its opening is called the attack.")
    (True, False)
    """
    said = text.strip()
    leans = _LEANS_BACK.match(said) or _PRONOUN_AFTER_PHRASE.match(said)
    return not leans and not _POINTS_ELSEWHERE.search(said)


def is_general(text: str) -> bool:
    """Say whether a sentence holds always, and is no tale of one case and no talk with the reader."""
    return not _SPEAKS_OF_CASE.search(text)


def meaning_of(definition: str, names: Iterable[str]) -> str:
    """Return what a definition says that the name means, as a noun phrase in its own words, or "".

    Examples
    --------
    >>> meaning_of("Pitch is the quality by which we hear a sound as higher.", ["pitch"])
    'the quality by which we hear a sound as higher'
    >>> meaning_of("A wave in a closed pipe is called a standing wave.", ["standing wave"])
    'a wave in a closed pipe'
    >>> meaning_of("A point of a wave that does not move.", ["node"])
    'a point of a wave that does not move'
    >>> meaning_of("The pass statement does nothing.", ["pass statement"])
    ''
    """
    names = list(names)
    said = " ".join(definition.split()).rstrip(" .")
    if sentence_spans(said)[1:] or ";" in said:
        return ""
    for meaning in _readings(said, names):
        count = len(meaning.split())
        fits = FEWEST_WORDS <= count <= MOST_WORDS and stands_alone(meaning) and not _is_sentence(meaning)
        if fits and _OPENS_NOUN_PHRASE.match(meaning):
            return meaning[0].lower() + meaning[1:]
    return ""


def says_is_a(text: str, one: Iterable[str], other: Iterable[str]) -> bool:
    """Say whether ``text`` brings two names together by a verb of being: what holds of one may hold of both.

    Examples
    --------
    >>> says_is_a("In a steady tone the partials are harmonics.", ["partial"], ["harmonic"])
    True
    >>> says_is_a("A harmonic rises with its partials.", ["partial"], ["harmonic"])
    False
    """
    first, second = find_name(text, one), find_name(text, other)
    if not first or not second:
        return False
    between = text[min(first[1], second[1]) : max(first[0], second[0])]
    return bool(_BEING.search(between))


def _is_sentence(meaning: str) -> bool:
    verb = _VERB.search(meaning)
    relative = _RELATIVE.search(meaning)
    return verb is not None and (relative is None or verb.start() < relative.start())


def _readings(said: str, names: list[str]) -> Iterable[str]:
    place = find_name(said, names)
    if place is None:
        yield said
        return
    called = _CALLED.search(said)
    before = said[: called.start()] if called else ""
    closes = called is not None and called.end() == place[0] and said[place[1] :].strip(" .") == ""
    if closes and not before.endswith((",", " and", " or", " but")):
        yield before
    copula = _COPULA.search(said)
    if copula and place[1] <= copula.start():
        own = {key for name in names for key in stems(name)}
        meaning = said[copula.end() :]
        # "The amplitude of a vibration is how far it moves": what "it" is stands before the copula.
        if not set(stems(said[: copula.start()])) - own or not _PRONOUN.search(meaning):
            yield meaning
    colon = said.find(":")
    if place[1] <= colon:
        yield said[colon + 1 :].strip()


def article_fits(stem: str, options: Iterable[str]) -> bool:
    """Say whether an "a" or "an" before the gap goes with every option, so that it leaves the choice open.

    Examples
    --------
    >>> article_fits("An _____ adds up.", ["interval", "octave"]), article_fits("An _____ adds up.", ["node"])
    (True, False)
    """
    article = re.search(r"\b(an?)\s+_+", stem, re.I)
    if article is None:
        return True
    return all((option[:1].casefold() in "aeiou") == (len(article[1]) == 2) for option in options)


def _places(text: str, name: str) -> Iterable[tuple[int, int]]:
    # Not by stems: "functionality" is no plural of "function".
    wanted = [singular(token.group().casefold()) for token in _TOKEN.finditer(name)]
    tokens = list(_TOKEN.finditer(text))
    keys = [singular(token.group().casefold()) for token in tokens]
    for at in range(len(tokens) - len(wanted) + 1):
        if wanted and keys[at : at + len(wanted)] == wanted:
            yield tokens[at].start(), tokens[at + len(wanted) - 1].end()


def content(text: str) -> set[str]:
    """Return the stems of ``text`` that say something, "it", "of" and the like left out."""
    return {key for key in stems(text) if key not in STOP_WORDS}
