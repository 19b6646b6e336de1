from __future__ import annotations

import pytest

from research.spans import Span
from tutor.ports import DraftSentence, Section
from tutor.repeating import is_told, may_repeat, repeated_share, without_repeats
from tutor.support import CheckedLesson, CheckedSentence, Support

DEFINITION = Span("p", 0, 10, "What it is")


def row(text: str, *, start: int = 50, connective: bool = False) -> CheckedSentence:
    spans = () if connective else (Span("p", start, start + len(text), text),)
    draft = DraftSentence(Section.EXPLANATION, text, spans, is_connective=connective)
    return CheckedSentence(draft, Support.CONNECTIVE if connective else Support.QUOTE, 1.0)


@pytest.mark.parametrize(
    ("text", "is_repeat"),
    [
        ("Damping takes energy  out of the string.", True),
        ("damping takes energy out of the string", True),
        ("Out of the string, damping takes its energy.", True),
        ("Damping takes energy out of the bell and the drum.", False),
        ("A felt falls on the string.", False),
    ],
)
def test_the_same_words_are_the_same_sentence_in_whatever_order(text: str, is_repeat: bool) -> None:
    assert is_told(text, ["Damping takes energy out of the string."]) == is_repeat


def test_no_more_comes_again_than_may_and_the_definition_stays_first() -> None:
    rows = (row("Old words of one kind."), row("What it is", start=0), row("Quite new things here."))
    lead = row("Now let us look.", connective=True)
    seen = ["Old words of one kind.", "What it is"]
    kept = without_repeats(CheckedLesson((lead, *rows), ()), seen=seen, most=1, definition=DEFINITION)
    assert kept.kept == (lead, rows[1], rows[2])
    assert (kept.dropped, kept.coverage) == ((), 1.0), "it is proven, only not new"
    none = without_repeats(CheckedLesson((lead, *rows), ()), seen=seen, most=0, definition=DEFINITION)
    assert none.kept == (lead, rows[2])


def test_a_fifth_of_the_earlier_sentences_may_come_again() -> None:
    assert [may_repeat(count) for count in (0, 4, 5, 14, 15)] == [0, 0, 1, 2, 3]
    before = [f"Sentence about thing{n} alone." for n in range(5)]
    assert repeated_share([before[0], "Something else entirely."], before) == 0.2
    assert repeated_share(["anything"], []) == 0.0
