from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from django.db import connection, transaction

from research.models import Embedding, Passage, PassageWindow
from research.services.embedding import embed_passages, passages_to_embed, vector_from_bytes
from tests.research.shelves import CALCULUS, add_document, add_library
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.ports import Vectors

pytestmark = pytest.mark.django_db


class CountingEmbedder(HashEmbedder):
    """Remembers what it was asked, and whether that was inside a transaction of ours."""

    def __init__(self, dimension: int = 32, *, window_tokens: int = 128) -> None:
        super().__init__(dimension, window_tokens=window_tokens)
        self.asked: list[str] = []
        self.depths: set[int] = set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked.extend(texts)
        self.depths.add(len(connection.savepoint_ids))
        return super().embed(texts)


def test_every_passage_gets_windows_that_cover_it_and_their_vectors() -> None:
    long = " ".join(f"Word{number} flows." for number in range(60))
    add_document(add_library(), [*CALCULUS, long])
    embedder = CountingEmbedder(window_tokens=40)
    assert embed_passages(Passage.objects.all(), embedder=embedder) == len(embedder.asked)
    for passage in Passage.objects.all():
        windows = list(passage.windows.order_by("start"))
        assert windows[0].start == 0
        assert windows[-1].end == len(passage.text)
        for window in windows:
            expected = HashEmbedder(32).embed([passage.text[window.start : window.end]])[0]
            np.testing.assert_allclose(vector_from_bytes(window.embedding.vector), expected, atol=1e-6)
    assert PassageWindow.objects.filter(passage__text=long).count() > 1


def test_embedding_again_reads_nothing() -> None:
    add_document(add_library())
    embedder = CountingEmbedder()
    embed_passages(Passage.objects.all(), embedder=embedder)
    windows = set(PassageWindow.objects.values_list("pk", flat=True))
    embedder.asked.clear()
    assert embed_passages(Passage.objects.all(), embedder=embedder) == 0
    assert embedder.asked == []
    assert set(PassageWindow.objects.values_list("pk", flat=True)) == windows


def test_the_same_text_in_another_library_keeps_its_vector() -> None:
    embedder = CountingEmbedder()
    for key in ("one", "two"):
        add_document(add_library(key))
        embed_passages(Passage.objects.all(), embedder=embedder)
    assert sorted(embedder.asked) == sorted(CALCULUS)
    assert (Embedding.objects.count(), PassageWindow.objects.count()) == (3, 6)


def test_the_same_text_twice_in_one_batch_is_read_once() -> None:
    add_document(add_library(), ["The same words.", "The same words."])
    embedder = CountingEmbedder()
    assert embed_passages(Passage.objects.all(), embedder=embedder) == 1
    assert PassageWindow.objects.count() == 2


def test_another_model_makes_its_own_vectors() -> None:
    add_document(add_library())
    embed_passages(Passage.objects.all(), embedder=HashEmbedder(32))
    assert passages_to_embed(Passage.objects.all(), embedder=HashEmbedder(64)).count() == 3
    assert embed_passages(Passage.objects.all(), embedder=HashEmbedder(64)) == 3
    assert PassageWindow.objects.count() == 6


def test_the_model_never_reads_inside_a_transaction() -> None:
    add_document(add_library())
    embedder = CountingEmbedder()
    outside = len(connection.savepoint_ids)
    embed_passages(Passage.objects.all(), embedder=embedder)
    assert embedder.depths == {outside}


def test_progress_is_told_per_batch_and_adds_up() -> None:
    add_document(add_library(), [f"Passage number {number}." for number in range(70)])
    heard: list[int] = []
    embed_passages(Passage.objects.all(), embedder=HashEmbedder(32), progress=heard.append)
    assert heard == [32, 32, 6]


class TakenOver(Exception):
    """Stands for a fence that no longer lets this worker write."""


def test_a_worker_that_was_taken_over_writes_nothing_more_and_another_goes_on() -> None:
    add_document(add_library(), [f"Passage number {number}." for number in range(70)])
    passed = 0

    @contextmanager
    def fence() -> Iterator[None]:
        nonlocal passed
        with transaction.atomic():
            if passed == 1:
                raise TakenOver
            passed += 1
            yield

    with pytest.raises(TakenOver):
        embed_passages(Passage.objects.all(), embedder=HashEmbedder(32), fence=fence)
    assert PassageWindow.objects.count() == 32
    second = CountingEmbedder()
    embed_passages(Passage.objects.all(), embedder=second)
    assert len(second.asked) == 38
    assert PassageWindow.objects.count() == 70
