"""The floor under both engines: what no engine may say unchecked, checked by code.

A lesson sentence must be found in, or follow from, the passages it cites. A rubric point must stand in the
sources and be asked for. Credit needs the learner's exact words. Whatever is refused carries a reason code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from research.errors import QuoteNotFound
from research.sentences import sentences
from research.spans import Span, locate_quote, verify
from tutor.conflicts import antonym_conflict, negation_conflict, numbers_in
from tutor.ports import DraftPoint, DraftSentence, GradingTask, PointJudgement, PointVerdict, Section
from tutor.screening import Screened
from vectorstore.ports import Embedder
from vectorstore.words import STOP_WORDS, stem, stems, words

LEAST_SUPPORT = 0.55
LONGEST_CONNECTIVE = 160
LONGEST_POINT_WORDS = 60
NEAR_DUPLICATE = 0.8
# A point is given away when the question holds all but this share of its words.
LEAST_NEW = 0.25
# Of the words that earn credit at least this share is not the question's.
LEAST_OWN = 0.25
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
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\"“‘(])\b[A-Z][\w’'-]+")
_SPEAKS_TO_GRADER = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|rubric|above|previous|rules?)\b"
    r"|\b(?:rubric|grader|grading|verdict|full (?:marks|credit|score)|system (?:prompt|message))\b"
    r"|\bmark (?:this|it|me|every|all)\b|\"(?:verdict|score|probability|span)\"\s*:"
    r"|<\|?/?(?:system|assistant|user)\b",
    re.I,
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
    NOT_SUPPORTED = "not_supported"
    CONNECTIVE_SAYS_SOMETHING = "connective_says_something"
    REPEATED = "repeated"


class PointRefusal(StrEnum):
    """Why a rubric point was dropped."""

    UNKNOWN_PASSAGE = "unknown_passage"
    QUOTE_NOT_FOUND = "quote_not_found"
    NOT_SUPPORTED = "not_supported"
    TOO_LONG = "too_long"
    REPEATED = "repeated"
    GIVEN_BY_QUESTION = "given_by_question"
    NOT_ASKED_FOR = "not_asked_for"
    NOT_EARNABLE = "not_earnable"


class CreditRefusal(StrEnum):
    """Why words that an engine credited earn nothing."""

    NO_SPAN = "no_span"
    SPAN_NOT_FOUND = "span_not_found"
    SPAN_SAYS_NOTHING = "span_says_nothing"
    COPIED = "copied"
    QUESTION_WORDS = "question_words"
    SPEAKS_TO_GRADER = "speaks_to_grader"


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
    draft: Iterable[DraftSentence], *, texts: Mapping[str, str], names: Iterable[str], embedder: Embedder
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
    name_stems = {key for name in names for key in stems(name)}
    for sentence in draft:
        try:
            folded = fold(sentence.text)
            if folded in seen:
                raise SentenceRefused(SentenceRefusal.REPEATED)
            kept.append(_checked(sentence, texts=texts, names=name_stems, embedder=embedder))
            seen.add(folded)
        except SentenceRefused as refused:
            dropped.append((sentence, refused.code))
    return CheckedLesson(tuple(kept), tuple(dropped))


def check_points(
    points: Sequence[DraftPoint],
    *,
    question: str,
    texts: Mapping[str, str],
    concept: str,
    embedder: Embedder,
) -> tuple[list[DraftPoint], list[tuple[DraftPoint, PointRefusal]]]:
    """Keep the points that stand in the sources, are one idea, are asked for, and say something new."""
    kept: list[DraftPoint] = []
    dropped: list[tuple[DraftPoint, PointRefusal]] = []
    for point in points:
        refusal = _point_refusal(point, question=question, texts=texts, concept=concept, embedder=embedder)
        if refusal is None and any(_is_duplicate(point.text, other.text, embedder) for other in kept):
            refusal = PointRefusal.REPEATED
        if refusal is None:
            kept.append(point)
        else:
            dropped.append((point, refusal))
    return kept, dropped


def check_judgements(
    judgements: Iterable[PointJudgement],
    *,
    task: GradingTask,
    screened: Screened,
    doubt: Callable[[str, str], str] = lambda point, quote: "",
) -> list[PointJudgement]:
    """Return one judgement per point of the task, in its order, with credit only where words are proven.

    Spans come in relative to ``task.answer`` (the plain text) and go out relative to the learner's own text.

    Parameters
    ----------
    doubt
        Given point and quote, a reason why the quote cannot be relied on, or "": then the point is unsure.
    """
    by_id = {judgement.point_id: judgement for judgement in judgements}
    checked = []
    for point in task.points:
        judgement = by_id.get(point.id) or PointJudgement(
            point.id, PointVerdict.UNSURE, 0.5, reason="not judged"
        )
        checked.append(_credited(judgement, point.text, task=task, screened=screened, doubt=doubt))
    return checked


def fold(text: str) -> str:
    """Return ``text`` as compared for being the same: case and white space aside."""
    return " ".join(text.casefold().split())


def _checked(
    sentence: DraftSentence, *, texts: Mapping[str, str], names: set[str], embedder: Embedder
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
    if _is_quotation(sentence.text, sentence.spans):
        return CheckedSentence(sentence, Support.QUOTE, 1.0)
    return CheckedSentence(sentence, Support.ENTAILED, _support(sentence, names=names, embedder=embedder))


def _verify(span: Span, texts: Mapping[str, str]) -> None:
    text = texts.get(span.passage_id)
    if text is None:
        raise SentenceRefused(SentenceRefusal.UNKNOWN_PASSAGE)
    try:
        verify(span, text)
    except QuoteNotFound:
        raise SentenceRefused(SentenceRefusal.QUOTE_NOT_FOUND) from None


def _is_quotation(text: str, spans: Sequence[Span]) -> bool:
    if fold(text) == fold(" ".join(span.quote for span in spans)):
        return True
    return any(locate_quote(span.quote, text) is not None and len(words(text)) >= 3 for span in spans)


def _support(sentence: DraftSentence, *, names: set[str], embedder: Embedder) -> float:
    """How well the citations carry a sentence in other words; refuses what they contradict or lack."""
    cited = " ".join(span.quote for span in sentence.spans)
    rows = [row for span in sentence.spans for row in sentences(span.quote)]
    if numbers_in(sentence.text) - numbers_in(cited):
        raise SentenceRefused(SentenceRefusal.NUMBER_NOT_IN_CITATION)
    known = set(words(cited))
    for name in _NAME.findall(sentence.text):
        if not set(words(name)) <= known and not set(stems(name)) <= names:
            raise SentenceRefused(SentenceRefusal.NAME_NOT_IN_CITATION)
    if all(negation_conflict(row, sentence.text) >= 1 for row in rows):
        raise SentenceRefused(SentenceRefusal.NEGATION_NOT_IN_CITATION)
    if all(antonym_conflict(row, sentence.text) for row in [*rows, cited]):
        raise SentenceRefused(SentenceRefusal.OPPOSITE_OF_CITATION)
    mine, theirs = set(stems(sentence.text)), set(stems(cited)) | names
    overlap = len(mine & theirs) / len(mine) if mine else 0.0
    vectors = embedder.embed([sentence.text, cited, *rows])
    score = 0.5 * overlap + 0.5 * max(0.0, float((vectors[1:] @ vectors[0]).max()))
    if score < LEAST_SUPPORT:
        raise SentenceRefused(SentenceRefusal.NOT_SUPPORTED)
    return min(1.0, score)


def _point_refusal(
    point: DraftPoint, *, question: str, texts: Mapping[str, str], concept: str, embedder: Embedder
) -> PointRefusal | None:
    if point.span.passage_id not in texts:
        return PointRefusal.UNKNOWN_PASSAGE
    if len(point.text.split()) > LONGEST_POINT_WORDS:
        return PointRefusal.TOO_LONG
    try:
        verify(point.span, texts[point.span.passage_id])
        if not _is_quotation(point.text, (point.span,)):
            _support(
                DraftSentence(Section.EXPLANATION, point.text, (point.span,)),
                names=set(stems(concept)),
                embedder=embedder,
            )
    except QuoteNotFound:
        return PointRefusal.QUOTE_NOT_FOUND
    except SentenceRefused:
        return PointRefusal.NOT_SUPPORTED
    asked, idea = set(stems(question)), set(stems(point.text))
    if len(idea - asked) < LEAST_NEW * len(idea):
        return PointRefusal.GIVEN_BY_QUESTION
    if not idea & (asked | set(stems(concept))):
        return PointRefusal.NOT_ASKED_FOR
    return None


def _is_duplicate(one: str, other: str, embedder: Embedder) -> bool:
    mine, theirs = set(stems(one)), set(stems(other))
    shared = len(mine & theirs) / max(1, min(len(mine), len(theirs)))
    if shared >= NEAR_DUPLICATE:
        return True
    first, second = embedder.embed([one, other])
    return float(first @ second) >= NEAR_DUPLICATE


def _credited(
    judgement: PointJudgement,
    point: str,
    *,
    task: GradingTask,
    screened: Screened,
    doubt: Callable[[str, str], str],
) -> PointJudgement:
    if judgement.verdict not in (PointVerdict.SHOWN, PointVerdict.CONTRADICTED):
        return _placed(judgement, screened=screened)
    refusal = _credit_refusal(judgement, task=task, screened=screened)
    if refusal:
        return PointJudgement(judgement.point_id, PointVerdict.MISSING, 0.0, reason=refusal.value)
    reason = doubt(point, judgement.span.quote) if judgement.span else ""
    if reason and judgement.verdict == PointVerdict.SHOWN:
        judgement = replace(
            judgement, verdict=PointVerdict.UNSURE, probability=min(judgement.probability, 0.5), reason=reason
        )
    return _placed(judgement, screened=screened)


def _credit_refusal(
    judgement: PointJudgement, *, task: GradingTask, screened: Screened
) -> CreditRefusal | None:
    span = judgement.span
    if span is None:
        return CreditRefusal.NO_SPAN
    if not 0 <= span.start < span.end <= len(task.answer) or task.answer[span.start : span.end] != span.quote:
        return CreditRefusal.SPAN_NOT_FOUND
    if len(words(span.quote)) < 2 or all(word in STOP_WORDS for word in words(span.quote)):
        return CreditRefusal.SPAN_SAYS_NOTHING
    if _copied_share(span.start, span.end, screened.copied) > 0.5:
        return CreditRefusal.COPIED
    if _SPEAKS_TO_GRADER.search(span.quote):
        return CreditRefusal.SPEAKS_TO_GRADER
    said = set(stems(span.quote))
    if len(said - set(stems(task.question))) < LEAST_OWN * len(said):
        return CreditRefusal.QUESTION_WORDS
    return None


def _copied_share(start: int, end: int, copied: Iterable[tuple[int, int]]) -> float:
    shared = sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in copied)
    return shared / (end - start)


def _placed(judgement: PointJudgement, *, screened: Screened) -> PointJudgement:
    """With its span moved from the plain text to the learner's own characters; a wrong one is taken off."""
    span = judgement.span
    if span is None:
        return judgement
    text = screened.plain.text
    if not 0 <= span.start < span.end <= len(text) or text[span.start : span.end] != span.quote:
        return replace(judgement, span=None)
    return replace(judgement, span=screened.plain.span(span.start, span.end))
