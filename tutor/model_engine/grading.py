"""The grader of the model engine: one judgement per point, worth nothing without the learner's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from llm.asking import ask_for_json
from llm.ports import ChatModel
from llm.prompting import fence, unfence
from research.spans import locate_quote
from tutor.model_engine.decoys import DECOY_ID, Likeness, decoy_for, with_decoy
from tutor.model_engine.prompts import ModelTask, load_question
from tutor.orders import sentences_around, speaks_to_grader
from tutor.ports import AnswerSpan, GradingTask, PointJudgement, PointToGrade, PointVerdict
from tutor.verdict import decide

POINTS_AT_A_TIME = 3
TOKENS_PER_POINT = 220

# What a verdict is worth as a probability. A chat model's own numbers are not calibrated, so it is
# asked for words; these stand for "nearly sure" without closing the door on a slip.
PROBABILITIES = {
    PointVerdict.SHOWN: 0.9,
    PointVerdict.MISSING: 0.1,
    PointVerdict.CONTRADICTED: 0.04,
    PointVerdict.UNSURE: 0.5,
}

_NEEDS_WORDS = frozenset({PointVerdict.SHOWN, PointVerdict.CONTRADICTED})
_LONGEST_REASON = 300
_WORD = re.compile(r"\w+")


class ModelGrader(ModelTask):
    """Grades an answer by asking a chat model, blind to lesson and learner.

    The model sees the question, at most three points at a time and the answer. It must copy the
    learner's words before it judges. Where it credits words that are not in the answer, or that stand
    in a sentence which speaks to the grader, the point becomes *unsure*. Whether the words bear on the
    point is measured by the floor.

    Among the points of each request stands a decoy, a statement that the answer does not show. A model that
    credits it, or calls it contradicted, does not read; then nothing that it said of this answer counts, and
    every verdict that needs the learner's words becomes *unsure*.

    Where the verdict hangs on a single point (so before any pass, for the first point alone decides
    that), all points are asked once more in the reverse order, since small models favour what stands
    first; where the two looks disagree the point is *unsure*. A look is never repeated for a better mark.

    Parameters
    ----------
    chat_model : ChatModel
    likeness
        Compares meanings for the choice of a decoy; without it words alone decide.
    """

    def __init__(self, chat_model: ChatModel, *, likeness: Likeness | None = None) -> None:
        longest_reply = TOKENS_PER_POINT * (POINTS_AT_A_TIME + 1)
        self._likeness = likeness
        super().__init__(chat_model, question=load_question("grade_points", num_predict=longest_reply))

    def grade(self, task: GradingTask) -> tuple[PointJudgement, ...]:
        """Return one judgement for each point of `task`, in its order.

        Raises
        ------
        llm.errors.ModelError
            If the model gives no answer of the right form; then nothing is judged at all.
        """
        decoy = decoy_for(task, likeness=self._likeness)
        first = self._look(task, task.points, decoy=decoy)
        if _credits_decoy(first):
            return _not_read(task, first)
        if not is_near_the_line([first[point.id] for point in task.points]):
            return tuple(first[point.id] for point in task.points)
        second = self._look(task, task.points[::-1], decoy=decoy)
        if _credits_decoy(second):
            return _not_read(task, first)
        return tuple(agreed(first[point.id], second[point.id]) for point in task.points)

    def _look(
        self, task: GradingTask, points: Sequence[PointToGrade], *, decoy: str
    ) -> dict[str, PointJudgement]:
        """What is said of each point, and of the decoy where it was credited in any request."""
        judged: dict[str, PointJudgement] = {}
        for start in range(0, len(points), POINTS_AT_A_TIME):
            asked = with_decoy(points[start : start + POINTS_AT_A_TIME], task=task, decoy=decoy)
            judged |= self._ask(task, asked)
            if _credits_decoy(judged):
                break
        return judged

    def _ask(self, task: GradingTask, points: Sequence[PointToGrade]) -> dict[str, PointJudgement]:
        named = {f"P{place}": point for place, point in enumerate(points, start=1)}
        listed = "\n".join(f"{name}: {' '.join(point.text.split())}" for name, point in named.items())
        values = {
            "question": fence(task.question, "question"),
            "answer": fence(task.answer, "learner"),
            "points": fence(listed, "points"),
            "count": len(points),
            "first": next(iter(named)),
        }
        request = self._question.request(
            values,
            ids=list(named),
            items="judgements",
            key="point",
            num_predict=TOKENS_PER_POINT * (len(points) + 1),
        )
        said = ask_for_json(
            self._chat_model, request, check=lambda answer: complaints_about(answer, names=named)
        )
        found = {}
        for each in said["judgements"]:
            point = named[each["point"]]
            found[point.id] = (
                said_of_decoy(each) if point.id == DECOY_ID else judgement_of(each, point.id, task)
            )
        return found


def complaints_about(answer: dict[str, Any], *, names: dict[str, PointToGrade]) -> list[str]:
    """Return which points were judged not at all or more than once."""
    judged = [each["point"] for each in answer["judgements"]]
    return [
        f"{name} is judged {judged.count(name)} times; judge each point once"
        for name in names
        if judged.count(name) != 1
    ]


def judgement_of(said: dict[str, str], point_id: str, task: GradingTask) -> PointJudgement:
    """Return what the model said of a point, believed only as far as the learner's words bear it out."""
    verdict = PointVerdict(said["verdict"])
    span = find_words(task.answer, said["quote"])
    reason = " ".join(said["reason"].split())[:_LONGEST_REASON]
    if verdict in _NEEDS_WORDS:
        objection = objection_to(span, task)
        if objection:
            verdict, reason, span = PointVerdict.UNSURE, objection, None
    elif verdict is PointVerdict.MISSING:
        span = None
    return PointJudgement(point_id, verdict, PROBABILITIES[verdict], span, reason)


