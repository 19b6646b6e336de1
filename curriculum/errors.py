"""What can go wrong with courses and paths, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class CurriculumError(Exception):
    """Anything that is wrong with a course or a path."""


class CourseNotReadable(CurriculumError):
    """A directory does not hold a course that can be loaded."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"{path} is not a course: {reason}")


class CourseNotLoaded(CurriculumError):
    """Ingesting or extracting a course failed; what was loaded before it stays."""

    def __init__(self, stage: str, *, reasons: Sequence[str]) -> None:
        self.stage = stage
        self.reasons = tuple(reasons)
        super().__init__(f"The course was not loaded: {stage} failed. {' '.join(self.reasons)}".strip())


class DemoNameTaken(CurriculumError):
    """A name of a demo account belongs to somebody."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"There is a user “{name}” who is no demo account; rename that user, or go without demo accounts."
        )


class GoldNotReadable(CurriculumError):
    """A directory does not hold the gold files of a course."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path} holds no usable gold_concepts.csv (concept, aliases, document, kind) and "
            f"gold_edges.csv (prerequisite, dependent): {reason}."
        )
