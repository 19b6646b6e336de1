from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from llm.scripted_chat import ScriptedChat
from research.spans import Span, span_of
from tests.tutor.model_engine.beats import BEATS, DEFINITION, QUESTION, RUBRIC_ANSWER, RUBRIC_TASK, TEXTS
from tutor.asking import compose_question
from tutor.model_engine.rubrics import ModelRubricWriter
from tutor.ports import RubricDraft, RubricTask
from tutor.rubric_floor import check_points
from vectorstore.hash_embedder import HashEmbedder


def write(*answers: Any, task: RubricTask = RUBRIC_TASK) -> tuple[RubricDraft, ScriptedChat]:
    chat = ScriptedChat([json.dumps(answer) for answer in answers])
    return ModelRubricWriter(chat).write(task), chat


def changed(**changes: Any) -> dict[str, Any]:
    """The good answer with its first point changed."""
    answer = copy.deepcopy(RUBRIC_ANSWER)
    answer["points"][0] |= changes
    return answer


def test_each_point_stands_where_its_sentence_stands_in_the_source() -> None:
    draft, _ = write(RUBRIC_ANSWER)
    for point in draft.points:
        assert TEXTS["beats"][point.span.start : point.span.end] == point.span.quote
    assert draft.points[1].hint == "How would you say how fast they come?"


def test_what_it_is_comes_first_whatever_the_model_put_first() -> None:
    draft, _ = write(RUBRIC_ANSWER)
    assert draft.points[0].span == DEFINITION


def test_a_good_rubric_passes_the_floor_whole() -> None:
    draft, _ = write(RUBRIC_ANSWER)
    kept, dropped = check_points(draft.points, task=RUBRIC_TASK, texts=TEXTS, embedder=HashEmbedder())
    assert (len(kept), dropped) == (2, [])


def test_only_what_was_taught_and_can_be_said_is_offered_for_points() -> None:
    _, chat = write(RUBRIC_ANSWER)
    prompt = chat.history[0].messages[1].content
    assert "[l1] The beat frequency" in prompt
    assert "[l3] A tuner counts" in prompt
    assert "l4" not in prompt.split("</lesson>")[0]
    assert "Frequency is the number" not in prompt
    assert "Now let us see" not in prompt


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"idea": "..."}, "the idea of point 1 is empty"),
        ({"idea": "Frequency counts things."}, "the idea of point 1 does not name “beats”"),
        ({"source": "l2"}, "l2 is taken 2 times"),
        ({"source": "s1"}, "'s1' is not one of"),
        ({"asks": "what number of swells per second is the beat frequency"}, "gives away its idea"),
        ({"asks": "Explain beats"}, "must begin with what, why"),
        ({"asks": "what beats are"}, "what beats are is taken 2 times; take each question once"),
    ],
)
def test_a_wrong_point_is_told_and_asked_for_again(change: dict[str, Any], complaint: str) -> None:
    _, chat = write(changed(**change), RUBRIC_ANSWER)
    assert complaint in chat.history[1].messages[1].content


def test_each_point_asks_its_own_part_of_the_question() -> None:
    draft, _ = write(RUBRIC_ANSWER)
    assert compose_question(draft.points, concept="beats") == QUESTION
    [second] = draft.points[1:]
    assert compose_question([second], concept="beats") == (
        "This is about “beats”. Explain in your own words what their frequency counts."
    )


def test_what_comes_later_is_told_so_that_nothing_is_asked_about_it() -> None:
    _, chat = write(RUBRIC_ANSWER, task=replace(RUBRIC_TASK, later_concepts=("critical band",)))
    assert "has not met these yet" in chat.history[0].messages[1].content
    assert "critical band" in chat.history[0].messages[1].content
    assert "has not met these yet" not in write(RUBRIC_ANSWER)[1].history[0].messages[1].content


def test_an_alias_names_the_concept_too() -> None:
    task = replace(RUBRIC_TASK, concept="acoustic interference", aliases=("beats",))
    assert len(write(RUBRIC_ANSWER, task=task)[0].points) == 2


def test_a_hint_that_gives_the_idea_away_is_left_out() -> None:
    draft, _ = write(changed(hint="Is it the number of swells in each second, per second?"))
    assert draft.points[1].hint == ""


def test_a_point_on_neighbouring_sentences_stands_on_the_stretch_that_covers_them() -> None:
    both = tuple(
        span_of(quote, passage_id="beats", text=BEATS)
        for quote in ("The number of swells per second is the beat frequency.", "It is the difference")
    )
    sentences = (replace(RUBRIC_TASK.sentences[2], spans=both), *RUBRIC_TASK.sentences[3:])
    draft, _ = write(RUBRIC_ANSWER, task=replace(RUBRIC_TASK, sentences=sentences))
    assert draft.points[1].span.quote == (
        "The number of swells per second is the beat frequency. It is the difference"
    )


def test_a_point_on_sentences_of_two_sources_stands_on_the_one_that_is_about_it() -> None:
    elsewhere = Span("frequency", 0, 9, "Frequency")
    spans = (elsewhere, *RUBRIC_TASK.sentences[2].spans)
    sentences = (replace(RUBRIC_TASK.sentences[2], spans=spans), *RUBRIC_TASK.sentences[3:])
    draft, _ = write(RUBRIC_ANSWER, task=replace(RUBRIC_TASK, sentences=sentences))
    assert draft.points[1].span.quote == "The number of swells per second is the beat frequency."
