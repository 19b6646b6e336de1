from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.tutor.items.sounds import DAMPING, LIST_TASK, NEIGHBOURS, SESSION, SOUND, TASK, passage, span
from tutor.items.distractors import DistractorRefusal, distractor_refusal
from tutor.items.floor import ItemRefusal, check_items
from tutor.items.ports import Distractor, ItemKind, Neighbour, PracticeDraft, PracticeTask
from vectorstore.hash_embedder import HashEmbedder

CLOZE = PracticeDraft(
    ItemKind.CLOZE, DAMPING.replace("Damping", "_____"), span(DAMPING), answer="Damping", hint="One word."
)
MEANING = "the gradual loss of a vibration's energy to its surroundings"
WRONG = (
    Distractor("the greatest distance from the place of rest", "amplitude"),
    Distractor("the growth of a swing that is pushed at the right moments", "resonance"),
    Distractor("the quality by which two equally loud notes are told apart", "timbre"),
)
CHOICE = PracticeDraft(
    ItemKind.CHOICE, "Which of these is meant by “damping”?", span(DAMPING), answer=MEANING, distractors=WRONG
)
NUMBER = "Sound damping in dry air costs about 5 decibels per kilometre for a high tone."
NUMERIC = PracticeDraft(
    ItemKind.NUMERIC, NUMBER.replace("5", "_____"), span(NUMBER), answer="5", unit="decibels per kilometre"
)
STEPS = ("strike the fork on a soft edge", "hold the fork close to the microphone", "write down how long")
RUN = SOUND[SOUND.index("First, strike") : SOUND.index(" the tone is heard")]
ORDERING = PracticeDraft(ItemKind.ORDERING, "Put these steps in order.", span(RUN), steps=STEPS)
OUTPUT = PracticeDraft(
    ItemKind.CODE_OUTPUT,
    "What does Python show?",
    span(">>> squares[-1] + 1\n17", SESSION),
    answer="17",
    code=">>> squares = [1, 4, 9]\n>>> squares.append(16)\n>>> squares[-1] + 1",
)


def refusal_of(draft: PracticeDraft, task: PracticeTask = TASK) -> ItemRefusal | None:
    checked = check_items([draft], task=task, embedder=HashEmbedder())
    return checked.dropped[0][1] if checked.dropped else None


@pytest.mark.parametrize("draft", [CLOZE, CHOICE, NUMERIC, ORDERING])
def test_an_item_that_stands_on_its_source_is_kept(draft: PracticeDraft) -> None:
    assert refusal_of(draft) is None


def test_an_output_that_stands_in_its_source_is_kept() -> None:
    assert refusal_of(OUTPUT, LIST_TASK) is None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"span": replace(CLOZE.span, passage_id="q")}, ItemRefusal.UNKNOWN_PASSAGE),
        ({"span": replace(CLOZE.span, start=1)}, ItemRefusal.QUOTE_NOT_FOUND),
        ({"stem": DAMPING}, ItemRefusal.MALFORMED),
        ({"answer": ""}, ItemRefusal.MALFORMED),
        ({"answer": "Resonance"}, ItemRefusal.ANSWER_NOT_IN_QUOTE),
        ({"stem": "_____ is the gradual loss of a vibration's colour."}, ItemRefusal.ANSWER_NOT_IN_QUOTE),
        ({"hint": "It is called damping."}, ItemRefusal.GIVEN_AWAY),
        ({"stem": "x" * 700}, ItemRefusal.MALFORMED),
    ],
)
def test_a_cloze_is_refused(changes: dict[str, Any], refusal: ItemRefusal) -> None:
    assert refusal_of(replace(CLOZE, **changes)) is refusal


@pytest.mark.parametrize(
    ("sentence", "answer", "refusal"),
    [
        ("It makes the amplitude of every swing shrink slowly.", "amplitude", ItemRefusal.LEANS_BACK),
        ("To a tuner, these slow beats mean a great loss of energy.", "energy", ItemRefusal.LEANS_BACK),
        ("After a second it has lost the energy of its swing.", "energy", ItemRefusal.LEANS_BACK),
        ("Damping is good.", "Damping", ItemRefusal.SAYS_TOO_LITTLE),
        ("The damping of a swing is what damping takes from energy.", "damping", ItemRefusal.GIVEN_AWAY),
    ],
)
def test_a_sentence_must_stand_alone_and_say_something(
    sentence: str, answer: str, refusal: ItemRefusal
) -> None:
    task = replace(TASK, passages=(passage(sentence),))
    stem = sentence.replace(answer, "_____", 1)
    assert (
        refusal_of(replace(CLOZE, stem=stem, span=span(sentence, sentence), answer=answer), task) is refusal
    )


