r"""Find out in a few questions what a learner knows already.

A learner's knowledge is taken to be a *closed set*: what is known, and everything it rests on (Doignon and
Falmagne, Spaces for the assessment of knowledge, International Journal of Man-Machine Studies 23, 1985). A
belief over closed sets is a population of particles, imagined learners with a closed set each.

Where closed sets come from. Nobody's set is drawn directly: a particle holds how long each concept took, and
knows what was learned by now. Half of the particles learned *step by step*, each concept after the last of
its prerequisites,

.. math:: t_i = \max_{p \in pre(i)} t_p + e_i

and half learned *toward goals*, each concept as soon as the first thing above it was wanted,

.. math:: t_i = \min(e_i, \min_{d \in dep(i)} t_d)

with waits :math:`e_i` exponential of mean one, independent. What was learned until :math:`\tau` is known, and
:math:`\tau` is such that the share known is about uniform. With waits of that law the first kind is the walk
that picks the next concept at random among those that are ready.

Edges that are not certain. Each particle has a graph of its own, in which an edge is there with the
probability that it was given: a weak edge never gates, it leans, and answers may speak against it.

Answers. Someone who knows answers right but for a slip, someone who does not only by a guess. The two rates
of an item are known roughly, so each particle has its own luck, a factor within `LUCK` on either. "I do not
know" is an answer of its own, which hardly anyone gives who knows (`SHY`), and every other one who does not.

Inference. The particles' weights follow the answers exactly; when they are spread too thin (or when as few
particles are left as are kept) the population is drawn anew by weight and each particle takes Metropolis
steps: some of its waits, edges and luck are drawn anew from the prior, and the change is accepted by how much
better it explains all answers so far. Since the proposal is the prior, nothing else enters the ratio, and a
step may turn over a whole region at once; that is what single flips on deep graphs cannot do.

The question to ask is the one that leaves the least expected variance over all concepts that matter,

.. math:: V(q) = \sum_a P(a) \sum_i Var(x_i | a)

which a question gains as much by what it tells of others as by what it tells of its own concept.

Limits. The posterior is a Monte Carlo estimate. The result depends on the seed within its noise; with the
same seed, the same evidence and the same NumPy it is the same on the same kind of machine. Forgetting has no
place in it: a placement takes minutes. What is known in no order at all fits no closed set, and answers that
contradict the graph are put down to slips, guesses and doubtful edges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from mastery.errors import PlacementTooLarge

Floats: TypeAlias = npt.NDArray[np.float32]
Numbers: TypeAlias = npt.NDArray[np.intp]
Flags: TypeAlias = npt.NDArray[np.bool_]

METHOD = "closed sets 1"
MOST_QUESTIONS = 25
LARGEST = 5000
CERTAIN = 0.98
# An edge that locks learners was decided to be believed; still it may be wrong.
GATING = 0.97
SURE_KNOWN = 0.95
SURE_UNKNOWN = 0.10
GOOD_ENOUGH = 0.05
FEWEST_QUESTIONS = 5
LEAST_GAIN = 0.01
LUCK = (0.5, 1.5)
MOST_GUESS, MOST_SLIP = 0.5, 0.4
SHY, HONEST = 0.03, 0.5
SHARES = (0.03, 0.97)
CANDIDATES = 96
# Before the first drawing anew the answers alone thin the particles out: so many times more are drawn.
AT_FIRST = 8
# Of the waits, which part is drawn anew, and how far the share known moves, step by step.
STEPS = ((0.3, 0.1), (0.05, 0.3), (0.9, 0.03), (0.1, 0.1), (0.02, 0.5))
LUCK_MOVES_UP_TO = 0.05
DIGITS = 6


@dataclass(frozen=True)
class PlacementGraph:
    """A prerequisite graph as placement sees it: numbered so that every concept comes after what it rests on.

    Attributes
    ----------
    size : int
    edges : sequence of (int, int, float)
        Prerequisite, dependent, and the probability that the one is needed for the other. The prerequisite
        has the smaller number.

    Raises
    ------
    PlacementTooLarge
    ValueError
        If an edge leads backwards or out of the graph, or its probability does not lie in 0..1.
    """

    size: int
    edges: Sequence[tuple[int, int, float]] = ()
    into: list[list[tuple[int, int]]] = field(init=False, repr=False)
    out_of: list[list[tuple[int, int]]] = field(init=False, repr=False)
    doubtful: list[tuple[int, float]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.size > LARGEST:
            raise PlacementTooLarge(self.size, most=LARGEST)
        into: list[list[tuple[int, int]]] = [[] for _ in range(self.size)]
        out_of: list[list[tuple[int, int]]] = [[] for _ in range(self.size)]
        doubtful: list[tuple[int, float]] = []
        for below, above, probability in self.edges:
            if not 0 <= below < above < self.size:
                raise ValueError(f"an edge leads from {below} to {above} of {self.size} concepts")
            if not 0 <= probability <= 1:
                raise ValueError(f"the edge from {below} to {above} has probability {probability}")
            row = -1
            if probability < CERTAIN:
                row = len(doubtful)
                doubtful.append((above, probability))
            into[above].append((below, row))
            out_of[below].append((above, row))
        for name, value in (("into", into), ("out_of", out_of), ("doubtful", doubtful)):
            object.__setattr__(self, name, value)


class Evidence(Protocol):
    """Something that speaks of one concept."""

    @property
    def concept(self) -> int: ...

    def log_likelihoods(self, luck: Floats) -> tuple[Floats, Floats]:
        """Return for every particle how likely it is if the concept is known, and if it is not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a question on a concept.

    Attributes
    ----------
    concept : int
    score : float or None
        0..1, how much of it was right; None for "I do not know".
    guess, slip : float
        Of the item; see `mastery.parameters.ItemKind`.
    """

    concept: int
    score: float | None
    guess: float
    slip: float

    def log_likelihoods(self, luck: Floats) -> tuple[Floats, Floats]:
        if self.score is None:
            ones = np.ones_like(luck[0])
            return ones * np.float32(math.log(SHY)), ones * np.float32(math.log(HONEST))
        guess = np.minimum(luck[0] * np.float32(self.guess), np.float32(MOST_GUESS))
        slip = np.minimum(luck[1] * np.float32(self.slip), np.float32(MOST_SLIP))
        right, wrong = np.float32(self.score), np.float32(1 - self.score)
        return right * np.log1p(-slip) + wrong * np.log(slip), right * np.log(guess) + wrong * np.log1p(
            -guess
        )


@dataclass(frozen=True, slots=True)
class Recollection:
    """What was believed of a concept before, as the odds by which it is likelier to be known than not."""

    concept: int
    odds: float

    def log_likelihoods(self, luck: Floats) -> tuple[Floats, Floats]:
        nothing = np.zeros_like(luck[0])
        return nothing + np.float32(math.log(self.odds)), nothing


class Question(NamedTuple):
    """What to ask next, and why.

    Attributes
    ----------
    concept : int
    p : float
        The belief before the answer.
    gain : float
        By how much the expected number of misjudged squares falls: the variance that it is expected to
        settle, over all concepts that matter.
    own : float
        The part of the gain that is about its own concept.
    tells_of : tuple of int
        The other concepts that it tells most about, the most first; three at most.
    """

    concept: int
    p: float
    gain: float
    own: float
    tells_of: tuple[int, ...]


class Askable(NamedTuple):
    """A concept that there is a question on."""

    concept: int
    guess: float
    slip: float


class PlacementBelief:
    """What is believed of one learner over a whole graph.

    Parameters
    ----------
    graph : PlacementGraph
    seed : int
        Not negative. The same seed and evidence give the same belief.
    kept : int, optional
        How many particles there are after the first drawing anew; `AT_FIRST` times as many before. By default
        as many as keep a question under 20 ms, 800 at most.

    Examples
    --------
    >>> chain = PlacementGraph(3, [(0, 1, 1.0), (1, 2, 1.0)])
    >>> belief = PlacementBelief(chain, seed=1)
    >>> belief.observe(Answer(1, 1.0, guess=0.1, slip=0.1))
    >>> first, second, third = belief.probabilities()
    >>> bool(first > second > third), bool(second > 0.85)
    (True, True)
    """

    def __init__(self, graph: PlacementGraph, *, seed: int, kept: int | None = None) -> None:
        self.graph = graph
        self._seed = seed
        self._kept = kept or int(min(max(320_000 // max(graph.size, 1), 128), 800))
        self._evidence: list[Evidence] = []
        rng = self._rng()
        count = AT_FIRST * self._kept
        self._by_step = count // 2
        self._waits = rng.standard_exponential((graph.size, count), dtype=np.float32)
        self._shares = rng.random(count, dtype=np.float32)
        self._luck = _luck(rng, count)
        self._absent = self._draw_edges(rng, np.arange(len(graph.doubtful)), count)
        times = self._times(self._waits, self._absent)
        self._ends = self._typical_ends(times)
        self._known = times <= self._until(self._shares)
        self._weights = np.full(count, 1 / count)

    def observe(self, evidence: Evidence) -> None:
        """Take an answer in."""
        self._evidence.append(evidence)
        if_known, if_not = evidence.log_likelihoods(self._luck)
        self._weights = self._weights * np.exp(np.where(self._known[evidence.concept], if_known, if_not))
        self._weights /= self._weights.sum()
        is_thin = 1 / np.square(self._weights).sum() < self._kept / 2
        if is_thin or len(self._weights) == self._kept:
            self._draw_anew()

    def probabilities(self) -> npt.NDArray[np.float64]:
        """Return how likely each concept is known, as (size,) float64 in 0..1."""
        found: npt.NDArray[np.float64] = np.round(self._known @ self._weights, DIGITS)
        return np.clip(found, 0.0, 1.0)

    def question(self, askable: Iterable[Askable], *, matters: Flags | None = None) -> Question | None:
        """Return what to ask next.

        Parameters
        ----------
        askable : iterable of Askable
            Each concept once.
        matters : (size,) bool, optional
            The concepts that one wants to know about; by default all.

        Returns
        -------
        Question or None
            None where nothing can be asked. Of equally good ones the one nearest to a half, then the first.
        """
        offered = sorted(askable)
        if not offered:
            return None
        p = self.probabilities()
        concepts = np.array([one.concept for one in offered], dtype=np.intp)
        guess, slip = (np.array([one[place] for one in offered]) for place in (1, 2))
        informative = _information(p[concepts], guess=guess, slip=slip)
        best = np.sort(np.argsort(-informative, kind="stable")[:CANDIDATES])
        concepts, guess, slip = concepts[best], guess[best], slip[best]
        variances = self._told(concepts, p=p, guess=guess, slip=slip)
        counted = variances if matters is None else variances * matters
        gains = np.round(counted.sum(axis=1), DIGITS)
        chosen = min(range(len(concepts)), key=lambda one: (-gains[one], abs(p[concepts[one]] - 0.5), one))
        concept, told = int(concepts[chosen]), counted[chosen]
        others = [
            int(one) for one in np.argsort(-told, kind="stable")[:4] if one != concept and told[one] > 0
        ]
        own = float(told[concept])
        return Question(
            concept, float(p[concept]), float(gains[chosen]), round(own, DIGITS), tuple(others[:3])
        )

    def _told(
        self,
        concepts: Numbers,
        *,
        p: npt.NDArray[np.float64],
        guess: npt.NDArray[np.float64],
        slip: npt.NDArray[np.float64],
    ) -> npt.NDArray[np.float64]:
        """Return by how much a right-or-wrong answer on each of some concepts lowers every variance."""
        # A covariance needs fewer particles than a belief: of the first many, every so many-th will do.
        some = slice(None, None, max(1, len(self._weights) // (4 * self._kept)))
        known, weights = self._known[:, some].astype(np.float32), self._weights[some].astype(np.float32)
        weights /= weights.sum()
        mean = known @ weights
        together = (known[concepts] * weights) @ known.T
        covariance = together - mean[concepts][:, None] * mean[None, :]
        right = guess + (1 - guess - slip) * p[concepts]
        channel = (1 - guess - slip) ** 2 / (right * (1 - right))
        told: npt.NDArray[np.float64] = np.square(covariance) * channel[:, None]
        return told

    def _rng(self) -> np.random.Generator:
        """Randomness of its own for every number of answers, so that nothing but the evidence is kept."""
        return np.random.default_rng([self._seed, len(self._evidence)])

    def _draw_anew(self) -> None:
        """Draw as many particles as are kept by weight, and let each take its steps."""
        rng = self._rng()
        places = (np.arange(self._kept) + rng.random()) / self._kept
        chosen = np.searchsorted(np.cumsum(self._weights), places).clip(max=len(self._weights) - 1)
        # The particles that learned step by step come first, and drawing in order keeps it so.
        self._by_step = int(np.searchsorted(chosen, self._by_step))
        self._waits, self._known = self._waits[:, chosen], self._known[:, chosen]
        self._absent, self._luck = self._absent[:, chosen], self._luck[:, chosen]
        self._shares = self._shares[chosen]
        self._weights = np.full(self._kept, 1 / self._kept)
        explained = self._explained(self._known, self._luck)
        for part, stride in STEPS:
            explained = self._step(rng, explained, part=part, stride=stride)

    def _step(self, rng: np.random.Generator, explained: Floats, *, part: float, stride: float) -> Floats:
        redrawn = rng.random(self.graph.size) < part
        rows = np.flatnonzero(redrawn)
        edges = np.array([e for e, (above, _) in enumerate(self.graph.doubtful) if redrawn[above]], np.intp)
        old_waits, old_edges = self._waits[rows], self._absent[edges]
        waits = rng.standard_exponential((len(rows), self._kept), dtype=np.float32)
        absent = self._draw_edges(rng, edges, self._kept)
        moved = np.abs(self._shares + np.float32(stride) * rng.standard_normal(self._kept, dtype=np.float32))
        shares = np.clip(np.where(moved > 1, 2 - moved, moved), 0, 1)
        luck = _luck(rng, self._kept) if part <= LUCK_MOVES_UP_TO else self._luck
        self._waits[rows], self._absent[edges] = waits, absent
        known = self._times(self._waits, self._absent) <= self._until(shares)
        explains = self._explained(known, luck)
        accepted = np.log1p(-rng.random(self._kept, dtype=np.float32)) < explains - explained
        # Only the rows that were drawn anew are put back where the step was not taken.
        self._waits[rows] = np.where(accepted, waits, old_waits)
        self._absent[edges] = np.where(accepted, absent, old_edges)
        np.copyto(self._known, known, where=accepted)
        np.copyto(self._shares, shares, where=accepted)
        self._luck = np.where(accepted, luck, self._luck)
        return np.where(accepted, explains, explained)

    def _explained(self, known: Flags, luck: Floats) -> Floats:
        """Return the log likelihood of all evidence for every particle."""
        total = np.zeros(known.shape[1], dtype=np.float32)
        for evidence in self._evidence:
            total += np.where(known[evidence.concept], *evidence.log_likelihoods(luck))
        return total

    def _draw_edges(self, rng: np.random.Generator, rows: Numbers, count: int) -> Floats:
        """Return infinity where a particle lacks a doubtful edge, 0 where it has it."""
        present = np.array([self.graph.doubtful[row][1] for row in rows], dtype=np.float32)
        lacks = rng.random((len(rows), count), dtype=np.float32) >= present[:, None]
        return np.where(lacks, np.float32(np.inf), np.float32(0))

    def _times(self, waits: Floats, absent: Floats) -> Floats:
        """Return when each particle learned each concept."""
        times = waits.copy()
        split = self._by_step
        steps, wanted = times[:, :split], times[:, split:]
        latest, one = np.empty((2, split), dtype=np.float32)
        for concept, prerequisites in enumerate(self.graph.into):
            if not prerequisites:
                continue
            latest.fill(0)
            for below, row in prerequisites:
                if row < 0:
                    np.maximum(latest, steps[below], out=latest)
                else:
                    np.maximum(latest, np.subtract(steps[below], absent[row, :split], out=one), out=latest)
            steps[concept] += latest
        early = np.empty(times.shape[1] - split, dtype=np.float32)
        for concept in range(self.graph.size - 1, -1, -1):
            first = wanted[concept]
            for above, row in self.graph.out_of[concept]:
                if row < 0:
                    np.minimum(first, wanted[above], out=first)
                else:
                    np.minimum(first, np.add(wanted[above], absent[row, split:], out=early), out=first)
        return times

    def _typical_ends(self, times: Floats) -> npt.NDArray[np.float64]:
        """Return when on average so many concepts are learned, (2, size): a row for each way of learning."""
        if not self.graph.size:
            return np.zeros((2, 1))
        split = self._by_step
        some = [times[:, :split][:, :500], times[:, split:][:, :500]]
        return np.stack([np.sort(part, axis=0).mean(axis=1) for part in some])

    def _until(self, shares: Floats) -> Floats:
        """Return until when each particle has learned."""
        last = self._ends.shape[1] - 1
        wanted = (SHARES[0] + (SHARES[1] - SHARES[0]) * shares) * last
        places = np.arange(last + 1)
        split = self._by_step
        both = (
            np.interp(wanted[:split], places, self._ends[0]),
            np.interp(wanted[split:], places, self._ends[1]),
        )
        return np.concatenate(both).astype(np.float32)


def expected_error(p: npt.NDArray[np.float64]) -> float:
    """Return the expected share of misjudged concepts, judging each by the likelier side.

    Examples
    --------
    >>> expected_error(np.array([0.9, 0.2, 1.0, 0.5]))
    0.2
    """
    return round(float(np.minimum(p, 1 - p).mean()), DIGITS) if len(p) else 0.0


def why_stop(p: npt.NDArray[np.float64], *, asked: int, question: Question | None) -> str:
    """Return why no more is asked, empty where more is; `p` is of the concepts that matter.

    Examples
    --------
    >>> why_stop(np.array([0.5]), asked=3, question=None)
    'nothing to ask'
    >>> why_stop(np.array([0.5]), asked=3, question=Question(0, 0.5, 0.2, 0.2, ()))
    ''
    """
    if asked >= MOST_QUESTIONS:
        return "enough asked"
    if question is None:
        return "nothing to ask"
    if question.gain < LEAST_GAIN:
        return "nothing to gain"
    if asked >= FEWEST_QUESTIONS and expected_error(p) <= GOOD_ENOUGH:
        return "sure enough"
    return ""


def verdict_on(p: float) -> str:
    """Return ``known``, ``not known`` or ``not sure``.

    Examples
    --------
    >>> [verdict_on(p) for p in (0.97, 0.9, 0.1)]
    ['known', 'not sure', 'not known']
    """
    if p >= SURE_KNOWN:
        return "known"
    return "not known" if p <= SURE_UNKNOWN else "not sure"


def regions(members: Iterable[int], edges: Iterable[tuple[int, int, float]]) -> list[list[int]]:
    """Return the parts of a set of concepts that hang together, the largest first, each in order.

    Examples
    --------
    >>> regions([0, 1, 3], [(0, 1, 1.0), (1, 2, 1.0), (2, 3, 1.0)])
    [[0, 1], [3]]
    """
    head = {member: member for member in members}

    def find(member: int) -> int:
        while head[member] != member:
            head[member] = member = head[head[member]]
        return member

    for below, above, _ in edges:
        if below in head and above in head:
            first, second = sorted((find(below), find(above)))
            head[second] = first
    parts: dict[int, list[int]] = {}
    for member in sorted(head):
        parts.setdefault(find(member), []).append(member)
    return sorted(parts.values(), key=lambda part: (-len(part), part[0]))


def _luck(rng: np.random.Generator, count: int) -> Floats:
    low, high = LUCK
    return np.float32(low) + np.float32(high - low) * rng.random((2, count), dtype=np.float32)


def _information(
    p: npt.NDArray[np.float64], *, guess: npt.NDArray[np.float64], slip: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return in bits what a right-or-wrong answer tells about its own concept."""
    right = guess + (1 - guess - slip) * p
    bits: npt.NDArray[np.float64] = _bits(right) - p * _bits(slip) - (1 - p) * _bits(guess)
    return np.round(bits, DIGITS)


def _bits(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    bits: npt.NDArray[np.float64] = -inside * np.log2(inside) - (1 - inside) * np.log2(1 - inside)
    return bits
