"""Whether the sources support what a lesson says: a sentence must be found in, or follow from, what it cites.

Whatever is refused carries a reason code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from research.errors import QuoteNotFound
from research.sentences import sentences
from research.spans import Span, verify
from tutor.conflicts import numbers_in
from tutor.context import without_label
from tutor.distortions import distortion
from tutor.ports import DraftSentence
from vectorstore.ports import Embedder
from vectorstore.words import stem, stems

# Chosen by `tutor.support_benchmark` on every other document of the sample course.
LEAST_SUPPORT = 0.7
LONGEST_CONNECTIVE = 160
_CONNECTIVE_WORDS = frozenset(
    stem(word)
    for word in "now let see look turn come back go next first second third last before after start begin "
    "remember recall know need new idea question reason why how example mistake mistakes common careful care "
    "way another different look closer word words lesson time case think ask put together short sum follow "
    "reason reasons read show shown find meet make sure ready step steps source sources says tells say "
    "tell built rests "
    "rest "
    "explain explained explanation mean means example examples use used take takes here one two watch "
    "happens".split()
)


class SentenceRefusal(StrEnum):
    """Why a lesson sentence was dropped."""

    NO_CITATION = "no_citation"
    UNKNOWN_PASSAGE = "unknown_passage"
    QUOTE_NOT_FOUND = "quote_not_found"
    NUMBER_NOT_IN_CITATION = "number_not_in_citation"
    NAME_NOT_IN_CITATION = "name_not_in_citation"
    NEGATION_NOT_IN_CITATION = "negation_not_in_citation"
    OPPOSITE_OF_CITATION = "opposite_of_citation"
    ROLES_SWAPPED = "roles_swapped"
    QUANTIFIER_NOT_IN_CITATION = "quantifier_not_in_citation"
    HEDGE_CHANGED = "hedge_changed"
    COMPARISON_NOT_IN_CITATION = "comparison_not_in_citation"
    CONDITION_LEFT_OUT = "condition_left_out"
    MISTAKE_TOLD_AS_FACT = "mistake_told_as_fact"
    NOT_SUPPORTED = "not_supported"
    CONNECTIVE_SAYS_SOMETHING = "connective_says_something"
    REPEATED = "repeated"


class Support(StrEnum):
    """How a sentence's support was checked; the values of `LessonSentence.Support`."""

    QUOTE = "quote"
    ENTAILED = "entailed"
    CONNECTIVE = "connective"


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A lesson sentence that stays, and how its support was checked."""

    draft: DraftSentence
    support: Support
    score: float


@dataclass(frozen=True, slots=True)
class CheckedLesson:
    """The sentences that stay and those that were refused, each with its reason."""

    kept: tuple[CheckedSentence, ...]
    dropped: tuple[tuple[DraftSentence, SentenceRefusal], ...]

    @property
    def coverage(self) -> float:
        """Share of the sentences that say something which the sources support, 0..1."""
        supported = sum(row.support != Support.CONNECTIVE for row in self.kept)
        claims = supported + sum(not draft.is_connective for draft, _ in self.dropped)
        return supported / claims if claims else 0.0


class SentenceRefused(Exception):
    """A sentence failed a check; carries the code."""

    def __init__(self, code: SentenceRefusal) -> None:
        self.code = code
        super().__init__(code.value)


def check_lesson(
    draft: Iterable[DraftSentence],
    *,
    texts: Mapping[str, str],
    names: Iterable[str],
    embedder: Embedder,
) -> CheckedLesson:
    """Keep the sentences that the cited passages support; drop the others, each with its reason.

    Parameters
    ----------
    draft
        What the engine wrote.
    texts
        Passage id -> text, of every passage that the lesson may cite.
    names
        The concept's and its prerequisites' names: a connective may use them.
    embedder
        Measures support where a sentence is not a quotation.
    """
    kept: list[CheckedSentence] = []
    dropped: list[tuple[DraftSentence, SentenceRefusal]] = []
    seen: set[str] = set()
    names = tuple(names)
    name_stems = {key for name in names for key in stems(name)}
    for sentence in draft:
        try:
            folded = fold(sentence.text)
            if folded in seen:
                raise SentenceRefused(SentenceRefusal.REPEATED)
            support = _checked(sentence, texts=texts, labels=names, names=name_stems, embedder=embedder)
            kept.append(support)
            seen.add(folded)
        except SentenceRefused as refused:
            dropped.append((sentence, refused.code))
    return CheckedLesson(tuple(kept), tuple(dropped))


def fold(text: str) -> str:
    """Return ``text`` as compared for being the same: case and white space aside."""
    return " ".join(text.casefold().split())


def _checked(
    sentence: DraftSentence,
    *,
    texts: Mapping[str, str],
    labels: tuple[str, ...],
    names: set[str],
    embedder: Embedder,
) -> CheckedSentence:
    if sentence.is_connective:
        if len(sentence.text) > LONGEST_CONNECTIVE or numbers_in(sentence.text) - {"2"}:
            raise SentenceRefused(SentenceRefusal.CONNECTIVE_SAYS_SOMETHING)
        if set(stems(sentence.text)) - names - _CONNECTIVE_WORDS:
            raise SentenceRefused(SentenceRefusal.CONNECTIVE_SAYS_SOMETHING)
        return CheckedSentence(replace(sentence, spans=()), Support.CONNECTIVE, 1.0)
    if not sentence.spans:
        raise SentenceRefused(SentenceRefusal.NO_CITATION)
    for span in sentence.spans:
        _verify(span, texts)
    if is_quotation(without_label(sentence.text, labels), sentence.spans):
        return CheckedSentence(sentence, Support.QUOTE, 1.0)
    score = measured_support(sentence, names=names, embedder=embedder)
    return CheckedSentence(sentence, Support.ENTAILED, score)


def _verify(span: Span, texts: Mapping[str, str]) -> None:
    text = texts.get(span.passage_id)
    if text is None:
        raise SentenceRefused(SentenceRefusal.UNKNOWN_PASSAGE)
    try:
        verify(span, text)
    except QuoteNotFound:
        raise SentenceRefused(SentenceRefusal.QUOTE_NOT_FOUND) from None


def is_quotation(text: str, spans: Sequence[Span]) -> bool:
    """Say whether ``text`` is what the spans quote, or whole sentences of it.

    Part of a sentence is none: what is cut out of "it is a mistake to think that ..." is no quotation of it.
    """
    if fold(text) == fold(" ".join(span.quote for span in spans)):
        return True
    rows = {fold(row) for span in spans for row in sentences(span.quote)}
    return all(fold(row) in rows for row in sentences(text))


def measured_support(sentence: DraftSentence, *, names: set[str], embedder: Embedder) -> float:
    """Return how well the citations carry a sentence in other words, 0..1.

    Raises
    ------
    SentenceRefused
        If it changes what they say, or is too far from it.
    """
    rows = [row for span in sentence.spans for row in sentences(span.quote)]
    changed = distortion(sentence.text, rows, names=names)
    if changed is not None:
        raise SentenceRefused(SentenceRefusal(changed.value))
    score = nearness(sentence.text, rows, names=names, embedder=embedder)
    if score < LEAST_SUPPORT:
        raise SentenceRefused(SentenceRefusal.NOT_SUPPORTED)
    return score


def nearness(text: str, rows: Sequence[str], *, names: set[str], embedder: Embedder) -> float:
    """Return how near a sentence is to what it cites, in words and in meaning, 0..1."""
    cited = " ".join(rows)
    mine, theirs = set(stems(text)), set(stems(cited)) | names
    overlap = len(mine & theirs) / len(mine) if mine else 0.0
    vectors = embedder.embed([text, cited, *rows])
    return min(1.0, 0.5 * overlap + 0.5 * max(0.0, float((vectors[1:] @ vectors[0]).max())))
