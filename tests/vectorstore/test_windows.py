from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vectorstore.hash_embedder import HashEmbedder
from vectorstore.windows import cut_windows

WORD = re.compile(r"\S+")


def count(text: str) -> int:
    return len(WORD.findall(text))


def cut(text: str, *, budget: int, overlap: int) -> list[tuple[int, int]]:
    tokens = [match.span() for match in WORD.finditer(text)]
    return cut_windows(text, tokens=tokens, budget=budget, overlap=overlap, count_tokens=count)


def test_an_empty_text_has_no_window() -> None:
    assert cut("", budget=5, overlap=1) == []


def test_white_space_alone_is_one_window() -> None:
    assert cut(" \n ", budget=5, overlap=1) == [(0, 3)]


def test_a_text_within_the_budget_is_one_window() -> None:
    assert cut("one two three", budget=3, overlap=1) == [(0, 13)]


def test_windows_are_about_equal_instead_of_leaving_a_rest() -> None:
    text = " ".join(["word"] * 101)
    sizes = [count(text[start:end]) for start, end in cut(text, budget=100, overlap=5)]
    assert sizes == [53, 53]


def test_neighbours_share_the_overlap() -> None:
    text = " ".join(str(number) for number in range(40))
    (_, first_end), (second_start, _) = cut(text, budget=25, overlap=4)
    assert count(text[second_start:first_end]) == 4


def test_a_cut_does_not_go_through_a_word_when_it_need_not() -> None:
    text = "unbelievable " * 6
    pieces = [(start + at, start + at + 4) for start in range(0, 78, 13) for at in (0, 4, 8)]
    spans = cut_windows(
        text, tokens=pieces, budget=10, overlap=2, count_tokens=lambda part: len(part.replace(" ", "")) // 4
    )
    assert all(text[end - 1] == " " for _, end in spans)


def test_a_part_that_counts_more_than_the_whole_is_shortened() -> None:
    text = "abcdefgh"
    pieces = [(at, at + 2) for at in range(0, 8, 2)]
    spans = cut_windows(text, tokens=pieces, budget=3, overlap=1, count_tokens=len)
    assert spans[0] == (0, 2)
    assert spans[-1][1] == 8


@given(
    text=st.text(alphabet="ab \nü.", max_size=400),
    budget=st.integers(4, 30),
    overlap=st.integers(0, 3),
)
def test_windows_cover_the_text_and_fit_the_budget(text: str, budget: int, overlap: int) -> None:
    spans = cut(text, budget=budget, overlap=overlap)
    assert_cover(text, spans)
    assert all(count(text[start:end]) <= budget for start, end in spans)


@given(st.text(max_size=300))
def test_the_hash_embedders_windows_cover_any_text(text: str) -> None:
    embedder = HashEmbedder(window_tokens=16)
    spans = embedder.windows(text)
    assert_cover(text, spans)
    assert all(embedder.count_tokens(text[start:end]) <= 16 for start, end in spans)


def assert_cover(text: str, spans: list[tuple[int, int]]) -> None:
    assert bool(spans) == bool(text)
    if not spans:
        return
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    for (_, before_end), (start, end) in pairwise(spans):
        assert start <= before_end < end
    assert all(start < end for start, end in spans)
