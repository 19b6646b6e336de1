"""What can go wrong with the record of what a learner knows, said so that a person can mend it."""

from __future__ import annotations

from datetime import datetime


class MasteryError(Exception):
    """Anything that is wrong with events, beliefs or their parameters."""


class ParameterOutOfBounds(MasteryError):
    """A parameter of the estimator lies where the model would mean nonsense."""

    def __init__(self, name: str, value: float, *, low: float, high: float) -> None:
        self.name, self.value, self.low, self.high = name, value, low, high
        super().__init__(f"The mastery parameter {name} is {value}; give a number from {low} to {high}.")


class ObservationNotUsable(MasteryError):
    """An observation says something that cannot be evidence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This cannot be counted as evidence: {reason}")


class ObservationOutOfOrder(MasteryError):
    """An observation is older than the state that it was to be folded into."""

    def __init__(self, concept: str, *, at: datetime, after: datetime) -> None:
        self.concept, self.at, self.after = concept, at, after
        super().__init__(
            f"The observation of {concept} at {at.isoformat()} is older than its state of "
            f"{after.isoformat()}; sort observations by time, or fold the whole log again."
        )


class StateNotReadable(MasteryError):
    """A stored state was written by another version of the estimator."""

    def __init__(self, version: object) -> None:
        self.version = version
        super().__init__(
            f"A stored belief has state version {version!r}, which this release cannot read. "
            "Run “manage.py replay_mastery --fix” to compute the beliefs again from the events."
        )


class PredictorNotReadable(MasteryError):
    """Stored weights of the predictor do not fit this release or each other."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"The predictor cannot be read: {reason}. Run “manage.py fit_mastery” to fit one to this release."
        )


class BenchmarkDataNotUsable(MasteryError):
    """A file of answers is missing, malformed or empty."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path} cannot be used: {reason}. Give a folder of answers as docs/mastery.md describes it."
        )


class PyBktNotRunning(MasteryError):
    """The library that predictions are compared with cannot be run here."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"pyBKT does not run here ({reason}); for its figures install pyBKT, numpy<2.4 and "
            "scikit-learn<1.8."
        )


class TooFewToFit(MasteryError):
    """There are too few learners or answers to fit anything to, and to check it on others."""

    def __init__(self, *, learners: int, answers: int, needed_learners: int, needed_answers: int) -> None:
        self.learners, self.answers = learners, answers
        super().__init__(
            f"There are {answers} answers of {learners} learners; fitting needs {needed_answers} of "
            f"{needed_learners}, so that a part of the learners can be held out. Until then the parameters "
            "in force stay."
        )


class AlreadyEnrolled(MasteryError):
    """A learner is enrolled in a subject once."""

    def __init__(self, subject: str, *, enrolment: str) -> None:
        self.subject, self.enrolment = subject, enrolment
        self.problem_members = {"enrolment": enrolment}
        super().__init__(f"You are enrolled in {subject} already; change that enrolment's goals instead.")


class GoalNotOfSubject(MasteryError):
    """A goal is not a published concept of the subject."""

    def __init__(self, goal: str, *, subject: str) -> None:
        self.goal, self.subject = goal, subject
        super().__init__(f"{goal} is not a published concept of {subject}; choose goals from its map.")


class ConceptNotOfEnrolment(MasteryError):
    """An event is about a concept of another subject."""

    def __init__(self, concept: str, *, subject: str) -> None:
        self.concept, self.subject = concept, subject
        super().__init__(f"{concept} does not belong to {subject}, the subject of this enrolment.")


class OverrideNotAllowed(MasteryError):
    """Someone other than the learner's educator tried to set a belief."""

    def __init__(self) -> None:
        super().__init__("Only an educator of the learner's class who keeps the subject may set a belief.")


class OverrideNeedsReason(MasteryError):
    """An override was given without a reason."""

    def __init__(self) -> None:
        super().__init__("An override stays in the learner's record for ever; say why you make it.")
