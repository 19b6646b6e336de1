"""MiniLM as a reader: every word of a text with its vector in context, and two texts read side by side."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vectorstore.errors import EmbeddingModelMissing
from vectorstore.minilm import MINILM, batches, multiplies_bfloat16, packaged_weights, prepare_libraries, unit
from vectorstore.ports import Floats, Reading

if TYPE_CHECKING:
    from vectorstore.pair_net import PairNet

LONGEST_TEXT, LONGEST_CONTEXT = 200, 48
TOKENS_AT_ONCE = 2500


class MiniLmReader:
    """Reads with all-MiniLM-L6-v2, whichever model embeds the passages: adapters fit one model only.

    Parameters
    ----------
    adapters : Path or None
        The file that `PairNet.learned` was saved to; needed by `compare` alone.
    threads : int
        Torch threads of this process.

    Raises
    ------
    EmbeddingModelMissing
        At first use, if the weights are not on this machine.
    """

    def __init__(self, adapters: Path | None = None, *, threads: int = 1) -> None:
        self.name = MINILM
        self._adapters = adapters
        self._threads = threads
        self._busy = threading.RLock()

    def read(self, texts: Sequence[str], *, context: str = "") -> list[Reading]:
        """Return each text with the vectors of its word pieces; see `Reader.read`."""
        import torch

        from vectorstore.pair_net import collate

        before = self._pieces(context, limit=LONGEST_CONTEXT)[0]
        cut = [self._pieces(text, limit=LONGEST_TEXT) for text in texts]
        skip = len(before) + 2 if before else 1
        rows = [[*self._frame(before), *ids, self._separator] for ids, _ in cut]
        found: list[Reading] = [Reading(text, np.zeros((0, self._width), np.float32), ()) for text in texts]
        for places in batches([len(row) for row in rows], most=TOKENS_AT_ONCE):
            with self._busy, torch.inference_mode():
                batch = collate([(rows[place], ()) for place in places])
                states = self._bert(input_ids=batch.ids, attention_mask=batch.mask)
                hidden = states.last_hidden_state.float().numpy()
            for at, place in enumerate(places):
                spans = cut[place][1]
                vectors = unit(hidden[at, skip : skip + len(spans)])
                found[place] = Reading(texts[place], vectors, tuple(spans))
        return found

    def compare(self, pairs: Sequence[tuple[str, str]], *, context: str = "") -> Floats:
        """Return log odds (n,) that each second text says what the first says; see `Reader.compare`."""
        import torch

        from vectorstore.pair_net import collate

        rows = [self.pair_ids(first, second, context=context) for first, second in pairs]
        odds = np.zeros(len(rows))
        for places in batches([len(ids) for ids, _ in rows], most=TOKENS_AT_ONCE):
            with self._busy, torch.inference_mode():
                odds[places] = self._pairs(collate([rows[place] for place in places])).numpy()
        return odds

    def pair_ids(self, first: str, second: str, *, context: str = "") -> tuple[list[int], list[int]]:
        """Return the word pieces of a pair and which of the two texts each belongs to, as `PairNet` reads."""
        one, other = (self._pieces(text, limit=LONGEST_TEXT // 2)[0] for text in (first, second))
        about = self._pieces(context, limit=LONGEST_CONTEXT)[0]
        end = [self._separator]
        ids = [self._start, *one, *end, *other, *end, *([*about, *end] if about else [])]
        places = [0, *([1] * len(one)), 0, *([2] * len(other)), 0]
        return ids, places + [0] * (len(ids) - len(places))

    def new_net(self) -> PairNet:
        """Return an untrained net over these weights, as training wants it."""
        import torch

        from vectorstore.pair_net import PairNet

        bert = self._load(attention="eager")
        return PairNet(bert.to(torch.bfloat16) if multiplies_bfloat16() else bert)

    def _pieces(self, text: str, *, limit: int) -> tuple[list[int], list[tuple[int, int]]]:
        """The first word pieces of a text and where each stands in it."""
        if not text.strip():
            return [], []
        with self._busy:
            found = self._tokenizer(
                text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
            )
        return found["input_ids"][:limit], found["offset_mapping"][:limit]

    def _frame(self, context: Sequence[int]) -> list[int]:
        return [self._start, *context, self._separator] if context else [self._start]

    @property
    def _start(self) -> int:
        return int(self._tokenizer.cls_token_id)

    @property
    def _separator(self) -> int:
        return int(self._tokenizer.sep_token_id)

    @property
    def _width(self) -> int:
        return int(self._bert.config.hidden_size)

    @cached_property
    def _tokenizer(self) -> Any:
        with self._busy:
            prepare_libraries(threads=self._threads)
            from transformers import AutoTokenizer

            return _loaded(AutoTokenizer)

    @cached_property
    def _bert(self) -> Any:
        with self._busy:
            import torch

            bert = self._load(attention="sdpa")
            return bert.to(torch.bfloat16) if multiplies_bfloat16() else bert

    @cached_property
    def _pairs(self) -> PairNet:
        with self._busy:
            if self._adapters is None:
                raise ValueError("A reader without adapters cannot compare. Give it the adapter file.")
            from vectorstore.pair_net import load

            return load(self.new_net(), self._adapters)

    def _load(self, *, attention: str) -> Any:
        prepare_libraries(threads=self._threads)
        from transformers import AutoModel

        return _loaded(AutoModel, attn_implementation=attention).eval()


def _loaded(kind: Any, **options: Any) -> Any:
    """What ``kind`` makes of the packaged weights."""
    try:
        return kind.from_pretrained(packaged_weights(), local_files_only=True, **options)
    except (OSError, ValueError) as exc:
        raise EmbeddingModelMissing(MINILM, reason=str(exc).splitlines()[0]) from exc
