from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from mastery.placement_benchmark import (
    KINDS,
    KNOWN_SHARE,
    METHODS,
    Course,
    Respondent,
    Row,
    draw_course,
    draw_learner,
    measure,
    read_courses,
    spoilt,
)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("benchmark_placement", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_learner_knows_a_closed_set_of_the_size_that_was_promised(kind: str) -> None:
    course = draw_course(80, rng=rng())
    low, high = KNOWN_SHARE
    for seed in range(10):
        known = draw_learner(course, kind=kind, rng=rng(seed))
        assert low - 0.01 <= known.mean() <= high + 0.01
        assert all(known[below] for below, above in course.edges if known[above])


def test_a_spoilt_course_has_as_many_edges_a_tenth_of_them_others_and_no_circle() -> None:
    course = draw_course(200, rng=rng())
    wrong = spoilt(course, rng=rng(2))
    assert len(wrong.edges) == len(course.edges)
    kept = len(set(wrong.edges) & set(course.edges)) / len(course.edges)
    assert 0.85 < kept < 0.95
    assert all(below < above for below, above in wrong.edges)


def test_a_course_without_room_for_false_edges_is_spoilt_as_far_as_it_goes() -> None:
    full = Course("full", [[], [0], [0, 1]])
    assert len(spoilt(full, rng=rng()).edges) <= 3


def test_whoever_does_not_know_guesses_or_says_so() -> None:
    nobody = np.zeros(1, dtype=bool)
    silent = Respondent(nobody, guess=0.0, slip=0.0, shy=0.0, rng=rng())
    open_one = Respondent(nobody, guess=0.0, slip=0.0, shy=1.0, rng=rng())
    assert silent.answer(0) == 0.0
    assert open_one.answer(0) is None
    assert Respondent(~nobody, guess=0.0, slip=0.0, shy=1.0, rng=rng()).answer(0) == 1.0


def test_ours_is_ahead_of_the_constant_predictor_and_of_its_own_start() -> None:
    courses = [draw_course(60, rng=rng())]

    def row(name: str) -> Row:
        return measure(name, METHODS[name], courses=courses, learners=6, seed=3)

    ours, constant = row("ours"), row("constant predictor")
    assert constant.accuracy_10 == constant.accuracy_20
    assert ours.accuracy_20 > constant.accuracy_20 + 0.05
    assert row("ours").by_kind == ours.by_kind


def test_the_last_line_bears_the_figures_and_json_the_same() -> None:
    few = ("--concepts", "30", "--learners", "1")
    last = dict(pair.split("=") for pair in run(*few).splitlines()[-1].split())
    assert list(last) == ["accuracy_10", "accuracy_20", "precision_known", "ms_a_question"]
    told = json.loads(run(*few, "--json"))
    assert told["accuracy_20"] == float(last["accuracy_20"])
    assert {row["name"] for row in told["rows"]} >= set(METHODS)


def test_real_graphs_are_read_and_measured_beside(tmp_path: Path) -> None:
    (tmp_path / "graphs").mkdir()
    concepts = [{"id": f"c{n}"} for n in range(25)]
    edges = [[f"c{n + 1}", f"c{n}"] for n in range(24)]
    (tmp_path / "graphs" / "row.json").write_text(json.dumps({"concepts": concepts, "edges": edges}))
    (tmp_path / "graphs" / "small.json").write_text(json.dumps({"concepts": concepts[:3], "edges": []}))
    (course,) = read_courses(tmp_path)
    assert course.edges == [(n, n + 1) for n in range(24)]
    arguments = ("--concepts", "30", "--learners", "1", "--real-learners", "1", "--data", str(tmp_path))
    assert any(line.split()[:2] == ["ours", "row"] for line in run(*arguments).splitlines())


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"concepts": [{"id": "a"}, {"id": "b"}], "edges": [["a", "b"], ["b", "a"]]}',
        '{"concepts": [], "edges": []}',
        None,
    ],
)
def test_unusable_data_ends_with_exit_code_2_and_says_where_to_point(
    tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "graphs").mkdir()
        (tmp_path / "graphs" / "x.json").write_text(content)
    with pytest.raises(CommandError, match="Point --data at") as refused:
        run("--data", str(tmp_path))
    assert refused.value.returncode == 2


@pytest.mark.parametrize("arguments", [("--concepts", "5"), ("--learners", "0"), ("--concepts", "999999")])
def test_sizes_that_mean_nothing_are_refused(arguments: tuple[str, str]) -> None:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    assert refused.value.returncode == 2
