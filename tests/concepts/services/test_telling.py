from __future__ import annotations

from typing import Any

import pytest

from concepts.services.telling import tell_operations


def operations(kind: str, count: int) -> list[dict[str, Any]]:
    return [{"operation": kind, "name": f"C{number}", "key": "c"} for number in range(count)]


@pytest.mark.parametrize(
    ("kind", "count", "told"),
    [
        ("extract_concept", 4, "found “C0”; found “C1”; found “C2”; 1 more concept found"),
        ("add_concept", 5, "added “C0”; added “C1”; added “C2”; 2 more concepts added"),
    ],
)
def test_what_is_not_named_is_counted_in_words(kind: str, count: int, told: str) -> None:
    assert tell_operations(operations(kind, count)) == told


def test_the_rest_is_counted_by_kind_also_for_a_kind_that_has_no_words() -> None:
    rest = [*operations("extract_prerequisite", 2), {"operation": "hand_over"}]
    told = tell_operations(operations("add_concept", 3) + rest)
    assert told.endswith("; 2 more prerequisites found; 1 more time “hand over”")
