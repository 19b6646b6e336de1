from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutor.items.quantities import Quantity, is_unit, is_within, read_quantity


@pytest.mark.parametrize(
    ("one", "other", "unit"),
    [
        ("1,000", "1e3", ""),
        ("1 000", "1000", ""),
        ("1.5 kHz", "1500 Hz", ""),
        ("1.5 kilohertz", "1500", "Hz"),
        ("1.5 × 10^3 Hz", "1.5x10³ hertz", ""),
        ("343 m/s", "343 metres per second", ""),
        ("343 meters per second", "343", "metres per second"),
        ("2 W/m²", "2 watts per square metre", ""),
        ("3/2", "1.5", ""),
        ("0,5 s", "500 ms", ""),
        ("20 °C", "20°C", ""),
        ("5.9 per cent", "5.9 %", ""),
        ("1200 cents", "1200", "cents"),
        ("three notes", "3", "notes"),
        ("about 340", "340", "metres"),
        ("-3", "−3", ""),
        ("2 minutes", "120 seconds", ""),
    ],
)
def test_two_ways_to_write_one_quantity(one: str, other: str, unit: str) -> None:
    first, second = read_quantity(one, unit=unit), read_quantity(other, unit=unit)
    assert first is not None
    assert second is not None
    assert is_within(first, second, tolerance=0.0)


@pytest.mark.parametrize("text", ["", "many", "3 or 4", "440, 443", "two or three", "Hz"])
def test_what_is_not_one_number_is_none(text: str) -> None:
    assert read_quantity(text) is None


def test_a_milli_is_no_mega_and_a_metre_no_second() -> None:
    small, large, other = (read_quantity(text) for text in ("1 mW", "1 MW", "1 ms"))
    assert small == Quantity(0.001, "watt")
    assert large == Quantity(1e6, "watt")
    assert other is not None
    assert not is_within(small, other, tolerance=0.4)


@pytest.mark.parametrize(
    "text", ["Hz", "kHz", "metres per second", "dB", "%", "per cent", "square metres", "hours"]
)
def test_units_are_known_by_symbol_and_by_name(text: str) -> None:
    assert is_unit(text)


@pytest.mark.parametrize("text", ["", "notes", "in an octave", "of the string"])
def test_other_words_are_no_units(text: str) -> None:
    assert not is_unit(text)


@given(st.floats(0.001, 1e9), st.floats(0, 0.4))
def test_within_the_tolerance_is_right_and_well_outside_is_wrong(value: float, tolerance: float) -> None:
    wanted = Quantity(value, "hertz")
    assert is_within(Quantity(value * (1 + tolerance * 0.99), "hertz"), wanted, tolerance=tolerance)
    assert not is_within(
        Quantity(value * (1 + tolerance * 1.01 + 0.001), "hertz"), wanted, tolerance=tolerance
    )
    assert not is_within(Quantity(value, "metre"), wanted, tolerance=tolerance)


@given(st.integers(0, 10**9))
def test_digits_in_groups_are_the_same_number(value: int) -> None:
    assert read_quantity(f"{value:,}") == read_quantity(str(value)) == Quantity(float(value))


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_quantity(text)
    assert found is None or isinstance(found.value, float)


def test_a_number_beyond_all_numbers_is_none() -> None:
    assert read_quantity("1e400") is None
    assert read_quantity("3 x 10^999 m") is None
