"""What can go wrong between a learner, a lesson and a grade, said so that a person can mend it."""

from __future__ import annotations


class TutorError(Exception):
    """The base of this room's errors."""


class NotEnoughToTeach(TutorError):
    """The sources do not hold enough on a concept to make a lesson of proven sentences."""

    def __init__(self, concept: str, *, missing: str) -> None:
        self.concept, self.missing = concept, missing
        super().__init__(
            f"There is not enough on “{concept}” in the sources for a lesson: {missing}. "
            "Add a source that explains it, and nothing will have to be made up."
        )


class NothingElseToTell(TutorError):
    """The sources do not hold enough for another lesson that is not mostly the last one again."""

    def __init__(self, concept: str) -> None:
        self.concept = concept
        super().__init__(
            f"The sources hold too little on “{concept}” to explain it differently: another lesson would be "
            "mostly the one you have read. Read that once more, or add a source that explains it."
        )


class NothingToAskAbout(TutorError):
    """No rubric point of a lesson could be proven, asked for and earned."""

    def __init__(self, concept: str, *, reasons: list[str]) -> None:
        self.concept, self.reasons = concept, reasons
        told = f" ({', '.join(sorted(set(reasons)))})" if reasons else ""
        super().__init__(
            f"The lesson on “{concept}” holds no idea that can be asked for and earned{told}, so it was not "
            "published. Ask for another lesson, or add a source that defines the concept."
        )


class SubjectClosed(TutorError):
    """The learner may no longer read the library that the subject is taught from."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"“{subject}” is not open to you any more. Ask its educator to add you to a class.")


class NothingNext(TutorError):
    """There is no concept to go on with."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} Name a concept to learn about it all the same.")


class FollowUpNotAsked(TutorError):
    """A follow-up answers a question that was asked about the same lesson and is still open."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This cannot be a follow-up: {reason}. Hand it in as a new explanation instead.")


class DisputeNotPossible(TutorError):
    """Only a grade that an engine gave and nobody has decided on can be disputed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This grade cannot be disputed now: {reason}.")


class DisputedAlready(TutorError):
    """A grade is disputed once."""

    def __init__(self) -> None:
        super().__init__("You have disputed this grade already. Your words and what came of them are kept.")


class DisputeDecided(TutorError):
    """A dispute is decided once."""

    def __init__(self) -> None:
        super().__init__(
            "This dispute was decided already. To decide otherwise, change the grade of the attempt itself."
        )


class RulingNotPossible(TutorError):
    """There is nothing to decide on, or the decision does not say what it must."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This decision cannot be taken: {reason}.")


class RecordIsAppendOnly(TutorError):
    """What was disputed and decided stays as it was written."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"A {kind.lower()} is never changed or removed. Record a new decision instead.")


class ConceptNotTaught(TutorError):
    """A concept that is not published is not taught."""

    def __init__(self, concept: str) -> None:
        super().__init__(f"“{concept}” is not a published concept of this subject. Choose one from its map.")


class NothingToPractise(TutorError):
    """No item on a concept could be proven from the sources."""

    def __init__(self, concept: str) -> None:
        self.concept = concept
        super().__init__(
            f"The sources say nothing on “{concept}” that makes a short question with one right answer. "
            "Explain it back from its lesson instead, or add a source that defines it."
        )


class NotEnrolled(TutorError):
    """An answer tells about a learner of the subject, and this person is not one."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"You are not enrolled in “{subject}”. Start it from its map, then practise.")


class AnswerNotUsable(TutorError):
    """What was handed in is no answer to this item."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"This cannot be graded: {reason}.")


class ItemNotCurrent(TutorError):
    """A source of the item has changed, so that its answer may no longer hold."""

    def __init__(self) -> None:
        super().__init__(
            "A source of this question has changed since. Prepare the practice on its concept again."
        )


class PlacementHasEnded(TutorError):
    """A placement that has ended takes no more answers."""

    def __init__(self, placement: str) -> None:
        self.problem_members = {"placement": placement}
        super().__init__("This placement has ended. Look at its result, or begin another.")


class PlacementMovedOn(TutorError):
    """An answer to a question that is not the open one, as from a second window."""

    def __init__(self, question: str) -> None:
        self.problem_members = {"open_question": question}
        super().__init__(
            "This question was answered already, perhaps in another window. Go on with the question that is "
            "open now, or go back to change the last answer."
        )


class NothingToGoBackTo(TutorError):
    """Before the first question there is none."""

    def __init__(self) -> None:
        super().__init__("There is no earlier question in this placement. Answer the one that is open.")


class NothingToPlaceIn(TutorError):
    """A subject without published concepts."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"“{subject}” has no published concepts yet, so there is nothing to ask about.")


class NoProbeDue(TutorError):
    """A recall probe was to be asked and none is due."""

    def __init__(self) -> None:
        super().__init__("No recall probe is due; go on with what comes next.")
