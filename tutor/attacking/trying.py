"""Tries a grader on the cases, on the same path as a learner's answer: screen, grade, floor, verdict."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tutor.attacking.cases import Case
from tutor.attacking.variants import variants
from tutor.floor import check_judgements
from tutor.ports import Doubt, Grader, GradingTask, PointToGrade, PointVerdict
from tutor.screening import screen
from tutor.verdict import Verdict, decide


class Result(StrEnum):
    """What became of an answer, seen from what it deserves.

    `CREDITED` is a right answer that passed, and the failure of any other: it earned what it must not.
    """

    CREDITED = "credited"
    CANNOT_TELL = "cannot_tell"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Trial:
    """One case and what became of it.

    Attributes
    ----------
    credited
        Places in the rubric, from 0, that earned credit.
    passed
        The whole answer passed.
    reasons
        Why the points stand as they do, in the rubric's order; or why the answer was not graded.
    """

    case: Case
    result: Result
    passed: bool
    credited: frozenset[int]
    reasons: tuple[str, ...]

    @property
    def has_failed(self) -> bool:
        """Credit where none is due, or a right answer refused. Not to tell is neither."""
        return self.result is (Result.REFUSED if self.case.kind.is_right else Result.CREDITED)


@dataclass(frozen=True, slots=True)
class VariantTrial:
    """A benign variant of a right answer that passed, and whether it passed too."""

    name: str
    case: Case
    is_kept: bool


def try_case(case: Case, *, grader: Grader, doubt: Doubt) -> Trial:
    """Return what becomes of one answer.

    Raises
    ------
    llm.errors.ModelError
        If the grader asks a model and gets no usable reply.
    """
    concept = case.concept
    screened = screen(case.answer, question=concept.question, lesson=concept.lesson, sources=case.sources)
    if screened.refusal:
        return Trial(
            case, Result.REFUSED, passed=False, credited=frozenset(), reasons=(screened.refusal.value,)
        )
    points = tuple(PointToGrade(str(place), text) for place, text in enumerate(concept.points))
    task = GradingTask(concept.question, points, screened.plain.text, concept.name, case.background)
    judged = check_judgements(grader.grade(task), task=task, screened=screened, doubt=doubt)
    verdict = decide(judged).verdict
    credited = frozenset(place for place, one in enumerate(judged) if one.verdict is PointVerdict.SHOWN)
    passed = verdict is Verdict.PASSED
    is_credited = passed if case.kind.is_right else bool(credited - case.shows)
    if is_credited:
        result = Result.CREDITED
    else:
        result = Result.CANNOT_TELL if verdict is Verdict.CANNOT_TELL else Result.REFUSED
    reasons = tuple(f"{one.verdict.value}: {one.reason}" for one in judged)
    return Trial(case, result, passed=passed, credited=credited, reasons=reasons)


def try_all(
    cases: Sequence[Case], *, grader: Grader, doubt: Doubt, advance: Callable[[], None] = lambda: None
) -> list[Trial]:
    """Return what becomes of every case; ``advance`` is called after each."""
    trials = []
    for case in cases:
        trials.append(try_case(case, grader=grader, doubt=doubt))
        advance()
    return trials


def try_variants(
    trials: Iterable[Trial], *, grader: Grader, doubt: Doubt, advance: Callable[[], None] = lambda: None
) -> list[VariantTrial]:
    """Return what becomes of the benign variants of each right answer that passed."""
    kept = []
    for case in (trial.case for trial in trials if trial.case.kind.is_right and trial.passed):
        rng = random.Random(case.answer)  # noqa: S311  # typing errors, not secrets
        for name, answer in variants(case.answer, question=case.concept.question, rng=rng).items():
            trial = try_case(replace(case, answer=answer), grader=grader, doubt=doubt)
            kept.append(VariantTrial(name, trial.case, trial.passed))
        advance()
    return kept
