"""Why an edit of a graph was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any


class ConceptsError(Exception):
    """Anything that keeps a graph from being edited."""


class StaleRevision(ConceptsError):
    """Someone else changed the graph since it was read.

    ``since`` says who did what meanwhile, and what is different now.
    """

    def __init__(self, *, expected: int, current: int, since: dict[str, Any] | None = None) -> None:
        self.expected = expected
        self.current = current
        self.since = since
        self.problem_members = {
            "expected_revision": expected,
            "current_revision": current,
            "since": since,
        }
        meanwhile = " ".join(str(row["told"]) for row in since["revisions"][:3]) if since else ""
        super().__init__(
            f"The graph has changed since you read it: you saw revision {expected}, "
            f"it is now {current}. {meanwhile + ' ' if meanwhile else ''}Read it again and repeat your edit."
        )


class RevisionNotNamed(ConceptsError):
    """An edit does not say which revision of the graph it was made for."""

    def __init__(self) -> None:
        super().__init__(
            "Send the ETag that you read as If-Match, so that your edit cannot overwrite another's."
        )


class RevisionNotUnderstood(ConceptsError):
    """The If-Match header names no revision."""

    def __init__(self, header: str) -> None:
        self.header = header
        super().__init__(f'If-Match is “{header}”; send an ETag as it was read, such as "7".')


class ConceptNameTaken(ConceptsError):
    """The subject has a concept of this name already."""

    def __init__(self, name: str, *, key: str) -> None:
        self.name = name
        self.key = key
        self.problem_members = {"key": key}
        super().__init__(f"This subject has a concept “{name}” already (its key is “{key}”); use that one.")


class UnnameableConcept(ConceptsError):
    """A name has no letter or digit to make a key of."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"“{name}” holds no letter or digit; give the concept a name that can be read.")


class PrerequisiteHeldAlready(ConceptsError):
    """The prerequisite is in the graph already."""

    def __init__(self, prerequisite: str, *, dependent: str) -> None:
        self.prerequisite = prerequisite
        self.dependent = dependent
        super().__init__(f"“{dependent}” requires “{prerequisite}” already; there is nothing to add.")


class ConceptNotOfSubject(ConceptsError):
    """An edge joins concepts of different subjects."""

    def __init__(self, concept: str, *, subject: str) -> None:
        self.concept = concept
        self.subject = subject
        super().__init__(
            f"“{concept}” is no concept of “{subject}”; a prerequisite stays within one subject."
        )


class PassageNotOfSubject(ConceptsError):
    """A quote was given from a passage that the subject's library does not hold."""

    def __init__(self, passage: object, *, subject: str) -> None:
        self.passage = passage
        self.subject = subject
        super().__init__(f"Passage {passage} is in no source of “{subject}”; quote one of its own sources.")


class SubjectKeyTaken(ConceptsError):
    """A subject or library has this key already."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"There is a subject with the key “{key}” already; choose another name or key.")


class GraphFileTooLarge(ConceptsError):
    """An imported graph is larger than any that people edit."""

    def __init__(self, *, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(f"The graph is larger than {limit_bytes // 1_000_000} MB; import it in parts.")


class UnknownEngine(ConceptsError):
    """There is no extraction engine of this name."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        super().__init__(f"There is no engine “{engine}”; choose auto, embedded or ollama.")


class NothingToExtract(ConceptsError):
    """A subject has no document to draw a graph from."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"“{subject}” has no readable source yet; add one and let it be read first.")


class SourcesChanged(ConceptsError):
    """A source changed while its graph was being drawn."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"The sources of “{subject}” changed during the extraction; run it again.")


class NothingToUndo(ConceptsError):
    """No revision is left that could be taken back."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"Nothing of “{subject}” is left to undo; its history shows what was done.")


class NothingToRedo(ConceptsError):
    """No undoing is left to take back, or the graph was edited since."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(
            f"Nothing of “{subject}” can be redone: nothing was undone since the last edit. "
            "To go back to an older state, restore its revision."
        )


class UnknownRevision(ConceptsError):
    """A revision is named that the graph never had."""

    def __init__(self, number: int, *, newest: int) -> None:
        self.number = number
        self.newest = newest
        super().__init__(f"There is no revision {number}; they go from 0 (empty) to {newest}.")


class AlreadyAtRevision(ConceptsError):
    """The graph is what it is to be restored to."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"The graph is what it was after revision {number} already; nothing was changed.")


class CannotTakeBack(ConceptsError):
    """A row that a revision changed is gone, by a way that left no trace in the history."""

    def __init__(self, kind: str, *, key: str) -> None:
        self.kind = kind
        self.key = key
        super().__init__(f"This cannot be taken back: the {kind} {key} was removed past the history.")


class MergedWithItself(ConceptsError):
    """A concept was to be merged into itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"“{name}” cannot be merged into itself; choose another concept.")


class ConceptWasMerged(ConceptsError):
    """A concept that was merged into another cannot be edited on its own."""

    def __init__(self, name: str, *, into: str) -> None:
        self.name = name
        self.into = into
        super().__init__(f"“{name}” was merged into “{into}”; edit that one, or undo the merge.")


