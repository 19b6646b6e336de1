from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.building import PrerequisiteGraph, build_graph
from graphs.errors import Edge
from mastery.estimator import MasteryRule, estimate, fold, is_mastered
from mastery.parameters import Kind, Parameters
from mastery.states import ConceptState, Observation
from tutor.decisions import Action, Decision, Situation, Standing, Weights
from tutor.policy import HORIZON, choose_next, rank

MASTERED = Standing(0.97, mastered=True)
DUE = Standing(0.78, mastered=True, is_due=True)


def graph_of(*links: str, alone: str = "") -> PrerequisiteGraph:
    nodes = dict.fromkeys("".join(links) + alone)
    return build_graph(nodes, edges=[Edge(link[0], link[1]) for link in links])


MOMENTS = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
CHAIN = graph_of("ab", "bc", "cd")


def situation(graph: PrerequisiteGraph = CHAIN, *, goals: str = "", **standings: Standing) -> Situation:
    return Situation(graph, standings, goals=tuple(goals), names={c: c.upper() for c in graph})


def test_the_first_concept_without_prerequisites_comes_first() -> None:
    decision = choose_next(situation(goals="d"))
    assert (decision.action, decision.concept) == (Action.TEACH, "a")
    assert decision.reason == "A comes next: it is 3 steps before your goal D; 1 locked concept waits for it."


def test_every_locked_concept_that_is_needed_names_what_it_waits_for() -> None:
    decision = choose_next(situation(goals="c", a=MASTERED))
    assert [(locked.name, locked.waits_for, locked.reason) for locked in decision.locked] == [
        ("C", ("b",), "C waits for B.")
    ]


def test_what_no_goal_needs_is_left_out_and_said_so() -> None:
    decision = choose_next(situation(graph_of("ab", alone="x"), goals="b"))
    assert [candidate.concept for candidate in decision.frontier] == ["a"]
    assert decision.left_out == ("X",)


def test_nearer_to_the_goal_and_unlocking_more_both_count() -> None:
    near = situation(graph_of("ag", "bc", "cg"), goals="g", b=MASTERED)
    assert choose_next(near).concept in ("a", "c")
    unlocking = situation(graph_of("ax", "ay", "az", "bw"))
    assert choose_next(unlocking).concept == "a"
    assert "it opens X, Y, Z" in choose_next(unlocking).reason


def test_what_is_nearly_there_is_finished_before_its_equal() -> None:
    equals = situation(graph_of("ag", "bg"), goals="g", b=Standing(0.7, tries=1))
    assert choose_next(equals).concept == "b"
    assert "you have begun it: belief 70%" in choose_next(equals).reason


def test_equal_scores_are_settled_by_teaching_order_then_id() -> None:
    plain = Weights(earliness=0.0, progress=0.3)
    equals = situation(graph_of("ag", "bg"), goals="g")
    assert choose_next(equals, weights=plain).concept == "a"
    reordered = replace(equals, position={"b": 1, "a": 2})
    assert choose_next(reordered, weights=plain).concept == "b"
    assert "only teaching order decided" in choose_next(reordered, weights=plain).changes[-1]


def test_due_reviews_come_before_new_concepts_and_the_most_faded_first() -> None:
    decision = choose_next(situation(goals="d", a=DUE, b=replace(DUE, p=0.7)))
    assert [(c.concept, c.action) for c in decision.frontier] == [
        ("b", Action.REVIEW),
        ("a", Action.REVIEW),
        ("c", Action.TEACH),
    ]
    assert "due for review" in decision.reason


def test_what_is_due_but_still_sure_waits_for_what_is_new_and_comes_before_the_end() -> None:
    sure = replace(DUE, p=0.9)
    decision = choose_next(situation(goals="d", a=sure, b=MASTERED))
    assert [(c.concept, c.action) for c in decision.frontier] == [("c", Action.TEACH), ("a", Action.REVIEW)]
    everything = dict.fromkeys("abcd", MASTERED) | {"a": sure}
    assert choose_next(replace(situation(goals="d"), standings=everything)).action is Action.REVIEW


