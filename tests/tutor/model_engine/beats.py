"""One small subject for these tests: what beats are, as a lesson task, a rubric task and a grading task."""

from __future__ import annotations

from typing import Any

from research.parsing.structure import Block, BlockKind
from research.spans import Span, span_of
from tutor.ports import (
    DraftSentence,
    GradingTask,
    LessonPassage,
    LessonTask,
    PointToGrade,
    PrerequisiteNote,
    RubricTask,
    Section,
)

BEATS = (
    "Beats\n\n"
    "Beats are the regular swelling and fading of loudness when two tones of slightly different frequency "
    "sound together. The number of swells per second is the beat frequency. It is the difference between the "
    "two frequencies.\n\n"
    "beat = abs(f1 - f2)\n\n"
    "A tuner strikes a fork of 440 Hz and counts 3 beats per second, so the string stands at 437 Hz or "
    "443 Hz. A common mistake is to take faster beats as a sign of a higher string."
)
CODE = "beat = abs(f1 - f2)"
MEANING = "Beats are a swelling and fading of loudness when two tones of slightly different frequency meet."
FREQUENCY = "Frequency is the number of complete vibrations per second."


def _block(kind: BlockKind, start: str, end: str) -> Block:
    return Block(kind, BEATS.index(start), BEATS.index(end) + len(end))


PASSAGE = LessonPassage(
    id="beats",
    text=BEATS,
    title="Sound",
    heading_path=("Sound", "Beats"),
    blocks=(
        Block(BlockKind.HEADING, 0, 5, level=1),
        _block(BlockKind.PARAGRAPH, "Beats are", "two frequencies."),
        _block(BlockKind.CODE, CODE, CODE),
        _block(BlockKind.PARAGRAPH, "A tuner", "higher string."),
    ),
    is_home=True,
)
TEXTS = {"beats": BEATS, "frequency": FREQUENCY}
DEFINITION = span_of(BEATS.split("\n\n")[1].split(". ")[0], passage_id="beats", text=BEATS)
LESSON_TASK = LessonTask(
    concept="beats",
    passages=(PASSAGE,),
    definition=DEFINITION,
    prerequisites=(
        PrerequisiteNote(
            "frequency", is_mastered=True, definition=Span("frequency", 0, len(FREQUENCY), FREQUENCY)
        ),
        PrerequisiteNote("phase", is_mastered=False, definition=Span("frequency", 0, 9, "Frequency")),
    ),
)
LESSON_ANSWER: dict[str, Any] = {
    "plan": "recap, meaning, example, pitfall",
    "sentences": [
        {"section": "recap", "sources": ["k1"], "text": "Frequency is the number of vibrations per second."},
        {
            "section": "explanation",
            "sources": ["s1"],
            "text": MEANING,
        },
        {
            "section": "explanation",
            "sources": ["s2"],
            "text": "The beat frequency is the number of swells per second.",
        },
        {
            "section": "explanation",
            "sources": ["s3", "s4"],
            "text": "It is the difference between the two frequencies.",
        },
        {
            "section": "pitfall",
            "sources": ["s6"],
            "text": "It is a mistake to take faster beats as a sign of a higher string.",
        },
    ],
}


def _sentence(section: Section, text: str, quote: str) -> DraftSentence:
    return DraftSentence(section, text, (span_of(quote, passage_id="beats", text=BEATS),))


RUBRIC_TASK = RubricTask(
    concept="beats",
    passages=(PASSAGE,),
    definition=DEFINITION,
    sentences=(
        DraftSentence(Section.RECAP, FREQUENCY, (Span("frequency", 0, len(FREQUENCY), FREQUENCY),)),
        DraftSentence(Section.EXPLANATION, "Now let us see.", is_connective=True),
        _sentence(
            Section.EXPLANATION,
            "The beat frequency is the number of swells per second.",
            "The number of swells per second is the beat frequency.",
        ),
        _sentence(
            Section.EXPLANATION,
            MEANING,
            DEFINITION.quote,
        ),
        _sentence(Section.EXAMPLE, "A tuner counts 3 beats per second.", "counts 3 beats per second"),
        DraftSentence(Section.EXAMPLE, CODE, (span_of(CODE, passage_id="beats", text=BEATS),), is_code=True),
    ),
)
RUBRIC_ANSWER: dict[str, Any] = {
    "points": [
        {
            "source": "l1",
            "idea": "The number of swells per second is the frequency of the beats.",
            "asks": "What their frequency counts?",
            "hint": "How would you say how fast they come?",
        },
        {
            "source": "l2",
            "idea": "Beats are a swelling and fading of loudness.",
            "asks": "what beats are",
            "hint": "What do you hear?",
        },
    ]
}
QUESTION = "Explain in your own words what beats are. Say also what their frequency counts."

ANSWER = (
    "Beats are when the sound goes loud, quiet, loud because two tones differ a little in frequency. "
    "You count how many swells there are in one second."
)
GRADING_TASK = GradingTask(
    question=QUESTION,
    concept="beats",
    answer=ANSWER,
    points=(
        PointToGrade(
            "a",
            MEANING,
        ),
        PointToGrade("b", "The beat frequency is the number of swells per second."),
        PointToGrade("c", "Faster beats do not mean a higher string."),
    ),
)
