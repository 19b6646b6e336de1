"""An answer without look-alike letters and invisible characters, and where each character came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tutor.ports import AnswerSpan

# Besides the format characters (Cf): fillers, and the selectors that choose how a letter is drawn.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
# Letters that look like Latin ones: Cyrillic and Greek, Armenian, phonetic signs and small capitals.
_LOOK_ALIKE = dict(
    zip(
        "аеорсухіјѕһԁԛԝѵӏҽАВЕКМНОРСТУХІЈЅαορνικυτΑΒΕΖΗΙΚΜΝΟΡΤΥΧıօսոհցɑɡɩᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
        "aeopcyxijshdqwvleABEKMHOPCTYXIJSaopvikutABEZHIKMNOPTYXiounhgagiabcdefghijklmnoprstuvwyz",
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

    An accent typed after its Latin letter is joined to it. A word is only made Latin where the text as a
    whole is Latin: a Russian answer stays Russian, and a lone Greek letter stays what it is in a formula.

    Examples
    --------
    >>> plain("the sl\\u043epe\\u200b rises").text
    'the slope rises'
    >>> plain("угол").text
    'угол'
    """
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(original):
        if char in _INVISIBLE or unicodedata.category(char) == "Cf":
            continue
        if chars and unicodedata.combining(char) and _is_latin(chars[-1]):
            chars[-1] = _marked(chars[-1], char)
            continue
        for piece in unicodedata.normalize("NFKC", char):
            chars.append(piece)
            places.append(place)
    if is_mostly_latin("".join(chars)):
        _latinise(chars)
    return PlainText(original, "".join(chars), tuple(places))


def is_mostly_latin(text: str) -> bool:
    """Say whether at least half of the letters of ``text`` are Latin."""
    letters = [char for char in text if char.isalpha()]
    return 2 * sum(map(_is_latin, letters)) >= len(letters)


def _is_latin(char: str) -> bool:
    return char.isascii() or "LATIN" in unicodedata.name(char, "")


def _marked(letter: str, mark: str) -> str:
    """The letter with its accent where there is such a letter; a stroke through it is left out."""
    made = unicodedata.normalize("NFC", letter + mark)
    return made if len(made) == 1 else letter


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
    return made if all(map(_is_latin, made)) else word
