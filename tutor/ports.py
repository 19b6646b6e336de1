"""What the tutor asks of an engine: a lesson, a rubric, a judgement; plain data in and out.

Two engines answer (embedded and Ollama). Both are believed only after the floor has checked
what they say against the passages and against the learner's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from research.parsing.structure import Block
from research.spans import Span
from tutor.leaning import NO_LEANING, Leaning


class Section(StrEnum):
    """The part of a lesson that a sentence stands in."""

    RECAP = "recap"
    EXPLANATION = "explanation"
    WHY = "why"
    EXAMPLE = "example"
    PITFALL = "pitfall"


class Level(StrEnum):
    """How much a lesson may take for granted."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PointVerdict(StrEnum):
    """What an answer shows about one rubric point."""

    SHOWN = "shown"
    MISSING = "missing"
    CONTRADICTED = "contradicted"
    UNSURE = "unsure"


# The angles of successive lessons on one concept, in turn; an engine says in its note what it changed.
ANGLES = ("definition first", "example first", "reasons first", "mistakes first")
# Where the sources hold nothing that another angle could start from.
ANOTHER_WAY = "another way"


@dataclass(frozen=True, slots=True)
class LessonPassage:
    """A retrieved passage: the only material that a lesson may be made of.

    Attributes
    ----------
    blocks
        What is a heading, code, a table ... inside ``text``; offsets into ``text``, in order.
    is_home
        Whether the concept's own evidence (its definition) stands here.
    score
        How well it was retrieved; only the order matters.
    """

    id: str
    text: str
    title: str = ""
    heading_path: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    is_home: bool = False
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class PrerequisiteNote:
    """A concept that the lesson rests on, and whether this learner has mastered it."""

    name: str
    is_mastered: bool
    definition: Span | None = None


@dataclass(frozen=True, slots=True)
class LessonTask:
    """All that an engine may know when it writes a lesson.

    Attributes
    ----------
    definition
        The source's own definition of the concept; its passage is among ``passages``.
    passages
        Best first. Spans of the draft may point into these and nowhere else (the recap may also
        quote the definitions of ``prerequisites``).
    angle
        One of `ANGLES`: where this lesson starts from.
    seen
        Sentences of earlier lessons on this concept; a new lesson takes other ones where it can.
    may_repeat
        How many of the last lesson's sentences may come again all the same.
    last_angle
        Where the last lesson started from; this one starts from elsewhere.
    must_differ
        The learner asked for another explanation: rather none than the same once more.
    number
        1 for the first lesson on this concept.
    other_concepts
        Names of other concepts of the subject, so that a writer knows what not to wander into.
    later_concepts
        Those among them that come after this one: nothing is asked about them yet.
    """

    concept: str
    passages: tuple[LessonPassage, ...]
    definition: Span | None = None
    aliases: tuple[str, ...] = ()
    prerequisites: tuple[PrerequisiteNote, ...] = ()
    angle: str = ANGLES[0]
    seen: tuple[str, ...] = ()
    may_repeat: int = 0
    last_angle: str = ""
    must_differ: bool = False
    number: int = 1
    level: Level = Level.MEDIUM
    other_concepts: tuple[str, ...] = ()
    later_concepts: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the concept is called."""
        return (self.concept, *self.aliases)


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """One sentence (or one block of code, or a table) of a lesson, with what it is supported by.

    A connective only leads over ("Now let us see why"): it says nothing of the subject, carries no
    span, and is marked where it is shown.
    """

    section: Section
    text: str
    spans: tuple[Span, ...] = ()
    is_connective: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class RefusedSentence:
    """A sentence that the floor has dropped, and the code that says why."""

    draft: DraftSentence
    reason: str


@dataclass(frozen=True, slots=True)
class LessonDraft:
    """What an engine wrote, not yet checked.

    Attributes
    ----------
    angle_note
        For a second lesson, how it differs from the one before, in words for the learner.
    """

    sentences: tuple[DraftSentence, ...]
    angle: str = ANGLES[0]
    angle_note: str = ""


@dataclass(frozen=True, slots=True)
class RubricTask:
    """All that an engine may know when it writes the question and its rubric.

    Attributes
    ----------
    sentences
        The lesson as it passed the floor: a point must be earnable from these.
    background
        What learners' answers will be held against beside the points; see `GradingTask`.
    """

    concept: str
    passages: tuple[LessonPassage, ...]
    sentences: tuple[DraftSentence, ...]
    definition: Span | None = None
    aliases: tuple[str, ...] = ()
    other_concepts: tuple[str, ...] = ()
    later_concepts: tuple[str, ...] = ()
    background: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the concept is called."""
        return (self.concept, *self.aliases)


