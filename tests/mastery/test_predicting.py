from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mastery.errors import ObservationNotUsable, PredictorNotReadable, StateNotReadable, TooFewToFit
from mastery.predicting import INPUTS, Effects, Predictor, Question, Trace
from mastery.prediction_fitting import Answer, Ingredients, fit_predictor, inputs_of

EFFECTS = Effects(
    base=0.5,
    concepts={("a",): (0.4, 30), ("a", "b"): (-1.0, 9)},
    sequences={(("a",), ("b",)): (0.7, 12)},
    items={"one": (-0.8, 4)},
)
questions = st.builds(
    Question,
    concepts=st.sampled_from([("a",), ("b",), ("a", "b"), ("c",)]),
    at_s=st.floats(-1e12, 1e12),
    item=st.sampled_from([None, "one", "two"]),
)
histories = st.lists(st.tuples(questions, st.floats(0, 1)), max_size=15)


def steep(rows: int = len(INPUTS) + 1) -> Predictor:
    """A layer with weights far beyond what a fit would find."""
    rng = np.random.default_rng(3)
    half = rng.normal(0, 30, (rows, rows))
    ones = (1.0,) * (rows - 1)
    return Predictor(EFFECTS, INPUTS, ones, ones, tuple(map(tuple, (half + half.T).tolist())))


def told(history: list[tuple[Question, float]]) -> Trace:
    trace = Trace()
    for asked, score in history:
        trace.learn(asked, score, effects=EFFECTS)
    return trace


def learners(count: int, *, answers: int = 30, seed: int = 1) -> list[tuple[str, list[Answer]]]:
    """Learners of differing ability on items of differing difficulty."""
    rng = np.random.default_rng(seed)
    easy = {f"i{n}": (n - 5.5) / 3 for n in range(12)}
    found = []
    for number in range(count):
        ability = rng.normal(0.5, 1.0)
        row = []
        for place in range(answers):
            item = f"i{rng.integers(12)}"
            chance = 1 / (1 + math.exp(-ability - easy[item]))
            asked = Question((f"c{int(item[1:]) % 3}",), float(place * 60), item)
            row.append(Answer(asked, float(rng.random() < chance)))
        found.append((str(number), row))
    return found


@given(histories, questions)
@settings(deadline=None)
def test_predictions_are_probabilities_whatever_the_history_and_the_weights(
    history: list[tuple[Question, float]], asked: Question
) -> None:
    trace = told(history)
    assert all(map(math.isfinite, trace.inputs(asked, effects=EFFECTS)))
    assert 0 < steep().predict(trace, asked) < 1
    assert 0 < trace.variance < 2
    assert all(0 < past[7] < 2 for past in trace.concepts.values())


@given(histories, questions, st.floats(0, 1), st.floats(0, 1))
@settings(deadline=None)
def test_a_better_answer_never_lowers_ability(
    history: list[tuple[Question, float]], asked: Question, one: float, other: float
) -> None:
    worse, better = (told([*history, (asked, score)]) for score in sorted((one, other)))
    assert worse.theta <= better.theta
    assert all(worse.concepts[key][6] <= better.concepts[key][6] for key in asked.concepts)


@given(histories)
@settings(deadline=None)
def test_a_stored_trace_comes_back_and_predicts_the_same(history: list[tuple[Question, float]]) -> None:
    trace = told(history)
    again = Trace.from_dict(json.loads(json.dumps(trace.as_dict())))
    assert again.as_dict() == trace.as_dict()
    asked = Question(("b",), trace.last_s + 60, "one")
    assert again.inputs(asked, effects=EFFECTS) == pytest.approx(
        trace.inputs(asked, effects=EFFECTS), abs=1e-6
    )


def test_one_prediction_and_many_at_once_agree() -> None:
    predictor = fit_predictor(learners(30))
    rows = inputs_of(learners(5, seed=9), lambda _: predictor.effects)
    assert [predictor.of_inputs(list(row)) for row in rows] == pytest.approx(predictor.of_rows(rows).tolist())


