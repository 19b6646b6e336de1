from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mastery.errors import ObservationNotUsable, ObservationOutOfOrder, StateNotReadable
from mastery.estimator import (
    MasteryRule,
    estimate,
    fold,
    is_mastered,
    likelihood_ratio,
    replay,
    retention,
)
from mastery.parameters import DEFAULT_KINDS, Kind, Parameters
from mastery.states import (
    ConceptState,
    Observation,
    canonical_bytes,
    state_from_dict,
    state_to_dict,
    untouched,
)

DEFAULTS = Parameters()
RULE = MasteryRule.at(0.9)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)

scores = st.floats(0, 1)
kinds = st.sampled_from([kind for kind in Kind if kind is not Kind.OVERRIDE])


def explained(
    score: float,
    *,
    concept: str = "tides",
    days: float = 0,
    points: int = 3,
    certainty: float = 1.0,
    prerequisites: tuple[str, ...] = (),
    kind: Kind = Kind.EXPLAIN_BACK,
) -> Observation:
    return Observation(concept, kind, score, NOON + days * DAY, points, certainty, prerequisites)


def after(*observations: Observation) -> ConceptState:
    return replay(observations, parameters=DEFAULTS)["tides"]


def mastered(state: ConceptState, *, days: float = 0) -> bool:
    return is_mastered(state, rule=RULE, parameters=DEFAULTS, now=NOON + days * DAY)


@st.composite
def histories(draw: st.DrawFn) -> list[Observation]:
    """Up to twelve observations of four concepts in a chain, in order of time."""
    chain = "abcd"
    rows = draw(st.lists(st.tuples(st.integers(0, 3), kinds, scores, st.integers(1, 8), scores), max_size=12))
    days = sorted(draw(st.lists(st.floats(0, 900), min_size=len(rows), max_size=len(rows))))
    return [
        Observation(chain[n], kind, score, NOON + day * DAY, points, sure, tuple(chain[max(n - 1, 0) : n]))
        for day, (n, kind, score, points, sure) in zip(days, rows, strict=True)
    ]


@pytest.mark.parametrize(
    ("rubric", "earned", "belief"),
    [
        (1, [1], [0.805]),
        (1, [1, 1], [0.805, 0.963]),
        (2, [2], [0.885]),
        (3, [3], [0.910]),
        (4, [3], [0.739]),
        (4, [3, 3], [0.739, 0.923]),
        (3, [2], [0.618]),
        (3, [2, 2], [0.618, 0.797]),
        (3, [0], [0.076]),
        (3, [0, 3], [0.076, 0.882]),
    ],
)
def test_the_table_in_the_docstring_of_the_parameters_is_what_comes_out(
    rubric: int, earned: list[int], belief: list[float]
) -> None:
    state: dict[str, ConceptState] = {}
    for points, expected in zip(earned, belief, strict=True):
        state |= fold(state, explained(points / rubric, points=rubric), parameters=DEFAULTS)
        assert state["tides"].p == pytest.approx(expected, abs=0.0006)


def test_a_golden_sequence_gives_the_same_bytes_for_ever() -> None:
    states = replay(
        [
            explained(1.0, concept="moon", kind=Kind.CHOICE, points=1),
            explained(1.0, concept="moon", days=0.5),
            explained(0.0, days=1, prerequisites=("moon",)),
            explained(1 / 3, days=2, prerequisites=("moon",)),
            explained(1.0, days=9, prerequisites=("moon",)),
        ],
        parameters=DEFAULTS,
    )
    assert canonical_bytes(states) == GOLDEN


GOLDEN = (
    b'{"moon":{"at":"2026-03-02T00:00:00.000000+00:00","events":2,"failures":0,"half_life_days":'
    b'31.445995623,"p":0.935304503,"points":3.975900073,"shift":-0.693147181,"tries":0,"v":1},"t'
    b'ides":{"at":"2026-03-10T12:00:00.000000+00:00","events":3,"failures":0,"half_life_days":22'
    b'.228819455,"p":0.899157116,"points":6.505415678,"shift":0.0,"tries":3,"v":1}}'
)


def test_one_full_explanation_of_three_points_masters_and_of_one_point_does_not() -> None:
    assert mastered(after(explained(1, points=3)))
    assert not mastered(after(explained(1, points=1)))
    assert not mastered(after(explained(1, points=2)))
    assert mastered(after(explained(1, points=1), explained(1, points=1)))


def test_recognising_alone_never_masters_but_takes_nothing_from_what_was_explained() -> None:
    for kind in (Kind.CHOICE, Kind.CLOZE):
        recognised = [explained(1, points=1, kind=kind, days=day) for day in range(20)]
        assert after(*recognised).p == DEFAULTS.kinds[kind].ceiling
        told = explained(1, points=4)
        assert after(told, explained(1, points=1, kind=kind)).p >= after(told).p


def test_placement_credit_and_one_good_explanation_of_two_points_master() -> None:
    placed = explained(1, points=1, kind=Kind.CHOICE)
    assert not mastered(after(placed))
    assert mastered(after(placed, explained(1, points=2)))


