"""A course directory is read whole or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from curriculum.errors import CourseNotReadable
from curriculum.outlines import read_outline

GOOD = """
key = "tea"
title = "Tea"
licence = "CC BY 4.0"
goals = ["brewing"]
[[documents]]
file = "a.md"
[[documents]]
file = "b.md"
title = "Second"
"""


def course(directory: Path, outline: str) -> Path:
    (directory / "course.toml").write_text(outline, encoding="utf-8")
    for name in ("a.md", "b.md"):
        (directory / name).write_text("# Leaf", encoding="utf-8")
    return directory


def test_a_course_is_read_in_its_teaching_order(tmp_path: Path) -> None:
    outline = read_outline(course(tmp_path, GOOD))
    assert (outline.key, outline.title, outline.goals) == ("tea", "Tea", ("brewing",))
    assert [(d.path.name, d.title) for d in outline.documents] == [("a.md", ""), ("b.md", "Second")]


@pytest.mark.parametrize(
    ("outline", "reason"),
    [
        ("key = ", "not TOML"),
        (GOOD.replace('title = "Tea"', ""), "lacks title"),
        (GOOD.replace('licence = "CC BY 4.0"', 'licence = ""'), "lacks licence"),
        (GOOD.replace('"tea"', '"Green tea"'), "lower-case words"),
        (GOOD.split("[[")[0], "lists no"),
        (GOOD.replace("b.md", "c.md"), "c.md, which is not there"),
        (GOOD.replace("b.md", "a.md"), "a.md more than once"),
        (GOOD.replace("b.md", "../b.md"), "must lie beside"),
    ],
)
def test_a_course_that_cannot_be_loaded_says_why(tmp_path: Path, outline: str, reason: str) -> None:
    with pytest.raises(CourseNotReadable, match=reason):
        read_outline(course(tmp_path, outline))


def test_a_directory_without_an_outline_is_no_course(tmp_path: Path) -> None:
    with pytest.raises(CourseNotReadable, match=r"no course\.toml"):
        read_outline(tmp_path)
