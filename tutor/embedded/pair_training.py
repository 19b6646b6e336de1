"""Trains the pair scorer's adapters: does this answer still say that idea?

The scorer is not asked how much of an idea an answer holds (words in context tell that, and carry over to
a new subject better than anything trained), but whether an answer that has the words also says it. It learns
this from answers that learners gave and humans called correct or contradictory, and from tampered ones.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tutor.embedded.grading_data import GradedAnswer
from tutor.embedded.tampering import keywords, odd_answer, wrong_answer
from vectorstore.words import stems

if TYPE_CHECKING:
    from vectorstore.pair_net import PairNet

LONGEST_IDEA_WORDS = 45
EPOCHS = 4
EXAMPLES_AN_EPOCH = 9000
MOST_REAL = 3000
LEARNING_RATE = 7e-4
WARM_UP_STEPS = 40
TOKENS_AT_ONCE = 2400
# Targets are pulled in from 0 and 1 by this much: humans and generators both err.
SMOOTHING = 0.02


@dataclass(frozen=True, slots=True)
class PairExample:
    """An idea, a text, what was asked, and whether the text says the idea (0..1)."""

    idea: str
    text: str
    context: str
    target: float
    weight: float = 1.0


class PairCutter(Protocol):
    """Cuts a pair into word pieces and says which text each belongs to."""

    def pair_ids(self, first: str, second: str, *, context: str = "") -> tuple[list[int], list[int]]:
        """See `vectorstore.minilm_reader.MiniLmReader.pair_ids`."""
        ...


class ExampleMaker:
    """Makes the examples of one epoch; every epoch gets new ones.

    Parameters
    ----------
    rows
        Graded answers.
    statements
        Plain sentences of any subject, to tamper with.
    is_in_domain
        Learn every human verdict, not only correct against contradictory: for the subject of ``rows`` that
        is better, for any other subject worse.
    """

    def __init__(
        self, rows: Sequence[GradedAnswer], *, statements: Sequence[str] = (), is_in_domain: bool = False
    ) -> None:
        self._rows = [row for row in rows if ideas_of(row)]
        self._statements = statements
        self._is_in_domain = is_in_domain
        self._right = [row for row in self._rows if row.score >= 0.9 and len(row.answer.split()) >= 5]
        self._questions = list({(row.group, row.question_id): row for row in self._rows}.values())

    def make(
        self, rng: random.Random, *, real: int = MOST_REAL, made: int = EXAMPLES_AN_EPOCH
    ) -> list[PairExample]:
        """Return the examples of one epoch: about ``real`` human verdicts and ``made`` generated ones."""
        rows = rng.sample(self._rows, min(real, len(self._rows)))
        examples = [one for row in rows for one in self._human(row, rng)]
        while len(examples) < len(rows) + made and (self._questions or self._statements):
            examples += self._generated(rng)
        return examples

    def _human(self, row: GradedAnswer, rng: random.Random) -> list[PairExample]:
        says = row.is_right if self._is_in_domain else row.score >= 0.9
        denies = not row.is_right if self._is_in_domain else row.label.casefold() == "contradictory"
        if not says and not denies:
            return []
        ideas = ideas_of(row)
        idea = nearest(ideas, row.answer) if says or rng.random() < 0.6 else rng.choice(ideas)
        return [PairExample(idea, row.answer, row.question, float(says))]

    def _generated(self, rng: random.Random) -> list[PairExample]:
        idea, text, question, row = self._right_answer(rng)
        lot = rng.random()
        if lot < 0.55:
            made = wrong_answer(text, rng=rng)
            if made and rng.random() < 0.3:
                made = odd_answer(made, question=question, rng=rng)
            return [PairExample(idea, made, question, 0.0)] if made else []
        if lot < 0.9 or row is None:
            return [PairExample(idea, odd_answer(text, question=question, rng=rng), question, 1.0)]
        other = rng.choice(self._questions)
        if other.question_id == row.question_id:
            return []
        made = rng.choice(ideas_of(other))
        if rng.random() < 0.5:
            made = f"{made} {keywords(idea, rng)}"
        return [PairExample(idea, made, question, 0.0, 0.7)]

    def _right_answer(self, rng: random.Random) -> tuple[str, str, str, GradedAnswer | None]:
        """An idea, a text that says it, the question, and the row that both come from."""
        lot = rng.random()
        if self._statements and (lot < 0.4 or not self._questions):
            statement = rng.choice(self._statements)
            return statement, statement, "", None
        if lot < 0.7 or not self._right:
            row = rng.choice(self._questions)
            idea = rng.choice(ideas_of(row))
            return idea, idea, row.question, row
        row = rng.choice(self._right)
        return nearest(ideas_of(row), row.answer), row.answer, row.question, row


def ideas_of(row: GradedAnswer) -> list[str]:
    """Return the references that are as short as one idea."""
    return [text for text in row.references if len(text.split()) <= LONGEST_IDEA_WORDS]


def nearest(ideas: Sequence[str], answer: str) -> str:
    """Return the idea that shares most stems with the answer, for its length."""
    said = set(stems(answer))
    return max(ideas, key=lambda idea: len(said & set(stems(idea))) / (1 + len(set(stems(idea)))))


def train_pairs(
    net: PairNet,
    maker: ExampleMaker,
    *,
    cutter: PairCutter,
    rng: random.Random,
    epochs: int = EPOCHS,
    made: int = EXAMPLES_AN_EPOCH,
    tell: Callable[[str], None] = lambda line: None,
) -> PairNet:
    """Train the adapters and heads of ``net`` in place (AdamW, linear decay after a short warm-up).

    Parameters
    ----------
    tell
        Gets a line after each epoch.

    Returns
    -------
    PairNet
        The same net, merged: ready to judge.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    from vectorstore.pair_net import collate

    torch.manual_seed(rng.randrange(2**31))
    weights = [value for value in net.parameters() if value.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=0.02)
    steps, step = 0, 0
    for epoch in range(epochs):
        examples = maker.make(rng, made=made)
        rows = [cutter.pair_ids(one.idea, one.text, context=one.context) for one in examples]
        batches = _batches([len(ids) for ids, _ in rows], rng=rng)
        steps = steps or len(batches) * epochs
        total = 0.0
        for places in batches:
            pace = min(1.0, (step + 1) / WARM_UP_STEPS) * max(0.02, 1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = LEARNING_RATE * pace
            target = torch.tensor([examples[place].target for place in places])
            weight = torch.tensor([examples[place].weight for place in places])
            odds = net(collate([rows[place] for place in places]))
            loss = binary_cross_entropy_with_logits(
                odds, target * (1 - 2 * SMOOTHING) + SMOOTHING, weight=weight
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            step += 1
            total += loss.item()
        tell(f"epoch {epoch + 1} of {epochs}: {len(examples)} examples, loss {total / len(batches):.3f}")
    return net


def _batches(lengths: Sequence[int], *, rng: random.Random) -> list[list[int]]:
    """Places in batches of like length and about `TOKENS_AT_ONCE` word pieces, in random order."""
    order = rng.sample(range(len(lengths)), len(lengths))
    found: list[list[int]] = []
    for first in range(0, len(order), 768):
        chunk = sorted(order[first : first + 768], key=lengths.__getitem__)
        while chunk:
            longest = lengths[chunk[min(31, len(chunk) - 1)]]
            size = max(1, TOKENS_AT_ONCE // longest)
            found.append(chunk[:size])
            chunk = chunk[size:]
    rng.shuffle(found)
    return found