def test_an_unsure_grade_masters_nothing() -> None:
    assert not mastered(after(explained(1, certainty=0.4)))
    assert after(explained(1, certainty=0)).p == pytest.approx(0.4)


def test_indifferent_answers_never_end_in_mastery_however_many_lessons_are_shown() -> None:
    state = after(*[explained(0.5, days=day) for day in range(60)])
    assert state.p == pytest.approx(0.5, abs=0.01)
    assert state.tries == 60


def test_a_failed_review_ends_mastery_and_a_passed_one_strengthens_it() -> None:
    learned = explained(1)
    assert not mastered(after(learned, explained(0, days=3)), days=3)
    reviewed = after(learned, explained(1, days=5))
    assert reviewed.half_life_days > after(learned).half_life_days
    assert mastered(reviewed, days=40)
    assert not mastered(after(learned), days=40)


def test_cramming_does_not_lengthen_memory() -> None:
    assert after(explained(1), explained(1), explained(1)).half_life_days == DEFAULTS.half_life_days


def test_mastery_does_not_flicker_on_the_evening_of_the_same_day() -> None:
    learned = after(explained(1))
    assert estimate(learned, parameters=DEFAULTS, now=NOON + DAY).p < RULE.threshold
    assert mastered(learned, days=1)


def test_forgetting_tends_to_the_prior_from_above_and_leaves_what_is_below() -> None:
    long_ago = NOON + 4000 * DAY
    known, unknown = after(explained(1)), after(explained(0))
    assert DEFAULTS.prior < estimate(known, parameters=DEFAULTS, now=long_ago).p < DEFAULTS.prior + 0.05
    assert estimate(unknown, parameters=DEFAULTS, now=long_ago).p == unknown.p


def test_a_belief_read_before_its_last_observation_is_that_of_the_observation() -> None:
    state = after(explained(1))
    assert estimate(state, parameters=DEFAULTS, now=NOON - DAY).p == state.p


def test_repeated_failures_cast_doubt_on_the_prerequisite_until_it_is_no_longer_mastered() -> None:
    states = replay([explained(1, concept="moon")], parameters=DEFAULTS)
    fail = explained(0, prerequisites=("moon",))
    states |= fold(states, fail, parameters=DEFAULTS)
    assert states["moon"].shift == 0, "one failure can have many reasons"
    assert mastered(states["moon"])
    states |= fold(states, fail, parameters=DEFAULTS)
    assert states["moon"].shift == pytest.approx(-math.log(3))
    assert not mastered(states["moon"])


def test_well_evidenced_prerequisites_withstand_more_doubt_than_weak_ones() -> None:
    strong = [explained(1, concept="moon"), explained(1, concept="moon")]
    fails = [explained(0, prerequisites=("moon",)) for _ in range(2)]
    assert mastered(replay(strong + fails, parameters=DEFAULTS)["moon"])


def test_the_prerequisite_that_is_surely_missing_takes_the_blame_from_the_other() -> None:
    shown = [explained(1, concept="moon"), explained(0, concept="sun"), explained(0, concept="sun")]
    fails = [explained(0, prerequisites=("moon", "sun"))] * 2
    states = replay(shown + fails, parameters=DEFAULTS)
    assert states["sun"].shift < -0.9
    assert -0.1 < states["moon"].shift < 0


def test_a_pass_gives_prerequisites_credit_that_can_never_master_them() -> None:
    passes = [explained(1, prerequisites=("moon",))] * 50
    states = replay(passes, parameters=DEFAULTS)
    assert states["moon"].shift == DEFAULTS.most_credit
    assert estimate(states["moon"], parameters=DEFAULTS, now=NOON).p < 0.5
    lenient = MasteryRule.at(0.51)
    assert not is_mastered(states["moon"], rule=lenient, parameters=DEFAULTS, now=NOON)


def test_an_educators_override_sets_the_belief_either_way_and_spares_the_prerequisites() -> None:
    yes = fold({}, explained(1, kind=Kind.OVERRIDE, prerequisites=("moon",)), parameters=DEFAULTS)
    assert list(yes) == ["tides"]
    assert mastered(yes["tides"])
    no = after(explained(1), explained(0, kind=Kind.OVERRIDE))
    assert no.p == pytest.approx(0.02)
    assert not mastered(no)


def test_the_interval_narrows_with_evidence_and_widens_with_time() -> None:
    def width(state: ConceptState, days: float) -> float:
        seen = estimate(state, parameters=DEFAULTS, now=NOON + days * DAY)
        assert seen.low <= seen.p <= seen.high
        return math.log(seen.high / (1 - seen.high)) - math.log(seen.low / (1 - seen.low))

    once, thrice = after(explained(1)), after(*[explained(1)] * 3)
    assert width(thrice, 0) < width(once, 0) < width(untouched(DEFAULTS), 0)
    assert width(once, 0) < width(once, 30) < width(once, 900)


