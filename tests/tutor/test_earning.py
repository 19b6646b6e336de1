from __future__ import annotations

from dataclasses import replace

from tests.tutor.embedded.test_lessons import EMBEDDER, TEXTS
from tests.tutor.embedded.test_rubrics import RUBRIC_TASK, RUBRICS
from tutor.earning import ProvenRubric, prove_rubric, rests_on
from tutor.embedded.grading import EmbeddedGrader
from tutor.ports import DraftPoint, Grader, GradingTask, PointJudgement, PointVerdict, RubricDraft, RubricTask
from tutor.rubric_floor import PointRefusal
from vectorstore.hash_reader import HashReader

POINTS = RUBRICS.write(RUBRIC_TASK).points


class StubGrader:
    """Shows the points of which one word is in the answer, and keeps what it was asked."""

    engine = version = prompt_hash = "stub"

    def __init__(self, **needs: str) -> None:
        self.needs = needs
        self.seen: list[GradingTask] = []

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        self.seen.append(task)
        return tuple(
            PointJudgement(
                point.id,
                PointVerdict.SHOWN
                if self.needs.get(point.text.split()[0].lower(), "") in task.answer
                else PointVerdict.MISSING,
                0.5,
            )
            for point in task.points
        )


def prove(*points: DraftPoint, grader: Grader | None = None, task: RubricTask = RUBRIC_TASK) -> ProvenRubric:
    return prove_rubric(
        RubricDraft(points),
        task=task,
        texts=TEXTS,
        grader=grader or EmbeddedGrader(HashReader()),
        embedder=EMBEDDER,
    )


def test_a_good_rubric_stays_whole_and_each_point_rests_on_the_sentence_that_taught_it() -> None:
    rubric = prove(*POINTS)
    assert [point.draft for point in rubric.points] == list(POINTS)
    assert rubric.dropped == ()
    for point in rubric.points:
        assert point.draft.text == point.sentence.text


def test_a_point_that_the_lesson_does_not_teach_is_dropped_and_no_longer_asked_for() -> None:
    without = tuple(one for one in RUBRIC_TASK.sentences if one.text != POINTS[1].text)
    rubric = prove(*POINTS, task=replace(RUBRIC_TASK, sentences=without))
    assert rubric.dropped == ((POINTS[1], PointRefusal.NOT_TAUGHT),)
    assert POINTS[1].asked not in rubric.question


def test_a_point_that_the_whole_lesson_does_not_earn_is_dropped_and_its_part_of_the_question_too() -> None:
    grader = StubGrader(damping="nothing of the kind")
    other = replace(POINTS[1], text=f"Also: {POINTS[1].text}", asked="what it does to the amplitude")
    rubric = prove(POINTS[0], other, grader=grader)
    assert [refusal for _, refusal in rubric.dropped] == [PointRefusal.NOT_EARNABLE]
    assert rubric.question == (
        "This is about “damping”. Explain in your own words what it does to the amplitude."
    )
    assert grader.seen[-1].question == rubric.question, "what is published is what was proven"


def test_a_point_that_an_answer_to_the_question_alone_does_not_earn_is_not_asked_for() -> None:
    grader = StubGrader(damping="The felt takes the energy out.")
    rubric = prove(POINTS[0], grader=grader)
    assert rubric.dropped == ((POINTS[0], PointRefusal.NOT_ASKED_FOR),)
    assert rubric.question == ""
    whole, asked = grader.seen[0].answer, grader.seen[1].answer
    assert POINTS[0].text in asked
    assert len(asked) < len(whole)


def test_no_point_rests_on_code_or_on_words_that_only_lead_over() -> None:
    stripped = [replace(one, is_code=True) for one in RUBRIC_TASK.sentences]
    assert rests_on(POINTS[0], stripped) is None
