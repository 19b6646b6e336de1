"""Orderings: steps that the source lists in an order, in a list or as first, then, finally."""

from __future__ import annotations

import re
from collections.abc import Sequence

from research.parsing.structure import Block, BlockKind
from research.sentences import sentence_spans
from research.spans import Span
from tutor.items.ports import FEWEST_STEPS, MOST_STEPS, ItemKind, PracticeDraft, PracticeTask
from tutor.items.wordings import find_name
from tutor.ports import LessonPassage

LONGEST_STEP_WORDS = 30
_ANNOUNCES = re.compile(r"\b(?:steps?|stages?|order|in turn|one after (?:the other|another))\b", re.I)
_OPENS = re.compile(r"^(?:first(?:ly)?|to begin(?: with)?|begin by|start by)\b[,:]?\s*", re.I)
_GOES_ON = re.compile(
    r"^(?:(?:and )?then|next|second(?:ly)?|third(?:ly)?|after (?:that|this)|afterwards|finally|last(?:ly)?"
    r"|at last|in the end)\b[,:]?\s*",
    re.I,
)


def orderings(task: PracticeTask) -> list[PracticeDraft]:
    """The first run of steps in a passage on the concept."""
    for passage in task.passages:
        about = " ".join(passage.heading_path[-1:]) or passage.title
        if not passage.is_home and not find_name(about, task.names):
            continue
        for steps in (*_listed(passage), *_told(passage)):
            draft = _ordering(task, passage, steps)
            if draft:
                return [draft]
    return []


def _ordering(
    task: PracticeTask, passage: LessonPassage, steps: Sequence[tuple[int, int]]
) -> PracticeDraft | None:
    texts = [" ".join(passage.text[start:end].split()).rstrip(" .;,") for start, end in steps]
    if not FEWEST_STEPS <= len(steps) <= MOST_STEPS or any(
        len(text.split()) > LONGEST_STEP_WORDS for text in texts
    ):
        return None
    start, end = steps[0][0], steps[-1][1]
    return PracticeDraft(
        kind=ItemKind.ORDERING,
        stem=f"Put these steps into the order in which the source has them ({task.concept}).",
        span=Span(passage.id, start, end, passage.text[start:end]),
        hint="Give each step its place.",
        steps=tuple(text[0].upper() + text[1:] for text in texts if text),
    )


def _listed(passage: LessonPassage) -> list[list[tuple[int, int]]]:
    """Lists that the sentence before them calls steps, or says to be in an order."""
    found, run = [], []
    before: Block | None = None
    for block in passage.blocks:
        if block.kind is BlockKind.LIST_ITEM:
            run.append((block.start, block.end))
            continue
        if run and before and _ANNOUNCES.search(passage.text[before.start : before.end].split(". ")[-1]):
            found.append(run)
        run, before = [], block
    if run and before and _ANNOUNCES.search(passage.text[before.start : before.end].split(". ")[-1]):
        found.append(run)
    return found


def _told(passage: LessonPassage) -> list[list[tuple[int, int]]]:
    """Runs of neighbouring sentences that open with first, then, finally; the word itself left out."""
    found: list[list[tuple[int, int]]] = []
    run: list[tuple[int, int]] = []
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        opens, goes_on = _OPENS.match(text), _GOES_ON.match(text)
        if opens:
            run = [(start + opens.end(), end)]
        elif goes_on and run:
            run.append((start + goes_on.end(), end))
        else:
            found.append(run)
            run = []
    return [one for one in [*found, run] if len(one) >= FEWEST_STEPS]
