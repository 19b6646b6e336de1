"""Terms: tokens with their places, the common form of a term's variants, and what cannot be one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from vectorstore.words import STOP_WORDS

LONGEST_TERM = 5

_TOKEN = re.compile(r"[^\W_](?:[\w]|[.'’\-](?=\w))*(?:\+\+|#)?|_\w+")
_IRREGULAR = {
    "analyses": "analysis", "bases": "basis", "children": "child", "criteria": "criterion", "data": "data",
    "diagnoses": "diagnosis", "feet": "foot", "foci": "focus", "formulae": "formula", "genera": "genus",
    "hypotheses": "hypothesis", "indices": "index", "indexes": "index", "larvae": "larva",
    "matrices": "matrix", "men": "man", "mice": "mouse", "nuclei": "nucleus", "parentheses": "parenthesis",
    "phenomena": "phenomenon", "radii": "radius", "people": "person", "stimuli": "stimulus",
    "syntheses": "synthesis", "theses": "thesis", "vertices": "vertex", "women": "woman",
}  # fmt: skip
_SINGULAR_IN_S = frozenset(
    "always analysis basis bias bus canvas chaos class cosmos gas alias has is its lens mathematics news "
    "perhaps physics plus process series species status this thus various virus was yes".split()
)
# Words that end a phrase or begin one without naming anything; they are not stop words for search.
GENERIC = frozenset(
    """
    above action activity addition advantage answer appendix approach aspect author background basic
    basics beginning behavior behaviour benefit bit bottom case caution chapter choice comment conclusion
    consequence content contents convenience course day definition definitions description detail
    difference difficulty discussion effect end ends example examples excerpt exercise exercises fact
    feature figure following form further future general goal good group guide hand handout heading help
    hint history homework hour idea implementation important information instance introduction issue item
    job kind knowledge language lead lecture lesson letter level life line look lot main manner material
    matter meaning means minute more name note notes notion number objective objectives odds one option
    order outline overview page paragraph part particular pattern people period person place point
    possibility preface preview problem problems program programmer programs purpose question questions
    random reader reading reason reasons recap reference references related remark remarks result results
    review right rule rules section self sense short side similar simple situation solution solutions
    something sort source start statement step steps student style subject summary system table task
    teacher technique text thing things tip tips title today topic topics tour tutorial type types unit
    usage use user users value values variety version warning way ways week word work worker world year
    """.split()
)
# Frequent verbs, adverbs and adjectives of teaching prose that make a bad first or last word of a term.
_BAD_EDGE = frozenset(
    """
    able across actual actually add added adding additional ago allow allowed allows almost along already
    alternative alternatively among another anyone anything appear appears apply around asked available
    away back bad become becomes begin begins best better big bring brings build built call called calls
    came change changed changes clear clearly come comes common commonly complete completely consider
    contain contains convenient correct corresponding create created creates current currently define
    defined defines depend depends described describes desired despite different discussed do done e.g
    easier easily easy effectively eight else enough entire especially essentially etc even ever everyone
    everything exactly except expected explain explained explicit explicitly familiar faster fewer final
    finally find finds first five following follows found four full fully gave generally get gets getting
    give given gives go goes going gone got great happen happens happy hard helpful hence higher however
    hundred i.e immediately implicitly include included includes including indeed instead interesting keep
    keeps kept know known large larger last later least leave left less let lets long longer look looks
    lots lower made make makes making maybe mean means mentioned merely million need needed needs never
    new next nice nine nobody none normally note nothing now obvious obviously occur occurs old only onto
    open ordinary original others otherwise particularly per perform possible powerful practical precise
    precisely previous probably produce produced produces provide provided provides put rarely rather read
    real really recall regardless remain remember require required requires respective resulting return
    returned returns run runs said saw say says second see seem seen separate set-up seven several show
    showed shown shows significant similarly simply single six slightly slower small someone something
    sometimes soon special specific specified specify stand still straightforward strange subsequent such
    suppose sure take taken takes taking tell tells ten tend think third thousand three today tomorrow
    took towards try turn turns two typical typically unlike upon us useful uses using usual usually via
    vs want wanted wants well went whole wide within work works worth write written wrong yesterday zero
    """.split()
)
_VERB_LEFT = frozenset(
    "to can could will would may might must should cannot can't don't you we they i".split()
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word at its place, with its singular in lower case."""

    start: int
    end: int
    lemma: str


