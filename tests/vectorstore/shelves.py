"""Small generations for the tests: every text of a generation names its number."""

from __future__ import annotations

import pytest

from vectorstore.faiss_index import FaissIndex
from vectorstore.generations import Generation, Generations, Manifest
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.keyword_index import KeywordIndex

EMBEDDER = HashEmbedder(16)


def text_of(number: int) -> str:
    return f"river{number}"


def write(generations: Generations, number: int, *, count: int = 20) -> Manifest:
    texts = [text_of(number)] * count
    with generations.being_written():
        return generations.write(
            number,
            model=EMBEDDER.name,
            vectors=FaissIndex.build(range(count), EMBEDDER.embed(texts)),
            keywords=KeywordIndex.build(range(count), texts),
        )


def assert_whole(generation: Generation, number: int) -> None:
    """Both indexes are those of generation `number`."""
    assert generation.manifest.generation == number
    query = EMBEDDER.embed([text_of(number)])[0]
    assert generation.vectors.search(query, limit=1)[0].score == pytest.approx(1, abs=1e-5)
    assert generation.keywords.search(text_of(number), limit=1)
