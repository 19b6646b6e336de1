from __future__ import annotations

from dataclasses import replace

import pytest

from tests.tutor.items.sounds import DAMPING, LIST_TASK, TASK, passage, span
from tutor.embedded.practice import EmbeddedItemWriter
from tutor.embedded.practice.orderings import orderings
from tutor.items.floor import check_items
from tutor.items.grading import grade
from tutor.items.ports import ItemKind, PracticeDraft, PracticeTask
from tutor.items.remembering import RememberingEmbedder
from vectorstore.hash_embedder import HashEmbedder


def written(task: PracticeTask) -> dict[ItemKind, list[PracticeDraft]]:
    """What is kept of an engine's items, by kind."""
    embedder = RememberingEmbedder(HashEmbedder())
    kept = check_items(EmbeddedItemWriter(embedder).write(task), task=task, embedder=embedder).kept
    return {kind: [draft for draft in kept if draft.kind is kind] for kind in ItemKind}


def test_a_source_on_a_concept_gives_items_of_each_kind_it_has() -> None:
    items = written(TASK)
    assert [len(items[kind]) > 0 for kind in ItemKind] == [True, True, True, True, False]


def test_the_definition_is_asked_without_its_term_and_without_a_letter() -> None:
    cloze = written(TASK)[ItemKind.CLOZE][0]
    assert (cloze.stem, cloze.answer) == (DAMPING.replace("Damping", "_____"), "Damping")
    assert cloze.hint == "One word."


def test_a_word_left_out_after_the_concept_is_another_concepts_and_has_its_letter() -> None:
    cloze = written(TASK)[ItemKind.CLOZE][-1]
    assert cloze.stem == "Damping makes the _____ shrink from one swing to the next."
    assert (cloze.answer, cloze.hint) == ("amplitude", "One word, beginning with “a”.")


def test_a_choice_offers_what_three_other_concepts_mean() -> None:
    (choice,) = written(TASK)[ItemKind.CHOICE]
    assert choice.answer == "the gradual loss of a vibration's energy to its surroundings"
    assert len({one.concept for one in choice.distractors}) == 3
    assert not any("damping" in one.text for one in choice.distractors)


def test_without_siblings_there_is_no_choice() -> None:
    assert not written(replace(TASK, neighbours=TASK.neighbours[:2]))[ItemKind.CHOICE]


def test_a_term_that_the_meaning_repeats_is_chosen_by_name_with_the_same_number_and_article() -> None:
    quote = "Echoes are the sounds that many walls in a valley send back."
    task = replace(TASK, concept="echo", passages=(passage(quote),), definition=span(quote, quote))
    task = replace(task, neighbours=tuple(one for one in TASK.neighbours if one.name != "echo"))
    items = written(task)[ItemKind.CHOICE]
    assert not items or all(option for option in items[0].options)


def test_a_number_with_a_unit_is_asked_for_and_says_how_exact() -> None:
    (number,) = written(TASK)[ItemKind.NUMERIC]
    assert (number.answer, number.unit, number.tolerance) == ("5", "decibels per kilometre", 0.05)
    assert number.hint == "A number, in decibels per kilometre; within 5% is near enough."
    assert grade(number, "5 dB per km").is_right


@pytest.mark.parametrize(
    "sentence",
    [
        "Damping was studied by many in 1584 in several towns of the north.",
        "Damping in this hall was found to follow the ratio 3 : 2 of the two walls.",
        "Damping of 3 decibels and of 4 decibels was found for the two tones there.",
        "Suppose the damping of your string is 5 decibels in a second or so.",
        "Damping is a thing that was found in PEP 8 and nowhere else so far.",
    ],
)
def test_other_numbers_are_not_asked_for(sentence: str) -> None:
    task = replace(TASK, passages=(passage(sentence),), definition=None)
    assert not written(task)[ItemKind.NUMERIC]


def test_a_number_in_words_counts_where_it_says_what_the_concept_is() -> None:
    quote = "A triad is a chord of three notes that sound well together."
    task = replace(TASK, concept="triad", passages=(passage(quote),), definition=span(quote, quote))
    (number,) = written(task)[ItemKind.NUMERIC]
    assert (number.answer, number.unit) == ("three", "notes")
    assert grade(number, "3").is_right


def test_first_then_finally_are_steps_without_those_words() -> None:
    (ordering,) = written(TASK)[ItemKind.ORDERING]
    assert ordering.steps == (
        "Strike the fork on a soft edge",
        "Hold the fork close to the microphone",
        "Write down how long the tone is heard",
    )


def test_a_list_is_an_order_only_where_the_source_says_so() -> None:
    items = "\n\n".join(("Cut the reed well", "Wet the reed a little", "Tie the reed on"))
    for opening, count in (("A reed is made in three steps:", 1), ("A reed is praised for many things:", 0)):
        text = f"{opening}\n\n{items}"
        blocks = tuple(
            replace(block, kind=block.kind if at == 0 else type(block.kind).LIST_ITEM)
            for at, block in enumerate(passage(text).blocks)
        )
        task = replace(TASK, concept="reed", passages=(replace(passage(text), blocks=blocks),))
        assert len(orderings(task)) == count


def test_an_output_is_asked_with_the_lines_that_it_needs_and_no_others() -> None:
    (output,) = written(LIST_TASK)[ItemKind.CODE_OUTPUT]
    assert output.code == ">>> squares = [1, 4, 9]\n>>> squares.append(16)\n>>> squares[-1] + 1"
    assert output.answer == "17"


def test_an_output_with_an_empty_line_in_it_is_not_half_asked() -> None:
    text = ">>> print('a list')\n\nmore of it"
    whole = passage(text, heading="Lists")
    block = replace(passage(">>> 1").blocks[0], start=0, end=len(text))
    task = replace(LIST_TASK, passages=(replace(whole, blocks=(block,)),), definition=None)
    assert not written(task)[ItemKind.CODE_OUTPUT]


def test_the_same_task_gives_the_same_items() -> None:
    assert [one.key for one in EmbeddedItemWriter(HashEmbedder()).write(TASK)] == [
        one.key for one in EmbeddedItemWriter(HashEmbedder()).write(TASK)
    ]


def test_the_true_answer_of_every_item_scores_one() -> None:
    for task in (TASK, LIST_TASK):
        for drafts in written(task).values():
            for draft in drafts:
                assert grade(draft, draft.steps or draft.answer).is_right


def test_remembering_changes_no_vector() -> None:
    plain, remembering = HashEmbedder(), RememberingEmbedder(HashEmbedder())
    texts = ["a wave", "an echo", "a wave"]
    assert (remembering.embed(texts) == plain.embed(texts)).all()
    assert remembering.embed([]).shape == (0, plain.dimension)
    assert remembering.count_tokens("a wave") == plain.count_tokens("a wave")
    assert remembering.windows("a wave") == plain.windows("a wave")
