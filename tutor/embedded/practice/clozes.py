"""Clozes: the concept's own name, or another concept's, left out of a sentence of the source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from research.spans import Span
from tutor.embedded.candidates import Candidate
from tutor.items.matching import is_near
from tutor.items.ports import GAP, ItemKind, PracticeDraft, PracticeTask
from tutor.items.wordings import content, find_name, is_general, meaning_of, names_in, stands_alone

MOST_TERM_CLOZES = 2
MOST_WORD_CLOZES = 2
LEAST_RELEVANCE = 0.35


def term_clozes(task: PracticeTask, rows: Sequence[Candidate]) -> list[PracticeDraft]:
    """The definition without the term, then one more sentence that the term opens."""
    spans = [task.definition] if task.definition else []
    defining = task.definition.quote if task.definition else ""
    spans += [row.span for row in asked_about(task, rows) if row.span.quote not in defining]
    found = []
    for number, span in enumerate(spans):
        place = find_name(span.quote, task.names)
        if place is None or names_in(span.quote, task.names) != 1:
            continue
        if number and place[0] > 4:
            continue
        # What only speaks of the concept, and does not define it, may be true of another one too.
        is_defining = span is task.definition and bool(meaning_of(span.quote, task.names))
        found.append(_cloze(task, span, place, accepted=task.names, with_letter=not is_defining))
    return found[:MOST_TERM_CLOZES]


def word_clozes(task: PracticeTask, rows: Sequence[Candidate]) -> list[PracticeDraft]:
    """Sentences on the concept without one other concept that they bring it together with.

    The gap follows the concept's name: a gap before it asks for what the sentence is on, and that is then
    the other concept.
    """
    found: list[PracticeDraft] = []
    for row in asked_about(task, rows):
        own = find_name(row.span.quote, task.names)
        for names in _others_in(row.span.quote, task):
            place = find_name(row.span.quote, names)
            if place and own and own[1] <= place[0] and names_in(row.span.quote, names) == 1:
                found.append(_cloze(task, row.span, place, accepted=names, with_letter=True))
                break
    return found[:MOST_WORD_CLOZES]


def asked_about(task: PracticeTask, rows: Sequence[Candidate]) -> list[Candidate]:
    """The sentences that say something of the concept that holds always, most relevant first."""
    fit = [
        row
        for row in rows
        if row.names_concept
        and find_name(row.span.quote, task.names)
        and not (row.is_code or row.leans_back or row.instructs or row.is_example or row.is_pitfall)
        and row.relevance >= LEAST_RELEVANCE
        and is_general(row.span.quote)
        and stands_alone(row.span.quote)
    ]
    return sorted(fit, key=lambda row: (-row.relevance, row.order))


def _others_in(sentence: str, task: PracticeTask) -> Iterable[tuple[str, ...]]:
    """The names of the other concepts in a sentence, the longest first: "sound wave" before "wave"."""
    own = content(task.concept)
    named = [
        (other.name, *other.aliases)
        for other in task.neighbours
        if find_name(sentence, (other.name, *other.aliases)) and not content(other.name) & own
    ]
    return sorted(named, key=lambda names: (-len(names[0]), names[0]))


def _cloze(
    task: PracticeTask, span: Span, place: tuple[int, int], *, accepted: Sequence[str], with_letter: bool
) -> PracticeDraft:
    start, end = place
    answer = span.quote[start:end]
    stem = " ".join(f"{span.quote[:start]}{GAP}{span.quote[end:]}".split())
    return PracticeDraft(
        kind=ItemKind.CLOZE,
        stem=stem,
        span=span,
        answer=answer,
        hint=_hint(answer, with_letter=with_letter),
        accepted=tuple(name for name in accepted if name != answer),
        rejected=_rejected(answer, task, accepted=accepted),
    )


def _hint(answer: str, *, with_letter: bool) -> str:
    count = len(answer.split())
    told = "One word" if count == 1 else f"{count} words"
    return f"{told}, beginning with “{answer[0].lower()}”." if with_letter else f"{told}."


def _rejected(answer: str, task: PracticeTask, *, accepted: Sequence[str]) -> tuple[str, ...]:
    """Other concepts whose name a forgiving eye would take for a slip of the answer."""
    others = {name for other in task.neighbours for name in (other.name, *other.aliases)} - set(accepted)
    return tuple(sorted(name for name in others if is_near(name, answer)))
