from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.compiled import compile_graph
from tutor.decisions import Action
from tutor.simulating.effort import courses_to, effort_of, final_concepts
from tutor.simulating.guides import GUIDES
from tutor.simulating.placing import NoPlacement, ShortPlacement
from tutor.simulating.running import Course, run
from tutor.simulating.trials import Way, drawn_lives, no_placement, summarise, teach, try_way
from tutor.simulating.tutoring import Tutor
from tutor.simulating.worlds import STARTS, World, damaged, draw_edges, draw_life, drawn_world, world_of

SIZE = 30


def world(seed: int = 1, *, missing: float = 0.0, spurious: float = 0.0) -> World:
    return drawn_world(SIZE, rng=random.Random(seed), missing=missing, spurious=spurious)


@given(st.integers(3, 60), st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1))
def test_damage_takes_and_adds_what_it_says_and_stays_acyclic(
    size: int, seed: int, missing: float, spurious: float
) -> None:
    rng = random.Random(seed)
    true = set(draw_edges(size, rng=rng))
    told = set(damaged(true, size=size, missing=missing, spurious=spurious, rng=rng))
    assert len(true - told) == round(missing * len(true))
    assert len(told - true) <= round(spurious * len(true))
    assert all(below < above for below, above in told)
    world_of(size, edges=true, told=told)


def test_damage_changes_neither_the_subject_nor_its_learners() -> None:
    whole = list(drawn_lives(10, size=SIZE, seed=3))
    wrong = list(drawn_lives(10, size=SIZE, seed=3, missing=0.3, spurious=0.3))
    assert [life for _, life in whole] == [life for _, life in wrong]
    assert whole[0][0].truth == wrong[0][0].truth
    assert not whole[0][0].told.prerequisites.is_like(wrong[0][0].told.prerequisites)


def test_given_goals_and_what_rests_on_them_are_not_known_at_the_start() -> None:
    chain = world_of(4, edges=[(0, 1), (1, 2), (2, 3)], told=[])
    for seed in range(30):
        assert draw_life(chain, rng=random.Random(seed), goals=(1,)).known <= {0}


@pytest.mark.parametrize("guide", list(GUIDES))
def test_the_same_seed_gives_the_same_courses(guide: str) -> None:
    way = Way(guide, guide=guide, threshold=0.95)
    first, second = (list(try_way(way, learners=2, size=12, seed=5)) for _ in range(2))
    assert first == second


def test_what_is_written_down_adds_up() -> None:
    for course in try_way(Way("service"), learners=6, size=SIZE, seed=1):
        asked = sum(course.spent[what] for what in ("placement", *Action, "waiting"))
        ended = max(course.took or course.limit, course.done_at or course.limit)
        assert asked == ended
        assert course.took is None or course.oracle * 0.2 <= course.took <= course.limit
        assert 0 <= course.declared_falsely <= course.declared <= course.opened
        assert 0 <= course.opened_falsely <= course.opened
        assert 0 <= course.goals_true <= course.goals


def test_the_service_needs_far_less_than_random_choice_and_is_right_when_it_says_done() -> None:
    asked = {"learners": 10, "size": 90, "seed": 4}
    service = list(try_way(Way("service"), **asked))
    random_way = Way("random", guide="random", threshold=0.95, placement=no_placement)
    plain = list(try_way(random_way, **asked))
    assert sum(one.cost for one in service) < 0.7 * sum(one.cost for one in plain)
    assert all(one.took is not None for one in service)
    assert sum(one.goals_true for one in service) >= 0.93 * sum(one.goals for one in service)


def test_a_learner_who_knows_nothing_and_never_answers_rightly_is_given_up_at_the_limit() -> None:
    chain = world_of(3, edges=[(0, 1), (1, 2)], told=[(0, 1), (1, 2)])
    life = draw_life(chain, rng=random.Random(1), goals=(2,))
    tutor = _Deaf(chain.told, goals=("c0002",))
    course = run(chain, life, tutor=tutor, guide=GUIDES["service"](random.Random(1)), placement=NoPlacement())
    assert course.done_at is None
    assert sum(course.spent[action] for action in Action) == course.limit
    assert course.limit >= 1000


class _Deaf(Tutor):
    def hear(self, concept: str, *, is_right: bool, now: object) -> None:
        super().hear(concept, is_right=False, now=now)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 10), st.floats(0, 1), st.data())
