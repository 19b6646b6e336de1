"""MiniLM reading two texts together, turned to a judgement by low-rank adapters (imports torch)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

RANK = 16
SCALE = 1.0
# The lowest layers stay as they are: what they do is spelling and parts of speech, and training is faster.
FIRST_ADAPTED_LAYER = 2
HIDDEN = 96
FIRST, SECOND = 1, 2


class LowRank(nn.Module):
    """Adds a product of two thin matrices to a frozen weight (Hu et al. 2022, LoRA, section 4.1)."""

    def __init__(self, weight: Tensor, *, rank: int) -> None:
        super().__init__()
        rows, columns = weight.shape
        self.down = nn.Parameter(torch.randn(rank, columns) / math.sqrt(columns))
        self.up = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the adapted weight, of the frozen one's type."""
        return weight + (SCALE * (self.up @ self.down)).to(weight.dtype)


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Pairs of texts as the net reads them.

    Attributes
    ----------
    ids, mask
        Tensors (n, length): word pieces, and 1 where there is one.
    places
        Tensor (n, length): `FIRST` and `SECOND` on the word pieces of the two texts, 0 elsewhere.
    """

    ids: Tensor
    mask: Tensor
    places: Tensor


class PairNet(nn.Module):
    """Log odds that the second text of a pair says what the first one says.

    Both texts stand in one input, so every layer sees the words of one beside those of the other: word
    order, negation, and who does what to whom can be compared, which the cosine of two vectors cannot.

    Parameters
    ----------
    bert
        A BERT encoder; its own weights are frozen.
    """

    def __init__(self, bert: Any) -> None:
        super().__init__()
        self.bert = bert.requires_grad_(requires_grad=False)
        for linear in self.adapted():
            parametrize.register_parametrization(linear, "weight", LowRank(linear.weight, rank=RANK))
        width = int(bert.config.hidden_size)
        self.inner = nn.Linear(3 * width + 4, HIDDEN)
        self.outer = nn.Linear(HIDDEN, 1)
        nn.init.zeros_(self.outer.weight)
        # Before any training the judgement is how well the first text's words are met in the second.
        self.cues = nn.Linear(4, 1)
        self.cues.weight.data = torch.tensor([[7.0, 0.0, 0.0, 0.0]])
        self.cues.bias.data = torch.tensor([-5.0])

    def adapted(self) -> list[nn.Linear]:
        """Return the linear maps that have adapters, in order."""
        layers = list(self.bert.encoder.layer)[FIRST_ADAPTED_LAYER:]
        return [part for layer in layers for part in layer.modules() if isinstance(part, nn.Linear)]

    def learned(self) -> dict[str, Tensor]:
        """Return what training changes, by name: adapters and heads."""
        return {name: value for name, value in self.state_dict().items() if _is_learned(name)}

    def merge(self) -> PairNet:
        """Fold the adapters into the weights: the same answers, faster, and no more training."""
        for linear in self.adapted():
            parametrize.remove_parametrizations(linear, "weight", leave_parametrized=True)
        return self.eval()

    def forward(self, batch: PairBatch) -> Tensor:
        """Return a tensor (n,) of log odds."""
        kinds = (batch.places == SECOND).long()
        states = self.bert(
            input_ids=batch.ids, attention_mask=batch.mask, token_type_ids=kinds
        ).last_hidden_state.float()
        first, second = batch.places == FIRST, batch.places == SECOND
        unit = nn.functional.normalize(states, dim=-1)
        near = unit @ unit.transpose(1, 2)
        met = near.masked_fill(~second[:, None, :], -1).amax(2)
        said = near.masked_fill(~first[:, None, :], -1).amax(2)
        one, other = _mean(states, first), _mean(states, second)
        cues = torch.stack(
            [
                _mean(met[..., None], first)[:, 0],
                _mean(said[..., None], second)[:, 0],
                nn.functional.cosine_similarity(one, other),
                met.masked_fill(~first, 1).amin(1),
            ],
            dim=-1,
        )
        one, other = nn.functional.normalize(one, dim=-1), nn.functional.normalize(other, dim=-1)
        # Unit vectors of some 400 numbers are tiny; the factors bring them to the size of the cues.
        mixed = torch.cat([20 * one * other, 10 * (one - other).abs(), 10 * unit[:, 0], 3 * cues], dim=-1)
        hidden = torch.tanh(self.inner(mixed))
        odds: Tensor = self.cues(cues) + self.outer(hidden)
        return odds[:, 0]


def collate(rows: Sequence[tuple[Sequence[int], Sequence[int]]]) -> PairBatch:
    """Return (ids, places) of several pairs as one padded batch; one text alone has no places."""
    length = max(len(ids) for ids, _ in rows)
    ids, mask, places = (torch.zeros(len(rows), length, dtype=torch.long) for _ in range(3))
    for at, (row, place) in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
        places[at, : len(place)] = torch.tensor(place, dtype=torch.long)
    return PairBatch(ids, mask, places)


def save(net: PairNet, path: Path) -> None:
    """Write what was learned as half-precision safetensors: about a megabyte."""
    from safetensors.torch import save_file

    save_file({name: value.half().contiguous() for name, value in net.learned().items()}, path)


def load(net: PairNet, path: Path) -> PairNet:
    """Read into ``net`` what `save` wrote, and merge it: ready to judge."""
    from safetensors.torch import load_file

    found = load_file(path)
    missing = net.learned().keys() ^ found.keys()
    if missing:
        raise ValueError(f"{path} is not for this net: {sorted(missing)[0]}. Train the grader again.")
    net.load_state_dict(found, strict=False)
    return net.merge()


def _mean(values: Tensor, keep: Tensor) -> Tensor:
    weight = keep[..., None].float()
    return (values * weight).sum(1) / weight.sum(1).clamp(min=1)


def _is_learned(name: str) -> bool:
    return name.startswith(("inner.", "outer.", "cues.")) or name.endswith((".down", ".up"))
