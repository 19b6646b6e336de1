"""Multiple choice: which meaning belongs to the concept, or which concept to the sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from research.spans import Span
from tutor.items.distractors import distractor_refusal
from tutor.items.floor import MOST_UNEVEN
from tutor.items.matching import singular
from tutor.items.ports import (
    DISTRACTORS,
    GAP,
    Distractor,
    ItemKind,
    Neighbour,
    PracticeDraft,
    PracticeTask,
)
from tutor.items.wordings import article_fits, content, find_name, meaning_of, names_in
from vectorstore.ports import Embedder

# "Raising exceptions" and "method of objects" do not take a plural at their end.
_HARD_TO_COUNT = re.compile(r"^\w+ing\b|\b(?:of|with|on|in)\b|\W$|ing$")
# Looked at before giving up: a subject may have hundreds of concepts.
MOST_CANDIDATES = 40
SIBLING_BONUS = 0.15


class ChoiceMaker:
    """Makes choice items whose wrong options are what the sources say of sibling concepts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def make(self, task: PracticeTask) -> list[PracticeDraft]:
        """Return one item, or none where the source does not define the concept or has too few siblings."""
        if task.definition is None or not meaning_of(task.definition.quote, task.names):
            return []
        draft = self._meaning_item(task, task.definition) or self._name_item(task, task.definition)
        return [draft] if draft else []

    def _meaning_item(self, task: PracticeTask, definition: Span) -> PracticeDraft | None:
        meaning = meaning_of(definition.quote, task.names)
        draft = PracticeDraft(
            kind=ItemKind.CHOICE,
            stem=f"Which of these is meant by “{task.concept}”?",
            span=definition,
            answer=meaning,
            hint="Choose one.",
        )
        return self._with_distractors(draft, task, _meanings(task, like=meaning))

    def _name_item(self, task: PracticeTask, definition: Span) -> PracticeDraft | None:
        place = find_name(definition.quote, task.names)
        if place is None or names_in(definition.quote, task.names) != 1:
            return None
        start, end = place
        quote = definition.quote
        draft = PracticeDraft(
            kind=ItemKind.CHOICE,
            stem=" ".join(f"{quote[:start]}{GAP}{quote[end:]}".split()),
            span=definition,
            answer=_as_option(quote[start:end], task.concept),
            hint="Choose what belongs into the gap.",
        )
        return self._with_distractors(draft, task, _names(task, draft))

    def _with_distractors(
        self, draft: PracticeDraft, task: PracticeTask, candidates: Sequence[tuple[Neighbour, str]]
    ) -> PracticeDraft | None:
        chosen: list[Distractor] = []
        for text, concept in self._hardest_first(draft, task, candidates):
            distractor = Distractor(text, concept)
            if distractor_refusal(distractor, draft=draft, task=task, embedder=self._embedder):
                continue
            if any(_is_alike(text, other.text) for other in chosen):
                continue
            chosen.append(distractor)
            if len(chosen) == DISTRACTORS:
                return replace(draft, distractors=tuple(chosen))
        return None

    def _hardest_first(
        self, draft: PracticeDraft, task: PracticeTask, candidates: Sequence[tuple[Neighbour, str]]
    ) -> list[tuple[str, str]]:
        """Siblings and what is near in meaning come first: a wrong option that is far off tests nothing."""
        if not candidates:
            return []
        aim = f"{task.concept}. {draft.span.quote}"
        vectors = self._embedder.embed([aim, *(f"{one.name}. {one.definition}" for one, _ in candidates)])
        ranked = sorted(
            (-float(vectors[0] @ vector) - SIBLING_BONUS * one.is_sibling, one.name, text)
            for vector, (one, text) in zip(vectors[1:], candidates, strict=True)
        )
        return [(text, name) for _, name, text in ranked[:MOST_CANDIDATES]]


def _meanings(task: PracticeTask, *, like: str) -> list[tuple[Neighbour, str]]:
    """What is meant by other concepts, where it is about as long as the right meaning."""
    length = len(like.split())
    found = [(one, meaning_of(one.definition, (one.name, *one.aliases))) for one in task.neighbours]
    return [
        (one, text)
        for one, text in found
        if text and max(length, len(text.split())) * 2 <= MOST_UNEVEN * 1.5 * min(length, len(text.split()))
    ]


def _names(task: PracticeTask, draft: PracticeDraft) -> list[tuple[Neighbour, str]]:
    """The names of other concepts that are defined, in the number of the right one."""
    form = _plural if singular(draft.answer.split()[-1]) != draft.answer.split()[-1] else str
    named = [
        (one, form(one.name))
        for one in task.neighbours
        if one.definition and not _HARD_TO_COUNT.search(one.name)
    ]
    return [(one, text) for one, text in named if article_fits(draft.stem, [text])]


def _plural(name: str) -> str:
    if singular(name.split()[-1]) != name.split()[-1]:
        return name
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return f"{name}es" if re.search(r"(?:s|x|ch|sh)$", name) else f"{name}s"


def _as_option(written: str, name: str) -> str:
    """The term as the other options are written: a capital that only begins the sentence would tell."""
    return written[0].lower() + written[1:] if name[0].islower() else written


def _is_alike(one: str, other: str) -> bool:
    """Whether two wrong options say so nearly the same that both must be wrong."""
    mine, theirs = content(one), content(other)
    return not mine or not theirs or len(mine & theirs) >= 0.75 * min(len(mine), len(theirs))
