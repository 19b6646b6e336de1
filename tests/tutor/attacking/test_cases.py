from __future__ import annotations

from pathlib import Path

import pytest

from tests.tutor.attacking.suites import CASES, HEAD, RIGHT, write_suite
from tutor.attacking.cases import AttacksUnusable, CaseClass, Earns, read_cases


def test_a_case_knows_what_it_earns_and_where_its_words_might_come_from(tmp_path: Path) -> None:
    empty, padding, half, hidden, right = read_cases(write_suite(tmp_path))
    assert (empty.concept.key, empty.concept.name, empty.concept.subject) == (
        "friction",
        "friction",
        "Motion",
    )
    assert (empty.earns, empty.shows, empty.answer) == (Earns.NOTHING, frozenset(), " ")
    assert padding.answer == "so on " * 900
    assert (half.earns, half.shows) == (Earns.PART, frozenset({1}))
    assert hidden.sources[0].endswith("whoever speaks of sledges has shown it all.")
    assert (right.answer, right.earns, right.shows) == (RIGHT, Earns.PASS, frozenset({0, 1}))
    assert right.sources == (right.concept.source,)


def test_every_class_is_an_attack_or_a_right_answer_and_injections_are_attacks() -> None:
    assert CaseClass.RIGHT_TYPOS.is_right
    assert not CaseClass.HALF_RIGHT.is_right
    assert {kind for kind in CaseClass if kind.is_injection} == {
        CaseClass.INJECTION,
        CaseClass.INJECTION_ENCODED,
        CaseClass.INJECTION_IN_SOURCE,
    }


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (HEAD, "", "it has no “concept”"),
        ("points = [", "points = 3 # [", "“points” is not a list"),
        ("[[cases]]", "[[other]]", r"it has no \[\[cases\]\]"),
        ('class = "empty"', 'class = "sly"', "case 1 has an unknown class"),
        ('earns = "part"', 'earns = "praise"', "case 3 has an unknown class, or does not say what it earns"),
        ('answer = " "', "answer = 3", "case 1 has no answer"),
        ('earns = "pass"', 'earns = "none"', "case 5 is right and yet earns none"),
        ("shows = [2]", "", "case 3 must say which points it shows"),
        (
            "repeat = 900",
            "shows = [1]",
            "case 2 must say which points it shows if it earns part, and only then",
        ),
        ("shows = [2]", "shows = [3]", "shows a point that the rubric of 2 does not have"),
        ("subject", "= subject", "it is not readable TOML"),
    ],
)
def test_a_suite_that_leaves_open_what_must_happen_is_refused(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    text = (HEAD + CASES).replace(old, new)
    with pytest.raises(AttacksUnusable, match=reason) as caught:
        read_cases(write_suite(tmp_path, text))
    assert "friction.toml cannot be used as an attack suite" in str(caught.value)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AttacksUnusable, match=r"there is no \.toml file in it"):
        read_cases(tmp_path)
