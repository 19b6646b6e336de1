from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from vectorstore.faiss_index import FaissIndex
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.measuring import Ratio, compare_embedding, naive_ways, time_index
from vectorstore.minilm import MINILM, MiniLmEmbedder, multiplies_bfloat16
from vectorstore.ports import Vectors

TEXTS = ["rivers flow to the sea", "the chain rule", "bread is baked"]


class TimedEmbedder(HashEmbedder):
    """Takes as many seconds on its own clock as it is told, turn by turn."""

    def __init__(self, seconds: Sequence[float] = (), *, now: list[float] | None = None) -> None:
        super().__init__(16)
        self._seconds = iter(seconds)
        self._now = now if now is not None else [0.0]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self._now[0] += next(self._seconds)
        return super().embed(texts)


def ticking(step: float = 1.0) -> Callable[[], float]:
    def ticks() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += step

    return ticks().__next__


def test_the_first_turn_is_not_timed_and_the_middle_one_counts() -> None:
    now = [0.0]
    quick = TimedEmbedder([50, 1, 1, 2], now=now)
    slow = TimedEmbedder([90, 3, 4, 4], now=now)
    speed = compare_embedding(quick, {"singly": slow.embed}, texts=TEXTS, turns=3, clock=lambda: now[0])
    assert speed.speedups == {"singly": Ratio(median=3, least=2, greatest=4)}
    assert (speed.texts, speed.per_second) == (3, 3)
    assert speed.cosine_least == pytest.approx(1)


def test_vectors_that_differ_show_in_the_least_cosine_and_lengths_do_not() -> None:
    embedder = HashEmbedder(16)

    def other(texts: Sequence[str]) -> Vectors:
        rows = 7 * embedder.embed(texts)
        rows[0] = -rows[0]
        return rows

    speed = compare_embedding(embedder, {"batches": other}, texts=TEXTS, turns=1, clock=ticking())
    assert speed.cosine_least == pytest.approx(-1)
    assert speed.cosine_mean == pytest.approx(1 / 3)


def test_an_index_is_timed_beside_the_bare_one(tmp_path: Path) -> None:
    speed = time_index(50, dimension=8, searches=4, directory=tmp_path, clock=ticking(0.5))
    assert (speed.vectors, speed.search_ms, speed.slowest_ms, speed.open_ms) == (50, 500, 500, 500)
    assert speed.ratio == Ratio(1, 1, 1)


def test_the_bare_index_ranks_as_the_wrapped_one() -> None:
    vectors = np.eye(6, dtype=np.float32)
    index = FaissIndex.build(range(6), vectors)
    _, ids = index.bare.search(vectors[4:5], 1)
    assert [hit.id for hit in index.search(vectors[4], limit=1)] == ids[0].tolist() == [4]


@pytest.mark.weights
def test_the_naive_ways_give_the_embedders_vectors() -> None:
    expected = MiniLmEmbedder(precision="float32").embed(TEXTS)
    for embed in naive_ways(MINILM).values():
        np.testing.assert_allclose(embed(TEXTS), expected, atol=1e-4)


@pytest.mark.weights
def test_whether_the_processor_has_bfloat16_is_known() -> None:
    assert multiplies_bfloat16() in (True, False)
