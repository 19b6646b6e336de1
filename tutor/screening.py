"""Which answers are graded at all: refused honestly are the empty, the foreign, the over-long, the copied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from research.sentences import sentence_spans
from tutor.plain_text import PlainText, is_mostly_latin, plain
from vectorstore.words import STOP_WORDS, stems, words

LONGEST_ANSWER = 4000
FEWEST_STEMS = 2
# A sentence is copied when this share of its words stands, in runs of three or more, in one source sentence,
COPIED_SHARE = 0.75
# or in longer runs of several of them (two stitched together).
STITCHED_RUN = 5
COPIED_ANSWER_SHARE = 0.6
FEWEST_WORDS_TO_COPY = 6
SHORTEST_RUN = 3
LEAST_FUNCTION_WORDS = 0.12


class Refusal(StrEnum):
    """Why an answer was not graded."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    OTHER_LANGUAGE = "other_language"
    COPIED_QUESTION = "copied_question"
    COPIED_LESSON = "copied_lesson"
    COPIED_SOURCE = "copied_source"
    KEYWORDS_ONLY = "keywords_only"


ADVICE = {
    Refusal.EMPTY: "There is nothing to grade yet. Write a sentence or two: what you would tell a friend.",
    Refusal.TOO_LONG: f"This is longer than the {LONGEST_ANSWER} characters that can be graded. "
    "Keep the sentences that explain the idea itself.",
    Refusal.OTHER_LANGUAGE: "This seems to be in another language than the lesson. It cannot be graded "
    "fairly, so it was not graded: please explain in English.",
    Refusal.COPIED_QUESTION: "This repeats the question. Now answer it, in your own words.",
    Refusal.COPIED_LESSON: "These are the lesson's words, and they are good ones; what counts here is how "
    "you would say it. Close the lesson for a moment and explain in your own words.",
    Refusal.COPIED_SOURCE: "These are the source's words. Explain the idea in your own words.",
    Refusal.KEYWORDS_ONLY: "These are the right sort of words, but they do not say anything yet. Make "
    "sentences: what does what to what?",
}

