"""How easily a text reads: sentence length and syllables, as Flesch weighed them."""

from __future__ import annotations

import re

from research.sentences import sentences
from vectorstore.words import words

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT_END = re.compile(r"(?<=[^aeiouyl])e$|(?<=[^td])ed$|(?<=[^aeiouycsxzgh])es$")
_TWO_VOWELS = re.compile(r"i[ao](?!us|n\b)|eo(?!u)|[^q]ua|uou|[aeiou]ing\b|ism\b")


def syllables(word: str) -> int:
    """Return about how many syllables an English word has; a number or a name of code counts as one a part.

    Examples
    --------
    >>> [syllables(word) for word in ("note", "string", "vibration", "frequency", "motion", "makes")]
    [1, 1, 3, 3, 2, 1]
    """
    parts = re.findall(r"[a-z]+", word.casefold()) or [""]
    return sum(_syllables_of(part) for part in parts)


def reading_ease(text: str) -> float:
    """Return the Flesch reading ease of ``text``: about 100 is easy, about 0 is hard.

    Notes
    -----
    ``206.835 - 1.015 * words / sentences - 84.6 * syllables / words``; R. Flesch, "A new readability
    yardstick", Journal of Applied Psychology 32 (1948). Syllables are counted by rule, so single words may
    be off by one. A text without words reads with an ease of 100.

    Examples
    --------
    >>> round(reading_ease("The cat sat on the mat."))
    116
    >>> round(reading_ease("Proportionality characterises approximately linear restoring mechanisms."))
    -166
    """
    said = words(text)
    if not said:
        return 100.0
    rows = max(1, len(sentences(text)))
    return 206.835 - 1.015 * len(said) / rows - 84.6 * sum(map(syllables, said)) / len(said)


def ease_share(text: str) -> float:
    """Return the reading ease cut to 0..1."""
    return min(1.0, max(0.0, reading_ease(text) / 100))


def _syllables_of(part: str) -> int:
    if len(part) <= 3:
        return max(1, len(_VOWELS.findall(part)))
    core = _SILENT_END.sub("", part)
    return max(1, len(_VOWELS.findall(core)) + len(_TWO_VOWELS.findall(core)))
