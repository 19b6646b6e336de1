"""Decision records of the present policy; a change of it is seen here, and its records are taken anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tutor.situations import digest_of, drawn_situation
from tutor.policy import choose_next

GOLDEN = json.loads((Path(__file__).parent / "golden" / "decisions.json").read_text())
FIRST_RECORD = len(GOLDEN["digests"])


@pytest.mark.parametrize("number", range(len(GOLDEN["records"])))
def test_whole_records_are_what_they_were(number: int) -> None:
    assert choose_next(drawn_situation(FIRST_RECORD + number)).as_dict() == GOLDEN["records"][number]


def test_four_hundred_records_are_what_they_were_to_the_byte() -> None:
    changed = [
        number
        for number, digest in enumerate(GOLDEN["digests"])
        if digest_of(choose_next(drawn_situation(number))) != digest
    ]
    assert changed == []
