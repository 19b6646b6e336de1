"""Words as the whole system counts them: the one tokenizer behind search, extraction and grading.

Every place that compares two texts word by word uses these functions, so that a stem found in a
passage is the same stem when it is found in a learner's answer.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from typing import Any

# A word is a run of letters and digits; an apostrophe, a hyphen or a full stop is part of it only
# between two of them ("don't", "self-loop", "3.14", "os.path"). "+" and "#" may end it ("C++", "C#").
_WORD = re.compile(r"[^\W_]+(?:['’.\-_][^\W_]+)*(?:\+\+|#)?")

_NAME_JOINT = re.compile(r"[._]")

# Words that say how a sentence is built, not what it is about. Negations are among them because a bag
# of stems cannot use them: whoever must see negation looks at the text itself.
_STOP = """
    a about above after again against all also am an and any are aren't as at be because been before
    being below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
    down during each either else ever every few for from further had hadn't has hasn't have haven't having
    he he'd he'll he's her here here's hers herself him himself his how how's however i i'd i'll i'm i've
    if in into is isn't it it's its itself just let's like many may me might much must mustn't my
    myself neither no nor not of off often on once one only or other ought our ours ourselves out over own
    per quite rather same shall shan't she she'd she'll she's should shouldn't since so some such than that
    that's the their theirs them themselves then there there's therefore these they they'd they'll they're
    they've this those though through thus to too under until up upon us very was wasn't we we'd we'll we're
    we've were weren't what what's when when's where where's whether which while who who's whom whose why
    why's will with within without won't would wouldn't yet you you'd you'll you're you've your yours
    yourself yourselves
"""
STOP_WORDS: frozenset[str] = frozenset(_STOP.split())

_thread = threading.local()


def words(text: str) -> list[str]:
    """Return the words of `text` in order, casefolded and with one kind of apostrophe.

    Parameters
    ----------
    text : str
        Any text. Compatibility forms (ligatures, full-width letters) are unified first (NFKC), so
        positions in the result do not map to character offsets.

    Returns
    -------
    list of str

    Examples
    --------
    >>> words("Don't divide by 3.14; a self-loop isn’t C++.")
    ["don't", 'divide', 'by', '3.14', 'a', 'self-loop', "isn't", 'c++']
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return _WORD.findall(folded)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the English Snowball (Porter 2) stem of one word.

    Parameters
    ----------
    word : str
        One word as `words` returns it; case is folded here as well.

    Returns
    -------
    str

    Notes
    -----
    Martin Porter's Snowball English stemmer. It is a set of rules, so "running" and "runs" meet while
    "ran" and "run" do not.

    Examples
    --------
    >>> stem("derivatives"), stem("Derivative")
    ('deriv', 'deriv')
    """
    return str(_stemmer().stemWord(word.casefold()))


def stems(text: str) -> list[str]:
    """Return the stems of the words of `text` in order, without stop words.

    A hyphenated word counts as its parts, so that "self-loop" and "self loop" meet.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> stems("What is the self-loop's limit?")
    ['self', 'loop', 'limit']
    """
    parts = (part for word in words(text) for part in word.split("-"))
    return [stem(part) for part in parts if part not in STOP_WORDS]


def search_stems(text: str) -> list[str]:
    """Return the stems of `text` and, after each dotted or underscored name, those of its parts too.

    Whoever searches for "json dumps" means `json.dumps`; whoever writes the name in full wants the
    texts with the whole name first. Both are served if the name and its parts are words of the text.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str

    Examples
    --------
    >>> search_stems("Call json.dumps twice")
    ['call', 'json.dump', 'json', 'dump', 'twice']
    """
    parts = (part for word in words(text) for part in word.split("-") if part not in STOP_WORDS)
    return [found for part in parts for found in (stem(part), *_inner_stems(part))]


def _inner_stems(word: str) -> list[str]:
    parts = _NAME_JOINT.split(word)
    return [stem(part) for part in parts if part and part not in STOP_WORDS] if len(parts) > 1 else []


def _stemmer() -> Any:
    # A Snowball stemmer keeps the word it works on in itself, so threads must not share one.
    if not hasattr(_thread, "stemmer"):
        import snowballstemmer

        _thread.stemmer = snowballstemmer.stemmer("english")
    return _thread.stemmer
