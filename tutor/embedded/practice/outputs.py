"""Code output: what a statement of a session in the source printed, as the source shows it."""

from __future__ import annotations

from collections.abc import Iterator

from research.sentences import sentences
from research.spans import Span
from tutor.items.ports import ItemKind, PracticeDraft, PracticeTask
from tutor.items.sessions import Statement, is_closed, needed, only_repeats, statements
from tutor.items.wordings import find_name
from tutor.ports import LessonPassage

MOST_OUTPUTS = 2
# What code shows is said right before it; a paragraph may have spoken of other things first.
LAST_SENTENCES = 2
MOST_CODE_LINES = 14
STEM = "What does Python show after the last line?"


def output_items(task: PracticeTask) -> list[PracticeDraft]:
    """The first outputs that can be told from the lines shown, one of each paragraph of code."""
    found: list[PracticeDraft] = []
    for passage in task.passages:
        for draft in _outputs(task, passage):
            if all(draft.code != one.code for one in found):
                found.append(draft)
    return found[:MOST_OUTPUTS]


def _outputs(task: PracticeTask, passage: LessonPassage) -> Iterator[PracticeDraft]:
    rows = statements(passage.text)
    for at, asked in enumerate(rows):
        if (
            not asked.can_be_asked
            or not _is_whole(passage, asked)
            or not _is_about(task, passage, asked.start)
        ):
            continue
        shown = [*needed(asked, rows[:at]), asked]
        code = "\n".join(one.prompt for one in shown)
        if (
            len(code.splitlines()) > MOST_CODE_LINES
            or not is_closed(code)
            or only_repeats(code, asked.output)
        ):
            continue
        quote = passage.text[asked.start : asked.end]
        yield PracticeDraft(
            kind=ItemKind.CODE_OUTPUT,
            stem=STEM,
            span=Span(passage.id, asked.start, asked.end, quote),
            answer=asked.output,
            hint="Exactly as it would appear, with quotation marks where there are any.",
            code=code,
        )


def _is_whole(passage: LessonPassage, asked: Statement) -> bool:
    """Whether all that was printed is read: an empty line inside it would end it too early."""
    block = next((one for one in passage.blocks if one.start <= asked.start < one.end), None)
    rest = passage.text[asked.end : block.end].strip() if block else ""
    return not rest or rest.startswith(">>>")


def _is_about(task: PracticeTask, passage: LessonPassage, at: int) -> bool:
    """Whether the heading or the prose right before a statement names the concept."""
    if find_name(" ".join(passage.heading_path[-1:]), task.names):
        return True
    before = [
        part for part in passage.text[:at].split("\n\n") if not part.lstrip().startswith((">>>", "..."))
    ]
    said = sentences(before[-1])[-LAST_SENTENCES:] if before else []
    return any(find_name(one, task.names) for one in said)
