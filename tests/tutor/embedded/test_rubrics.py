from __future__ import annotations

from dataclasses import replace

from research.spans import verify
from tests.tutor.embedded.test_lessons import EMBEDDER, PASSAGES, TASK, TEXTS, WRITER
from tutor.asking import compose_question
from tutor.embedded.rubrics import EmbeddedRubricWriter
from tutor.ports import RubricTask

RUBRIC_TASK = RubricTask(
    "damping",
    PASSAGES,
    WRITER.write(TASK).sentences,
    definition=TASK.definition,
    other_concepts=TASK.other_concepts,
)
RUBRICS = EmbeddedRubricWriter(EMBEDDER)


def test_a_rubric_starts_with_the_definition_and_the_question_asks_for_every_point() -> None:
    draft = RUBRICS.write(RUBRIC_TASK)
    assert draft.points[0].text.startswith("Damping is the gradual loss")
    assert len(draft.points) == 2
    question = compose_question(draft.points, concept="damping")
    assert "what “damping” means" in question
    assert "amplitude" in question
    for point in draft.points:
        verify(point.span, TEXTS[point.span.passage_id])
        assert point.asked in question
        assert point.hint
        assert point.text not in point.hint


def test_nothing_is_asked_about_a_concept_that_comes_later() -> None:
    draft = RUBRICS.write(replace(RUBRIC_TASK, later_concepts=("amplitude",)))
    assert draft.points[0].text.startswith("Damping is the gradual loss")
    assert not [point for point in draft.points if "amplitude" in point.text + point.asked]


def test_without_a_definition_the_question_leads_to_what_the_first_idea_is_about() -> None:
    sentences = tuple(one for one in RUBRIC_TASK.sentences if "gradual loss" not in one.text)
    draft = RUBRICS.write(replace(RUBRIC_TASK, sentences=sentences, definition=None))
    assert draft.points
    assert "means" not in draft.points[0].asked
    assert "“damping”" in draft.points[0].asked
