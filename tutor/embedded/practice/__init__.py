"""Practice items out of the concept's definition and the source's own sentences and sessions."""

from __future__ import annotations

from tutor.embedded.candidates import gather
from tutor.embedded.practice.choices import ChoiceMaker
from tutor.embedded.practice.clozes import term_clozes, word_clozes
from tutor.embedded.practice.numbers import numeric_items
from tutor.embedded.practice.orderings import orderings
from tutor.embedded.practice.outputs import output_items
from tutor.items.ports import PracticeDraft, PracticeTask
from tutor.ports import LessonTask
from vectorstore.ports import Embedder

__all__ = ["EmbeddedItemWriter"]

VERSION = "1"


class EmbeddedItemWriter:
    """Leaves words, numbers and outputs of the source out, and asks for them.

    Parameters
    ----------
    embedder : Embedder
        Finds the sentences that speak of the concept, and the siblings that are hard to tell from it.
    """

    engine = "embedded"
    prompt_hash = ""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._choices = ChoiceMaker(embedder)
        self.version = f"items {VERSION}, {embedder.name}"[:80]

    def write(self, task: PracticeTask) -> tuple[PracticeDraft, ...]:
        """Return more drafts than are kept; the floor refuses those that may be wrong."""
        lesson = LessonTask(
            concept=task.concept, passages=task.passages, definition=task.definition, aliases=task.aliases
        )
        rows = gather(lesson, embedder=self._embedder).rows
        return (
            *term_clozes(task, rows),
            *self._choices.make(task),
            *word_clozes(task, rows),
            *numeric_items(task, rows),
            *orderings(task),
            *output_items(task),
        )
