"""The floor under practice items: what no engine may ask unchecked, checked by code.

An item stands on words found in a passage; its answer is among them; its stem does not give it away; and no
wrong option is also right as far as the sources say. Whatever is refused carries a reason code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from research.errors import QuoteNotFound
from research.spans import locate_quote, verify
from tutor.conflicts import numbers_in
from tutor.items.distractors import DistractorRefusal, distractor_refusal
from tutor.items.ports import (
    DISTRACTORS,
    FEWEST_STEPS,
    GAP,
    MOST_STEPS,
    ItemKind,
    PracticeDraft,
    PracticeTask,
)
from tutor.items.quantities import NUMBER_WORDS, read_quantity
from tutor.items.sessions import is_closed, only_repeats
from tutor.items.wordings import article_fits, content, find_name, names_in, stands_alone
from vectorstore.ports import Embedder

LONGEST_STEM = 600
FEWEST_LEFT = 4
FEWEST_IN_OPTION = 3
# An option that is this many times longer or shorter than the right one tells itself from it.
MOST_UNEVEN = 3.0
# How exact an answer must be is no number of the matter.
_PERCENTAGE = re.compile(r"\d+\s?%")
_ORDER_WORDS = {
    "first",
    "second",
    "third",
    "then",
    "next",
    "final",
    "last",
    "after",
    "before",
    "begin",
    "afterward",
}


class ItemRefusal(StrEnum):
    """Why an item was dropped."""

    UNKNOWN_PASSAGE = "unknown_passage"
    QUOTE_NOT_FOUND = "quote_not_found"
    MALFORMED = "malformed"
    ANSWER_NOT_IN_QUOTE = "answer_not_in_quote"
    GIVEN_AWAY = "given_away"
    LEANS_BACK = "leans_back"
    SAYS_TOO_LITTLE = "says_too_little"
    AMBIGUOUS = "ambiguous"
    NAME_NOT_ASKED = "name_not_asked"
    DISTRACTOR_TRUE = "distractor_true"
    DISTRACTOR_NEAR = "distractor_near"
    DISTRACTOR_UNEVEN = "distractor_uneven"
    CODE_NOT_CLOSED = "code_not_closed"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class CheckedItems:
    """The items that stay and those that were refused, each with its reason."""

    kept: tuple[PracticeDraft, ...]
    dropped: tuple[tuple[PracticeDraft, ItemRefusal], ...]


def check_items(drafts: Iterable[PracticeDraft], *, task: PracticeTask, embedder: Embedder) -> CheckedItems:
    """Keep the items that the passages of ``task`` prove; drop the others, each with its reason."""
    kept: list[PracticeDraft] = []
    dropped: list[tuple[PracticeDraft, ItemRefusal]] = []
    seen: set[tuple[str, str]] = set()
    for draft in drafts:
        same = (draft.kind.value, f"{draft.stem}\n{draft.code}")
        refusal = ItemRefusal.REPEATED if same in seen else _refusal(draft, task=task, embedder=embedder)
        if refusal is None:
            seen.add(same)
            kept.append(draft)
        else:
            dropped.append((draft, refusal))
    return CheckedItems(tuple(kept), tuple(dropped))


def _refusal(draft: PracticeDraft, *, task: PracticeTask, embedder: Embedder) -> ItemRefusal | None:
    text = task.texts.get(draft.span.passage_id)
    if text is None:
        return ItemRefusal.UNKNOWN_PASSAGE
    try:
        verify(draft.span, text)
    except QuoteNotFound:
        return ItemRefusal.QUOTE_NOT_FOUND
    if not draft.stem.strip() or len(draft.stem) > LONGEST_STEM:
        return ItemRefusal.MALFORMED
    return _CHECKS[draft.kind](draft, task, embedder)


def _check_cloze(draft: PracticeDraft, task: PracticeTask, embedder: Embedder) -> ItemRefusal | None:
    refusal = _gap_refusal(draft)
    if refusal:
        return refusal
    if content(draft.answer) & content(draft.hint):
        return ItemRefusal.GIVEN_AWAY
    if _could_be_another(draft, task):
        return ItemRefusal.AMBIGUOUS
    return None


def _check_choice(draft: PracticeDraft, task: PracticeTask, embedder: Embedder) -> ItemRefusal | None:
    options = draft.options
    if len(draft.distractors) != DISTRACTORS or len(
        {" ".join(one.casefold().split()) for one in options}
    ) < len(options):
        return ItemRefusal.MALFORMED
    refusal = _gap_refusal(draft) if GAP in draft.stem else _asked_refusal(draft, task)
    if refusal:
        return refusal
    if GAP in draft.stem and not article_fits(draft.stem, options):
        return ItemRefusal.GIVEN_AWAY
    lengths = [len(option.split()) for option in options]
    if GAP not in draft.stem and max(lengths) > MOST_UNEVEN * min(lengths):
        return ItemRefusal.DISTRACTOR_UNEVEN
    for distractor in draft.distractors:
        found = distractor_refusal(distractor, draft=draft, task=task, embedder=embedder)
        if found is DistractorRefusal.NEAR:
            return ItemRefusal.DISTRACTOR_NEAR
        if found:
            return ItemRefusal.DISTRACTOR_TRUE
    return None


def _check_numeric(draft: PracticeDraft, task: PracticeTask, embedder: Embedder) -> ItemRefusal | None:
    if read_quantity(draft.answer, unit=draft.unit) is None or not 0 <= draft.tolerance < 0.5:
        return ItemRefusal.MALFORMED
    refusal = _gap_refusal(draft, least_new=False)
    if refusal:
        return refusal
    asked = numbers_in(draft.answer)
    told = f"{draft.stem} {_PERCENTAGE.sub('', draft.hint)}"
    return ItemRefusal.GIVEN_AWAY if asked & numbers_in(told) else None


def _check_ordering(draft: PracticeDraft, task: PracticeTask, embedder: Embedder) -> ItemRefusal | None:
    if not FEWEST_STEPS <= len(draft.steps) <= MOST_STEPS or len(set(draft.steps)) < len(draft.steps):
        return ItemRefusal.MALFORMED
    at = 0
    for step in draft.steps:
        place = locate_quote(draft.span.quote[at:], step)
        if place is None:
            return ItemRefusal.ANSWER_NOT_IN_QUOTE
        at += place[1]
        if set(step.casefold().split()[:2]) & _ORDER_WORDS:
            return ItemRefusal.GIVEN_AWAY
    return None


def _check_output(draft: PracticeDraft, task: PracticeTask, embedder: Embedder) -> ItemRefusal | None:
    lines = draft.code.splitlines()
    if not lines or not draft.answer.strip():
        return ItemRefusal.MALFORMED
    if not draft.span.quote.rstrip().endswith(draft.answer.rstrip()):
        return ItemRefusal.ANSWER_NOT_IN_QUOTE
    sources = {line.strip() for text in task.texts.values() for line in text.splitlines()}
    if any(line.strip() not in sources for line in lines):
        return ItemRefusal.QUOTE_NOT_FOUND
    if not is_closed(draft.code):
        return ItemRefusal.CODE_NOT_CLOSED
    return ItemRefusal.GIVEN_AWAY if only_repeats(draft.code, draft.answer) else None


_CHECKS: dict[ItemKind, Callable[[PracticeDraft, PracticeTask, Embedder], ItemRefusal | None]] = {
    ItemKind.CLOZE: _check_cloze,
    ItemKind.CHOICE: _check_choice,
    ItemKind.NUMERIC: _check_numeric,
    ItemKind.ORDERING: _check_ordering,
    ItemKind.CODE_OUTPUT: _check_output,
}


def _gap_refusal(draft: PracticeDraft, *, least_new: bool = True) -> ItemRefusal | None:
    """Of a stem that is the source's sentence with a gap: filled in, it is the source's sentence again."""
    if draft.stem.count(GAP) != 1 or not draft.answer.strip():
        return ItemRefusal.MALFORMED
    if locate_quote(draft.span.quote, draft.stem.replace(GAP, draft.answer)) is None:
        return ItemRefusal.ANSWER_NOT_IN_QUOTE
    if not stands_alone(draft.stem):
        return ItemRefusal.LEANS_BACK
    rest, own = content(draft.stem.replace(GAP, " ")), content(draft.answer)
    rest = {key for key in rest if key not in NUMBER_WORDS and not key[0].isdigit()}
    if least_new and (not own or len(own & rest) * 2 >= len(own)):
        return ItemRefusal.GIVEN_AWAY
    return ItemRefusal.SAYS_TOO_LITTLE if len(rest) < FEWEST_LEFT else None


def _asked_refusal(draft: PracticeDraft, task: PracticeTask) -> ItemRefusal | None:
    """Of a question with options that say something: it names the concept, and no option does by itself."""
    if find_name(draft.stem, task.names) is None:
        return ItemRefusal.NAME_NOT_ASKED
    if locate_quote(draft.span.quote, draft.answer) is None:
        return ItemRefusal.ANSWER_NOT_IN_QUOTE
    own = {key for name in task.names for key in content(name)}
    told = content(draft.answer) & content(draft.stem) - own
    if len(told) * 2 >= max(1, len(content(draft.answer))):
        return ItemRefusal.GIVEN_AWAY
    shared = own & content(draft.answer)
    if shared and not any(shared <= content(one.text) for one in draft.distractors):
        return ItemRefusal.GIVEN_AWAY
    return ItemRefusal.SAYS_TOO_LITTLE if len(content(draft.answer)) < FEWEST_IN_OPTION else None


def _could_be_another(draft: PracticeDraft, task: PracticeTask) -> bool:
    """Whether the sources say the same of another concept, whose name would fill the gap as well."""
    rest = content(draft.stem.replace(GAP, " "))
    for other in task.neighbours:
        names = (other.name, *other.aliases)
        if not other.definition or names_in(draft.answer, names) or names_in(draft.stem, names):
            continue
        told = content(other.definition) - {key for name in names for key in content(name)}
        if told and len(told & rest) >= 0.8 * min(len(told), len(rest)):
            return True
    return False
