from __future__ import annotations

import json
import random

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from graphs.building import build_graph
from graphs.errors import Edge
from tutor.speed import choices
from tutor.speed.choices import AnswersDiffer, time_choices
from tutor.speed.edges import KINDS, time_edges
from tutor.speed.subjects import compile_links, concept_ids, draw_learner, draw_links
from tutor.speed.turns import peak_mib


def figures(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    last = capsys.readouterr().out.splitlines()[-1]
    return {name: float(value) for name, value in (pair.split("=") for pair in last.split())}


def test_a_drawn_subject_is_acyclic_and_no_concept_rests_on_most_of_it() -> None:
    concepts, links = concept_ids(2000), draw_links(2000, rng=random.Random(1))
    assert links == draw_links(2000, rng=random.Random(1))
    assert 2.5 < len(links) / len(concepts) <= 3
    build_graph(concepts, edges=[Edge(concepts[below], concepts[above]) for below, above in links])
    graph = compile_links(concepts, links)
    reach = graph.reach((1999,))
    assert 25 < sum(number in reach for number in range(2000)) < 300


def test_a_drawn_learner_lacks_the_last_of_what_the_goals_rest_on() -> None:
    rng = random.Random(2)
    graph = compile_links(concept_ids(500), draw_links(500, rng=rng))
    learner = draw_learner(graph, goals=2, left=10, rng=rng)
    reach = graph.reach(tuple(graph.number_of(goal) for goal in learner.goals))
    needed = sum(number in reach for number in range(500))
    mastered = sum(standing.mastered for standing in learner.standings.values())
    assert mastered == needed - 10


def test_edges_of_every_kind_are_timed_beside_networkx() -> None:
    speed = time_edges(300, turns=1)
    assert set(speed.ours) == set(KINDS)
    assert speed.ours[KINDS[0]].ms < speed.theirs["networkx, whole graph"].ms
    assert all(memory > 0 for memory in speed.memory_mib.values())


def test_ways_that_give_different_answers_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "_reckon", lambda graph, learner: set())
    with pytest.raises(AnswersDiffer, match="300 concepts"):
        time_choices(300, turns=1)
    with pytest.raises(CommandError) as error:
        call_command("benchmark_speed", part="next", concepts=[300], turns=1)
    assert error.value.returncode == 2


def test_memory_is_what_was_held_at_most() -> None:
    built, peak = peak_mib(lambda: len(bytes(3 * 2**20)))
    assert built == 3 * 2**20
    assert peak == pytest.approx(3, abs=0.5)


def test_the_command_times_the_check_of_an_edge(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("benchmark_speed", part="graph", concepts=[300], turns=1)
    found = figures(capsys)
    assert found["edge_speedup"] > 1
    assert found["full_check_ms"] > 0


def test_the_command_times_decisions_by_size(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("benchmark_speed", part="next", concepts=[200, 1000], turns=1)
    found = figures(capsys)
    assert set(found) == {
        f"speedup{of}_{size}" for of in ("", "_kept", "_reckoning") for size in ("200", "1k")
    }
    assert found["speedup_1k"] > 1
    call_command("benchmark_speed", part="next", concepts=[200], turns=1, json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["parts"][0]["concepts"] == 200


@pytest.mark.service
def test_the_command_times_the_api_over_http(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("benchmark_speed", part="api", concepts=[20], learners=2, mastered=3, turns=1, batch=5)
    found = figures(capsys)
    assert 0 < found["api_ratio"] < found["api_ratio_unchanged"] * 3
    assert found["map_p50_ms"] > 0
