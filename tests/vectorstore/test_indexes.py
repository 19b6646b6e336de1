from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.errors import IdsNotUnique, IndexDamaged, IndexMissing
from vectorstore.faiss_index import FaissIndex
from vectorstore.keyword_index import K1, USUAL_K1, KeywordIndex
from vectorstore.list_index import ListIndex
from vectorstore.ports import PassageIndex, Vectors

Build = Callable[[Sequence[int], Vectors], PassageIndex]


def unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def some_vectors(count: int, *, seed: int = 1) -> Vectors:
    return unit(np.random.default_rng(seed).standard_normal((count, 16)).astype(np.float32))


def saved_and_opened(tmp_path: Path) -> Build:
    def build(ids: Sequence[int], vectors: Vectors) -> PassageIndex:
        FaissIndex.build(ids, vectors).save(tmp_path / "vectors.faiss")
        return FaissIndex.open(tmp_path / "vectors.faiss")

    return build


@pytest.fixture(params=["list", "faiss", "faiss from disk"])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    builders: dict[str, Build] = {
        "list": ListIndex,
        "faiss": FaissIndex.build,
        "faiss from disk": saved_and_opened(tmp_path),
    }
    return builders[request.param]


def test_the_nearest_comes_first(build: Build) -> None:
    vectors = some_vectors(50)
    ids = [1000 + 3 * row for row in range(50)]
    hits = build(ids, vectors).search(vectors[20], limit=5)
    assert hits[0].id == 1060
    assert hits[0].score == pytest.approx(1, abs=1e-5)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert type(hits[0].id) is int
    assert type(hits[0].score) is float


def test_only_allowed_ids_are_found(build: Build) -> None:
    vectors = some_vectors(50)
    index = build(range(50), vectors)
    assert {hit.id for hit in index.search(vectors[20], limit=10, allowed={3, 5, 49, 77})} == {3, 5, 49}
    assert index.search(vectors[20], limit=10, allowed=[]) == []


def test_a_limit_beyond_the_rows_gives_every_row_once(build: Build) -> None:
    hits = build([4, 5, 6], some_vectors(3)).search(some_vectors(1)[0], limit=10)
    assert sorted(hit.id for hit in hits) == [4, 5, 6]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_finds_nothing(build: Build, limit: int) -> None:
    assert build([4, 5], some_vectors(2)).search(some_vectors(1)[0], limit=limit) == []


def test_an_empty_index_finds_nothing(build: Build) -> None:
    index = build([], np.zeros((0, 16), dtype=np.float32))
    assert len(index) == 0
    assert index.search(some_vectors(1)[0], limit=3) == []


def test_large_database_ids_survive(build: Build) -> None:
    huge = 2**62 + 1
    assert build([huge], some_vectors(1)).search(some_vectors(1)[0], limit=1)[0].id == huge


def test_an_id_given_twice_is_refused(build: Build) -> None:
    with pytest.raises(IdsNotUnique, match="7"):
        build([7, 8, 7], some_vectors(3))


@given(seed=st.integers(0, 1000), count=st.integers(1, 40), limit=st.integers(1, 50))
def test_faiss_agrees_with_the_list(seed: int, count: int, limit: int) -> None:
    vectors = some_vectors(count, seed=seed)
    query = some_vectors(1, seed=seed + 1)[0]
    ids = [2 * row + 1 for row in range(count)]
    expected = ListIndex(ids, vectors).search(query, limit=limit)
    found = FaissIndex.build(ids, vectors).search(query, limit=limit)
    assert [hit.id for hit in found] == [hit.id for hit in expected]
    assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-5)


def test_a_vector_file_that_is_missing_or_no_index_says_so(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="rebuild_index"):
        FaissIndex.open(tmp_path / "none.faiss")
    (tmp_path / "bad.faiss").write_bytes(b"not an index at all")
    with pytest.raises(IndexDamaged, match="rebuild_index"):
        FaissIndex.open(tmp_path / "bad.faiss")


TEXTS = [
    "The chain rule differentiates composites.",
    "Rivers flow to lakes.",
    "A rule of thumb about rivers.",
]


@pytest.fixture(params=["built", "from disk"])
def keywords(request: pytest.FixtureRequest, tmp_path: Path) -> KeywordIndex:
    index = KeywordIndex.build([10, 20, 30], TEXTS)
    if request.param == "built":
        return index
    index.save(tmp_path / "keywords")
    return KeywordIndex.open(tmp_path / "keywords")


def test_texts_that_share_stems_are_found_best_first(keywords: KeywordIndex) -> None:
    assert [hit.id for hit in keywords.search("What rules differentiate?", limit=5)] == [10, 30]


def test_keyword_search_keeps_to_allowed_ids(keywords: KeywordIndex) -> None:
    assert [hit.id for hit in keywords.search("river", limit=5, allowed=[10, 30, 99])] == [30]


def test_keyword_search_stops_at_the_limit(keywords: KeywordIndex) -> None:
    assert [hit.id for hit in keywords.search("river rule", limit=1)] == [30]


@pytest.mark.parametrize("query", ["", "the of and", "volcano", 'c++ "', "' OR 1=1 --", "\x00"])
def test_a_query_without_known_words_finds_nothing(keywords: KeywordIndex, query: str) -> None:
    assert keywords.search(query, limit=5) == []


def test_a_name_is_found_by_its_parts_and_best_by_itself() -> None:
    index = KeywordIndex.build(
        [1, 2, 3], ["Use json.dumps here.", "It dumps core and json.", "Bread is baked."]
    )
    assert {hit.id for hit in index.search("json dumps", limit=5)} == {1, 2}
    assert [hit.id for hit in index.search("json.dumps", limit=5)] == [1, 2]


def test_a_word_that_is_repeated_counts_for_less_than_usual() -> None:
    texts = ["river river river river", "river lake meadow hill"]
    ours, usual = (
        {hit.id: hit.score for hit in KeywordIndex.build([1, 2], texts, k1=k1).search("river", limit=2)}
        for k1 in (K1, USUAL_K1)
    )
    assert 1 < ours[1] / ours[2] < usual[1] / usual[2]


def test_rare_and_unknown_words_tell_more_than_common_ones(keywords: KeywordIndex) -> None:
    everywhere, rare, unknown = (keywords.information(word) for word in ("rivers", "thumb", "volcano"))
    assert everywhere < rare < unknown
    assert keywords.information("rivers volcano") == pytest.approx(everywhere + unknown)
    assert keywords.information("of the") == 0


@pytest.mark.parametrize("texts", [[], ["", "the of"]])
def test_a_keyword_index_may_hold_no_word(texts: list[str], tmp_path: Path) -> None:
    KeywordIndex.build(range(len(texts)), texts).save(tmp_path / "keywords")
    index = KeywordIndex.open(tmp_path / "keywords")
    assert len(index) == len(texts)
    assert index.search("river", limit=5) == []


def test_keyword_ids_are_unique_and_its_files_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(IdsNotUnique):
        KeywordIndex.build([1, 1], ["a", "b"])
    with pytest.raises(IndexMissing, match="rebuild_index"):
        KeywordIndex.open(tmp_path)
