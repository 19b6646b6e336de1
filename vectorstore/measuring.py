"""How fast the embedder and the index are, as ratios to the bare library in the same run.

Seconds say little on a machine that others use. So both sides take turns, several times, and the ratio of
each turn is kept: its median is the figure and its range says how far to trust it. The clock is the time
that the processor spent on this process. As everything here runs on one thread, that is what would pass on
an idle machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from vectorstore.faiss_index import FaissIndex
from vectorstore.minilm import load_model
from vectorstore.ports import Embedder, Vectors

Embed = Callable[[Sequence[str]], Vectors]
Clock = Callable[[], float]

BATCH = 32
"""What `SentenceTransformer.encode` puts into one forward pass unless it is told otherwise."""

PLACES = 10


@dataclass(frozen=True, slots=True)
class Ratio:
    """How often one side fits into the time of the other: the median of all turns and their range."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, ratios: Sequence[float]) -> Ratio:
        return cls(median(ratios), min(ratios), max(ratios))


@dataclass(frozen=True, slots=True)
class EmbeddingSpeed:
    """Texts a second of an embedder, and how many times as many that is as each naive way manages.

    `cosine_least` and `cosine_mean` compare its vectors with those of the first naive way.
    """

    texts: int
    per_second: float
    speedups: dict[str, Ratio]
    cosine_least: float
    cosine_mean: float


@dataclass(frozen=True, slots=True)
class IndexSpeed:
    """Times of one search for ten places, in milliseconds, and their ratio to the bare library's."""

    vectors: int
    search_ms: float
    slowest_ms: float
    ratio: Ratio
    open_ms: float


def naive_ways(model_name: str, *, threads: int = 1) -> dict[str, Embed]:
    """Return what one writes first with sentence-transformers, in float32, by what it does with its texts.

    `batches` takes them as they come, in the library's usual batches; `singly` one by one; `at once` hands
    over all of them, which the library then sorts by length.

    Raises
    ------
    EmbeddingModelMissing
    """
    model = load_model(model_name, threads=threads)

    def encode(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.encode(list(texts), show_progress_bar=False), dtype=np.float32)

    def in_pieces(size: int) -> Embed:
        return lambda texts: np.concatenate([encode(piece) for piece in _pieces(texts, size)])

    return {"batches": in_pieces(BATCH), "singly": in_pieces(1), "at once": encode}


def compare_embedding(
    embedder: Embedder,
    naive: Mapping[str, Embed],
    *,
    texts: Sequence[str],
    turns: int,
    clock: Clock = time.process_time,
) -> EmbeddingSpeed:
    """Embed the same texts in turn with the embedder and in each naive way.

    Parameters
    ----------
    embedder : Embedder
    naive : mapping of name to a function that returns (n, d); the first is the one whose vectors count
    texts : sequence of str
        Each must fit one window: of a longer one the naive ways would not read the end.
    turns : int
        How often each side embeds all texts, after one turn that nobody times.
    clock : callable
        Returns seconds.
    """
    embed = [embedder.embed, *naive.values()]
    rows, expected = [side(texts) for side in embed][:2]
    spent = np.array([[_seconds(side, texts, clock=clock) for side in embed] for _ in range(turns)])
    ratios = spent[:, 1:] / spent[:, :1]
    cosines = np.sum(rows * expected, axis=1) / np.linalg.norm(expected, axis=1)
    return EmbeddingSpeed(
        texts=len(texts),
        per_second=len(texts) / float(np.median(spent[:, 0])),
        speedups={name: Ratio.of(column.tolist()) for name, column in zip(naive, ratios.T, strict=True)},
        cosine_least=float(cosines.min()),
        cosine_mean=float(cosines.mean()),
    )


def time_index(
    count: int, *, dimension: int, searches: int, directory: Path, clock: Clock = time.process_time
) -> IndexSpeed:
    """Search a saved and opened index of random unit vectors, each query in turn with bare FAISS.

    Exact search compares every vector, so its time does not depend on what the vectors mean.
    """
    rng = np.random.default_rng(count)
    vectors, queries = (_random_units(size, dimension, rng=rng) for size in (count, searches))
    path = directory / "vectors.faiss"
    FaissIndex.build(range(count), vectors).save(path)
    before = clock()
    index = FaissIndex.open(path)
    open_s = clock() - before
    ours, theirs = [], []
    for query in queries:
        ours.append(_seconds(lambda row: index.search(row, limit=PLACES), query, clock=clock))
        theirs.append(_seconds(lambda row: index.bare.search(row[None, :], PLACES), query, clock=clock))
    ratios = np.array(ours) / np.array(theirs)
    return IndexSpeed(
        vectors=count,
        search_ms=1000 * median(ours),
        slowest_ms=1000 * float(np.quantile(ours, 0.95)),
        ratio=Ratio.of(ratios.tolist()),
        open_ms=1000 * open_s,
    )


def _pieces(texts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (texts[first : first + size] for first in range(0, len(texts), size))


def _seconds(action: Callable[..., object], argument: object, *, clock: Clock) -> float:
    before = clock()
    action(argument)
    return clock() - before


def _random_units(count: int, dimension: int, *, rng: np.random.Generator) -> Vectors:
    rows = rng.standard_normal((count, dimension), dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)
