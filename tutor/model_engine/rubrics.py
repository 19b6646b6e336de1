"""The rubric writer of the model engine: what a good explanation contains, from the lesson's sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llm.asking import ask_for_json
from llm.ports import ChatModel
from llm.prompting import fence
from research.spans import Span
from tutor.model_engine.prompts import ModelTask, load_question
from tutor.ports import DraftPoint, DraftSentence, RubricDraft, RubricTask, Section
from vectorstore.words import stems

FEWEST_POINTS = 2
MOST_POINTS = 4
NUM_PREDICT = 700

_LONGEST_IDEA = 240
_LONGEST_PART = 120
_MOST_LATER = 20
_ASKS = re.compile(r"(?:what|why|how|when|where|which|who|whether)\b", re.I)
# A hint or a part of the question that holds this share of an idea's own words says the idea.
_GIVES_AWAY = 0.6
_LONGEST_COVER = 500


class ModelRubricWriter(ModelTask):
    """Writes the explain-back question and its points by asking a chat model.

    Every point names one sentence of the lesson as the floor let it pass, and takes over the place
    in a source that this sentence rests on: so it can be earned from the lesson, and proven.

    Parameters
    ----------
    chat_model : ChatModel
    """

    def __init__(self, chat_model: ChatModel) -> None:
        super().__init__(chat_model, question=load_question("write_rubric", num_predict=NUM_PREDICT))

    def write(self, task: RubricTask) -> RubricDraft:
        """Return the points that the model chose for `task`, each with what asks for it.

        Raises
        ------
        llm.errors.ModelError
            If the model gives no answer of the right form.
        """
        named = {f"l{place}": sentence for place, sentence in enumerate(_askable(task.sentences), start=1)}
        names = task.names
        values = {
            "concept": task.concept,
            "lesson": fence("\n".join(f"[{name}] {said.text}" for name, said in named.items()), "lesson"),
            "fewest": FEWEST_POINTS,
            "most": MOST_POINTS,
            "later": task.later_concepts[:_MOST_LATER],
        }
        request = self._question.request(values, ids=list(named), items="points", key="source")
        answer = ask_for_json(
            self._chat_model, request, check=lambda said: complaints_about(said, names=names)
        )
        chosen = sorted(answer["points"], key=lambda each: _distance(named[each["source"]], task.definition))
        texts = {passage.id: passage.text for passage in task.passages}
        points = tuple(_point(each, named[each["source"]], names=names, texts=texts) for each in chosen)
        return RubricDraft(points)


def complaints_about(answer: dict[str, Any], *, names: tuple[str, ...]) -> list[str]:
    """Return what is wrong with a rubric, as sentences that a model can act upon."""
    points = answer["points"]
    found = [said for place, point in enumerate(points, start=1) for said in _wrong_with(point, place, names)]
    for part, what in (("source", "sentence"), ("asks", "question")):
        taken = Counter(" ".join(point[part].split()) for point in points)
        found += [
            f"{said} is taken {times} times; take each {what} once"
            for said, times in taken.items()
            if times > 1
        ]
    return found


def _wrong_with(point: dict[str, str], place: int, names: tuple[str, ...]) -> Iterator[str]:
    idea, asks = point["idea"], point["asks"]
    if not stems(idea) or len(idea) > _LONGEST_IDEA:
        yield f"the idea of point {place} is empty or longer than one sentence"
    elif not any(set(stems(name)) <= set(stems(idea)) for name in names):
        yield f"the idea of point {place} does not name “{names[0]}”"
    elif _gives_away(asks, idea, names):
        yield f"what point {place} asks gives away its idea: {idea}"
    if not _ASKS.match(asks.strip()) or len(asks) > _LONGEST_PART:
        yield f"what point {place} asks must begin with what, why, how, when, where or which, and be short"


def _askable(sentences: tuple[DraftSentence, ...]) -> list[DraftSentence]:
    """What can be asked for: neither code nor links, nor what was only called to mind."""
    return [
        sentence
        for sentence in sentences
        if sentence.spans
        and not sentence.is_code
        and not sentence.is_connective
        and sentence.section is not Section.RECAP
    ]


def _distance(sentence: DraftSentence, definition: Span | None) -> int:
    """Orders the points: what it is comes first, because no explanation passes without it."""
    at_definition = definition is not None and any(
        span.passage_id == definition.passage_id
        and span.start < definition.end
        and definition.start < span.end
        for span in sentence.spans
    )
    return 0 if at_definition else 1 if sentence.section is Section.EXPLANATION else 2


def _point(
    said: dict[str, str], sentence: DraftSentence, *, names: tuple[str, ...], texts: Mapping[str, str]
) -> DraftPoint:
    idea, hint = (" ".join(said[part].split()) for part in ("idea", "hint"))
    span = _one_span(sentence.spans, idea=idea, texts=texts)
    asked = " ".join(said["asks"].split()).rstrip("?.! ")
    return DraftPoint(
        text=idea,
        span=span,
        asked=asked[0].lower() + asked[1:],
        hint="" if _gives_away(hint, idea, names) else hint,
    )


def _one_span(spans: Sequence[Span], *, idea: str, texts: Mapping[str, str]) -> Span:
    """The stretch that covers neighbouring spans; where they lie far apart, the one most about `idea`."""
    first = spans[0]
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    is_one_place = {span.passage_id for span in spans} == {first.passage_id}
    if len(spans) > 1 and is_one_place and first.passage_id in texts and end - start <= _LONGEST_COVER:
        return Span(first.passage_id, start, end, texts[first.passage_id][start:end])
    wanted = set(stems(idea))
    return max(spans, key=lambda span: len(wanted & set(stems(span.quote))))


def _gives_away(asked: str, idea: str, names: tuple[str, ...]) -> bool:
    """Whether `asked` already holds most of what `idea` says beside the concept's own name."""
    own = {stem for name in names for stem in stems(name)}
    said = set(stems(idea)) - own
    return bool(said) and len(said & set(stems(asked))) / len(said) >= _GIVES_AWAY