def test_the_first_step_of_ability_is_the_one_worked_by_hand() -> None:
    trace = told([(Question(("a",), 0.0, "one"), 1.0)])
    expected = 1 / (1 + math.exp(-0.1))  # 0.5 + 0.4 - 0.8
    share = 1 / (1 + expected * (1 - expected) * 1.1)
    assert trace.theta == pytest.approx(0.6 * share * (1 - expected))
    assert trace.concepts["a"][6] == pytest.approx(0.5 * share * (1 - expected))


def test_a_golden_sequence_gives_the_same_numbers_for_ever() -> None:
    trace = told(
        [
            (Question(("a",), 0.0, "one"), 1.0),
            (Question(("b",), 90.0), 0.25),
            (Question(("a", "b"), 9e4), 1.0),
        ]
    )
    assert (trace.theta, trace.variance, trace.surprise) == pytest.approx(GOLDEN, abs=1e-9)


GOLDEN = (0.226763934, 0.451021063, 0.143831995)


def test_a_question_that_was_answered_is_told_apart_only_by_what_came_before_it() -> None:
    """The inputs of an answer must not know the answer."""
    right, wrong = (
        inputs_of([("x", [Answer(Question(("a",), 0.0), y)])], lambda _: EFFECTS) for y in (1.0, 0.0)
    )
    assert right.tolist() == wrong.tolist()


def test_effects_of_items_are_found_and_drawn_towards_zero() -> None:
    hard = [
        (
            str(n),
            [
                Answer(Question(("a",), float(k), "hard" if k % 2 else "easy"), float(k % 2 == 0))
                for k in range(20)
            ],
        )
        for n in range(20)
    ]
    items = fit_predictor(hard).effects.items
    assert items["easy"][0] > 0.5 > -0.5 > items["hard"][0]
    assert items["easy"][1] == 200
    assert all(abs(effect) < 10 for effect, _ in items.values())


def test_the_fit_is_the_same_for_the_same_answers_and_beats_the_mean() -> None:
    one, other = fit_predictor(learners(40)), fit_predictor(list(reversed(learners(40))))
    assert one.effects.items.keys() == other.effects.items.keys()
    assert fit_predictor(learners(40)).hash == one.hash
    judged = learners(20, seed=5)
    truth = np.array([score for _, row in judged for _, score in row])
    expected = one.of_rows(inputs_of(judged, lambda _: one.effects))
    assert np.mean((truth - expected) ** 2) < 0.95 * truth.var()


def test_without_items_the_predictor_looks_at_none() -> None:
    predictor = fit_predictor(learners(20), ingredients=Ingredients.without_items())
    asked = Question(("c1",), 0.0, "i1")
    assert not predictor.effects.items
    assert predictor.predict(Trace(), asked) == predictor.predict(Trace(), asked._replace(item=None))


def test_a_predictor_survives_being_written_down() -> None:
    predictor = fit_predictor(learners(20))
    again = Predictor.from_dict(json.loads(json.dumps(predictor.as_dict())))
    assert again == predictor
    assert again.hash == predictor.hash


@pytest.mark.parametrize("score", [-0.1, 1.1, math.nan])
def test_a_score_that_is_none_is_refused(score: float) -> None:
    with pytest.raises(ObservationNotUsable, match="score"):
        Trace().learn(Question(("a",), 0.0), score, effects=EFFECTS)


def test_a_question_about_nothing_other_versions_and_broken_weights_are_refused() -> None:
    with pytest.raises(ObservationNotUsable, match="no concept"):
        Trace().inputs(Question((), 0.0), effects=EFFECTS)
    with pytest.raises(ObservationNotUsable, match="no concept"):
        Trace().learn(Question((), 0.0), 1.0, effects=EFFECTS)
    with pytest.raises(StateNotReadable):
        Trace.from_dict({"v": 0})
    with pytest.raises(PredictorNotReadable, match="differ in size"):
        Predictor(EFFECTS, ("ability",), (0.0,), (1.0,), ((0.0,),))
    with pytest.raises(PredictorNotReadable, match="not finite"):
        Predictor(EFFECTS, ("ability",), (0.0,), (1.0,), ((math.nan, 0.0), (0.0, 0.0)))
    with pytest.raises(PredictorNotReadable, match="fit_mastery"):
        Predictor.from_dict({"v": 99})
    with pytest.raises(TooFewToFit):
        fit_predictor(learners(3))
