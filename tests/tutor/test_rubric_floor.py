from __future__ import annotations

from dataclasses import replace

import pytest

from research.spans import Span, span_of
from tutor.ports import DraftPoint
from tutor.rubric_floor import PointRefusal, check_points
from vectorstore.hash_embedder import HashEmbedder

TEXT = "Damping is the gradual loss of a vibration's energy. A string rings for 9 seconds."
TEXTS = {"p": TEXT}
EMBEDDER = HashEmbedder()
LOSS, RINGS = TEXT.split(". ")[0] + ".", TEXT.split(". ")[1]


def span(quote: str) -> Span:
    return span_of(quote, passage_id="p", text=TEXT)


@pytest.mark.parametrize(
    ("point", "code"),
    [
        (DraftPoint(LOSS, replace(span(LOSS), quote="Damping is.")), PointRefusal.QUOTE_NOT_FOUND),
        (DraftPoint("Damping doubles the energy of 7 strings.", span(LOSS)), PointRefusal.NOT_SUPPORTED),
        (DraftPoint("loss " * 70, span(LOSS)), PointRefusal.TOO_LONG),
        (DraftPoint(RINGS, span(RINGS)), PointRefusal.NOT_ASKED_FOR),
    ],
)
def test_a_point_that_is_not_proven_or_not_asked_for_is_dropped(
    point: DraftPoint, code: PointRefusal
) -> None:
    kept, dropped = check_points(
        [point], question="What does damping mean?", texts=TEXTS, concept="damping", embedder=EMBEDDER
    )
    assert not kept
    assert [reason for _, reason in dropped] == [code]


def test_a_point_that_the_question_gives_away_or_another_point_says_is_dropped() -> None:
    point = DraftPoint(LOSS, span(LOSS))
    kept, dropped = check_points(
        [point, point], question="What does damping mean?", texts=TEXTS, concept="damping", embedder=EMBEDDER
    )
    assert kept == [point]
    assert dropped == [(point, PointRefusal.REPEATED)]
    _, given = check_points(
        [point],
        question="Is damping the gradual loss of a vibration's energy?",
        texts=TEXTS,
        concept="damping",
        embedder=EMBEDDER,
    )
    assert given == [(point, PointRefusal.GIVEN_BY_QUESTION)]
