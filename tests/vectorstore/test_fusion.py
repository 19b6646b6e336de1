from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.fusion import KEYWORD_WEIGHT, fuse

COSINES = st.dictionaries(st.integers(0, 30), st.floats(-1, 1), max_size=20)
KEYWORDS = st.dictionaries(st.integers(0, 30), st.floats(0, 40), max_size=20)


def test_no_hits_give_no_ranking() -> None:
    assert fuse({}, {}, information=3) == []


def test_without_shared_words_the_cosine_decides() -> None:
    assert [hit.id for hit in fuse({1: 0.2, 2: 0.9, 3: 0.5}, {}, information=5)] == [2, 3, 1]


def test_rare_words_that_meet_lift_a_row() -> None:
    first = fuse({1: 0.5, 2: 0.45}, {2: 12.0}, information=16)[0]
    assert first.id == 2
    assert (first.dense, first.keyword) == (0.45, 12.0)
    assert first.score == pytest.approx(0.45 + KEYWORD_WEIGHT * 12 / 4)


def test_one_common_word_of_a_long_query_does_not() -> None:
    assert fuse({1: 0.5, 2: 0.45}, {2: 1.0}, information=60)[0].id == 1


def test_a_row_the_dense_search_did_not_reach_counts_as_its_last() -> None:
    hits = {hit.id: hit for hit in fuse({1: 0.6, 2: 0.3}, {3: 5.0}, information=9)}
    assert hits[3].dense == 0.3


def test_a_query_without_information_does_not_divide_by_zero() -> None:
    assert fuse({1: 0.5}, {}, information=0)[0].score == 0.5


@given(dense=COSINES, keyword=KEYWORDS, information=st.floats(0, 200))
def test_every_row_is_ranked_once_best_first(
    dense: dict[int, float], keyword: dict[int, float], information: float
) -> None:
    hits = fuse(dense, keyword, information=information)
    assert sorted(hit.id for hit in hits) == sorted(dense.keys() | keyword.keys())
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@given(dense=COSINES.filter(bool), keyword=KEYWORDS, information=st.floats(0, 200))
def test_a_row_that_is_best_in_both_is_best(
    dense: dict[int, float], keyword: dict[int, float], information: float
) -> None:
    dense[99], keyword[99] = 1.0, 41.0
    assert fuse(dense, keyword, information=information)[0].id == 99
