"""Vectors of passages: computed once per text and model, kept in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np
from django.db import transaction

from research.models import Embedding, Passage, PassageQuerySet, PassageWindow
from vectorstore.ports import Embedder, Vectors

PASSAGES_AT_ONCE = 32

Fence = Callable[[], AbstractContextManager[None]]
Progress = Callable[[int], None]

_STORED = np.dtype("<f4")


def embed_passages(
    passages: PassageQuerySet,
    *,
    embedder: Embedder,
    fence: Fence = transaction.atomic,
    progress: Progress = lambda done: None,
) -> int:
    """Give every passage its windows and their vectors; returns how many texts the model had to read.

    A passage that has windows under this model is passed over and a text seen before keeps its vector,
    so a run that was interrupted goes on where it stopped. Vectors are computed outside any transaction
    and written within ``fence``, one short transaction per batch. ``progress`` hears of each batch.
    """
    read = 0
    for batch in _batches(passages_to_embed(passages, embedder=embedder)):
        read += _embed_batch(batch, embedder=embedder, fence=fence)
        progress(len(batch))
    return read


def passages_to_embed(passages: PassageQuerySet, *, embedder: Embedder) -> PassageQuerySet:
    """Those without windows under this model."""
    embedded = PassageWindow.objects.filter(embedding__model=embedder.name).values("passage_id")
    return passages.exclude(pk__in=embedded)


def vector_from_bytes(stored: bytes | memoryview) -> Vectors:
    """Read the vector of an ``Embedding`` row."""
    return np.frombuffer(stored, dtype=_STORED)


def text_hash(text: str) -> str:
    """The name under which a text's vector is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


def _batches(passages: PassageQuerySet) -> Iterator[list[Passage]]:
    """The passages in pieces; their keys are read first, because what is written changes the query."""
    keys = list(passages.values_list("pk", flat=True))
    for first in range(0, len(keys), PASSAGES_AT_ONCE):
        wanted = keys[first : first + PASSAGES_AT_ONCE]
        yield list(Passage.objects.filter(pk__in=wanted).only("pk", "text").order_by("pk"))


def _embed_batch(passages: Sequence[Passage], *, embedder: Embedder, fence: Fence) -> int:
    places = [(passage, start, end) for passage in passages for start, end in embedder.windows(passage.text)]
    texts = {text_hash(text): text for text in (passage.text[start:end] for passage, start, end in places)}
    new = _without_vector(texts, model=embedder.name)
    vectors = embedder.embed(list(new.values())) if new else np.zeros((0, 0), dtype=np.float32)
    rows = [
        Embedding(model=embedder.name, text_hash=name, vector=np.asarray(vector, dtype=_STORED).tobytes())
        for name, vector in zip(new, vectors, strict=True)
    ]
    with fence():
        # Another worker may have met the same text meanwhile: its vector is as good as ours.
        Embedding.objects.bulk_create(rows, ignore_conflicts=True)
        ids = _embedding_ids(texts, model=embedder.name)
        PassageWindow.objects.bulk_create(
            [
                PassageWindow(
                    passage=passage,
                    start=start,
                    end=end,
                    embedding_id=ids[text_hash(passage.text[start:end])],
                )
                for passage, start, end in places
            ],
            ignore_conflicts=True,
        )
    return len(new)


def _embedding_ids(texts: dict[str, str], *, model: str) -> dict[str, int]:
    found = Embedding.objects.filter(model=model, text_hash__in=texts)
    return dict(found.values_list("text_hash", "pk"))


def _without_vector(texts: dict[str, str], *, model: str) -> dict[str, str]:
    known = _embedding_ids(texts, model=model)
    return {name: text for name, text in texts.items() if name not in known}
