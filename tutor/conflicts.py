"""Where two texts on the same thing disagree: negation, antonyms, numbers, who does what to whom."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vectorstore.words import STOP_WORDS, stem, words

_NEGATORS = frozenset(
    "not no never none nor neither without cannot nothing nobody nowhere lack lacks lacking hardly fails "
    "fail "
    "ain't aint isnt arent doesnt dont didnt cant wont wasnt werent wouldnt couldnt shouldnt".split()
)
# "not only", "no matter", "no longer than": the words deny nothing of what follows.
_NO_DENIAL = frozenset(
    {("not", "only"), ("not", "just"), ("no", "matter"), ("not", "necessarily"), ("no", "doubt")}
)
_BETWEEN = frozenset(
    "really actually directly always ever even yet quite very much any all at be been".split()
)

_ANTONYMS = """
    increase/decrease rise/fall rising/falling grow/shrink more/less more/fewer high/low higher/lower
    highest/lowest
    large/small larger/smaller largest/smallest big/small bigger/smaller long/short longer/shorter fast/slow
    faster/slower quick/slow strong/weak stronger/weaker hot/cold hotter/colder warm/cool warmer/cooler
    heat/cool
    light/dark lighter/darker light/heavy lighter/heavier open/closed open/close gain/lose gains/loses
    positive/negative plus/minus add/subtract multiply/divide before/after first/last early/late earlier/later
    always/never all/none same/different equal/unequal similar/different attract/repel expand/contract
    expand/shrink absorb/release absorb/emit absorb/reflect accept/reject accelerate/decelerate
    convergent/divergent
    converge/diverge finite/infinite continuous/discontinuous maximum/minimum maximise/minimise even/odd
    inside/outside above/below up/down upward/downward top/bottom left/right north/south near/far
    nearer/farther
    rough/smooth hard/soft thick/thin thicker/thinner wide/narrow wider/narrower deep/shallow wet/dry
    solid/liquid
    conductor/insulator acid/base dissolve/precipitate melt/freeze evaporate/condense dense/sparse
    mutable/immutable
    true/false valid/invalid correct/incorrect possible/impossible dependent/independent necessary/unnecessary
    stable/unstable reversible/irreversible visible/invisible known/unknown create/destroy build/destroy
    connected/separated connect/disconnect joined/separated begin/end start/stop appear/disappear
    include/exclude import/export input/output parent/child ancestor/descendant numerator/denominator
    concave/convex horizontal/vertical parallel/perpendicular clockwise/anticlockwise constant/variable
    constant/changing fixed/changing major/minor upper/lower easy/difficult easier/harder better/worse
    best/worst
    success/failure win/lose live/die alive/dead male/female predator/prey supply/demand buyer/seller
    cause/prevent allow/prevent help/hinder raise/lower push/pull compress/stretch charge/discharge
    skip/run skip/execute skip/perform succeed/fail enable/disable permit/forbid
    sharp/flat sharper/flatter loud/quiet louder/quieter bright/dim brighter/dimmer