def test_what_would_be_built_on_is_checked_again_when_it_has_become_too_unsure() -> None:
    faded = Standing(0.75, mastered=True)
    decision = choose_next(situation(goals="d", a=MASTERED, b=faded))
    assert (decision.action, decision.concept) == (Action.CONFIRM, "b")
    assert decision.reason == "B comes next: C rests on it, and it was some time ago that you showed it."
    elsewhere = choose_next(situation(goals="d", a=faded, b=MASTERED))
    assert (elsewhere.action, elsewhere.concept) == (Action.TEACH, "c")


@pytest.mark.parametrize(("failures", "action"), [(2, Action.TEACH), (10, Action.CONFIRM)])
def test_failures_throw_suspicion_on_what_a_concept_rests_on(failures: int, action: Action) -> None:
    seen = situation(goals="b", a=MASTERED, b=Standing(0.2, tries=failures, failures=failures))
    decision = choose_next(seen)
    assert decision.action is action
    if action is Action.CONFIRM:
        assert decision.reason.startswith("A comes next: you missed B 10 times in a row, and this")


def test_a_prerequisite_checked_since_the_last_try_is_not_suspected_again() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    failed = Standing(0.2, tries=10, failures=10, seen_at=noon)
    before, after = (replace(MASTERED, seen_at=noon + hours * timedelta(hours=1)) for hours in (-1, 1))
    assert choose_next(situation(goals="b", a=before, b=failed)).action is Action.CONFIRM
    assert choose_next(situation(goals="b", a=after, b=failed)).action is Action.TEACH


