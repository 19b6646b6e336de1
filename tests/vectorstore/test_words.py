from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.words import STOP_WORDS, search_stems, stem, stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  --  ", []),
        ("The Chain Rule", ["the", "chain", "rule"]),
        ("don't and DON’T", ["don't", "and", "don't"]),
        ("a self-loop, twice-", ["a", "self-loop", "twice"]),
        ("3.14 is pi.", ["3.14", "is", "pi"]),
        ("use os.path or snake_case", ["use", "os.path", "or", "snake_case"]),
        ("C++ is not C#", ["c++", "is", "not", "c#"]),
        ("Größe und naïve", ["grösse", "und", "naïve"]),
        ("ﬁnal", ["final"]),
    ],
)
def test_words_are_runs_of_letters_and_digits(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_inflections_share_a_stem() -> None:
    assert len({stem(word) for word in ("derivative", "derivatives", "Derivative")}) == 1
    assert stem("limits") == stem("limit")
    assert stem("limits") != stem("derivative")


def test_stems_leave_out_stop_words_and_open_hyphens() -> None:
    assert stems("What is a self-loop?") == stems("self loop") == ["self", "loop"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("os.path", ["os.path", "os", "path"]),
        ("Call json_dumps", ["call", "json_dump", "json", "dump"]),
        ("self-loop.limits", ["self", "loop.limit", "loop", "limit"]),
        ("what.is it", ["what.i"]),
        ("don't drift", ["drift"]),
    ],
)
def test_search_finds_a_name_by_its_parts_too(text: str, expected: list[str]) -> None:
    assert search_stems(text) == expected


@given(st.text(max_size=200))
def test_search_stems_hold_every_stem(text: str) -> None:
    assert Counter(search_stems(text)) >= Counter(stems(text))


def test_a_text_of_stop_words_has_no_stems() -> None:
    assert stems("It doesn't have to be, does it?") == []


@given(st.text(max_size=200))
def test_stop_words_never_survive_and_order_is_kept(text: str) -> None:
    found = stems(text)
    kept = [part for word in words(text) for part in word.split("-") if part not in STOP_WORDS]
    assert found == [stem(part) for part in kept]


def test_threads_stem_alike() -> None:
    vocabulary = [
        f"{root}{end}" for root in ("relat", "connect", "optim") for end in ("e", "ion", "ions", "ing")
    ]
    stem.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: [stem.__wrapped__(word) for word in vocabulary], range(20)))
    assert all(answer == answers[0] for answer in answers)