"""


def _opposites() -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for pair in _ANTONYMS.split():
        one, other = pair.split("/")
        table[one] = (*table.get(one, ()), other)
        table[other] = (*table.get(other, ()), one)
    return table


# Word -> the words that say the opposite, as they stand in the list above.
OPPOSITES: Mapping[str, tuple[str, ...]] = _opposites()
_NUMBER_WORDS = {
    word: str(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {"half": "0.5", "twice": "2", "double": "2", "triple": "3", "hundred": "100", "thousand": "1000"}
# "one" is mostly a pronoun or an article; counting it would see numbers where there are none.
del _NUMBER_WORDS["one"]
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:[.,]\d+)*")

_RELATIONS = frozenset(
    stem(word)
    for word in "cause lead produce create make give imply follow require need depend determine contain "
    "include "
    "exceed precede become turn convert drive push pull eat attract absorb emit release receive send control "
    "affect influence support prove measure define generate transform map point belong replace enter leave "
    "increase decrease raise lower reduce greater larger smaller higher lower more less bigger before after "
    "faster slower earlier later heavier lighter mean call use change".split()
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|gets?|got)\b(?:\s+\w+ly)?\s+\w+\s+(?:\w+\s+)?by\b", re.I
)
_INVERTERS = re.compile(r"\b(?:because(?: of)?|due to|results? from|resulting from|since)\b", re.I)


@dataclass(frozen=True, slots=True)
class Conflicts:
    """How far a piece of an answer speaks against a point; each 0..1, 0 for no sign of it."""

    negation: float = 0.0
    antonym: float = 0.0
    number: float = 0.0
    direction: float = 0.0

    @property
    def worst(self) -> float:
        """The strongest of the four."""
        return max(self.negation, self.antonym, self.number, self.direction)


def conflicts(point: str, piece: str) -> Conflicts:
    """Return the signs that ``piece`` contradicts ``point``, given that both speak of the same thing.

    Examples
    --------
    >>> conflicts("Friction slows the ball down.", "Friction does not slow the ball.").negation
    1.0
    >>> conflicts("The slope is 2.", "The slope is 3.").number
    1.0
    >>> conflicts("Heat causes expansion.", "Expansion causes heat.").direction
    1.0
    """
    return Conflicts(
        negation=negation_conflict(point, piece),
        antonym=antonym_conflict(point, piece),
        number=number_conflict(point, piece),
        direction=direction_conflict(point, piece),
    )


def worst_conflicts(point: str, sentences: Sequence[str]) -> Conflicts:
    """Return for each sign the strongest over ``sentences``, each held against the point by itself.

    A negation reaches no farther than its sentence.
    """
    rows = [conflicts(point, sentence) for sentence in sentences]
    return Conflicts(
        negation=max((row.negation for row in rows), default=0.0),
        antonym=max((row.antonym for row in rows), default=0.0),
        number=max((row.number for row in rows), default=0.0),
        direction=max((row.direction for row in rows), default=0.0),
    )


def negated_stems(text: str) -> Mapping[str, bool]:
    """Return for each content stem of ``text`` whether a negation stands right before it.

    Two negations of one stem cancel out ("it is not true that it never stops" denies "true" and "stops").
    """
    row = words(text.replace("’", "'"))
    state: dict[str, bool] = {}
    pending = False
    for at, word in enumerate(row):
        following = row[at + 1] if at + 1 < len(row) else ""
        if is_negator(word) and (word, following) not in _NO_DENIAL:
            pending = not pending
            continue
        if word in STOP_WORDS or word in _BETWEEN:
            continue
        state[stem(word)] = state.get(stem(word), False) != pending
        pending = False
    return state


def is_negator(word: str) -> bool:
    """Say whether a word as `vectorstore.words.words` returns it denies what follows."""
    return word in _NEGATORS or word.endswith("n't")


def negation_conflict(point: str, piece: str) -> float:
    """Return the share of the shared statement that one text denies and the other does not, 0..1."""
    theirs, mine = negated_stems(point), negated_stems(piece)
    shared = theirs.keys() & mine.keys()
    flipped = [key for key in shared if theirs[key] != mine[key]]
    if not flipped:
        return 0.0
    # "not connected" against "separated": a denied antonym agrees.
    if any(other in mine for key in flipped for other in _antonyms().get(key, ())):
        return 0.0
    even = sum(theirs.values()) % 2 == sum(mine.values()) % 2
    return 0.5 if even and len(flipped) == 1 else 1.0


def antonym_conflict(point: str, piece: str) -> float:
    """Return 1 where the piece says the opposite word of one in the point, and not that word itself."""
    theirs, mine = _polar_stems(point), _polar_stems(piece)
    for key, denied in theirs.items():
        if key in mine:
            continue
        for other in _antonyms().get(key, ()):
            if other in mine and other not in theirs and mine[other] == denied:
                return 1.0
    return 0.0


def numbers_in(text: str) -> frozenset[str]:
    """Return the numbers of ``text`` in one form: digits, "two", "half" ... ("one" is not counted).

    Examples
    --------
    >>> sorted(numbers_in("Two of the 1,000 stones weigh 0.50 kg."))
    ['0.5', '1000', '2']
    """
    spelt = {_NUMBER_WORDS[word] for word in words(text) if word in _NUMBER_WORDS}
    return frozenset(spelt | {_canonical(found.group()) for found in _NUMBER.finditer(text)})


def number_conflict(point: str, piece: str) -> float:
    """Return 1 where the point has numbers and the piece has others in their place."""
    theirs, mine = numbers_in(point), numbers_in(piece)
    if not theirs or not mine or theirs <= mine:
        return 0.0
    return 1.0 if mine - theirs and not theirs & mine else 0.5 if mine - theirs else 0.0


def direction_conflict(point: str, piece: str) -> float:
    """Return 1 where the two sides of one relation word have changed places (and no passive explains it)."""
    if _is_inverted(point) != _is_inverted(piece):
        return 0.0
    theirs, mine = _content(point), _content(piece)
    for pivot in (key for key in theirs if key in _RELATIONS and key in mine):
        before, after = _sides(theirs, pivot)
        mine_before, mine_after = _sides(mine, pivot)
        crossed = bool(before & mine_after - after) and bool(after & mine_before - before)
        kept = bool(before & mine_before) or bool(after & mine_after)
        if crossed and not kept:
            return 1.0
    return 0.0


def _content(text: str) -> list[str]:
    keep = {"before", "after", "more", "less"}
    return [stem(word) for word in words(text) if word not in STOP_WORDS or word in keep]


def _sides(row: list[str], pivot: str) -> tuple[set[str], set[str]]:
    at = row.index(pivot)
    return set(row[:at]), set(row[at + 1 :])


def _is_inverted(text: str) -> bool:
    return bool(_PASSIVE.search(text)) != bool(_INVERTERS.search(text))


def _polar_stems(text: str) -> dict[str, bool]:
    """Like `negated_stems`, with the small words that have antonyms (more, before, up ...) kept."""
    found: dict[str, bool] = {}
    pending = False
    for word in words(text):
        if is_negator(word):
            pending = not pending
        elif stem(word) in _antonyms():
            found[stem(word)] = pending
            pending = False
        elif word not in STOP_WORDS:
            pending = False
    return found


@lru_cache(maxsize=1)
def _antonyms() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for pair in _ANTONYMS.split():
        one, other = (stem(word) for word in pair.split("/"))
        if one != other:
            table.setdefault(one, set()).add(other)
            table.setdefault(other, set()).add(one)
    return {key: frozenset(row) for key, row in table.items()}


def _canonical(number: str) -> str:
    plain = number.replace("−", "-")
    plain = re.sub(r",(?=\d{3}(?:\D|$))", "", plain).replace(",", ".")
    try:
        return f"{float(plain):g}"
    except ValueError:  # 1.2.3: a version or a date stays as it is
        return plain
