"""Simulated learners learn under the true graph while a tutor gates by another; weak edges never gate."""

from __future__ import annotations

import json
import random
from io import StringIO
from pathlib import Path
from statistics import mean

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from concepts.gating.choosing import (
    Course,
    GateMeasure,
    WeighedEdge,
    best_gate,
    measure_gate,
    split_edges,
    true_graph_measure,
)
from concepts.gating.guiding import MASTERED, Tutor
from concepts.gating.learners import (
    HINDRANCE,
    Learner,
    TrueGraph,
    oracle_interactions,
    some_goals,
    starting_knowledge,
)
from tests.concepts.extraction.test_training import chain

SIZE = 12
edges = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda both: both[0] < both[1]),
    max_size=25,
    unique=True,
)


def line(size: int = SIZE) -> TrueGraph:
    return TrueGraph.of(size, [(number, number + 1) for number in range(size - 1)])


def perfect(graph: TrueGraph, *, keep: float = 1.0, seed: int = 1) -> Course:
    rng = random.Random(seed)
    pairs = [(first, last) for last, each in enumerate(graph.prerequisites) for first in each]
    kept = tuple(WeighedEdge(*pair, 0.9) for pair in pairs if rng.random() < keep)
    return Course("line", graph, kept)


@given(edges, st.integers(0, 1000))
def test_what_a_learner_knows_at_the_start_is_closed(pairs: list[tuple[int, int]], seed: int) -> None:
    graph = TrueGraph.of(SIZE, pairs)
    known = starting_knowledge(graph, rng=random.Random(seed))
    assert all(each in known for one in known for each in graph.prerequisites[one])
    assert len(known) <= 0.85 * SIZE + 0.5
    goals = some_goals(graph, known=known, rng=random.Random(seed))
    assert not known & set(goals)


@given(edges, st.integers(0, SIZE - 1))
def test_what_is_needed_comes_prerequisites_first_and_whole(pairs: list[tuple[int, int]], goal: int) -> None:
    graph = TrueGraph.of(SIZE, pairs)
    order = graph.needed([goal])
    place = {concept: number for number, concept in enumerate(order)}
    assert order[-1] == goal
    assert all(place[each] < place[one] for one in order for each in graph.prerequisites[one])


def test_every_missing_prerequisite_leaves_a_tenth_of_the_chance_to_learn() -> None:
    graph = TrueGraph.of(2, [(0, 1)])

    def share(known: list[int]) -> float:
        learned = []
        for seed in range(3000):
            learner = Learner(graph, known=known, rng=random.Random(seed))
            learner.interact(1)
            learned.append(learner.mastered[1])
        return mean(learned)

    assert share([0]) == pytest.approx(0.2, abs=0.03)
    assert share([]) == pytest.approx(0.2 * HINDRANCE, abs=0.012)


def test_what_is_not_practised_is_forgotten() -> None:
    still = []
    for seed in range(400):
        learner = Learner(TrueGraph.of(2, []), known=[0], rng=random.Random(seed))
        for _ in range(500):
            learner.interact(1)
        still.append(learner.mastered[0])
    assert mean(still) == pytest.approx(0.368, abs=0.07)


def test_a_life_told_twice_is_the_same() -> None:
    lives = [
        oracle_interactions(
            line(), Learner(line(), known=[0], rng=random.Random(7)), goals=[SIZE - 1], most=9999
        )
        for _ in range(2)
    ]
    assert lives[0] == lives[1] < 9999


def test_the_true_graph_costs_least_and_missing_edges_cost_more_the_more_are_missing() -> None:
    dense = TrueGraph.of(24, [(each, n) for n in range(24) for each in (n - 1, n - 2, n - 3) if each >= 0])
    ratios = [measure_gate([perfect(dense, keep=keep)], gate=0.5, learners=40).ratio for keep in (1, 0.5, 0)]
    assert 1 <= ratios[0] < ratios[1] < ratios[2]


@given(edges, edges, st.lists(st.floats(0, 1), min_size=50, max_size=50), st.floats(0, 1), st.booleans())
def test_a_weak_edge_orders_but_never_gates(
    true: list[tuple[int, int]],
    found: list[tuple[int, int]],
    confidences: list[float],
    gate: float,
    plain_only: bool,
) -> None:
    extracted = tuple(
        WeighedEdge(*pair, confidence, plain=number % 3 > 0)
        for number, (pair, confidence) in enumerate(zip(found, confidences, strict=False))
    )
    course = Course("any", TrueGraph.of(SIZE, true), extracted)
    gates, orders = split_edges(course, gate=gate, plain_only=plain_only)
    strong = [e for e in extracted if e.confidence >= gate and (e.plain or not plain_only)]
    assert sum(map(len, gates.prerequisites)) == len(strong)
    assert sum(map(len, orders)) == len(extracted) - len(strong)
    tutor = Tutor(gates, orders=orders, goals=range(SIZE))
    for edge in strong:
        tutor.belief[edge.prerequisite] = MASTERED
    # Only what gates is mastered, and nothing is locked: no weak edge had a say.
    assert all(tutor.is_open(concept) for concept in range(SIZE))


def test_among_open_concepts_a_weak_edge_puts_the_prerequisite_first() -> None:
    open_graph = TrueGraph.of(2, [])
    for orders, first in (([[1], []], 1), ([[], [0]], 0)):
        assert Tutor(open_graph, orders=orders, goals=[0, 1]).choose(0) == first


def test_a_damaged_true_graph_costs_more_than_a_whole_one() -> None:
    dense = TrueGraph.of(24, [(each, n) for n in range(24) for each in (n - 1, n - 2, n - 3) if each >= 0])
    courses = [Course("dense", dense, ())]
    whole = true_graph_measure(courses, learners=40)
    assert true_graph_measure(courses, learners=40, missing=0.6).ratio > whole.ratio
    assert true_graph_measure(courses, learners=40, missing=1.0).gates == 0
    assert whole.reached == 1


def test_of_equally_good_gates_the_stricter_is_chosen() -> None:
    measures = [GateMeasure(0.3, 3.0, 1, 0.9), GateMeasure(0.5, 2.5, 1, 0.8), GateMeasure(0.7, 2.5, 1, 0.5)]
    assert best_gate(measures).gate == 0.7


def test_the_command_prints_the_curve_and_the_choice(tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    for name, words in {"n": "atom molecule crystal rock", "m": "letter word phrase verse"}.items():
        (tmp_path / "graphs" / f"{name}.json").write_text(json.dumps(chain(name, words.split())))
    out = StringIO()
    call_command("choose_gate", "--data", str(tmp_path), "--learners", "4", stdout=out)
    figures = dict(part.split("=") for part in out.getvalue().splitlines()[-1].split())
    assert list(figures) == ["gate", "ratio", "reached", "never", "true_graph", "courses"]
    assert float(figures["ratio"]) <= float(figures["never"])
    out = StringIO()
    arguments = ["--learners", "4", "--accuracy", "0.9", "--any-edge", "--json"]
    call_command("choose_gate", "--data", str(tmp_path), *arguments, stdout=out)
    assert len(json.loads(out.getvalue())["gates"]) == 8


def test_unusable_data_ends_with_two(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("choose_gate", "--data", str(tmp_path), stderr=StringIO())
    assert ended.value.code == 2
