from __future__ import annotations

from dataclasses import replace

import pytest

from research.spans import Span, span_of
from tutor.ports import DraftPoint, RubricTask
from tutor.rubric_floor import PointRefusal, check_points
from vectorstore.hash_embedder import HashEmbedder

LOSS = "Damping is the gradual loss of a vibration's energy."
RINGS = "A string rings for 9 seconds."
SHRINKS = "Damping makes a vibration shrink because energy goes away."
PEAK = "Damping lowers the peak of a resonance."
TEXT = " ".join((LOSS, RINGS, SHRINKS, PEAK))
TEXTS = {"p": TEXT}
EMBEDDER = HashEmbedder()


def span(quote: str) -> Span:
    return span_of(quote, passage_id="p", text=TEXT)


TASK = RubricTask(
    "damping",
    (),
    (),
    definition=span(LOSS),
    other_concepts=("vibration", "resonance"),
    later_concepts=("resonance",),
)
MEANING = "what “damping” means"


def checked(*points: DraftPoint) -> tuple[list[DraftPoint], list[tuple[DraftPoint, PointRefusal]]]:
    return check_points(points, task=TASK, texts=TEXTS, embedder=EMBEDDER)


@pytest.mark.parametrize(
    ("point", "code"),
    [
        (DraftPoint(LOSS, replace(span(LOSS), passage_id="q"), MEANING), PointRefusal.UNKNOWN_PASSAGE),
        (DraftPoint(LOSS, replace(span(LOSS), quote="Damping is."), MEANING), PointRefusal.QUOTE_NOT_FOUND),
        (
            DraftPoint("Damping doubles the energy of 7 strings.", span(LOSS), MEANING),
            PointRefusal.NOT_SUPPORTED,
        ),
        (DraftPoint("loss " * 70, span(LOSS), MEANING), PointRefusal.TOO_LONG),
        (DraftPoint(RINGS, span(RINGS), MEANING), PointRefusal.NOT_ASKED_FOR),
        (DraftPoint(LOSS, span(LOSS)), PointRefusal.NOT_ASKED_FOR),
        (DraftPoint(SHRINKS, span(SHRINKS), "how it works"), PointRefusal.NOT_ASKED_FOR),
        (DraftPoint(SHRINKS, span(SHRINKS), "what it has to do with pipes"), PointRefusal.NOT_ASKED_FOR),
        (DraftPoint(PEAK, span(PEAK), "what it does to the peak"), PointRefusal.COMES_LATER),
        (
            DraftPoint(LOSS, span(LOSS), "whether damping is the gradual loss of a vibration's energy"),
            PointRefusal.GIVEN_BY_QUESTION,
        ),
    ],
)
def test_a_point_that_is_not_proven_or_not_asked_for_is_dropped(
    point: DraftPoint, code: PointRefusal
) -> None:
    kept, dropped = checked(point)
    assert not kept
    assert [reason for _, reason in dropped] == [code]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (LOSS, MEANING),
        (LOSS, "what it has to do with energy"),
        (SHRINKS, "what it does to the vibration"),
        (SHRINKS, "why the swings shrink"),
        (RINGS, "how long a string rings"),
    ],
)
def test_a_point_that_its_part_of_the_question_leads_to_stays(text: str, asked: str) -> None:
    point = DraftPoint(text, span(text), asked)
    assert checked(point) == ([point], [])


def test_a_point_that_another_one_says_already_is_dropped() -> None:
    point = DraftPoint(LOSS, span(LOSS), MEANING)
    assert checked(point, point) == ([point], [(point, PointRefusal.REPEATED)])


def test_a_definition_may_name_what_comes_later_but_the_question_may_not() -> None:
    task = replace(TASK, later_concepts=("vibration",))
    parts = (MEANING, "what it is to a vibration")
    points = [DraftPoint(LOSS, span(LOSS), part) for part in parts]
    kept, _ = check_points(points[:1], task=task, texts=TEXTS, embedder=EMBEDDER)
    _, dropped = check_points(points[1:], task=task, texts=TEXTS, embedder=EMBEDDER)
    assert kept == points[:1]
    assert dropped == [(points[1], PointRefusal.COMES_LATER)]
