"""Reads graded answers: question, references of which any one suffices, answer, and what a human gave it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from research.sentences import sentences

_MARKUP = re.compile(r"[`{}\[\]|<>=*_#\\$]|http")
LONGEST_REFERENCE_WORDS = 40
BACKGROUND = 24


class NoGradedAnswers(Exception):
    """A folder or file does not hold graded answers."""


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """One row of a grading data set: an answer with what a human made of it."""

    group: str
    question_id: str
    question: str
    references: tuple[str, ...]
    answer: str
    score: float
    label: str

    @property
    def is_right(self) -> bool:
        """Two-way truth."""
        return self.score >= 0.5

    @property
    def is_of_one_idea(self) -> bool:
        """Whether a reference is as short as a rubric point; long ones list several ideas."""
        return any(len(text.split()) <= LONGEST_REFERENCE_WORDS for text in self.references)


@dataclass(frozen=True, slots=True)
class GradedSet:
    """The files of one set: ``files[name]`` are its rows; the one to train on is named first, if any."""

    name: str
    files: Mapping[str, Sequence[GradedAnswer]]

    @property
    def training_file(self) -> str:
        """The name of the file to train on, or ""."""
        return next((name for name in self.files if name.startswith("train")), "")

    @property
    def training_rows(self) -> Sequence[GradedAnswer]:
        """Rows of the training file; none for a set that is only tested on."""
        return self.files.get(self.training_file, ())


def read_sets(folder: Path, *, names: Sequence[str] = ()) -> list[GradedSet]:
    """Read ``<set>/*.jsonl.gz`` in ``folder`` or in its subfolder ``grading``.

    Parameters
    ----------
    names
        Which sets; all that are there by default.

    Raises
    ------
    NoGradedAnswers
        If there is none, or a row has not the format's fields.
    """
    root = folder / "grading" if (folder / "grading").is_dir() else folder
    wanted = names or sorted(path.parent.name for path in root.glob("*/*.jsonl.gz"))
    sets = []
    for name in dict.fromkeys(wanted):
        files = {path.name.split(".")[0]: path for path in sorted((root / name).glob("*.jsonl.gz"))}
        if not files:
            raise NoGradedAnswers(
                f"There is no {root / name}/*.jsonl.gz. Give --data the folder of the sets."
            )
        sets.append(GradedSet(name, {stem: read_graded(path, group=name) for stem, path in files.items()}))
    if not sets:
        raise NoGradedAnswers(f"There is no set of graded answers (<set>/*.jsonl.gz) in {root}.")
    return sets


def read_graded(path: Path, *, group: str) -> list[GradedAnswer]:
    """Read one ``*.jsonl.gz`` of question, references, answer, score.

    Raises
    ------
    NoGradedAnswers
        If a row has not these fields, or the file is not readable.
    """
    rows: list[GradedAnswer] = []
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                number += 1
                rows.append(_row(json.loads(line), group=group))
    except (KeyError, TypeError, ValueError, OSError, EOFError) as exc:
        raise NoGradedAnswers(
            f"{path}, line {max(1, number)}: {exc!r}. Expected lines with question_id, question, references, "
            "answer and score."
        ) from exc
    if not rows:
        raise NoGradedAnswers(f"{path} is empty.")
    return rows


def plain_statements(folder: Path) -> list[str]:
    """Return the plain sentences of ``graphs/*.json`` in ``folder``, files of concepts with their texts.

    They are of other subjects than the graded answers, and serve to be tampered with. There may be none.
    """
    found = []
    for path in sorted((folder / "graphs").glob("*.json")):
        try:
            concepts = json.loads(path.read_text(encoding="utf-8"))["concepts"]
            texts = [str(concept["text"]).replace("\n", " ") for concept in concepts]
        except (KeyError, TypeError, ValueError) as exc:
            raise NoGradedAnswers(f"{path}: {exc!r}. Expected concepts, each with a text.") from exc
        found += [text for whole in texts for text in sentences(whole) if _is_plain(text)]
    return found


def _is_plain(text: str) -> bool:
    count = len(text.split())
    return 6 <= count <= 30 and text[0].isupper() and text.endswith(".") and not _MARKUP.search(text)


def backgrounds(rows: Sequence[GradedAnswer]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return for each (set, question) statements on other questions of the set, spread over all of them.

    They are what an answer on the same subject would say that is beside the point.
    """
    references: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in rows:
        references.setdefault((row.group, row.question_id), row.references)
    found = {}
    for key in references:
        own = set(references[key])
        others = [
            text
            for other, texts in sorted(references.items())
            if other[0] == key[0] and other != key
            for text in texts[:2]
            if text not in own
        ]
        step = max(1, len(others) // BACKGROUND)
        found[key] = tuple(dict.fromkeys(others[::step]))[:BACKGROUND]
    return found


def _row(data: Any, *, group: str) -> GradedAnswer:
    references = tuple(str(text) for text in data["references"])
    if not references:
        raise ValueError("no reference")
    return GradedAnswer(
        group,
        str(data["question_id"]),
        str(data["question"]),
        references,
        str(data["answer"]),
        float(data["score"]),
        str(data.get("label", "")),
    )