def test_whatever_is_answered_nothing_starves_and_no_re_check_loops(
    seed: int, size: int, share: float, data: st.DataObject
) -> None:
    rng = random.Random(seed)
    edges = draw_edges(size, rng=rng)
    told = world_of(size, edges=edges, told=edges).told
    goals = data.draw(st.sets(st.sampled_from(told.concepts), max_size=3))
    tutor, now = Tutor(told, goals=tuple(sorted(goals)), threshold=0.95), STARTS
    steps: list[tuple[Action, str | None]] = []
    waiting: dict[str, int] = {}
    for _ in range(150):
        now += timedelta(minutes=72)
        ready = set(told.named(tutor.situation(now=now).state.outer_fringe()))
        action, concept = tutor.choose(now=now)
        steps.append((action, concept))
        if concept is None:
            continue
        assert action not in (Action.DONE, Action.NOTHING)
        waiting = {one: waiting.get(one, 0) + 1 for one in ready if not goals and one != concept}
        tutor.hear(concept, is_right=rng.random() < share, now=now)
    assert max(waiting.values(), default=0) <= 12 * size
    longest = _longest_run([action is Action.CONFIRM for action, _ in steps])
    assert longest <= 5 + max(map(len, map(told.prerequisites.__getitem__, range(size))))


def _longest_run(flags: list[bool]) -> int:
    longest = current = 0
    for flag in flags:
        current = current + 1 if flag else 0
        longest = max(longest, current)
    return longest


@given(st.integers(0, 10**6), st.integers(1, 25))
@settings(deadline=None, max_examples=40)
def test_who_answers_everything_rightly_is_soon_done(seed: int, size: int) -> None:
    edges = draw_edges(size, rng=random.Random(seed))
    told = world_of(size, edges=edges, told=edges).told
    tutor, now, asked = Tutor(told, goals=(told.concepts[-1],), threshold=0.95), STARTS, 0
    while (choice := tutor.choose(now=now))[1] is not None:
        asked += 1
        now += timedelta(minutes=72)
        tutor.hear(choice[1], is_right=True, now=now)
        assert asked <= 6 * size + 6
    assert choice[0] is Action.DONE
    assert tutor.standings(now=now)[told.concepts[-1]].mastered


def test_the_placement_asks_at_most_its_questions_and_speaks_only_of_what_is_needed() -> None:
    subject = world()
    placement = ShortPlacement(subject.told, goals=(SIZE - 1,), most=5)
    asked = []
    while (number := placement.choose()) is not None:
        asked.append(number)
        placement.hear(number, is_right=len(asked) % 2 == 0)
    reach = subject.told.reach((SIZE - 1,))
    assert 0 < len(asked) <= 5
    assert len(set(asked)) == len(asked)
    assert set(placement.beliefs()) == {number for number in range(SIZE) if number in reach}


def test_a_summary_counts_who_never_got_there_as_long_as_it_was_tried() -> None:
    reached = Course(oracle=10, limit=1000, took=20, done_at=30, goals=2, goals_true=2, declared=4)
    lost = replace(reached, took=None, done_at=None, goals_true=0, declared_falsely=1)
    found = summarise([reached, lost], rng=random.Random(1))
    assert (found.ratio.value, found.reached.value) == (1020 / 20, 0.5)
    assert (found.goals_true.value, found.declared_falsely.value) == (1.0, 1 / 8)
    assert found.done_ratio.value == 1030 / 20
    assert found.ratio.low <= found.ratio.value <= found.ratio.high


def test_a_goal_that_rests_on_more_is_expected_to_cost_more() -> None:
    graph = compile_graph("abcdef", edges=[("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")])
    assert final_concepts(graph) == ["e", "f"]
    way = Way("service", placement=no_placement)
    far, near = (
        effort_of(goal, list(courses_to(goal, graph=graph, learners=12, seed=1, way=way)), graph=graph)
        for goal in "ef"
    )
    assert (far.needs, near.needs) == (5, 1)
    assert far.lessons.median > near.lessons.median
    assert far.lessons.low <= far.lessons.median <= far.lessons.high
    assert near.finished == 1.0


def test_a_course_is_the_same_whoever_was_taught_before() -> None:
    lives = list(drawn_lives(3, size=SIZE, seed=8))
    way = Way("service")
    alone = teach(way, *lives[2], chance="x")
    after = [teach(way, *life, chance="x") for life in lives]
    assert after[2] == alone