class ConceptIsRejected(ConceptsError):
    """A concept that is not in the graph was to be merged or split."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"“{name}” is rejected; publish it first.")


class NotOfThisConcept(ConceptsError):
    """A split names evidence, a prerequisite or a rubric point of another concept."""

    def __init__(self, what: str, key: object, *, concept: str) -> None:
        self.what = what
        self.key = key
        self.concept = concept
        super().__init__(f"The {what} {key} does not belong to “{concept}”; name only what is its own.")


class UnknownCommand(ConceptsError):
    """A draft is asked to hold a command that there is not."""

    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(f"There is no command “{name[:80]}”; choose one of: {', '.join(known)}.")


class CommandNotUnderstood(ConceptsError):
    """The parameters of a command are missing, too many or of the wrong kind."""

    def __init__(self, name: str, *, complaints: Sequence[tuple[str, str]]) -> None:
        self.name = name
        self.complaints = tuple(complaints)
        self.problem_members = {
            "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in complaints]
        }
        told = "; ".join(f"{pointer or 'parameters'}: {detail}" for pointer, detail in complaints)
        super().__init__(f"“{name}” cannot be read. {told}.")


class NoSuchConceptKey(ConceptsError):
    """A command speaks of a concept that the graph does not hold at that point."""

    def __init__(self, key: str, *, subject: str) -> None:
        self.key = key
        super().__init__(
            f"“{subject}” has no concept with the key “{key}”; it may have been removed. "
            "Name another, or add it first."
        )


class NoSuchPrerequisite(ConceptsError):
    """A command speaks of a prerequisite that the graph does not hold at that point."""

    def __init__(self, prerequisite: str, *, dependent: str) -> None:
        self.prerequisite = prerequisite
        self.dependent = dependent
        super().__init__(
            f"No prerequisite says that “{dependent}” requires “{prerequisite}”; it may have been removed. "
            "Add it, or leave the command out."
        )


class CommandDoesNotFit(ConceptsError):
    """One command of a draft cannot be carried out on the graph as it is there."""

    def __init__(self, number: int, *, command: str, reason: Exception) -> None:
        self.number = number
        self.command = command
        self.reason = reason
        self.problem_members = {
            **getattr(reason, "problem_members", {}),
            "number": number,
            "command": command,
            "reason": str(reason),
        }
        super().__init__(f"Operation {number} ({command}) does not fit the graph as it is now. {reason}")


class OperationIsNeeded(ConceptsError):
    """Without one operation of a draft, or in another order, a later one would no longer fit."""

    def __init__(self, needed_by: CommandDoesNotFit) -> None:
        self.number = needed_by.number
        self.problem_members = dict(needed_by.problem_members)
        super().__init__(
            f"Operation {needed_by.number} ({needed_by.command}) would no longer fit: {needed_by.reason} "
            f"Take operation {needed_by.number} out first."
        )


class NoSuchOperation(ConceptsError):
    """A draft holds no operation of this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"The draft has no operation {number}; read it again.")


class OrderNotComplete(ConceptsError):
    """A new order does not name each operation of the draft once."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.numbers = tuple(numbers)
        told = ", ".join(map(str, numbers[:20])) or "none"
        super().__init__(f"The order must name each operation of the draft once; it holds: {told}.")


class TooManyOperations(ConceptsError):
    """A draft would hold more operations than one revision should."""

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        super().__init__(f"A draft holds at most {limit} operations; publish this one and open another.")


class DraftIsClosed(ConceptsError):
    """A draft was published or discarded already."""

    def __init__(self, *, state: str, revision: int | None) -> None:
        self.state = state
        self.revision = revision
        self.problem_members = {"state": state, "revision": revision}
        how = f"published as revision {revision}" if revision is not None else state
        super().__init__(f"This draft was {how} and cannot be changed any more; open another.")


class DraftChanged(ConceptsError):
    """Someone else changed the draft since it was read."""

    def __init__(self, *, expected: int, current: int) -> None:
        self.expected = expected
        self.current = current
        self.problem_members = {"expected_version": expected, "current_version": current}
        super().__init__(
            f"The draft has changed since you read it: you saw version {expected}, it is now {current}. "
            "Read it again and repeat your edit."
        )


class NothingToPublish(ConceptsError):
    """A draft would leave the graph as it is."""

    def __init__(self) -> None:
        super().__init__("This draft changes nothing in the graph as it is; add operations or discard it.")


class ShownInTheFuture(ConceptsError):
    """A decision says that its question was shown later than it was decided."""

    def __init__(self, *, shown_at: datetime, now: datetime) -> None:
        self.shown_at, self.now = shown_at, now
        super().__init__(
            f"The question cannot have been shown at {shown_at.isoformat()}: it is {now.isoformat()} now. "
            "Send the time at which you were shown it."
        )


class NotAnEdge(ConceptsError):
    """A concept was to be flipped."""

    def __init__(self, concept: str) -> None:
        self.concept = concept
        super().__init__(f"“{concept}” is a concept and has no direction; accept, reject or skip it.")


class NothingToTakeBack(ConceptsError):
    """Someone has decided nothing yet, or has taken everything back."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__(f"You have no decision on “{subject}” left that could be taken back.")


class DecisionOvertaken(ConceptsError):
    """A decision cannot be taken back, because its row was changed afterwards."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"“{what}” was changed again after your decision; change it on the page of the graph instead."
        )


class UnknownScope(ConceptsError):
    """There is no such extent of an extraction."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        super().__init__(f"An extraction cannot look at “{scope}”; choose auto (only what changed) or all.")
