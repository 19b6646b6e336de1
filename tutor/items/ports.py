"""What practice asks of an engine: items out of passages; plain data in and out.

Both engines' items are believed only after `tutor.items.floor` has checked them against the passages.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Protocol

from mastery.parameters import DEFAULT_KINDS, Kind
from research.spans import Span
from tutor.ports import LessonPassage

# Stands in a stem for what is to be filled in.
GAP = "_____"
DISTRACTORS = 3
FEWEST_STEPS, MOST_STEPS = 3, 6


class ItemKind(StrEnum):
    """How an item is answered, and so how it is graded."""

    CLOZE = "cloze"
    CHOICE = "choice"
    ORDERING = "ordering"
    NUMERIC = "numeric"
    CODE_OUTPUT = "code_output"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another concept of the subject.

    Attributes
    ----------
    is_sibling
        It shares a prerequisite or a dependent with the concept that is practised.
    """

    name: str
    aliases: tuple[str, ...] = ()
    definition: str = ""
    is_sibling: bool = False


@dataclass(frozen=True, slots=True)
class PracticeTask:
    """All that an engine may know when it writes practice items on a concept.

    Attributes
    ----------
    definition
        The source's own definition; its passage is among ``passages``.
    passages
        Best first; the spans of items point into these and nowhere else.
    neighbours
        The other concepts of the subject: where distractors come from, and what else could fill a gap.
    """

    concept: str
    passages: tuple[LessonPassage, ...]
    definition: Span | None = None
    aliases: tuple[str, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that the concept is called."""
        return (self.concept, *self.aliases)

    @property
    def texts(self) -> dict[str, str]:
        """Passage id -> text."""
        return {passage.id: passage.text for passage in self.passages}


@dataclass(frozen=True, slots=True)
class Distractor:
    """A wrong option, and the concept of which it would be right."""

    text: str
    concept: str = ""


@dataclass(frozen=True, slots=True)
class PracticeDraft:
    """One item with its answer and the source span that proves it.

    Attributes
    ----------
    stem
        What is asked. Of a cloze and a numeric item it is the source's sentence with one `GAP`.
    answer
        The words left out, the right option, the number, or what the code printed.
    hint
        What form the answer has ("One word, begins with e."); it never holds the answer.
    accepted
        Other right answers: the concept's aliases.
    rejected
        Names of other concepts that only a generous reading would take for the answer.
    steps
        Of an ordering, in the right order.
    unit
        Of a numeric item, as the source writes it; a bare number is read in it.
    tolerance
        Of a numeric item: how far off the value may be, as a share of it.
    code
        Of a code output item: what was typed, up to and with the statement that is asked about.
    """

    kind: ItemKind
    stem: str
    span: Span
    answer: str = ""
    hint: str = ""
    accepted: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    distractors: tuple[Distractor, ...] = ()
    steps: tuple[str, ...] = ()
    unit: str = ""
    tolerance: float = 0.0
    code: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What is put before the learner to choose from or to put in order; the right answer first."""
        if self.kind is ItemKind.ORDERING:
            return self.steps
        return (self.answer, *(one.text for one in self.distractors)) if self.distractors else ()

    @property
    def guess(self) -> float:
        """Chance that someone who has not understood the concept answers it right."""
        if self.kind is ItemKind.CHOICE:
            return 1 / len(self.options)
        if self.kind is ItemKind.ORDERING:
            return 1 / math.factorial(len(self.steps))
        return DEFAULT_KINDS[Kind.CLOZE].guess

    @property
    def evidence(self) -> Kind:
        """The kind of evidence that the estimator takes it for: never one that is harder to guess."""
        return Kind.CLOZE if self.guess <= DEFAULT_KINDS[Kind.CLOZE].guess else Kind.CHOICE

    @property
    def key(self) -> str:
        """Hash of all that the learner meets and of the proving words; the same sources give the same key."""
        content = asdict(self)
        # A passage that is read anew has another id and other offsets; its words are what counts.
        content["span"] = self.span.quote
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


class ItemWriter(Protocol):
    """Writes practice items on a concept."""

    @property
    def engine(self) -> str:
        """``embedded`` or ``ollama``."""
        ...

    @property
    def version(self) -> str:
        """What would change the output; at most 80 characters."""
        ...

    @property
    def prompt_hash(self) -> str:
        """Hash of the prompt template; empty for an engine without prompts."""
        ...

    def write(self, task: PracticeTask) -> tuple[PracticeDraft, ...]:
        """Return drafts, the most telling first; the floor checks each of them."""
        ...
