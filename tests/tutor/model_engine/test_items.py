from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from llm.scripted_chat import ScriptedChat
from tests.tutor.items.sounds import DAMPING, TASK, passage
from tutor.items.floor import CheckedItems, ItemRefusal, check_items
from tutor.items.ports import ItemKind, PracticeTask
from tutor.model_engine.items import ModelItemWriter
from vectorstore.hash_embedder import HashEmbedder

CLOZE = {"kind": "cloze", "source": "s1", "question": "", "answer": "energy", "wrong": []}
CHOICE = {
    "kind": "choice",
    "source": "s1",
    "question": "What is damping?",
    "answer": "the gradual loss of a vibration's energy",
    "wrong": [
        "the greatest distance from the place of rest",
        "the growth of a swing that is pushed at the right moments",
        "the quality by which a note is heard as high or low",
    ],
}


def asked(*answers: list[dict[str, Any]], task: PracticeTask = TASK) -> tuple[CheckedItems, ScriptedChat]:
    """What the floor keeps of the items that a model says."""
    chat = ScriptedChat([json.dumps({"items": items}) for items in answers])
    drafts = ModelItemWriter(chat).write(task)
    return check_items(drafts, task=task, embedder=HashEmbedder()), chat


def test_good_items_pass_the_same_floor_and_stand_on_the_sentence_that_was_named() -> None:
    checked, chat = asked([CLOZE, CHOICE])
    assert [one.kind for one in checked.kept] == [ItemKind.CLOZE, ItemKind.CHOICE]
    assert {one.span.quote for one in checked.kept} == {DAMPING}
    assert checked.kept[0].stem == DAMPING.replace("energy", "_____")
    prompt = chat.history[0].messages[1].content
    assert f"[s1] {DAMPING}" in prompt
    assert "amplitude: The amplitude is" in prompt


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (CLOZE | {"answer": "heat"}, "the answer of item 1 is not copied from s1"),
        (CHOICE | {"wrong": CHOICE["wrong"][:2]}, "item 1 is a choice and needs 3 wrong answers"),
        (CHOICE | {"question": "What is it?"}, "the question of item 1 does not name “damping”"),
        (CLOZE | {"source": "s99"}, "is not one of"),
    ],
)
def test_a_wrong_form_is_told_and_asked_for_again(said: dict[str, Any], complaint: str) -> None:
    checked, chat = asked([said], [CLOZE])
    assert complaint in chat.history[1].messages[1].content
    assert len(checked.kept) == 1


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ("the slow loss of the energy of a vibration", ItemRefusal.DISTRACTOR_NEAR),
        ("what makes the amplitude shrink from one swing to the next", ItemRefusal.DISTRACTOR_TRUE),
    ],
)
def test_a_wrong_answer_that_the_sources_call_true_is_refused_whoever_says_it_is_wrong(
    wrong: str, refusal: ItemRefusal
) -> None:
    checked, _ = asked([CHOICE | {"wrong": [*CHOICE["wrong"][:2], wrong]}])
    assert [code for _, code in checked.dropped] == [refusal]


def test_a_question_that_holds_its_answer_is_refused() -> None:
    sentence = "The energy of damping is energy that leaves a swing for the air."
    task = replace(TASK, passages=(passage(sentence),), definition=None)
    checked, _ = asked([CLOZE], task=task)
    assert [code for _, code in checked.dropped] == [ItemRefusal.GIVEN_AWAY]


def test_without_sentences_the_model_is_not_asked() -> None:
    checked, chat = asked(task=replace(TASK, passages=(), definition=None))
    assert (checked.kept, chat.history) == ((), [])
