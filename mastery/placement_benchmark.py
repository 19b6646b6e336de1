"""Simulated learners of whom it is known what they know: how soon does a placement find out?

Three ways of coming by a closed set, none of which the tutor is told. *Walkers* picked the next concept at
random among those that were ready. *Strivers* wanted one concept after another and learned what it rests on.
The *able* learned a concept, once its prerequisites were there, with a chance that grows with ability and
falls with the concept's difficulty; no particle of the tutor comes by its set in this way. Each knows from 5
to 85 in a hundred concepts. Guess and slip are drawn per learner and not told either.

Rivals. The *constant predictor* asks nothing. The *plain filter* is the usual particle filter over closed
sets: 240 of them, weighted by the answers, drawn anew when the weights are thin, each concept then flipped
where the set stays closed. It knows the middle of the range of guess and slip, as ours does.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import networkx as nx
import numpy as np
import numpy.typing as npt

from mastery.errors import BenchmarkDataNotUsable
from mastery.placement import (
    Answer,
    Askable,
    Flags,
    PlacementBelief,
    PlacementGraph,
    verdict_on,
    why_stop,
)

Probabilities = npt.NDArray[np.float64]

KINDS = ("walker", "striver", "able")
GUESS, SLIP = (0.08, 0.32), (0.03, 0.15)
TOLD_GUESS, TOLD_SLIP = 0.20, 0.09
KNOWN_SHARE = (0.05, 0.85)
SHY = (0.0, 0.8)
WRONG_SHARE, DOUBTED = 0.1, 0.9
PLAIN_PARTICLES = 240
CHECKPOINTS = (10, 20)
FEWEST_CONCEPTS = 20


class Course(NamedTuple):
    """The prerequisites of each concept, by number; a concept comes after what it rests on."""

    name: str
    prerequisites: list[list[int]]

    @property
    def edges(self) -> list[tuple[int, int]]:
        return [(below, above) for above, all_below in enumerate(self.prerequisites) for below in all_below]

    def believed(self, probability: float) -> PlacementGraph:
        """Return the graph as the tutor sees it, with the same confidence in every edge."""
        return PlacementGraph(len(self.prerequisites), [(*edge, probability) for edge in self.edges])


def draw_course(size: int, *, rng: np.random.Generator, window: int = 60) -> Course:
    """Draw a course in which a concept rests on up to three of those just before it, and some on nothing."""
    prerequisites: list[list[int]] = [[]]
    for concept in range(1, size):
        wanted = 0 if rng.random() < 0.06 else 1 + int(rng.random() < 0.55) + int(rng.random() < 0.25)
        near = np.arange(max(0, concept - window), concept)
        chosen = rng.choice(near, size=min(wanted, len(near)), replace=False)
        prerequisites.append(sorted(int(one) for one in chosen))
    return Course(f"drawn, {size} concepts", prerequisites[:size])


def read_courses(directory: Path) -> list[Course]:
    """Read the real graphs ``graphs/*.json`` of a data directory that are large enough to be placed in.

    Raises
    ------
    BenchmarkDataNotUsable
    """
    found = []
    for path in sorted((directory / "graphs").glob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            graph: nx.DiGraph[str] = nx.DiGraph()
            graph.add_nodes_from(str(concept["id"]) for concept in data["concepts"])
            graph.add_edges_from((str(below), str(above)) for below, above in data["edges"])
            order = list(nx.lexicographical_topological_sort(graph))
        except (OSError, ValueError, KeyError, TypeError, nx.NetworkXException) as exc:
            raise BenchmarkDataNotUsable(str(path), reason=f"it is no acyclic graph ({exc})") from exc
        number = {concept: place for place, concept in enumerate(order)}
        if len(order) >= FEWEST_CONCEPTS:
            rows = [sorted(number[below] for below in graph.pred[concept]) for concept in order]
            found.append(Course(path.stem, rows))
    if not found:
        reason = f"it holds no graphs/*.json with {FEWEST_CONCEPTS} concepts or more"
        raise BenchmarkDataNotUsable(str(directory), reason=reason)
    return found


def spoilt(course: Course, *, rng: np.random.Generator, share: float = WRONG_SHARE) -> Course:
    """Return the course with a share of its edges left out and as many added that are not true."""
    true = course.edges
    held = {edge for edge in true if rng.random() >= share}
    size = len(course.prerequisites)
    taken = set(true)
    wanted = min(len(true), size * (size - 1) // 2 - len(taken) + len(held))
    while len(held) < wanted:
        below, above = sorted(int(one) for one in rng.choice(size, size=2, replace=False))
        if (below, above) not in taken:
            held.add((below, above))
    rows: list[list[int]] = [[] for _ in range(size)]
    for below, above in sorted(held):
        rows[above].append(below)
    return Course(course.name, rows)


def draw_learner(course: Course, *, kind: str, rng: np.random.Generator) -> Flags:
    """Draw what a learner knows: (size,) bool, closed under the course's prerequisites.

    Examples
    --------
    >>> course = draw_course(50, rng=np.random.default_rng(1))
    >>> known = draw_learner(course, kind="walker", rng=np.random.default_rng(2))
    >>> all(known[below] for below, above in course.edges if known[above])
    True
    """
    draw = {"walker": _walk, "striver": _strive, "able": _be_able}[kind]
    return draw(course, rng)


@dataclass(frozen=True, slots=True)
class Respondent:
    """Someone who answers: by what they know, but for guesses and slips.

    Attributes
    ----------
    known : (size,) bool
    guess, slip : float
    shy : float
        How often they say so when they do not know; 0 for someone who always tries.
    """

    known: Flags
    guess: float
    slip: float
    shy: float
    rng: np.random.Generator

    @classmethod
    def draw(cls, known: Flags, *, says_so: bool, rng: np.random.Generator) -> Respondent:
        shy = rng.uniform(*SHY) if says_so else 0.0
        return cls(known, rng.uniform(*GUESS), rng.uniform(*SLIP), shy, rng)

    def answer(self, concept: int) -> float | None:
        """Return the score of an answer, None for "I do not know"."""
        honest, luck = self.rng.random(2)
        if not self.known[concept] and honest < self.shy:
            return None
        return float(luck < (1 - self.slip if self.known[concept] else self.guess))


class Tutor(Protocol):
    """Whoever asks and believes."""

    def probabilities(self) -> Probabilities: ...

    def ask(self, open_concepts: Sequence[int]) -> int | None:
        """Return which concept to ask next."""

    def learn(self, concept: int, score: float | None) -> None: ...


@dataclass(slots=True)
class Placer:
    """Ours, or ours with a simpler choice of question."""

    belief: PlacementBelief
    choice: str
    rng: np.random.Generator

    def probabilities(self) -> Probabilities:
        return self.belief.probabilities()

    def ask(self, open_concepts: Sequence[int]) -> int | None:
        if self.choice == "random":
            return int(self.rng.choice(np.array(open_concepts)))
        if self.choice == "half":
            return nearest_to_half(self.probabilities(), open_concepts)
        asked = self.belief.question(Askable(one, TOLD_GUESS, TOLD_SLIP) for one in open_concepts)
        return asked.concept if asked else None

    def learn(self, concept: int, score: float | None) -> None:
        self.belief.observe(Answer(concept, score, TOLD_GUESS, TOLD_SLIP))


@dataclass(slots=True)
class PlainFilter:
    """The usual particle filter over closed sets."""

    course: Course
    choice: str
    rng: np.random.Generator
    sets: Flags = field(init=False)
    weights: Probabilities = field(init=False)
    odds: dict[int, float] = field(init=False, default_factory=dict)
    dependents: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        drawn = [_walk(self.course, self.rng, shares=(0.0, 1.0)) for _ in range(PLAIN_PARTICLES)]
        self.sets = np.array(drawn).T.copy()
        self.weights = np.full(PLAIN_PARTICLES, 1 / PLAIN_PARTICLES)
        self.dependents = _dependents(self.course)

    def probabilities(self) -> Probabilities:
        found: Probabilities = self.sets @ self.weights
        return found

    def ask(self, open_concepts: Sequence[int]) -> int | None:
        if self.choice == "random":
            return int(self.rng.choice(np.array(open_concepts)))
        p = self.probabilities()
        if self.choice == "half":
            return nearest_to_half(p, open_concepts)
        return self._most_informative(np.array(open_concepts), p)

    def _most_informative(self, concepts: npt.NDArray[np.intp], p: Probabilities) -> int:
        """Return the concept whose answer leaves the least entropy summed over all concepts."""
        concepts = concepts[np.argsort(np.abs(p[concepts] - 0.5), kind="stable")[:96]]
        together = (self.sets[concepts] * self.weights) @ self.sets.T.astype(np.float64)
        left = np.zeros(len(concepts))
        for if_known, if_not in ((1 - TOLD_SLIP, TOLD_GUESS), (TOLD_SLIP, 1 - TOLD_GUESS)):
            chance = if_not + (if_known - if_not) * p[concepts]
            after = (if_not * p[None, :] + (if_known - if_not) * together) / chance[:, None]
            left += chance * _entropy(after).sum(axis=1)
        return int(concepts[int(np.argmin(left))])

    def learn(self, concept: int, score: float | None) -> None:
        right = bool(score)
        if_known, if_not = (1 - TOLD_SLIP, TOLD_GUESS) if right else (TOLD_SLIP, 1 - TOLD_GUESS)
        self.odds[concept] = self.odds.get(concept, 1.0) * if_known / if_not
        self.weights = self.weights * np.where(self.sets[concept], if_known, if_not)
        self.weights /= self.weights.sum()
        if 1 / np.square(self.weights).sum() < PLAIN_PARTICLES / 2:
            self._rejuvenate()

    def _rejuvenate(self) -> None:
        chosen = self.rng.choice(PLAIN_PARTICLES, size=PLAIN_PARTICLES, p=self.weights)
        self.sets = self.sets[:, chosen]
        self.weights = np.full(PLAIN_PARTICLES, 1 / PLAIN_PARTICLES)
        for concept in self.rng.permutation(len(self.sets)):
            stays_closed = self.sets[self.course.prerequisites[concept]].all(axis=0)
            stays_closed &= ~self.sets[self.dependents[concept]].any(axis=0)
            odds = self.odds.get(int(concept), 1.0)
            flipped = self.rng.random(PLAIN_PARTICLES) < odds / (1 + odds)
            self.sets[concept] = np.where(stays_closed, flipped, self.sets[concept])


@dataclass(frozen=True, slots=True)
class Constant:
    """Judges everyone alike, by what our belief holds of a learner who has answered nothing."""

    p: Probabilities

    def probabilities(self) -> Probabilities:
        return self.p

    def ask(self, open_concepts: Sequence[int]) -> int | None:
        return None

    def learn(self, concept: int, score: float | None) -> None:
        raise AssertionError("the constant predictor asks nothing")


@dataclass(frozen=True, slots=True)
class Placed:
    """What one placement came to.

    Attributes
    ----------
    kind : str
    accuracy : tuple of float
        After 0, 1, 2 ... questions: the share of concepts that are judged right.
    declared, right : int
        How many were declared known in the end, and how many of them are.
    declared_share : float
    claimed : float
        The sum of the beliefs of those.
    unsure : float
        The share of concepts of which it is not sure in the end.
    stopped : int
        After how many questions it would have stopped of itself.
    seconds, cpu_seconds : float
        A question, on average: choosing it and taking the answer in.
    slowest_s : float
    """

    kind: str
    accuracy: tuple[float, ...]
    declared: int
    right: int
    declared_share: float
    claimed: float
    unsure: float
    stopped: int
    seconds: float
    cpu_seconds: float
    slowest_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    course: str
    learners: int
    accuracy_10: float
    accuracy_20: float
    standard_error_20: float
    precision_known: float
    claimed_known: float
    declared: float
    unsure: float
    stopped: float
    accuracy_at_stop: float
    ms: float
    cpu_ms: float
    slowest_ms: float
    by_kind: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


MakeTutor = Callable[[Course, int], Tutor]


def ours(*, choice: str = "variance", confidence: float = 1.0) -> MakeTutor:
    """Return a maker of our tutor for a course and a seed."""

    def make(course: Course, seed: int) -> Tutor:
        belief = PlacementBelief(course.believed(confidence), seed=seed)
        return Placer(belief, choice, np.random.default_rng([seed, 1]))

    return make


def plain(*, choice: str) -> MakeTutor:
    """Return a maker of the plain filter."""
    return lambda course, seed: PlainFilter(course, choice, np.random.default_rng([seed, 1]))


def constant() -> MakeTutor:
    """Return a maker of the predictor that asks nothing."""
    return lambda course, seed: Constant(PlacementBelief(course.believed(1.0), seed=0).probabilities())


METHODS: dict[str, MakeTutor] = {
    "constant predictor": constant(),
    "plain filter, random questions": plain(choice="random"),
    "plain filter, entropy": plain(choice="half"),
    "plain filter, information gain": plain(choice="gain"),
    "ours, random questions": ours(choice="random"),
    "ours, entropy": ours(choice="half"),
    "ours": ours(),
}


def measure(
    name: str,
    make: MakeTutor,
    *,
    courses: Sequence[Course],
    learners: int,
    seed: int,
    wrong: bool = False,
    says_so: bool = False,
    questions: int = max(CHECKPOINTS),
) -> Row:
    """Place simulated learners, as many of each kind on each course in turn; the same for every method."""
    placed = []
    for number in range(learners):
        course = courses[number % len(courses)]
        kind = KINDS[number // len(courses) % len(KINDS)]
        rng = np.random.default_rng([seed, number])
        respondent = Respondent.draw(draw_learner(course, kind=kind, rng=rng), says_so=says_so, rng=rng)
        seen = spoilt(course, rng=np.random.default_rng([seed, number, 7])) if wrong else course
        tutor = make(seen, seed * 1_000_003 + number)
        placed.append(place(tutor, respondent, kind=kind, questions=questions))
    return _row(name, placed, course=courses[0].name if len(courses) == 1 else "all")


def place(tutor: Tutor, respondent: Respondent, *, kind: str, questions: int) -> Placed:
    """Ask a learner so many questions, no concept twice."""
    truth = respondent.known
    left = list(range(len(truth)))
    accuracy, times, cpu = [_accuracy(tutor.probabilities(), truth)], [], []
    stopped = questions
    for number in range(min(questions, len(truth))):
        began, began_cpu = time.perf_counter(), time.process_time()
        concept = tutor.ask(left)
        if concept is None:
            break
        left.remove(concept)
        tutor.learn(concept, respondent.answer(concept))
        times.append(time.perf_counter() - began)
        cpu.append(time.process_time() - began_cpu)
        accuracy.append(_accuracy(tutor.probabilities(), truth))
        if stopped == questions and isinstance(tutor, Placer) and _would_stop(tutor, left, number + 1):
            stopped = number + 1
    accuracy += [accuracy[-1]] * (questions + 1 - len(accuracy))
    p = tutor.probabilities()
    verdicts = [verdict_on(float(one)) for one in p]
    known = np.array([verdict == "known" for verdict in verdicts])
    return Placed(
        kind=kind,
        accuracy=tuple(accuracy),
        declared=int(known.sum()),
        right=int((known & truth).sum()),
        declared_share=float(known.mean()),
        claimed=float(p[known].sum()),
        unsure=verdicts.count("not sure") / len(verdicts),
        stopped=stopped,
        seconds=sum(times) / max(len(times), 1),
        cpu_seconds=sum(cpu) / max(len(cpu), 1),
        slowest_s=max(times, default=0.0),
    )


def nearest_to_half(p: Probabilities, concepts: Sequence[int]) -> int:
    """Return the concept whose belief is nearest to one half; of equals the first.

    Examples
    --------
    >>> nearest_to_half(np.array([0.9, 0.4, 0.6]), [0, 1, 2])
    1
    """
    return min(concepts, key=lambda one: (abs(float(p[one]) - 0.5), one))


def table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a table for people."""
    yield (
        f"{'method':34} {'course':>22} {'n':>4} {'10':>6} {'20':>6} {'±':>6} {'known':>6} {'claim':>6} "
        f"{'decl.':>6} {'unsure':>6} {'stops':>6} {'then':>6} {'ms':>6} {'cpu':>6}  " + " ".join(KINDS)
    )
    for row in rows:
        kinds = " ".join(f"{row.by_kind.get(kind, math.nan):.3f}" for kind in KINDS)
        yield (
            f"{row.name:34} {row.course:>22} {row.learners:>4} {row.accuracy_10:>6.3f} "
            f"{row.accuracy_20:>6.3f} "
            f"{row.standard_error_20:>6.3f} {row.precision_known:>6.3f} {row.claimed_known:>6.3f} "
            f"{row.declared:>6.3f} {row.unsure:>6.3f} {row.stopped:>6.1f} {row.accuracy_at_stop:>6.3f} "
            f"{row.ms:>6.1f} {row.cpu_ms:>6.1f}  {kinds}"
        )


def _row(name: str, placed: Sequence[Placed], *, course: str) -> Row:
    at = {count: np.array([one.accuracy[count] for one in placed]) for count in CHECKPOINTS}
    declared, right = (sum(values) for values in zip(*((o.declared, o.right) for o in placed), strict=True))
    last = at[CHECKPOINTS[-1]]
    return Row(
        name=name,
        course=course,
        learners=len(placed),
        accuracy_10=float(at[10].mean()),
        accuracy_20=float(last.mean()),
        standard_error_20=float(last.std(ddof=1) / math.sqrt(len(placed))) if len(placed) > 1 else math.nan,
        precision_known=right / declared if declared else math.nan,
        claimed_known=sum(one.claimed for one in placed) / declared if declared else math.nan,
        declared=float(np.mean([one.declared_share for one in placed])),
        unsure=float(np.mean([one.unsure for one in placed])),
        stopped=float(np.mean([one.stopped for one in placed])),
        accuracy_at_stop=float(np.mean([one.accuracy[one.stopped] for one in placed])),
        ms=1000 * float(np.mean([one.seconds for one in placed])),
        cpu_ms=1000 * float(np.mean([one.cpu_seconds for one in placed])),
        slowest_ms=1000 * max(one.slowest_s for one in placed),
        by_kind={
            kind: float(np.mean([one.accuracy[-1] for one in placed if one.kind == kind]))
            for kind in KINDS
            if any(one.kind == kind for one in placed)
        },
    )


def _would_stop(tutor: Placer, left: Sequence[int], asked: int) -> bool:
    question = tutor.belief.question(Askable(one, TOLD_GUESS, TOLD_SLIP) for one in left)
    return bool(why_stop(tutor.probabilities(), asked=asked, question=question))


def _accuracy(p: Probabilities, truth: Flags) -> float:
    return float(((p > 0.5) == truth).mean())


def _entropy(p: Probabilities) -> Probabilities:
    inside = np.clip(p, 1e-12, 1 - 1e-12)
    entropy: Probabilities = -inside * np.log2(inside) - (1 - inside) * np.log2(1 - inside)
    return entropy


def _dependents(course: Course) -> list[list[int]]:
    above: list[list[int]] = [[] for _ in course.prerequisites]
    for lower, upper in course.edges:
        above[lower].append(upper)
    return above


def _target(course: Course, rng: np.random.Generator, shares: tuple[float, float] = KNOWN_SHARE) -> int:
    return round(rng.uniform(*shares) * len(course.prerequisites))


def _walk(course: Course, rng: np.random.Generator, *, shares: tuple[float, float] = KNOWN_SHARE) -> Flags:
    missing = [len(below) for below in course.prerequisites]
    dependents = _dependents(course)
    known = np.zeros(len(missing), dtype=bool)
    ready = [concept for concept, count in enumerate(missing) if not count]
    for _ in range(_target(course, rng, shares)):
        place_of = int(rng.integers(len(ready)))
        ready[place_of], ready[-1] = ready[-1], ready[place_of]
        learned = ready.pop()
        known[learned] = True
        for above in dependents[learned]:
            missing[above] -= 1
            if not missing[above]:
                ready.append(above)
    return known


def _strive(course: Course, rng: np.random.Generator) -> Flags:
    known = np.zeros(len(course.prerequisites), dtype=bool)
    left = _target(course, rng)
    while left:
        goal = int(rng.choice(np.flatnonzero(~known)))
        needed, stack = {goal}, [goal]
        while stack:
            for below in course.prerequisites[stack.pop()]:
                if below not in needed and not known[below]:
                    needed.add(below)
                    stack.append(below)
        for concept in sorted(needed)[:left]:
            known[concept] = True
            left -= 1
    return known


def _be_able(course: Course, rng: np.random.Generator) -> Flags:
    size = len(course.prerequisites)
    while True:
        ability = 3 * rng.normal(1.0, 1.0)
        difficulty = rng.normal(0.0, 1.2, size)
        draws = rng.random(size)
        known = np.zeros(size, dtype=bool)
        for concept, below in enumerate(course.prerequisites):
            learns = draws[concept] < 1 / (1 + math.exp(difficulty[concept] - ability - 1))
            known[concept] = learns and all(known[one] for one in below)
        if KNOWN_SHARE[0] <= known.mean() <= KNOWN_SHARE[1]:
            return known
