from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from mastery.errors import ParameterOutOfBounds
from mastery.parameters import BOUNDS, DEFAULT_KINDS, ItemKind, Kind, Parameters


@pytest.mark.parametrize("name", sorted(BOUNDS))
def test_every_bounded_parameter_refuses_what_lies_outside(name: str) -> None:
    low, high = BOUNDS[name]
    for wrong in (low - 1, high + 1, math.nan, math.inf):
        with pytest.raises(ParameterOutOfBounds, match=name) as refused:
            replace(Parameters(), **{name: wrong})  # type: ignore[arg-type]
        assert refused.value.name == name


@pytest.mark.parametrize(("guess", "slip"), [(0.51, 0.1), (0.1, 0.41), (0.0, 0.1), (0.1, 0.0)])
def test_guess_and_slip_cannot_degenerate(guess: float, slip: float) -> None:
    with pytest.raises(ParameterOutOfBounds):
        ItemKind(guess=guess, slip=slip, follows_lesson=False)


def test_parameters_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ParameterOutOfBounds, match="passing_score"):
        Parameters(failing_score=0.6, passing_score=0.5)
    with pytest.raises(ParameterOutOfBounds, match="taught"):
        Parameters(prior=0.5, taught=0.4)
    with pytest.raises(ParameterOutOfBounds, match="half_life_days"):
        Parameters(half_life_days=2, shortest_half_life_days=3)


def test_parameters_are_published_as_plain_json_and_read_back() -> None:
    changed = Parameters(doubt=5.0, kinds=dict(DEFAULT_KINDS) | {Kind.CHOICE: ItemKind(0.3, 0.1, False)})  # noqa: FBT003
    again = Parameters.from_dict(json.loads(json.dumps(changed.as_dict())))
    assert again == changed
    assert again.hash == changed.hash


def test_the_hash_changes_with_any_number_and_is_pinned_for_the_defaults() -> None:
    assert Parameters(prior=0.26).hash != Parameters().hash
    assert Parameters().hash == "912a3981c5ef1774"
