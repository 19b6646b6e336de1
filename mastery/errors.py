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


class ProvenanceNotUsable(MasteryError):
    """An event names its means in a way that nobody could check later."""

    def __init__(self, name: str, value: object) -> None:
        self.name, self.value = name, value
        super().__init__(
            f"An event cannot bear the hash {name} = {value!r:.80}; the names and their forms are listed in "
            "mastery/provenance.py."
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


class CardNotReadable(MasteryError):
    """A review card was written by another scheduler than the one that is to read it."""

    def __init__(self, scheduler: str, *, wanted: str) -> None:
        self.scheduler, self.wanted = scheduler, wanted
        super().__init__(
            f"A review card was made by {scheduler}, and the subject's reviews are spaced by {wanted}. "
            "Run “manage.py replay_mastery --fix” to compute the cards again from the events."
        )


class ReviewWeightsNotUsable(MasteryError):
    """Weights for FSRS lie where its formulas mean nothing."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"These weights cannot space reviews: {reason} Run “manage.py fit_reviews” again.")


class LearnerForgotten(MasteryError):
    """Something was to be added to the record of a learner who was forgotten."""

    def __init__(self) -> None:
        super().__init__("This learner was forgotten; nothing can be added to the record that was theirs.")


class NoSuchLearner(MasteryError):
    """There is neither an account of this name or id nor a receipt of its forgetting."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no account “{name}”. Give a user name, or the id of the account.")


class CannotForget(MasteryError):
    """An account that others depend on cannot be forgotten as it is."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This account cannot be forgotten: {reason}.")


class OverridesNotUsable(MasteryError):
    """Parameters to be tried are unknown or of the wrong kind."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"These parameters cannot be tried: {reason}. Give a JSON object with some of the names and "
            "kinds that GET /api/v1/mastery-parameters shows."
        )


class WhatIfNotPossible(MasteryError):
    """A change to be tried does not fit the subject."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This change cannot be tried: {reason}.")


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


class PlacementTooLarge(MasteryError):
    """A placement would have to look at more concepts than it can weigh at once."""

    def __init__(self, size: int, *, most: int) -> None:
        self.size, self.most = size, most
        super().__init__(
            f"A placement looks at {most} concepts at most and this one would need {size}; "
            "choose goals first, so that it only looks at what they rest on."
        )


class BenchmarkDataNotUsable(MasteryError):
    """A benchmark was pointed at data that it cannot read."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(
            f"{path} cannot be used: {reason}. Point --data at a folder as the command's help names it."
        )


class ParquetNotInstalled(MasteryError):
    """Parquet was asked for and its optional package is missing."""

    def __init__(self) -> None:
        super().__init__(
            "Parquet needs the optional package pyarrow: install it (pip install pyarrow), or take CSV."
        )


class FormatNotForTable(MasteryError):
    """A format of other programs was asked for records that it does not know."""

    def __init__(self, format_title: str, *, table: str) -> None:
        self.format_title, self.table = format_title, table
        super().__init__(f"{format_title} hold events, not {table}; export the events, or take CSV.")


class NoSuchClass(MasteryError):
    """A filter names a class under a name that no class has."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"There is no class “{name}” among the learners that you may study.")


class PlanNotUsable(MasteryError):
    """The file that registers an experiment says too little, or something that cannot be."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"This experiment cannot be registered: {reason}")


class PlanChanged(MasteryError):
    """A registered experiment's file is not what was registered."""

    def __init__(self, key: str, *, registered: str, given: str) -> None:
        self.key, self.registered, self.given = key, registered, given
        super().__init__(
            f"The experiment {key} is registered with hash {registered[:12]}; this file has {given[:12]}. "
            "A plan cannot be changed once it is registered: give the changed one a key of its own."
        )


class PlanTooLate(MasteryError):
    """An experiment was to be registered after it had begun."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"The experiment {key} must be registered at least five minutes before it starts.")


class ExperimentsOverlap(MasteryError):
    """Two experiments would treat the same learners at the same time."""

    def __init__(self, key: str, *, other: str) -> None:
        self.key, self.other = key, other
        super().__init__(f"{key} would run while {other} does in the same subject; let one end first.")


class RegistrationIsAppendOnly(MasteryError):
    """Experiments and assignments are never changed."""

    def __init__(self) -> None:
        super().__init__("What was registered, and who was assigned to what, is never changed.")


class TooMuchToFold(MasteryError):
    """More events would have to be folded than one request may take."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(
            f"More than {most} events would have to be read for this. Choose a class or a learner, or run "
            "“manage.py report_calibration”, which takes any number."
        )
