from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.reading import NotOneObject, read_object

STORABLE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STORABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STORABLE, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(STORABLE, VALUES, max_size=4)
PROSE = st.text(st.characters(exclude_characters="{}[,\x00", exclude_categories=["Cs"]), max_size=30)


@given(OBJECTS)
def test_every_object_comes_back_as_it_was(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value)) == value


@given(OBJECTS, PROSE, PROSE)
def test_prose_without_braces_changes_nothing(value: dict[str, object], before: str, after: str) -> None:
    assert read_object(before + json.dumps(value, ensure_ascii=False) + after) == value


@given(OBJECTS.filter(bool), st.data())
def test_no_part_of_an_object_is_taken_for_an_answer(value: dict[str, object], data: st.DataObject) -> None:
    text = json.dumps(value)
    cut = data.draw(st.integers(0, len(text) - 1))
    with pytest.raises(NotOneObject):
        read_object(text[:cut])


@given(OBJECTS, OBJECTS)
def test_two_objects_are_never_one(first: dict[str, object], second: dict[str, object]) -> None:
    with pytest.raises(NotOneObject):
        read_object(f"{json.dumps(first)} or {json.dumps(second)}")


@given(st.text(max_size=60))
def test_any_text_is_an_object_or_is_refused(text: str) -> None:
    try:
        answer = read_object(text)
    except NotOneObject:
        return
    assert isinstance(answer, dict)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON object"),
        ("Full marks!", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        ('{"a": 1', "broken at character"),
        ('{"a": 1, "a": 2}', "given twice"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": -Infinity}', "-Infinity is not"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5000 + "}", "too long"),
        ('{"a": "\\u0000"}', "NUL"),
        ('{"\\ud800": 1}', "surrogate"),
        ('{"a": "one\ntwo"}', "broken"),
        ("{'a': 1}", "broken"),
        ('[{"a": 1}]', "more than one"),
        ('[1, {"a": 1}]', "more than one"),
        ('{"a": 1} {"b": 2}', "more than one"),
        ('The set {x}: {"a": 1}', "broken"),
        ('{"a": 1} }', "more braces"),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_exactly_one_object_is_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(NotOneObject, match=complaint):
        read_object(text)