def said_of_decoy(said: dict[str, str]) -> PointJudgement:
    """Return what the model said of the decoy: what it quotes for it does not matter."""
    verdict = PointVerdict(said["verdict"])
    return PointJudgement(DECOY_ID, verdict, PROBABILITIES[verdict])


def find_words(answer: str, quote: str) -> AnswerSpan | None:
    """Return where the words of `quote` stand in `answer`, or None.

    They must be the same words in the same order without a gap; white space, letter case and
    punctuation may differ, for those a small model copies badly.

    Examples
    --------
    >>> find_words("It goes loud, quiet, loud.", "goes loud quiet")
    AnswerSpan(start=3, end=19, quote='goes loud, quiet')
    """
    found = locate_quote(answer, unfence(quote)) or _locate_words(answer, quote)
    return AnswerSpan(*found, answer[found[0] : found[1]]) if found else None


def _locate_words(answer: str, quote: str) -> tuple[int, int] | None:
    wanted = [word.casefold() for word in _WORD.findall(quote)]
    standing = list(_WORD.finditer(answer))
    said = [word.group().casefold() for word in standing]
    for at in range(len(said) - len(wanted) + 1) if wanted else ():
        if said[at : at + len(wanted)] == wanted:
            return standing[at].start(), standing[at + len(wanted) - 1].end()
    return None


def objection_to(span: AnswerSpan | None, task: GradingTask) -> str:
    """Return why the quoted words cannot bear a verdict, as a code for the record, or nothing."""
    if span is None:
        return "quote_not_in_answer"
    around = sentences_around(task.answer, start=span.start, end=span.end)
    return "speaks_to_grader" if speaks_to_grader(around, subject=task.matter) else ""


def is_near_the_line(judgements: Sequence[PointJudgement]) -> bool:
    """Return whether a point is unsure, or one point judged otherwise would change the verdict."""
    if any(judgement.verdict is PointVerdict.UNSURE for judgement in judgements):
        return True
    verdict = decide(judgements).verdict
    others = ([*judgements[:at], _flipped(one), *judgements[at + 1 :]] for at, one in enumerate(judgements))
    return any(decide(other).verdict is not verdict for other in others)


def agreed(first: PointJudgement, second: PointJudgement) -> PointJudgement:
    """Return what both looks say of a point; where only one of them credits it, nobody can tell."""
    if first.verdict is second.verdict:
        return first
    if {first.verdict, second.verdict} == {PointVerdict.MISSING, PointVerdict.CONTRADICTED}:
        # They agree that it is not shown; the milder one costs the learner less if it is wrong.
        return first if first.verdict is PointVerdict.MISSING else second
    return PointJudgement(
        first.point_id,
        PointVerdict.UNSURE,
        PROBABILITIES[PointVerdict.UNSURE],
        reason="two_looks_disagree",
    )


def _credits_decoy(judged: Mapping[str, PointJudgement]) -> bool:
    decoy = judged.get(DECOY_ID)
    return decoy is not None and decoy.verdict in _NEEDS_WORDS


def _not_read(task: GradingTask, judged: Mapping[str, PointJudgement]) -> tuple[PointJudgement, ...]:
    """What is left of the judgements of a model that did not read: that nothing was found may stand."""
    return tuple(
        judged[point.id]
        if point.id in judged and judged[point.id].verdict is PointVerdict.MISSING
        else PointJudgement(
            point.id, PointVerdict.UNSURE, PROBABILITIES[PointVerdict.UNSURE], reason="credits_anything"
        )
        for point in task.points
    )


def _flipped(judgement: PointJudgement) -> PointJudgement:
    was_shown = judgement.verdict is PointVerdict.SHOWN
    return replace(judgement, verdict=PointVerdict.MISSING if was_shown else PointVerdict.SHOWN)