def test_what_is_nearly_mastered_opens_what_rests_on_it_but_a_goal_is_taught_to_the_end() -> None:
    nearly = Standing(0.87, tries=1, seen_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert choose_next(situation(goals="b", a=nearly)).concept == "b"
    assert choose_next(situation(goals="ab", a=nearly)).concept == "a"
    assert choose_next(situation(a=nearly)).concept == "a"
    assert choose_next(situation(goals="b", a=replace(nearly, seen_at=None))).concept == "a"


def test_goals_are_checked_once_more_before_all_is_said_to_be_done() -> None:
    unsure = replace(situation(goals="d"), standings=dict.fromkeys("abcd", Standing(0.92, mastered=True)))
    decision = choose_next(unsure)
    assert (decision.action, decision.concept) == (Action.CONFIRM, "d")
    assert "before you are done" in decision.reason
    assert decision.changes == ()
    for recent in ([Action.CONFIRM] * 5, [Action.CONFIRM, Action.DONE]):
        assert choose_next(replace(unsure, recent=recent)).action is Action.DONE


def test_what_is_due_outside_the_goals_is_left_alone() -> None:
    assert choose_next(situation(graph_of("ab", alone="x"), goals="b", x=DUE)).concept == "a"


def test_after_several_reviews_in_a_row_something_new_comes_if_there_is_something() -> None:
    tired = replace(situation(goals="d", a=DUE), recent=[Action.REVIEW] * 3)
    assert choose_next(tired).action is Action.TEACH
    only_reviews = replace(situation(goals="a", a=DUE), recent=[Action.REVIEW] * 9)
    assert choose_next(only_reviews).action is Action.REVIEW


def test_a_prerequisite_in_doubt_comes_before_everything_else() -> None:
    decision = choose_next(
        situation(
            graph_of("ab", "xy"), goals="by", x=DUE, a=Standing(0.8), b=Standing(0.1, tries=2, failures=2)
        )
    )
    assert (decision.action, decision.concept) == (Action.REMEDIATE, "a")
    assert "you missed B 2 times in a row" in decision.reason


def test_one_failure_is_no_reason_to_go_back() -> None:
    decision = choose_next(situation(goals="b", b=Standing(0.1, tries=1, failures=1)))
    assert decision.action is Action.TEACH


def test_a_concept_tried_too_often_makes_way_but_stays_eligible() -> None:
    graph = graph_of("ax", "ay", "az", "bw")
    hard = situation(graph, a=Standing(0.5, tries=5))
    assert choose_next(hard).concept == "b"
    alone = situation(graph_of("ab"), a=Standing(0.5, tries=5))
    assert choose_next(alone).concept == "a"
    assert "nothing else is open" in choose_next(alone).reason


def test_done_names_the_goals_and_comes_only_when_nothing_is_due() -> None:
    everything = dict.fromkeys("abcd", MASTERED)
    decision = choose_next(replace(situation(goals="d"), standings=everything))
    assert (decision.action, decision.concept) == (Action.DONE, None)
    assert decision.reason == "All your goals are mastered: D. Nothing is due for review."
    assert choose_next(replace(situation(goals="d"), standings=everything | {"b": DUE})).concept == "b"
    assert "every concept" in choose_next(replace(situation(), standings=everything)).reason


@pytest.mark.parametrize(
    ("empty", "because"),
    [(situation(graph_of()), "no published concepts"), (situation(goals="q"), "no longer part")],
)
def test_nothing_to_teach_says_why(empty: Situation, because: str) -> None:
    decision = choose_next(empty)
    assert decision.action is Action.NOTHING
    assert because in decision.reason


def test_what_would_change_the_choice_is_reckoned_and_true() -> None:
    before = situation(graph_of("pa", "ag", "bg"), goals="g", p=MASTERED)
    decision = choose_next(before)
    assert decision.concept == "a"
    behind = decision.frontier[0].score - decision.frontier[1].score
    assert decision.changes == (
        "Once A is mastered, B comes next.",
        "If you miss A 2 times in a row, what it rests on (P) comes into doubt and may come first.",
        f"B is the runner-up: its score is {behind:.2f} lower. Make it your only goal to study it first.",
    )
    assert choose_next(replace(before, standings={"p": MASTERED, "a": MASTERED})).concept == "b"
    assert choose_next(replace(before, goals=("b",))).concept == "b"


def test_the_record_is_plain_json_and_names_policy_and_weights() -> None:
    record = json.loads(json.dumps(choose_next(situation(goals="d")).as_dict()))
    assert record["policy"].startswith("fringe")
    assert record["weights"]["rest_after"] == 3
    assert sum(record["weights"][w] for w in ("closeness", "unlocking", "earliness", "progress")) == 1
    assert record["frontier"][0]["parts"].keys() >= {
        "closeness",
        "unlocking",
        "earliness",
        "progress",
        "patience",
    }


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    nodes = "abcdefgh"
    pairs = [(u, v) for i, u in enumerate(nodes) for v in nodes[i + 1 :]]
    links = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    standings = {
        node: Standing(
            draw(st.floats(0, 1)),
            mastered=draw(st.booleans()),
            is_due=draw(st.booleans()),
            tries=draw(st.integers(0, 9)),
            failures=draw(st.integers(0, 4)),
            seen_at=draw(st.sampled_from([None, *MOMENTS])),
        )
        for node in nodes
    }
    goals = draw(st.sets(st.sampled_from(nodes)))
    recent = draw(st.lists(st.sampled_from(Action), max_size=5))
    graph = build_graph(nodes, edges=[Edge(u, v) for u, v in links])
    return Situation(graph, standings, goals=tuple(sorted(goals)), recent=recent)


@given(situations())
def test_what_is_chosen_can_be_studied_and_serves_a_goal(seen: Situation) -> None:
    decision = choose_next(seen)
    if decision.concept is None:
        assert decision.action is Action.DONE
        assert all(seen.standing(goal).mastered for goal in seen.open_goals)
        return
    assert decision.concept == decision.frontier[0].concept == rank(seen)[0].concept
    standing = seen.standing(decision.concept)
    if decision.action is Action.REVIEW:
        assert standing.mastered
        assert standing.is_due
    elif decision.action is Action.CONFIRM:
        assert standing.mastered or standing.opens
    else:
        assert not standing.mastered
        assert all(seen.standing(p).opens for p in seen.compiled.prerequisites_of(decision.concept))
    assert all(0 <= candidate.score <= 1 for candidate in decision.frontier)


@given(situations(), st.randoms())
def test_the_order_in_which_things_are_told_does_not_matter(seen: Situation, rng: random.Random) -> None:
    nodes = list(seen.graph)
    links = [(below, above) for above in nodes for below in seen.compiled.prerequisites_of(above)]
    rng.shuffle(nodes)
    rng.shuffle(links)
    shuffled = build_graph(nodes, edges=[Edge(u, v) for u, v in links])
    assert choose_next(replace(seen, graph=shuffled)) == choose_next(seen)


class Pupil:
    """A learner simulated against the real estimator: answers by a rule, one try an hour."""

    def __init__(self, graph: PrerequisiteGraph, *, goals: str) -> None:
        self.graph, self.goals = graph, tuple(goals)
        self.states: dict[str, ConceptState] = {}
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.parameters, self.rule = Parameters(), MasteryRule.at(0.9)

    def decide(self) -> Decision:
        standings = {
            concept: Standing(
                estimate(state, parameters=self.parameters, now=self.now).p,
                mastered=is_mastered(state, rule=self.rule, parameters=self.parameters, now=self.now),
                tries=state.tries,
                failures=state.failures,
            )
            for concept, state in self.states.items()
        }
        return choose_next(Situation(self.graph, standings, goals=self.goals))

    def answer(self, concept: str, score: float) -> None:
        self.now += timedelta(hours=1)
        below = tuple(self.graph.pred[concept])
        seen = Observation(concept, Kind.EXPLAIN_BACK, score, self.now, 3, 1.0, below)
        self.states |= fold(self.states, seen, parameters=self.parameters)


@pytest.mark.parametrize("score", [0.0, 0.5, 0.6])
def test_no_concept_on_the_fringe_starves_however_the_learner_fares(score: float) -> None:
    pupil = Pupil(graph_of("ax", "ay", "az", "bw", "cv", alone="defghijkl"), goals="")
    tried = []
    for _ in range(60):
        chosen = pupil.decide().concept
        assert chosen is not None
        tried.append(chosen)
        pupil.answer(chosen, score)
    assert set("abcdefghijkl") <= set(tried)
    assert max(tried.count(concept) for concept in set(tried)) <= 12


def test_a_prerequisite_wrongly_believed_mastered_is_found_and_the_learner_gets_through() -> None:
    pupil = Pupil(CHAIN, goals="d")
    pupil.answer("a", 1.0)
    pupil.answer("b", 1.0)  # lucky: b is not known
    known = {"a"}
    steps: list[tuple[Action, str]] = []
    while (decision := pupil.decide()).concept and len(steps) < 40:
        concept = decision.concept
        steps.append((decision.action, concept))
        if decision.action is Action.REMEDIATE:
            known.add("b")
        ready = all(p in known for p in CHAIN.pred[concept])
        known |= {concept} if ready else set()
        pupil.answer(concept, 1.0 if concept in known else 0.0)
    assert decision.action is Action.DONE
    assert (Action.REMEDIATE, "b") in steps
    assert len(steps) <= 12


def test_a_whole_subject_beyond_the_horizon_is_decided_by_what_comes_first() -> None:
    count = 3 * HORIZON
    nodes = [f"c{n:04}" for n in range(count)]
    graph = build_graph(nodes, edges=[Edge(nodes[n // 2], nodes[n]) for n in range(1, count)])
    standings = dict.fromkeys(nodes[:40], MASTERED) | {nodes[-1]: DUE}
    decision = choose_next(Situation(graph, standings))
    assert (decision.action, decision.concept) == (Action.REVIEW, nodes[-1])
    assert len(decision.frontier) + len(decision.locked) == HORIZON + 1
    assert decision.left_out == ()
    assert {candidate.concept for candidate in decision.frontier[1:]} == set(nodes[40:80])


def test_goals_beyond_the_horizon_leave_out_only_what_they_do_not_need() -> None:
    count = 2 * HORIZON
    nodes = [f"c{n:04}" for n in range(count)]
    chain = [Edge(nodes[n - 1], nodes[n]) for n in range(1, count)]
    graph = build_graph([*nodes, "beside"], edges=chain)
    decision = choose_next(Situation(graph, {}, goals=(nodes[-1],)))
    assert decision.concept == nodes[0]
    assert [locked.concept for locked in decision.locked] == nodes[1:HORIZON]
    assert decision.left_out == ("beside",)
    assert decision.reason.startswith(f"c0000 comes next: it is {count - 1} steps before your goal c1999")


def test_a_thousand_concepts_are_decided_in_well_under_a_second() -> None:
    rng = random.Random(7)
    nodes = [f"c{n:04}" for n in range(1000)]
    edges = [
        Edge(nodes[rng.randrange(max(0, n - 60), n)], nodes[n]) for n in range(1, 1000) for _ in range(3)
    ]
    graph = build_graph(nodes, edges=edges)
    standings = dict.fromkeys(nodes[:300], MASTERED)
    began = time.perf_counter()
    decision = choose_next(Situation(graph, standings, goals=(nodes[-1], nodes[-5])))
    assert decision.action is Action.TEACH
    assert time.perf_counter() - began < 1.5