@lru_cache(maxsize=100_000)
def lemma(word: str) -> str:
    """Return the singular of a noun in lower case.

    A stem would be too rough to name things: "iterate", "iterator" and "iteration" share one.

    Examples
    --------
    >>> [lemma(word) for word in ("Dictionaries", "classes", "indices", "analysis", "slices")]
    ['dictionary', 'class', 'index', 'analysis', 'slice']
    """
    low = word.casefold().replace("’", "'").removesuffix("'s").removesuffix("'")
    if low in _IRREGULAR:
        return _IRREGULAR[low]
    if len(low) < 4 or low in _SINGULAR_IN_S or not low.endswith("s") or low.endswith(("ss", "us", "is")):
        return low
    if low.endswith("ies"):
        return low[:-3] + "y" if len(low) > 4 else low[:-1]
    if low.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return low[:-2]
    return low[:-1]


def tokens(text: str, *, start: int = 0, end: int | None = None) -> list[Token]:
    """Return the words of ``text[start:end]`` with offsets into ``text``.

    A hyphen joins two words into two tokens, so that "built-in" and "built in" meet.

    Examples
    --------
    >>> [(token.lemma, token.start) for token in tokens("Two stone-age cairns")]
    [('two', 0), ('stone', 4), ('age', 10), ('cairn', 14)]
    """
    found = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        at = match.start()
        for part in match.group().split("-"):
            if part:
                found.append(Token(at, at + len(part), lemma(part)))
            at += len(part) + 1
    return found


def term_key(name: str) -> tuple[str, ...]:
    """Return the form that all spellings of a term share: its lemmas in order.

    Examples
    --------
    >>> term_key("The List Comprehensions") == term_key("list-comprehension")
    True
    """
    lemmas = [token.lemma for token in tokens(name)]
    while lemmas and lemmas[0] in {"a", "an", "the", "this", "these", "that", "its", "their", "our"}:
        lemmas.pop(0)
    return tuple(lemmas)


def slug(name: str) -> str:
    """Return a readable key for ``name``: ASCII in lower case with hyphens, at most 100 characters.

    Examples
    --------
    >>> slug("List comprehension"), slug("C++"), slug("naïve Bayes")
    ('list-comprehension', 'c-plus-plus', 'naive-bayes')
    """
    spelt = name.casefold().replace("++", " plus plus").replace("#", " sharp")
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()
    return re.sub(r"[\W_]+", "-", plain).strip("-")[:100].strip("-") or "concept"


def is_bad_edge(word: str) -> bool:
    """Say whether no term begins or ends with this lemma."""
    return (
        word in STOP_WORDS
        or word in _BAD_EDGE
        or (
            word.endswith("ly")
            and len(word) > 4
            and word not in {"family", "polynomially", "assembly", "anomaly"}
        )
        or not any(char.isalpha() for char in word)
        or "'" in word
    )


def may_name(key: Sequence[str], *, stressed: bool = False) -> bool:
    """Say whether these lemmas can be the name of a concept.

    Parameters
    ----------
    stressed
        The author set the words apart and defines them: "period" and "just intonation" are names then.

    Examples
    --------
    >>> [may_name(term_key(name)) for name in ("list comprehension", "next example", "we see")]
    [True, False, False]
    """
    if not 1 <= len(key) <= LONGEST_TERM or sum(map(len, key)) < 2:
        return False
    if stressed:
        return not is_bad_edge(key[-1]) and len(key[-1]) > 2
    if is_bad_edge(key[0]) or is_bad_edge(key[-1]):
        return False
    if len(key) == 1:
        return key[0] not in GENERIC and len(key[0]) > 2
    if all(word in GENERIC for word in key):
        return False
    return not any(word in _INNER_BARS for word in key[1:-1])


def verb_stands_before(word: str) -> bool:
    """Say whether the lemma ``word`` makes the next word a verb ("to set", "we list")."""
    return word in _VERB_LEFT


_INNER_BARS = (STOP_WORDS | {"is", "are", "be"}) - {"of", "in", "for", "to", "by", "on", "as", "and", "with"}
