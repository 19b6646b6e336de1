"""Why an edit of a graph was refused."""

from __future__ import annotations

from datetime import datetime


class ConceptsError(Exception):
    """Anything that keeps a graph from being edited."""


class StaleRevision(ConceptsError):
    """Someone else changed the graph since it was read."""

    def __init__(self, *, expected: int, current: int) -> None:
        self.expected = expected
        self.current = current
        self.problem_members = {"expected_revision": expected, "current_revision": current}
        super().__init__(
            f"The graph has changed since you read it: you saw revision {expected}, "
            f"it is now {current}. Read it again and repeat your edit."
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