@dataclass(frozen=True, slots=True)
class DraftPoint:
    """One idea that a good explanation contains, and the source span it comes from.

    Attributes
    ----------
    asked
        The part of the question that asks for it ("what it has to do with friction"). The question is put
        together from these, so a point that is dropped is no longer asked for.
    hint
        A nudge toward the idea that does not give it away; may be empty.
    """

    text: str
    span: Span
    asked: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RubricDraft:
    """2 to 5 points, each with the part of the question that asks for it."""

    points: tuple[DraftPoint, ...]


@dataclass(frozen=True, slots=True)
class PointToGrade:
    """A rubric point as a grader sees it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class GradingTask:
    """All that a grader sees: never the lesson, never who the learner is or what they did before.

    Attributes
    ----------
    background
        What the sources say of other concepts of the subject: an answer that is no nearer to a point than
        these are does not speak of it.
    leaning
        What the teacher's decisions in this course add to a grader's own log odds.
    """

    question: str
    points: tuple[PointToGrade, ...]
    answer: str
    concept: str = ""
    background: tuple[str, ...] = ()
    leaning: Leaning = NO_LEANING

    @property
    def matter(self) -> tuple[str, ...]:
        """The texts that say what is spoken of: words of these are no orders to whoever grades."""
        return (self.question, self.concept, *(point.text for point in self.points))


# (task, the text of a point, the words credited for it) -> why these cannot be relied on, or "".
Doubt = Callable[[GradingTask, str, str], str]


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The learner's exact words: ``answer[start:end] == quote``."""

    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class PointJudgement:
    """What a grader says of one point.

    Attributes
    ----------
    probability
        0..1, that the answer shows the point; low for contradicted points too.
    span
        The words that show (or contradict) the point. A shown point without one earns nothing.
    reason
        One short sentence or a code, at most 300 characters.
    """

    point_id: str
    verdict: PointVerdict
    probability: float
    span: AnswerSpan | None = None
    reason: str = ""


class _Engine(Protocol):
    """What every implementation says of itself, stored beside whatever it made."""

    @property
    def engine(self) -> str:
        """``embedded`` or ``ollama``."""
        ...

    @property
    def version(self) -> str:
        """What would change the output: parameters, model name and digest; at most 80 characters."""
        ...

    @property
    def prompt_hash(self) -> str:
        """Hash of the prompt template; empty for an engine without prompts; at most 64 characters."""
        ...


class LessonWriter(_Engine, Protocol):
    """Writes a lesson from passages."""

    def write(self, task: LessonTask) -> LessonDraft:
        """Return a draft; an engine that cannot raises, it never returns another engine's work."""
        ...

    def rewrite(
        self, task: LessonTask, refused: Sequence[RefusedSentence]
    ) -> tuple[DraftSentence | None, ...]:
        """Return for each refused sentence another one, or None; asked once, and checked like the first."""
        ...


class RubricWriter(_Engine, Protocol):
    """Writes the rubric points and the parts of the question that ask for them."""

    def write(self, task: RubricTask) -> RubricDraft:
        """Return a draft whose points the floor will check for spans and for being earnable."""
        ...


class Grader(_Engine, Protocol):
    """Judges an answer point by point."""

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        """Return one judgement for each point of the task, in the task's order."""
        ...


@dataclass(frozen=True, slots=True)
class EngineParts:
    """The three tasks of one engine, assembled."""

    lessons: LessonWriter
    rubrics: RubricWriter
    grader: Grader
