from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tutor.items.sounds import SESSION
from tutor.items.sessions import is_closed, needed, statements


def test_statements_and_their_outputs_are_read_with_their_places() -> None:
    rows = statements(SESSION)
    assert [(one.source, one.output) for one in rows] == [
        ("squares = [1, 4, 9]", ""),
        ("squares", "[1, 4, 9]"),
        ("print(squares)", "[1, 4, 9]"),
        ("squares.append(16)", ""),
        ("squares[-1] + 1", "17"),
    ]
    for one in rows:
        assert SESSION[one.start : one.end].startswith(one.prompt)
        assert SESSION[one.start : one.end].endswith(one.output)


def test_what_a_statement_needs_is_what_made_or_changed_its_names() -> None:
    *earlier, asked = statements(SESSION)
    assert [one.source for one in needed(asked, earlier)] == ["squares = [1, 4, 9]", "squares.append(16)"]


def test_a_block_is_one_statement() -> None:
    text = ">>> for n in [1, 2]:\n...     print(n)\n...\n1\n2\n"
    (one,) = statements(text)
    assert (one.output, one.can_be_asked) == ("1\n2", True)
    assert is_closed(text)


@pytest.mark.parametrize(
    "text",
    [
        ">>> n = 2",
        ">>> 0.1\n0.1000",
        ">>> f\n<function f at 0x7f00>",
        ">>> 1 / 0\nTraceback (most recent call last):\n  File",
        ">>> {1, 2}\n{1, 2}",
        ">>> n = 3; m = 4\n3",
    ],
)
def test_what_prints_nothing_or_something_else_each_time_is_not_asked(text: str) -> None:
    assert not statements(text)[0].can_be_asked


@pytest.mark.parametrize(
    "code",
    [
        ">>> n + 1",
        ">>> n = n + 1\n>>> n",
        ">>> n += 1",
        ">>> import random\n>>> random.random()",
        ">>> from fibo import fib\n>>> fib(3)",
        ">>> x = input()\n>>> x",
        ">>> this is no code",
    ],
)
def test_code_that_leans_on_something_unseen_is_not_closed(code: str) -> None:
    assert not is_closed(code)


@pytest.mark.parametrize(
    "code",
    [
        ">>> n = 1\n>>> n += 1\n>>> n",
        ">>> import math\n>>> math.pi > 3",
        ">>> [x * 2 for x in range(3)]",
        ">>> def f(a, *, b=2):\n...     c = a + b\n...     return c\n...\n>>> f(1)",
        ">>> pairs = [(1, 2)]\n>>> pairs.sort(key=lambda pair: pair[1])\n>>> pairs",
    ],
)
def test_code_that_brings_all_its_names_is_closed(code: str) -> None:
    assert is_closed(code)


@given(st.text(alphabet=">.= \nabc123"))
def test_any_text_is_read(text: str) -> None:
    for one in statements(text):
        assert text[one.start : one.end].startswith(">>>")
