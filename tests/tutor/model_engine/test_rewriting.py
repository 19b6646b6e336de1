from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from llm.errors import ModelTimedOut, ReplyNotInSchema
from llm.scripted_chat import ScriptedChat
from tests.tutor.model_engine.beats import LESSON_ANSWER, LESSON_TASK, RUBRIC_TASK, TEXTS
from tutor.embedded.lessons import EmbeddedLessonWriter
from tutor.model_engine.lessons import ModelLessonWriter
from tutor.ports import RefusedSentence
from tutor.services import proving
from tutor.services.retrieving import Material
from tutor.support import CheckedLesson
from vectorstore.hash_embedder import HashEmbedder

TRUE = RUBRIC_TASK.sentences[2]
FALSE = replace(TRUE, text="The beat frequency is the number of swells in 7 seconds.")
REFUSED = RefusedSentence(FALSE, "number_not_in_citation")
MATERIAL = Material(LESSON_TASK, TEXTS)


def answer(*rows: tuple[str, str]) -> str:
    return json.dumps({"replacements": [{"sentence": name, "text": text} for name, text in rows]})


def test_the_model_is_told_what_was_refused_and_why_and_keeps_to_the_same_source() -> None:
    chat = ScriptedChat([answer(("r1", "It is the number of  swells per second."))])
    [new] = ModelLessonWriter(chat).rewrite(LESSON_TASK, [REFUSED])
    prompt = chat.history[0].messages[1].content
    assert "[r1] The beat frequency is the number of swells in 7 seconds." in prompt
    assert "refused: a number, its unit or its bound" in prompt
    assert "its source: The number of swells per second is the beat frequency." in prompt
    assert new == replace(FALSE, text="It is the number of swells per second.")


def test_an_empty_text_and_one_too_many_stay_left_out() -> None:
    chat = ScriptedChat([answer(("r1", " "), ("r2", "word " * 200))])
    refused = [REFUSED] * 6
    assert ModelLessonWriter(chat).rewrite(LESSON_TASK, refused) == (None,) * 6
    assert "r6" not in chat.history[0].messages[1].content


def test_only_what_was_refused_can_be_named() -> None:
    wrong = answer(("r9", "It is the number of swells."))
    with pytest.raises(ReplyNotInSchema):
        ModelLessonWriter(ScriptedChat([wrong] * 3)).rewrite(LESSON_TASK, [REFUSED])


def test_a_quotation_is_not_rewritten() -> None:
    assert EmbeddedLessonWriter(HashEmbedder()).rewrite(LESSON_TASK, [REFUSED]) == (None,)


def mended(*replies: Any) -> tuple[CheckedLesson, ScriptedChat]:
    said = json.loads(json.dumps(LESSON_ANSWER))
    said["sentences"][2]["text"] = FALSE.text
    chat = ScriptedChat([json.dumps(said), *replies])
    writer = ModelLessonWriter(chat)
    draft = writer.write(LESSON_TASK)
    checked = proving._checked(draft.sentences, MATERIAL)
    assert [one.text for one, _ in checked.dropped] == [FALSE.text]
    return proving._mended(draft, checked, MATERIAL, writer=writer), chat


def test_a_refused_sentence_is_asked_for_once_more_and_takes_its_place() -> None:
    lesson, chat = mended(answer(("r1", TRUE.text)))
    assert lesson.dropped == ()
    assert lesson.coverage == 1.0
    assert lesson.kept[2].draft.text == TRUE.text
    assert len(chat.history) == 2


def test_what_is_false_the_second_time_is_dropped_and_not_asked_for_again() -> None:
    lesson, chat = mended(answer(("r1", "The beat frequency is never the number of swells per second.")))
    assert [code.value for _, code in lesson.dropped] == ["negation_not_in_citation"]
    assert lesson.coverage < 1.0
    assert len(chat.history) == 2


def test_a_model_that_fails_now_takes_nothing_from_what_was_proven() -> None:
    lesson, _ = mended(ModelTimedOut(endpoint="x", timeout_s=1))
    assert [one.text for one, _ in lesson.dropped] == [FALSE.text]
    assert len(lesson.kept) == 5


def test_an_engine_that_rewrites_nothing_leaves_the_lesson_as_it_was() -> None:
    writer = EmbeddedLessonWriter(HashEmbedder())
    draft = replace(writer.write(LESSON_TASK), sentences=(TRUE, FALSE))
    checked = proving._checked(draft.sentences, MATERIAL)
    assert proving._mended(draft, checked, MATERIAL, writer=writer) is checked
