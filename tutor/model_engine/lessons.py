"""The lesson writer of the model engine: each sentence in plain words, on one sentence of a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from llm.asking import ask_for_json
from llm.budget import most_in_prompt, most_tokens
from llm.ports import ChatModel
from llm.prompting import fence
from research.spans import Span
from tutor.model_engine.numbering import NumberedSentence, fenced, number_known, number_passages
from tutor.model_engine.prompts import ModelTask, load_question
from tutor.model_engine.rewriting import rewritten
from tutor.ports import DraftSentence, LessonDraft, LessonTask, Level, RefusedSentence, Section

FEWEST_SENTENCES = 5
MOST_SENTENCES = 10
# With its prompt this fits a window of 4096, which is what a small machine has.
NUM_PREDICT = 1100
NUM_CTX = 4096

# More makes a small model wander; the passages come best first.
_MOST_SOURCES = 40
_MOST_SEEN = 6
_MOST_KNOWN = 3
_LONGEST_SENTENCE = 400
_FEWEST_WORDS = 3
# Room for the complaint about an answer that is asked for again.
_ROOM_FOR_COMPLAINTS = 300
_READERS = {
    Level.LOW: "meets the subject for the first time: use everyday words",
    Level.MEDIUM: "has some practice in the subject",
    Level.HIGH: "knows the subject well and wants it exact and brief",
}
_ANGLES = {
    "definition first": "Begin with what it is. Then come why it matters, an example and a pitfall.",
    "example first": "Begin with an example. Then say what it shows, and only then what it is in general.",
    "reasons first": "Begin with why it is so or why it is needed. Then say what it is, with an example.",
    "mistakes first": "Begin with a mistake or limit, if the sources name one. Then say how it is, and why.",
}
_NOTES = {
    "definition first": "This time the lesson begins with what it is.",
    "example first": "This time the lesson begins with an example.",
    "reasons first": "This time the lesson begins with the reasons.",
    "mistakes first": "This time the lesson begins with what is easily mistaken.",
    "another way": "This time the lesson looks at it another way.",
}


class ModelLessonWriter(ModelTask):
    """Writes a lesson by asking a chat model.

    The model gets numbered source sentences, as many as the window holds, and names one for every
    sentence that it writes; the span is that sentence, cut out here. Whether the words are supported
    by it is for the floor to judge.

    Parameters
    ----------
    chat_model : ChatModel
    num_ctx : int
        Window in tokens that the prompt and the reply must fit together.
    """

    def __init__(self, chat_model: ChatModel, *, num_ctx: int = NUM_CTX) -> None:
        super().__init__(chat_model, question=load_question("write_lesson", num_predict=NUM_PREDICT))
        self._num_ctx = num_ctx

    def write(self, task: LessonTask) -> LessonDraft:
        """Return the lesson that the model wrote for `task`, unchecked for support.

        Raises
        ------
        llm.errors.ModelError
            If the model gives no answer of the right form.
        """
        known = number_known(task.prerequisites)[:_MOST_KNOWN]
        values = self._values(task, known)
        sources = self._that_fit(number_passages(task.passages), values)
        named = {sentence.id: sentence for sentence in [*sources, *known]}
        values |= {"definition": _holding(task.definition, sources)}
        request = self._question.request(
            {**values, "sources": fenced(sources, "source")},
            ids=list(named),
            items="sentences",
            key="sources",
        )
        answer = ask_for_json(
            self._chat_model, request, check=lambda said: complaints_about(said, concept=task.concept)
        )
        return LessonDraft(
            sentences=tuple(_drafted(answer["sentences"], named)),
            angle=task.angle,
            angle_note=_NOTES.get(task.angle, "") if task.number > 1 else "",
        )

    def rewrite(
        self, task: LessonTask, refused: Sequence[RefusedSentence]
    ) -> tuple[DraftSentence | None, ...]:
        """Return what the model says in place of the refused sentences, on the same sources.

        Raises
        ------
        llm.errors.ModelError
            If the model gives no answer of the right form.
        """
        return rewritten(self._chat_model, refused, concept=task.concept)

    def _values(self, task: LessonTask, known: Sequence[NumberedSentence]) -> dict[str, object]:
        return {
            "concept": task.concept,
            "aliases": task.aliases[:3],
            "reader": _READERS[task.level],
            "known": fenced(known, "known") if known else "",
            "fewest": FEWEST_SENTENCES,
            "most": MOST_SENTENCES,
            "angle": _ANGLES.get(task.angle, _ANGLES["definition first"]),
            "definition": "",
            "seen": fence("\n".join(task.seen[-_MOST_SEEN:]), "seen") if task.seen else "",
        }

    def _that_fit(
        self, sentences: list[NumberedSentence], values: dict[str, object]
    ) -> list[NumberedSentence]:
        """The first sentences, passage by passage, for which the window has room."""
        frame = most_in_prompt(self._question.messages(**values, sources=""))
        room = self._num_ctx - NUM_PREDICT - _ROOM_FOR_COMPLAINTS - frame
        fitting: list[NumberedSentence] = []
        headings = set()
        for sentence in sentences[:_MOST_SOURCES]:
            room -= most_tokens(sentence.line()) + 1
            if sentence.heading not in headings:
                headings.add(sentence.heading)
                room -= most_tokens(sentence.heading) + 3
            if room < 0:
                break
            fitting.append(sentence)
        return fitting


def _holding(definition: Span | None, sentences: Sequence[NumberedSentence]) -> str:
    """The name of the first sentence that the definition stands in, or nothing."""
    if definition is None:
        return ""
    return next(
        (
            sentence.id
            for sentence in sentences
            if sentence.span.passage_id == definition.passage_id
            and sentence.span.start < definition.end
            and definition.start < sentence.span.end
        ),
        "",
    )


def complaints_about(answer: dict[str, Any], *, concept: str) -> list[str]:
    """Return what is wrong with the form of a lesson, as sentences that a model can act upon."""
    sentences = answer["sentences"]
    found = [
        f"sentence {place} has fewer than {_FEWEST_WORDS} words or more than {_LONGEST_SENTENCE} characters"
        for place, said in enumerate(sentences, start=1)
        if len(said["text"].split()) < _FEWEST_WORDS or len(said["text"]) > _LONGEST_SENTENCE
    ]
    misplaced = [
        f"sentence {place} rests on {' and '.join(said['sources'])}, so its section must be recap"
        for place, said in enumerate(sentences, start=1)
        if said["section"] != Section.RECAP and any(name.startswith("k") for name in said["sources"])
    ]
    texts = Counter(" ".join(said["text"].split()).casefold() for said in sentences)
    repeated = [
        f"this sentence is written {times} times: {text}" for text, times in texts.items() if times > 1
    ]
    if not any(said["section"] == Section.EXPLANATION for said in sentences):
        found.append(f"no sentence has the section explanation; say what {concept} is")
    return found + misplaced + repeated


def _drafted(said: Sequence[dict[str, Any]], named: dict[str, NumberedSentence]) -> Iterator[DraftSentence]:
    """The lesson's sentences; a block of code follows, as it stands, the first sentence that rests on it."""
    shown: set[str] = set()
    for each in said:
        section = Section(each["section"])
        sources = [named[name] for name in dict.fromkeys(each["sources"])]
        yield DraftSentence(section, " ".join(each["text"].split()), tuple(source.span for source in sources))
        for source in sources:
            if source.is_code and source.id not in shown:
                shown.add(source.id)
                yield DraftSentence(section, source.span.quote, (source.span,), is_code=True)
