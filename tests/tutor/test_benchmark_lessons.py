from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from concepts.models import Concept
from tests.tutor.material import MARKDOWN, add_source, swings
from tutor.lesson_benchmark import ConceptFigures, LessonFigures, summary
from tutor.models import Lesson

pytestmark = pytest.mark.django_db
FIGURES = LessonFigures(
    sentences=4,
    dropped=1,
    supported=3,
    with_numbers=2,
    numbers_checked=1,
    copied=2,
    points=2,
    earned=1,
    repeated=0.0,
)


def run(*options: str) -> str:
    out = StringIO()
    call_command("benchmark_lessons", "--subject", "swings", *options, stdout=out)
    return out.getvalue()


def figures_of(line: str) -> dict[str, float]:
    return {name: float(value) for name, value in (pair.split("=") for pair in line.split())}


def test_the_last_line_names_the_figures_and_nobody_is_left_behind() -> None:
    swings()
    people = User.objects.count()
    told = figures_of(run().splitlines()[-1])
    assert list(told) == ["sentences", "supported", "numbers_checked", "copied", "earnable", "repeat"]
    assert told["sentences"] > 5
    assert (told["supported"], told["numbers_checked"], told["copied"], told["earnable"]) == (1, 1, 1, 1)
    assert (User.objects.count(), Lesson.objects.count()) == (people, 0)


def test_a_table_has_a_line_for_each_lesson_and_says_what_was_not_published_and_why() -> None:
    subject = swings()
    Concept.objects.create(subject=subject, key="echo", name="echo", status="published", position=9)
    lines = run("--table").splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["vibration", "1"], ["vibration", "2"]]
    assert any("echo" in line and "not published" in line and "no passage" in line for line in lines)
    assert "without_lesson=1" in lines[-2]


def test_a_limit_takes_the_first_concepts_and_a_program_reads_json() -> None:
    swings()
    read: dict[str, Any] = json.loads(run("--limit", "1", "--json"))
    assert [row["concept"] for row in read["concepts"]] == ["vibration"]
    assert read["counts"]["concepts"] == 1
    assert read["earnable"] == 1.0


def test_the_check_of_support_is_measured_on_sentences_made_from_the_sources() -> None:
    add_source(swings().library, MARKDOWN.replace("string", "bell").replace("Swings", "Bells"))
    lines = run("--support").splitlines()
    assert any(line.split()[:2] == ["negated", "no"] for line in lines)
    told = figures_of(lines[-3])
    assert told["false"] > 5
    assert 0 <= told["false_accept"] <= 0.1


def test_an_unknown_subject_is_told_with_those_that_there_are() -> None:
    swings()
    with pytest.raises(CommandError, match=r"no subject 'sea'\. Known: swings") as caught:
        call_command("benchmark_lessons", "--subject", "sea")
    assert caught.value.returncode == 2


def test_shares_are_over_all_sentences_and_the_repeat_is_that_of_the_worst() -> None:
    worse = LessonFigures(6, 0, 6, 0, 0, 6, 1, 1, repeated=0.5)
    assert summary([ConceptFigures("a", (FIGURES, worse)), ConceptFigures("b", (), "nothing")]) == {
        "sentences": 10,
        "supported": 0.9,
        "numbers_checked": 0.5,
        "copied": 0.8,
        "earnable": pytest.approx(2 / 3),
        "repeat": 0.5,
    }