def test_an_observation_older_than_its_state_is_refused_with_the_remedy() -> None:
    states = replay([explained(1, days=2)], parameters=DEFAULTS)
    with pytest.raises(ObservationOutOfOrder, match="fold the whole log again"):
        fold(states, explained(1, days=1), parameters=DEFAULTS)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"score": 1.2}, "score"),
        ({"score": math.nan}, "score"),
        ({"certainty": -0.1}, "certainty"),
        ({"points": 0}, "rubric points"),
        ({"prerequisites": ("tides",)}, "own prerequisite"),
    ],
)
def test_what_cannot_be_evidence_is_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ObservationNotUsable, match=reason):
        explained(**({"score": 1.0} | changes))  # type: ignore[arg-type]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ObservationNotUsable, match="time zone"):
        Observation("tides", Kind.CHOICE, 1.0, datetime(2026, 1, 1))  # noqa: DTZ001


def test_a_state_of_another_version_is_refused_with_the_remedy() -> None:
    with pytest.raises(StateNotReadable, match="replay_mastery --fix"):
        state_from_dict({"v": 0})


@given(histories())
def test_beliefs_stay_within_bounds_and_finite(history: list[Observation]) -> None:
    for state in replay(history, parameters=DEFAULTS).values():
        for now in (None, NOON + 300 * DAY, NOON + 30_000 * DAY):
            seen = estimate(state, parameters=DEFAULTS, now=now)
            assert 0 < seen.low <= seen.p <= seen.high < 1
            assert seen.points >= 0
        assert DEFAULTS.shortest_half_life_days <= state.half_life_days <= DEFAULTS.longest_half_life_days
        assert -DEFAULTS.most_doubt <= state.shift <= DEFAULTS.most_credit


@given(histories(), kinds, scores, scores, st.integers(1, 9), scores, st.floats(0, 700))
def test_a_better_score_never_lowers_the_belief_now_or_later(
    history: list[Observation], kind: Kind, one: float, other: float, points: int, sure: float, days: float
) -> None:
    states = replay(history, parameters=DEFAULTS)
    worse, better = (
        fold(
            states,
            explained(s, concept="a", days=901, kind=kind, points=points, certainty=sure),
            parameters=DEFAULTS,
        )["a"]
        for s in sorted((one, other))
    )
    for now in (NOON + 901 * DAY, NOON + (901 + days) * DAY):
        assert (
            estimate(worse, parameters=DEFAULTS, now=now).p
            <= estimate(better, parameters=DEFAULTS, now=now).p
        )


@given(histories(), histories())
def test_concepts_that_share_no_edge_may_be_folded_in_either_order(
    one: list[Observation], other: list[Observation]
) -> None:
    other = [
        Observation(
            o.concept * 2, o.kind, o.score, o.at, o.points, o.certainty, tuple(2 * p for p in o.prerequisites)
        )
        for o in other
    ]
    mixed = sorted(one + other, key=lambda observation: observation.at)
    assert canonical_bytes(replay(one + other, parameters=DEFAULTS)) == canonical_bytes(
        replay(mixed, parameters=DEFAULTS)
    )


@given(histories())
def test_folding_through_stored_states_gives_the_same_bytes_as_one_replay(history: list[Observation]) -> None:
    stored: dict[str, dict[str, object]] = {}
    for observation in history:
        loaded = {key: state_from_dict(data) for key, data in stored.items()}
        changed = fold(loaded, observation, parameters=DEFAULTS)
        stored |= {key: state_to_dict(state) for key, state in changed.items()}
    again = {key: state_from_dict(data) for key, data in stored.items()}
    assert canonical_bytes(again) == canonical_bytes(replay(history, parameters=DEFAULTS))


@given(scores, st.integers(1, 30), scores, st.sampled_from(sorted(DEFAULT_KINDS)))
def test_guess_and_slip_bound_what_any_answer_can_say(
    score: float, points: int, sure: float, kind: Kind
) -> None:
    item = DEFAULT_KINDS[kind]
    ratio = likelihood_ratio(score, points=points, certainty=sure, item=item, parameters=DEFAULTS)
    assert item.slip / (1 - item.guess) <= ratio <= (1 - item.slip) / item.guess
    assert (ratio - 1) * (score - 0.5) >= -1e-12


def test_half_is_left_after_one_half_life_whatever_the_power() -> None:
    for power in (0.1, 0.5, 2):
        assert retention(30, half_life_days=30, power=power) == pytest.approx(0.5)


def test_ten_thousand_events_fold_in_well_under_a_second() -> None:
    import time

    states: dict[str, ConceptState] = {}
    events = [
        explained(n % 4 / 3, concept=f"c{n % 50}", days=n / 100, prerequisites=(f"c{n % 50 + 100}",))
        for n in range(10_000)
    ]
    began = time.perf_counter()
    for observation in events:
        states.update(fold(states, observation, parameters=DEFAULTS))
    assert time.perf_counter() - began < 1.5, (
        "about 0.1 s on one core; far more means that the fold is no longer O(1)"
    )
