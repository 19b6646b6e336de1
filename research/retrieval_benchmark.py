"""The retrieval benchmark: keyword, dense and fused search over sets of judged questions."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import time
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from research.retrieval_measures import Gain, interval, ndcg, recall, reciprocal_rank, resampled_gains
from research.services.searching import rank
from vectorstore.faiss_index import FaissIndex
from vectorstore.generations import Generation, Manifest
from vectorstore.keyword_index import USUAL_K1, KeywordIndex
from vectorstore.ports import Embedder, Hit, Vectors

DEPTH = 100
PLACES = 10
WAYS = ("keyword", "bm25", "dense", "fused")
"""`bm25` is keyword search as one sets it up alone; `keyword` is the half of the fusion."""
PARTS = WAYS[:-1]
SEED = 20


class DataUnusable(Exception):
    """A benchmark folder lacks what the benchmark needs."""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Documents, questions, and which documents answer which question how well."""

    name: str
    documents: dict[str, str]
    questions: dict[str, str]
    relevance: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one set; times are medians in seconds."""

    name: str
    documents: int
    windows: int
    questions: int
    embed_s: float
    search_s: float
    index_s: float
    ndcg10: dict[str, float]
    recall10: dict[str, float]
    mrr: dict[str, float]
    gain: Gain
    resampled: NDArray[np.float64]

    def figures(self) -> dict[str, Any]:
        """Everything that a program would read."""
        return {name: value for name, value in asdict(self).items() if name != "resampled"}


def read_sets(directory: Path) -> Iterator[JudgedSet]:
    """Read every set below ``directory``, or the one that it is."""
    folders = [path.parent for path in sorted(directory.rglob("corpus.jsonl*"))]
    if not folders:
        raise DataUnusable(f"{directory} holds no set: a folder with corpus.jsonl.gz, queries and qrels.tsv.")
    for folder in folders:
        yield _read_set(folder)


def _read_set(folder: Path) -> JudgedSet:
    try:
        documents = {
            row["id"]: "\n".join(part for part in (row.get("title"), row["text"]) if part)
            for row in _rows(folder, "corpus")
        }
        questions = {row["id"]: row["text"] for row in _rows(folder, "queries")}
        relevance: dict[str, dict[str, float]] = {}
        with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                gain = float(row["relevance"])
                if gain > 0 and row["query"] in questions and row["document"] in documents:
                    relevance.setdefault(row["query"], {})[row["document"]] = gain
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise DataUnusable(f"The set {folder} cannot be read: {type(exc).__name__}: {exc}") from exc
    if not relevance:
        raise DataUnusable(f"The set {folder} judges no question of its own.")
    return JudgedSet(folder.name, documents, questions, relevance)


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    packed, plain = folder / f"{name}.jsonl.gz", folder / f"{name}.jsonl"
    content = gzip.decompress(packed.read_bytes()) if packed.is_file() else plain.read_bytes()
    return (json.loads(line) for line in content.splitlines() if line.strip())


class _Searched:
    """A set as a library would hold it: its windows, its two indexes, and whose window is whose."""

    def __init__(self, judged: JudgedSet, *, embedder: Embedder, cache: Path | None) -> None:
        self.owners: dict[int, str] = {}
        self.windows: dict[str, list[int]] = {}
        parts: list[str] = []
        for document, text in judged.documents.items():
            for start, end in embedder.windows(text) or [(0, 0)]:
                self.owners[len(parts)] = document
                self.windows.setdefault(document, []).append(len(parts))
                parts.append(text[start:end])
        vectors = _cached(cache, name=judged.name, texts=parts, embedder=embedder)
        first_windows = [windows[0] for windows in self.windows.values()]
        texts = list(judged.documents.values())
        self.bm25 = KeywordIndex.build(first_windows, texts, k1=USUAL_K1)
        self.generation = Generation(
            Manifest(0, embedder.name, embedder.dimension, len(parts), ""),
            FaissIndex.build(range(len(parts)), vectors),
            KeywordIndex.build(first_windows, texts),
        )

    def passages_of(self, windows: Collection[int]) -> dict[int, str]:
        found = {self.owners[window] for window in windows}
        return {window: document for document in found for window in self.windows[document]}

    def documents(self, hits: list[Hit]) -> list[str]:
        """The documents of the hit windows, each at its best place."""
        return list(dict.fromkeys(self.owners[hit.id] for hit in hits))

    def fused(self, text: str, vector: Vectors) -> list[str]:
        ranked = rank(self.generation, query=text, vector=vector, passages_of=self.passages_of, limit=PLACES)
        return [row.key for row in ranked]

    def single(self, text: str, vector: Vectors) -> dict[str, list[str]]:
        return {
            "keyword": self.documents(self.generation.keywords.search(text, limit=DEPTH)),
            "bm25": self.documents(self.bm25.search(text, limit=DEPTH)),
            "dense": self.documents(self.generation.vectors.search(vector, limit=DEPTH)),
        }


def measure(
    judged: JudgedSet, *, embedder: Embedder, limit: int | None = None, cache: Path | None = None
) -> Outcome:
    """Index a set as a library is indexed, ask every judged question and score the three rankings."""
    started = time.perf_counter()
    searched = _Searched(judged, embedder=embedder, cache=cache)
    index_s = time.perf_counter() - started
    questions = list(judged.relevance)[:limit]
    scores: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
    times: list[tuple[float, float]] = []
    for question in questions:
        text, relevance = judged.questions[question], judged.relevance[question]
        before = time.perf_counter()
        vector = embedder.embed([text])[0]
        embedded = time.perf_counter()
        rankings = {"fused": searched.fused(text, vector)}
        times.append((embedded - before, time.perf_counter() - before))
        for way, ranking in {**rankings, **searched.single(text, vector)}.items():
            scores[way].append(_figures(ranking[:PLACES], relevance))
    ndcg10 = {way: [row[0] for row in rows] for way, rows in scores.items()}
    resampled = resampled_gains(
        ndcg10["fused"], [ndcg10[way] for way in PARTS], rng=np.random.default_rng(SEED)
    )
    means = {way: [fmean(column) for column in zip(*rows, strict=True)] for way, rows in scores.items()}
    embed_s, search_s = (median(column) for column in zip(*times, strict=True))
    return Outcome(
        judged.name,
        documents=len(judged.documents),
        windows=len(searched.owners),
        questions=len(questions),
        embed_s=embed_s,
        search_s=search_s,
        index_s=index_s,
        ndcg10={way: figures[0] for way, figures in means.items()},
        recall10={way: figures[1] for way, figures in means.items()},
        mrr={way: figures[2] for way, figures in means.items()},
        gain=interval(means["fused"][0] - max(means[way][0] for way in PARTS), resampled),
        resampled=resampled,
    )


def _figures(ranking: list[str], relevance: dict[str, float]) -> tuple[float, float, float]:
    return (
        ndcg(ranking, relevance=relevance, depth=PLACES),
        recall(ranking, relevance=relevance, depth=PLACES),
        reciprocal_rank(ranking, relevance=relevance),
    )


def _cached(cache: Path | None, *, name: str, texts: list[str], embedder: Embedder) -> Vectors:
    if cache is None:
        return embedder.embed(texts)
    digest = hashlib.sha256("\0".join([embedder.name, *texts]).encode()).hexdigest()[:16]
    path = cache / f"{name}-{digest}.npy"
    if path.is_file():
        return np.asarray(np.load(path), dtype=np.float32)
    vectors = embedder.embed(texts)
    cache.mkdir(parents=True, exist_ok=True)
    np.save(path, vectors)
    return vectors


def table(outcomes: list[Outcome]) -> Iterator[str]:
    """The outcomes as lines a person reads."""
    yield f"{'set':<30}{'way':<9}{'nDCG@10':>9}{'recall@10':>11}{'MRR@10':>9}"
    for outcome in outcomes:
        for way in WAYS:
            name = outcome.name[:29] if way == WAYS[0] else ""
            figures = (outcome.ndcg10[way], outcome.recall10[way], outcome.mrr[way])
            yield f"{name:<30}{way:<9}{figures[0]:>9.4f}{figures[1]:>11.4f}{figures[2]:>9.4f}"
        yield f"{'':<30}fused above the best of the others by {_shown(outcome.gain)}"
        yield (
            f"{'':<30}{outcome.documents} documents, {outcome.windows} windows, "
            f"{outcome.questions} questions; indexed in {outcome.index_s:.1f} s; "
            f"p50 of a search {outcome.search_s * 1000:.1f} ms, "
            f"of a bare query embedding {outcome.embed_s * 1000:.1f} ms"
        )


def _shown(gain: Gain) -> str:
    return f"{gain.mean:.4f} (95 %: {gain.low:.4f} to {gain.high:.4f})"


def summary(outcomes: list[Outcome]) -> dict[str, float]:
    """The means over all sets, and how far fused search is from the best of the others at worst."""
    gains = [outcome.gain.mean for outcome in outcomes]
    gain = interval(fmean(gains), np.mean([outcome.resampled for outcome in outcomes], axis=0))
    return {
        "ndcg10": fmean(o.ndcg10["fused"] for o in outcomes),
        "recall10": fmean(o.recall10["fused"] for o in outcomes),
        "keyword": fmean(o.ndcg10["keyword"] for o in outcomes),
        "dense": fmean(o.ndcg10["dense"] for o in outcomes),
        "gain": gain.mean,
        "gain_low": gain.low,
        "gain_high": gain.high,
        "worst_gain": min(gains),
        "search_ratio": max(o.search_s / o.embed_s for o in outcomes),
    }
