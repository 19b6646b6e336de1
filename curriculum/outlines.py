"""What a course directory says of itself: `course.toml` beside its documents."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curriculum.errors import CourseNotReadable

OUTLINE_NAME = "course.toml"
SAMPLE_COURSE = Path(__file__).parent / "courses" / "sound-and-music"
KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class CourseDocument:
    """One document of a course; an empty title means that the document's own heading is used."""

    path: Path
    title: str = ""


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """A course as its author wrote it down.

    Attributes
    ----------
    documents
        In teaching order.
    goals
        Names of concepts that the author would aim for; whether they are found is seen after extraction.
    """

    key: str
    title: str
    description: str
    licence: str
    documents: tuple[CourseDocument, ...]
    goals: tuple[str, ...] = ()


def read_outline(directory: Path) -> CourseOutline:
    """Read and check the outline of the course in ``directory``.

    Raises
    ------
    CourseNotReadable
        If the outline is missing, is no TOML, lacks something, or names a document that is not there.

    Examples
    --------
    >>> outline = read_outline(SAMPLE_COURSE)
    >>> outline.title, outline.documents[0].path.name
    ('How Sound Becomes Music', '01-vibration.md')
    """
    path = directory / OUTLINE_NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise CourseNotReadable(directory, f"it has no {OUTLINE_NAME}.") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise CourseNotReadable(path, f"it is not TOML in UTF-8 ({exc}).") from exc
    return CourseOutline(
        key=_key(content, path),
        title=_text(content, "title", path),
        description=content.get("description", ""),
        licence=_text(content, "licence", path),
        documents=_documents(content, path),
        goals=tuple(content.get("goals", ())),
    )


def _text(content: dict[str, Any], name: str, path: Path) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value.strip():
        raise CourseNotReadable(path, f'it lacks {name} = "...".')
    return value.strip()


def _key(content: dict[str, Any], path: Path) -> str:
    key = _text(content, "key", path)
    if not KEY.fullmatch(key):
        raise CourseNotReadable(path, f"the key {key!r} must be lower-case words joined by hyphens.")
    return key


def _documents(content: dict[str, Any], path: Path) -> tuple[CourseDocument, ...]:
    rows = content.get("documents", [])
    if not rows:
        raise CourseNotReadable(path, "it lists no [[documents]].")
    documents = tuple(_document(row, path) for row in rows)
    names = [document.path.name for document in documents]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseNotReadable(path, f"it lists {', '.join(twice)} more than once.")
    return documents


def _document(row: dict[str, Any], outline: Path) -> CourseDocument:
    name = _text(row, "file", outline)
    path = outline.parent / name
    # A course is data from elsewhere: it may not reach outside its own directory.
    if path.resolve().parent != outline.parent.resolve():
        raise CourseNotReadable(outline, f"{name} must lie beside {OUTLINE_NAME}.")
    if not path.is_file():
        raise CourseNotReadable(outline, f"it lists {name}, which is not there.")
    return CourseDocument(path=path, title=row.get("title", ""))