def test_a_gap_that_another_concept_fills_as_well_is_refused() -> None:
    same = Neighbour(
        "attenuation", (), "Attenuation is a gradual loss of vibration energy to the surroundings."
    )
    assert refusal_of(CLOZE, replace(TASK, neighbours=(same,))) is ItemRefusal.AMBIGUOUS


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"distractors": WRONG[:2]}, ItemRefusal.MALFORMED),
        ({"distractors": (*WRONG[:2], Distractor(MEANING.upper()))}, ItemRefusal.MALFORMED),
        ({"stem": "Which of these is right?"}, ItemRefusal.NAME_NOT_ASKED),
        ({"answer": "the loss of a vibration's heat"}, ItemRefusal.ANSWER_NOT_IN_QUOTE),
        ({"answer": "the gradual"}, ItemRefusal.SAYS_TOO_LITTLE),
        ({"stem": "Is damping a gradual loss of energy to what?"}, ItemRefusal.GIVEN_AWAY),
        ({"distractors": (*WRONG[:2], Distractor("the hum"))}, ItemRefusal.DISTRACTOR_UNEVEN),
        (
            {
                "distractors": (
                    *WRONG[:2],
                    Distractor("a slow loss of the energy of a vibration to surroundings"),
                )
            },
            ItemRefusal.DISTRACTOR_NEAR,
        ),
        (
            {
                "distractors": (
                    *WRONG[:2],
                    Distractor("what makes the amplitude shrink from one swing to the next"),
                )
            },
            ItemRefusal.DISTRACTOR_TRUE,
        ),
    ],
)
def test_a_choice_is_refused(changes: dict[str, Any], refusal: ItemRefusal) -> None:
    assert refusal_of(replace(CHOICE, **changes)) is refusal


def test_an_option_that_alone_holds_the_asked_word_gives_itself_away() -> None:
    sentence = "Sound damping is the loss of loud sound that a thick curtain brings about."
    task = replace(TASK, concept="sound damping", passages=(passage(sentence),))
    meaning = "the loss of loud sound that a thick curtain brings about"
    draft = replace(CHOICE, stem="What is “sound damping”?", answer=meaning, span=span(sentence, sentence))
    assert refusal_of(draft, task) is ItemRefusal.GIVEN_AWAY


def test_the_article_before_a_gap_fits_every_option() -> None:
    quote = "An echo is a sound that comes back from a distant wall."
    task = replace(TASK, concept="echo", passages=(passage(quote),), neighbours=NEIGHBOURS)
    draft = replace(
        CHOICE,
        stem=quote.replace("echo", "_____"),
        answer="echo",
        span=span(quote, quote),
        distractors=(Distractor("timbre", "timbre"), Distractor("pitch", "pitch"), Distractor("damping")),
    )
    assert refusal_of(draft, task) is ItemRefusal.GIVEN_AWAY


@pytest.mark.parametrize(
    ("distractor", "said", "refusal"),
    [
        (Distractor("a disturbance of the damping kind"), "", DistractorRefusal.NAMES_CONCEPT),
        (Distractor("loss in rooms", "sound damping"), "", DistractorRefusal.BROADER_OR_NARROWER),
        (
            Distractor("a thing of walls", "echo"),
            "Damping is a kind of echo.",
            DistractorRefusal.BROADER_OR_NARROWER,
        ),
        (Distractor("a thing of walls", "echo"), "Damping comes before the echo.", None),
        (Distractor("a disturbance that travels", "wave"), "", None),
    ],
)
def test_what_may_hold_of_the_concept_too_is_no_distractor(
    distractor: Distractor, said: str, refusal: DistractorRefusal | None
) -> None:
    task = replace(TASK, passages=(passage(f"{SOUND}\n\n{said}" if said else SOUND),))
    assert distractor_refusal(distractor, draft=CHOICE, task=task, embedder=HashEmbedder()) is refusal


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"answer": "loud"}, ItemRefusal.MALFORMED),
        ({"tolerance": 0.9}, ItemRefusal.MALFORMED),
        ({"answer": "6"}, ItemRefusal.ANSWER_NOT_IN_QUOTE),
        ({"hint": "It is 5."}, ItemRefusal.GIVEN_AWAY),
    ],
)
def test_a_numeric_item_is_refused(changes: dict[str, Any], refusal: ItemRefusal) -> None:
    assert refusal_of(replace(NUMERIC, **changes)) is refusal


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        (STEPS[:2], ItemRefusal.MALFORMED),
        ((STEPS[0], STEPS[0], STEPS[1]), ItemRefusal.MALFORMED),
        ((STEPS[1], STEPS[0], STEPS[2]), ItemRefusal.ANSWER_NOT_IN_QUOTE),
        ((STEPS[0], f"Then {STEPS[1]}", STEPS[2]), ItemRefusal.GIVEN_AWAY),
    ],
)
def test_an_ordering_is_refused(steps: tuple[str, ...], refusal: ItemRefusal) -> None:
    assert refusal_of(replace(ORDERING, steps=steps)) is refusal


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": ""}, ItemRefusal.MALFORMED),
        ({"answer": "18"}, ItemRefusal.ANSWER_NOT_IN_QUOTE),
        ({"code": ">>> squares = [1]\n>>> squares[-1] + 1"}, ItemRefusal.QUOTE_NOT_FOUND),
        ({"code": ">>> squares[-1] + 1"}, ItemRefusal.CODE_NOT_CLOSED),
    ],
)
def test_a_code_output_is_refused(changes: dict[str, Any], refusal: ItemRefusal) -> None:
    assert refusal_of(replace(OUTPUT, **changes), LIST_TASK) is refusal


def test_a_name_typed_in_only_shows_what_stands_above() -> None:
    shown = span(">>> squares\n[1, 4, 9]", SESSION)
    draft = replace(OUTPUT, span=shown, answer="[1, 4, 9]", code=">>> squares = [1, 4, 9]\n>>> squares")
    assert refusal_of(draft, LIST_TASK) is ItemRefusal.GIVEN_AWAY


def test_the_same_question_twice_is_asked_once() -> None:
    checked = check_items([CLOZE, CLOZE, CHOICE], task=TASK, embedder=HashEmbedder())
    assert checked.kept == (CLOZE, CHOICE)
    assert [refusal for _, refusal in checked.dropped] == [ItemRefusal.REPEATED]
