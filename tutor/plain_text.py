"""An answer without look-alike letters and invisible characters, and where each character came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tutor.ports import AnswerSpan

_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\u180e\u034f")
# Cyrillic and Greek letters that look like Latin ones.
_LOOK_ALIKE = dict(
    zip(
        "аеорсухіјѕһԁԛԝѵАВЕКМНОРСТУХІЈЅαορνικυτΑΒΕΖΗΙΚΜΝΟΡΤΥΧı",
        "aeopcyxijshdqwvABEKMHOPCTYXIJSaopvikutABEZHIKMNOPTYXi",
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class PlainText:
    """Text in which every character has a place in the original.

    Attributes
    ----------
    places
        ``places[i]`` is the offset in ``original`` of the character that ``text[i]`` came from.
    """

    original: str
    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> AnswerSpan:
        """Return the span of ``original`` that ``text[start:end]`` came from.

        Raises
        ------
        ValueError
            If the stretch is empty or outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"{start}:{end} is not a stretch of a text of {len(self.text)} characters.")
        first, last = self.places[start], self.places[end - 1] + 1
        return AnswerSpan(first, last, self.original[first:last])


def plain(original: str) -> PlainText:
    """Return ``original`` with compatibility forms unified, look-alikes made Latin, invisibles removed.

    A word is only made Latin where the text as a whole is Latin: a Russian answer stays Russian, and a
    lone Greek letter stays what it is in a formula.

    Examples
    --------
    >>> plain("the sl\\u043epe\\u200b rises").text
    'the slope rises'
    >>> plain("угол").text
    'угол'
    """
    kept = [
        (piece, place)
        for place, char in enumerate(original)
        if char not in _INVISIBLE and unicodedata.category(char) != "Cf"
        for piece in unicodedata.normalize("NFKC", char)
    ]
    chars = [char for char, _ in kept]
    if is_mostly_latin("".join(chars)):
        _latinise(chars)
    return PlainText(original, "".join(chars), tuple(place for _, place in kept))


def is_mostly_latin(text: str) -> bool:
    """Say whether at least half of the letters of ``text`` are Latin."""
    letters = [char for char in text if char.isalpha()]
    latin = sum("LATIN" in unicodedata.name(char, "") for char in letters)
    return 2 * latin >= len(letters)


def _latinise(chars: list[str]) -> None:
    start = 0
    for at in range(len(chars) + 1):
        if at < len(chars) and chars[at].isalpha():
            continue
        word = chars[start:at]
        if len(word) > 1 and any(char in _LOOK_ALIKE for char in word):
            chars[start:at] = _latin_word(word)
        start = at + 1


def _latin_word(word: list[str]) -> list[str]:
    made = [_LOOK_ALIKE.get(char, char) for char in word]
    return made if all(char.isascii() or "LATIN" in unicodedata.name(char, "") for char in made) else word
