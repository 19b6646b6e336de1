"""A small source on sound and one on lists, as practice tasks."""

from __future__ import annotations

from research.parsing.structure import Block, BlockKind
from research.spans import Span, span_of
from tutor.items.ports import Neighbour, PracticeTask
from tutor.ports import LessonPassage

DAMPING = "Damping is the gradual loss of a vibration's energy to its surroundings."
SOUND = (
    f"{DAMPING} Damping makes the amplitude shrink from one swing to the next. "
    "Sound damping in dry air costs about 5 decibels per kilometre for a high tone.\n\n"
    "To measure damping, three steps follow one another. First, strike the fork on a soft edge. "
    "Then hold the fork close to the microphone. Finally write down how long the tone is heard."
)
SESSION = (
    "Lists\n\nA list is a row of values between square brackets.\n\n"
    ">>> squares = [1, 4, 9]\n>>> squares\n[1, 4, 9]\n>>> print(squares)\n[1, 4, 9]\n"
    ">>> squares.append(16)\n>>> squares[-1] + 1\n17\n\nThat is how lists grow."
)
NEIGHBOURS = (
    Neighbour(
        "amplitude", (), "The amplitude is the greatest distance from the place of rest.", is_sibling=True
    ),
    Neighbour(
        "resonance",
        (),
        "Resonance is the growth of a swing that is pushed at the right moments.",
        is_sibling=True,
    ),
    Neighbour("timbre", (), "Timbre is the quality by which two equally loud notes are told apart."),
    Neighbour("pitch", (), "Pitch is the quality by which a note is heard as high or low."),
    Neighbour("wave", (), "A wave is a disturbance that travels through a medium."),
    Neighbour("echo", (), "An echo is a sound that comes back from a wall after a while."),
)


def passage(text: str, *, key: str = "p", heading: str = "") -> LessonPassage:
    blocks, at = [], 0
    for part in text.split("\n\n"):
        kind = BlockKind.CODE if part.startswith(">>>") else BlockKind.PARAGRAPH
        start = text.index(part, at)
        blocks.append(Block(kind, start, start + len(part)))
        at = start + len(part)
    return LessonPassage(
        key, text, heading_path=(heading,) if heading else (), blocks=tuple(blocks), is_home=True
    )


def span(quote: str, text: str = SOUND) -> Span:
    return span_of(quote, passage_id="p", text=text)


TASK = PracticeTask(
    concept="damping", passages=(passage(SOUND),), definition=span(DAMPING), neighbours=NEIGHBOURS
)
LIST_TASK = PracticeTask(
    concept="list",
    passages=(passage(SESSION, heading="Lists"),),
    definition=span("A list is a row of values between square brackets.", SESSION),
    neighbours=NEIGHBOURS,
)
