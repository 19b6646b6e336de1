from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from concepts.errors import CommandNotUnderstood, UnknownCommand
from concepts.services.commands import EDITS, SCHEMAS, understood


def test_every_schema_is_one_and_every_command_has_its_edit() -> None:
    assert set(EDITS) == set(SCHEMAS)
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_a_concept_is_given_its_key_when_it_is_written_down() -> None:
    assert understood("add_concept", {"name": " Long division "}) == {
        "name": "Long division",
        "key": "long-division",
    }
    assert understood("add_concept", {"name": "Long division", "key": "ld"})["key"] == "ld"


@pytest.mark.parametrize(
    ("name", "parameters", "pointer"),
    [
        ("add_concept", {}, ""),
        ("add_concept", None, ""),
        ("add_concept", ["name"], ""),
        ("add_concept", {"name": ""}, "/name"),
        ("add_concept", {"name": "   "}, "/name"),
        ("add_concept", {"name": "x" * 201}, "/name"),
        ("add_concept", {"name": 7}, "/name"),
        ("add_concept", {"name": "nought\x00"}, "/name"),
        ("add_concept", {"name": "half \ud83d"}, "/name"),
        ("add_concept", {"name": "x", "key": "not a key"}, "/key"),
        ("add_concept", {"name": "x", "position": -1}, "/position"),
        ("add_concept", {"name": "x", "position": True}, "/position"),
        ("add_concept", {"name": "x", "position": 2**40}, "/position"),
        ("add_concept", {"name": "x", "aliases": ["a", "b\x00"]}, "/aliases/1"),
        ("add_concept", {"name": "x", "status": "published"}, ""),
        ("add_concept", {"name": "x", "definition": {"passage": "no", "quote": "x"}}, "/definition/passage"),
        ("add_concept", {"name": "x", "definition": {"passage": 1, "quote": "x"}}, "/definition/passage"),
        ("change_concept", {"concept": "add"}, ""),
        ("change_concept", {"concept": "add", "status": "gone"}, "/status"),
        ("decide_prerequisite", {"prerequisite": "a", "dependent": "b"}, ""),
        ("remove_prerequisite", {"prerequisite": "a", "dependent": "b", "extra": {"x": [1]}}, ""),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(name: str, parameters: Any, pointer: str) -> None:
    with pytest.raises(CommandNotUnderstood) as caught:
        understood(name, parameters)
    assert caught.value.complaints[0][0] == pointer
    assert len(str(caught.value)) < 2000
    str(caught.value).encode()


def test_an_unknown_command_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownCommand, match="choose one of: add_concept"):
        understood("drop_table", {})


def test_a_tower_of_lists_is_refused_without_climbing_it() -> None:
    tower: Any = []
    for _ in range(100_000):
        tower = [tower]
    for parameters in (tower, {"name": "x", "aliases": tower}, {"name": "x", "more": tower}):
        with pytest.raises(CommandNotUnderstood, match="nested too deeply"):
            understood("add_concept", parameters)
