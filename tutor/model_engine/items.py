"""The item writer of the model engine: clozes and choices, each on one numbered sentence of a source."""

from __future__ import annotations

from typing import Any

from llm.asking import ask_for_json
from llm.ports import ChatModel
from llm.prompting import fence
from research.spans import locate_quote
from tutor.items.ports import DISTRACTORS, GAP, Distractor, ItemKind, Neighbour, PracticeDraft, PracticeTask
from tutor.items.wordings import find_name
from tutor.model_engine.numbering import NumberedSentence, fenced, number_passages
from tutor.model_engine.prompts import ModelTask, load_question

FEWEST_ITEMS, MOST_ITEMS = 2, 5
MOST_SENTENCES = 40
MOST_OTHERS = 12
NUM_PREDICT = 900


class ModelItemWriter(ModelTask):
    """Writes practice items by asking a chat model which words to leave out and what to offer instead.

    The model names a sentence and copies words out of it; the sentence itself is cut out of the passage by
    code. Whether a wrong option is wrong is for the floor to judge, not for the model.

    Parameters
    ----------
    chat_model : ChatModel
    """

    def __init__(self, chat_model: ChatModel) -> None:
        super().__init__(chat_model, question=load_question("write_items", num_predict=NUM_PREDICT))

    def write(self, task: PracticeTask) -> tuple[PracticeDraft, ...]:
        """Return the items that the model proposed for `task`.

        Raises
        ------
        llm.errors.ModelError
            If the model gives no answer of the right form.
        """
        numbered = [one for one in number_passages(task.passages) if not one.is_code][:MOST_SENTENCES]
        named = {sentence.id: sentence for sentence in numbered}
        if not named:
            return ()
        values = {
            "concept": task.concept,
            "sources": fenced(numbered, "sources"),
            "others": fence("\n".join(_told(one) for one in _others(task)), "others"),
            "fewest": FEWEST_ITEMS,
            "most": MOST_ITEMS,
        }
        request = self._question.request(values, ids=list(named), items="items", key="source")
        answer = ask_for_json(
            self._chat_model, request, check=lambda said: complaints_about(said, named=named, task=task)
        )
        return tuple(_draft(said, named[said["source"]], task) for said in answer["items"])


def complaints_about(
    answer: dict[str, Any], *, named: dict[str, NumberedSentence], task: PracticeTask
) -> list[str]:
    """Return what is wrong with the form of proposed items, as sentences that a model can act upon."""
    found = []
    for place, said in enumerate(answer["items"], start=1):
        quote = named[said["source"]].span.quote
        if locate_quote(quote, said["answer"]) is None:
            found.append(f"the answer of item {place} is not copied from {said['source']}")
        if said["kind"] == "choice" and len(said["wrong"]) != DISTRACTORS:
            found.append(f"item {place} is a choice and needs {DISTRACTORS} wrong answers")
        if said["kind"] == "choice" and find_name(said["question"], task.names) is None:
            found.append(f"the question of item {place} does not name “{task.concept}”")
    return found


def _draft(said: dict[str, Any], sentence: NumberedSentence, task: PracticeTask) -> PracticeDraft:
    quote = sentence.span.quote
    place = locate_quote(quote, said["answer"])
    start, end = place or (0, len(quote))
    if said["kind"] == "choice":
        return PracticeDraft(
            kind=ItemKind.CHOICE,
            stem=" ".join(said["question"].split()),
            span=sentence.span,
            answer=" ".join(quote[start:end].split()),
            hint="Choose one.",
            distractors=tuple(Distractor(" ".join(text.split())) for text in said["wrong"]),
        )
    answer = quote[start:end]
    is_name = bool(find_name(answer, task.names))
    return PracticeDraft(
        kind=ItemKind.CLOZE,
        stem=" ".join(f"{quote[:start]}{GAP}{quote[end:]}".split()),
        span=sentence.span,
        answer=answer,
        hint=f"Words: {len(answer.split())}; the first begins with “{answer[0].lower()}”.",
        accepted=tuple(name for name in task.names if name != answer) if is_name else (),
    )


def _others(task: PracticeTask) -> list[Neighbour]:
    defined = [one for one in task.neighbours if one.definition]
    return sorted(defined, key=lambda one: not one.is_sibling)[:MOST_OTHERS]


def _told(other: Neighbour) -> str:
    return f"{other.name}: {' '.join(other.definition.split())}"
