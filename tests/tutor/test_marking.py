from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tutor.marking import Mark, Stretch, mark_answer

MARKS = st.lists(
    st.builds(
        Mark,
        start=st.integers(0, 40),
        end=st.integers(0, 40),
        point=st.integers(1, 5),
        is_right=st.booleans(),
    ),
    max_size=6,
)


def test_an_unmarked_answer_is_one_plain_stretch() -> None:
    assert mark_answer("Plain.", marks=[]) == (Stretch("Plain."),)


def test_an_empty_answer_has_no_stretch() -> None:
    assert mark_answer("", marks=[Mark(0, 3, 1)]) == ()


def test_words_that_contradict_are_told_from_words_that_show() -> None:
    assert mark_answer("yes no", marks=[Mark(0, 3, 1), Mark(4, 6, 2, is_right=False)]) == (
        Stretch("yes", shows=(1,)),
        Stretch(" "),
        Stretch("no", contradicts=(2,)),
    )


@given(answer=st.text(max_size=30), marks=MARKS)
def test_the_stretches_together_are_the_answer(answer: str, marks: list[Mark]) -> None:
    assert "".join(stretch.text for stretch in mark_answer(answer, marks=marks)) == answer


@given(answer=st.text(max_size=30), marks=MARKS)
def test_every_mark_covers_just_its_words(answer: str, marks: list[Mark]) -> None:
    stretches = mark_answer(answer, marks=marks)
    for mark in marks:
        alone = [each for each in marks if (each.point, each.is_right) == (mark.point, mark.is_right)]
        if len(alone) > 1:
            continue
        covered = [s.text for s in stretches if mark.point in (s.shows if mark.is_right else s.contradicts)]
        assert "".join(covered) == answer[mark.start : mark.end]
