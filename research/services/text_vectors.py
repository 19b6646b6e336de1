"""Vectors of texts that are no passages, kept like those of passages: the same words are never read twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from research.models import Embedding
from research.services.embedding import text_hash, vector_from_bytes

if TYPE_CHECKING:
    from vectorstore.ports import Embedder, Vectors

AT_ONCE = 500
"""Texts looked up, read and kept together; SQLite takes no more than some thousand values in a query."""


def count_unread(texts: Sequence[str], *, embedder: Embedder) -> int:
    """How many of ``texts`` the model would have to read."""
    wanted = sorted({text_hash(text) for text in texts})
    held = sum(
        Embedding.objects.filter(model=embedder.name, text_hash__in=wanted[start : start + AT_ONCE]).count()
        for start in range(0, len(wanted), AT_ONCE)
    )
    return len(wanted) - held


def vectors_of(texts: Sequence[str], *, embedder: Embedder) -> Vectors:
    """The unit rows of ``texts`` in order; what was read before is not read again."""
    rows = [_some(texts[start : start + AT_ONCE], embedder) for start in range(0, len(texts), AT_ONCE)]
    return np.concatenate(rows) if rows else np.zeros((0, embedder.dimension), dtype=np.float32)


def _some(texts: Sequence[str], embedder: Embedder) -> Vectors:
    wanted = {text_hash(text): text for text in texts}
    stored = Embedding.objects.filter(model=embedder.name, text_hash__in=wanted)
    held = {name: vector_from_bytes(vector) for name, vector in stored.values_list("text_hash", "vector")}
    new = {name: text for name, text in wanted.items() if name not in held}
    if new:
        vectors = embedder.embed(list(new.values()))
        held.update(zip(new, vectors, strict=True))
        Embedding.objects.bulk_create(
            [
                Embedding(model=embedder.name, text_hash=name, vector=held[name].astype("<f4").tobytes())
                for name in new
            ],
            ignore_conflicts=True,
        )
    return np.stack([held[text_hash(text)] for text in texts])