_OTHER_LANGUAGES = {
    "de": "der die das und ist nicht ein eine mit von zu den dem wird sind auch wenn auf für sich durch oder",
    "fr": "le la les des une est pas et dans qui que pour sur avec par ce cette sont il elle plus du au",
    "es": "el la los las una es no y en que de por para con se su del al como más cuando son porque",
    "it": "il lo la gli una è non e di che per con si del della sono come più quando nel alla perché",
    "pt": "o os as uma é não e de que por para com se do da em são como mais quando no na porque",
    "nl": "de het een is niet en van dat die in op met voor zijn als ook wordt door aan bij of deze",
}
# Digits written for letters; "1" stands for both i and l, so these two are taken for one letter.
_AS_LETTERS = str.maketrans("013457i", "oleastl")
_FUNCTION_WORDS = {code: frozenset(row.split()) for code, row in _OTHER_LANGUAGES.items()}
_DOES_NOT_KNOW = re.compile(
    r"\b(?:don'?t|do not|dunno|no idea|not sure|can'?t remember|cannot remember)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Screened:
    """An answer ready to be graded, or the reason why it is not.

    Attributes
    ----------
    copied
        Stretches of ``plain.text`` that repeat the question, the lesson or a source: they earn nothing.
    """

    plain: PlainText
    refusal: Refusal | None
    copied: tuple[tuple[int, int], ...] = ()


def screen(
    answer: str, *, question: str, lesson: Sequence[str] = (), sources: Sequence[str] = ()
) -> Screened:
    """Decide whether ``answer`` can be graded fairly, and which of its sentences are copies.

    Parameters
    ----------
    answer
        As the learner typed it.
    question
        What was asked.
    lesson
        The sentences of the lesson.
    sources
        The texts that the lesson was made from.

    Examples
    --------
    >>> screen("  ", question="What is a cairn?").refusal
    <Refusal.EMPTY: 'empty'>
    >>> screen("A heap of rocks that shows hikers the way.", question="What is a cairn?").refusal is None
    True
    """
    text = plain(answer)
    refusal = _form_refusal(text.text)
    if refusal:
        return Screened(text, refusal)
    materials = {
        Refusal.COPIED_QUESTION: _sentence_words([question]),
        Refusal.COPIED_LESSON: _sentence_words(lesson),
        Refusal.COPIED_SOURCE: _sentence_words(sources),
    }
    copied: list[tuple[int, int]] = []
    kinds: list[Refusal] = []
    total = own = 0
    for start, end in sentence_spans(text.text):
        mine = _compared(text.text[start:end])
        kind = next((kind for kind, rows in materials.items() if is_copy(mine, of=rows)), None)
        total += len(mine)
        if kind is None:
            own += len(mine)
            continue
        copied.append((start, end))
        kinds.append(kind)
    if kinds and total - own >= COPIED_ANSWER_SHARE * total:
        return Screened(text, max(kinds, key=kinds.count), tuple(copied))
    return Screened(text, None, tuple(copied))


def is_copy(mine: Sequence[str], *, of: Iterable[Sequence[str]]) -> bool:
    """Say whether the words ``mine`` repeat one of the sentences ``of``, give or take a few words."""
    if len(mine) < FEWEST_WORDS_TO_COPY:
        return False
    mine, bag = list(mine), set(mine)
    stitched: set[int] = set()
    for row in of:
        if len(bag & set(row)) < SHORTEST_RUN:
            continue
        blocks = SequenceMatcher(a=mine, b=list(row), autojunk=False).get_matching_blocks()
        in_runs = sum(block.size for block in blocks if block.size >= SHORTEST_RUN)
        if in_runs >= COPIED_SHARE * len(mine):
            return True
        for block in blocks:
            if block.size >= STITCHED_RUN:
                stitched.update(range(block.a, block.a + block.size))
    return len(stitched) >= COPIED_SHARE * len(mine)


def admits_not_knowing(text: str) -> bool:
    """Say whether a short answer only says that its writer does not know: honest, and graded as such."""
    return len(words(text)) <= 12 and bool(_DOES_NOT_KNOW.search(text.replace("’", "'")))


def is_keywords_only(text: str) -> bool:
    """Say whether the words stand side by side without any that would make them a statement.

    English prose has some forty function words in a hundred; notes have twenty; a list has none.
    """
    row = words(text)
    if len(row) < 6 or "=" in text:
        return False
    return sum(word in STOP_WORDS for word in row) < LEAST_FUNCTION_WORDS * len(row)


def is_other_language(text: str) -> bool:
    """Say whether ``text`` is surely not English: another script, or another language's small words."""
    if not is_mostly_latin(text):
        return True
    row = words(text)
    if len(row) < 4:
        return False
    english = sum(word in STOP_WORDS for word in row)
    other = max(sum(word in small for word in row) for small in _FUNCTION_WORDS.values())
    return other > english and other >= 0.15 * len(row)


def _form_refusal(text: str) -> Refusal | None:
    if not text.strip():
        return Refusal.EMPTY
    if len(text) > LONGEST_ANSWER:
        return Refusal.TOO_LONG
    if is_other_language(text):
        return Refusal.OTHER_LANGUAGE
    if admits_not_knowing(text):
        return None
    if len(set(stems(text))) < FEWEST_STEMS:
        return Refusal.EMPTY
    return Refusal.KEYWORDS_ONLY if is_keywords_only(text) else None


def _sentence_words(texts: Iterable[str]) -> list[list[str]]:
    """The words of every sentence of ``texts``, as they are compared."""
    rows = [_compared(text[start:end]) for text in texts for start, end in sentence_spans(text)]
    return [row for row in rows if len(row) >= SHORTEST_RUN]


def _compared(text: str) -> list[str]:
    """Words without what disguises a copy: accents, joining hyphens and underscores, digits for letters."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    parts = (part for word in words(bare) for part in re.split(r"[-_]", word) if part)
    return [part if part.isdigit() else part.translate(_AS_LETTERS) for part in parts]
