"""The speed benchmark of embedding and exact search: what it reads, and how its figures are shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from research.chunking import chunk
from research.errors import SourceUnreadable, UnknownDocumentKind
from research.parsing import kind_of, parse
from research.retrieval_benchmark import DataUnusable
from vectorstore.measuring import EmbeddingSpeed, IndexSpeed, Ratio
from vectorstore.ports import Embedder


def windows_in(directory: Path, *, embedder: Embedder) -> list[str]:
    """Parse and chunk every document below ``directory`` and return the windows that ingestion embeds."""
    found: list[str] = []
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            found += _windows_of(path, embedder=embedder)
    if not found:
        raise DataUnusable(f"{directory} holds no document that Cairn can read.")
    return found


def _windows_of(path: Path, *, embedder: Embedder) -> Iterator[str]:
    try:
        document = parse(kind_of(name=path.name), path.read_bytes())
    except UnknownDocumentKind:
        return
    except (OSError, SourceUnreadable) as error:
        raise DataUnusable(f"{path} cannot be read: {error}") from error
    for span in chunk(document, count_tokens=embedder.count_tokens):
        text = document.text[span.start : span.end]
        yield from (text[start:end] for start, end in embedder.windows(text))


def table(embedding: EmbeddingSpeed, index: IndexSpeed | None, *, has_bfloat16: bool) -> Iterator[str]:
    """The figures as lines a person reads."""
    yield f"{embedding.texts} windows; the processor multiplies bfloat16: {'yes' if has_bfloat16 else 'no'}"
    yield f"embedder: {embedding.per_second:.1f} in a second of processor time"
    for way, speedup in embedding.speedups.items():
        yield f"  against encode, float32, {way:<8} {_shown(speedup)}"
    yield f"  cosine to float32: least {embedding.cosine_least:.5f}, mean {embedding.cosine_mean:.5f}"
    if index:
        yield f"index of {index.vectors} vectors: opened in {index.open_ms:.1f} ms"
        yield f"  one search: p50 {index.search_ms:.1f} ms, p95 {index.slowest_ms:.1f} ms"
        yield f"  against bare FAISS {_shown(index.ratio)}"


def _shown(ratio: Ratio) -> str:
    return f"{ratio.median:.2f} times ({ratio.least:.2f} to {ratio.greatest:.2f})"


def summary(embedding: EmbeddingSpeed, index: IndexSpeed | None, *, has_bfloat16: bool) -> dict[str, float]:
    """The figures that a target names; ``speedup`` is against texts taken as they come."""
    speedup, *_ = embedding.speedups.values()
    figures = {
        "speedup": speedup.median,
        "speedup_least": speedup.least,
        "speedup_greatest": speedup.greatest,
        "per_second": embedding.per_second,
        "cosine_least": embedding.cosine_least,
        "cosine_mean": embedding.cosine_mean,
        "bfloat16": float(has_bfloat16),
    }
    if index:
        figures |= {"index_ms": index.search_ms, "index_ratio": index.ratio.median}
    return figures
