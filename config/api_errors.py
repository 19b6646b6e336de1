"""Every error that may reach a user, and the problem (RFC 9457) it is told as: one table."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import ProtectedError
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.views import exception_handler

from concepts import errors as concepts
from graphs import errors as graphs
from jobs import errors as jobs
from llm.errors import ModelError
from mastery import errors as mastery
from mastery.models import EventLogIsAppendOnly
from research import errors as research
from tutor import errors as tutor

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """How one kind of error is told: HTTP status, the last part of its type URI, its title."""

    status: int
    slug: str
    title: str


PROBLEMS: dict[type[Exception], Problem] = {
    graphs.PrerequisiteCycle: Problem(409, "prerequisite-cycle", "Concepts would require one another"),
    graphs.SelfPrerequisite: Problem(422, "self-prerequisite", "A concept cannot require itself"),
    graphs.UnknownConcept: Problem(422, "unknown-concept", "The graph has no such concept"),
    graphs.ImportRefused: Problem(422, "import-refused", "Nothing was imported"),
    graphs.UnreadableGraph: Problem(422, "unreadable-graph", "The file is not a graph in this format"),
    graphs.UnreadableText: Problem(400, "unreadable-text", "The file is in an unknown encoding"),
    graphs.UnwritableGraph: Problem(422, "unwritable-graph", "The graph does not fit this format"),
    graphs.UnknownFormat: Problem(400, "unknown-graph-format", "Unknown graph format"),
    concepts.StaleRevision: Problem(412, "stale-revision", "The graph has changed since you read it"),
    concepts.RevisionNotNamed: Problem(428, "revision-not-named", "Say which revision you are editing"),
    concepts.RevisionNotUnderstood: Problem(400, "revision-not-understood", "If-Match names no revision"),
    concepts.ConceptNameTaken: Problem(409, "concept-name-taken", "There is such a concept already"),
    concepts.UnnameableConcept: Problem(422, "unnameable", "This name cannot be used"),
    concepts.PrerequisiteHeldAlready: Problem(
        409, "prerequisite-held-already", "The graph holds this prerequisite already"
    ),
    concepts.ConceptNotOfSubject: Problem(422, "concept-not-of-subject", "A concept of another subject"),
    concepts.PassageNotOfSubject: Problem(422, "passage-not-of-subject", "A passage of another subject"),
    concepts.UnknownCommand: Problem(422, "unknown-command", "There is no such command"),
    concepts.CommandNotUnderstood: Problem(422, "command-not-understood", "This command cannot be read"),
    concepts.CommandDoesNotFit: Problem(409, "command-does-not-fit", "An operation does not fit the graph"),
    concepts.NoSuchConceptKey: Problem(409, "no-such-concept-key", "The graph has no such concept"),
    concepts.NoSuchPrerequisite: Problem(409, "no-such-prerequisite", "The graph has no such prerequisite"),
    concepts.OperationIsNeeded: Problem(409, "operation-is-needed", "A later operation needs this one"),
    concepts.NoSuchOperation: Problem(404, "no-such-operation", "The draft has no such operation"),
    concepts.OrderNotComplete: Problem(422, "order-not-complete", "This is no order of the operations"),
    concepts.TooManyOperations: Problem(409, "too-many-operations", "The draft is full"),
    concepts.DraftIsClosed: Problem(409, "draft-is-closed", "The draft is closed"),
    concepts.DraftChanged: Problem(412, "draft-changed", "The draft has changed since you read it"),
    concepts.NothingToPublish: Problem(409, "nothing-to-publish", "The draft changes nothing"),
    concepts.SubjectKeyTaken: Problem(409, "subject-key-taken", "There is such a subject already"),
    research.QuoteNotFound: Problem(422, "quote-not-found", "These words are not in the source"),
    concepts.ShownInTheFuture: Problem(422, "shown-in-the-future", "This was not shown yet"),
    concepts.NotAnEdge: Problem(422, "not-an-edge", "Only a prerequisite has a direction"),
    concepts.NothingToTakeBack: Problem(409, "nothing-to-take-back", "Nothing to take back"),
    concepts.DecisionOvertaken: Problem(409, "decision-overtaken", "Changed again since"),
    concepts.GraphFileTooLarge: Problem(413, "graph-file-too-large", "The graph is too large"),
    concepts.NothingToUndo: Problem(409, "nothing-to-undo", "There is nothing to undo"),
    concepts.NothingToRedo: Problem(409, "nothing-to-redo", "There is nothing to redo"),
    concepts.UnknownRevision: Problem(422, "unknown-revision", "There is no such revision"),
    concepts.AlreadyAtRevision: Problem(409, "already-at-revision", "There is nothing to restore"),
    concepts.CannotTakeBack: Problem(409, "cannot-take-back", "This cannot be taken back"),
    concepts.MergedWithItself: Problem(422, "merged-with-itself", "A concept cannot be merged into itself"),
    concepts.ConceptWasMerged: Problem(409, "concept-was-merged", "This concept was merged into another"),
    concepts.ConceptIsRejected: Problem(409, "concept-is-rejected", "This concept is rejected"),
    concepts.NotOfThisConcept: Problem(422, "not-of-this-concept", "This belongs to another concept"),
    jobs.JobCannotBeRetried: Problem(409, "job-cannot-be-retried", "This job cannot be retried"),
    jobs.JobHasEnded: Problem(409, "job-has-ended", "This job has ended"),
    jobs.IdempotencyKeyReused: Problem(
        422, "idempotency-key-reused", "Idempotency key used for another request"
    ),
    mastery.AlreadyEnrolled: Problem(409, "already-enrolled", "Already enrolled"),
    mastery.GoalNotOfSubject: Problem(422, "goal-not-of-subject", "This cannot be a goal"),
    mastery.ConceptNotOfEnrolment: Problem(422, "concept-not-of-enrolment", "Concept of another subject"),
    mastery.OverrideNotAllowed: Problem(403, "override-not-allowed", "This belief is not yours to set"),
    mastery.OverrideNeedsReason: Problem(422, "override-needs-reason", "An override needs a reason"),
    mastery.ObservationNotUsable: Problem(422, "observation-not-usable", "This cannot be evidence"),
    mastery.LearnerForgotten: Problem(409, "learner-forgotten", "This learner was forgotten"),
    mastery.NoSuchLearner: Problem(404, "no-such-learner", "There is no such learner"),
    mastery.CannotForget: Problem(409, "cannot-forget", "This account cannot be forgotten"),
    mastery.OverridesNotUsable: Problem(422, "overrides-not-usable", "These parameters cannot be tried"),
    mastery.ParameterOutOfBounds: Problem(422, "parameter-out-of-bounds", "A parameter is out of bounds"),
    mastery.WhatIfNotPossible: Problem(422, "what-if-not-possible", "This change cannot be tried"),
    mastery.ProvenanceNotUsable: Problem(422, "provenance-not-usable", "This cannot be recorded"),
    mastery.ParquetNotInstalled: Problem(501, "parquet-not-installed", "Parquet cannot be written here"),
    mastery.FormatNotForTable: Problem(422, "format-not-for-table", "The format does not hold such records"),
    mastery.NoSuchClass: Problem(422, "no-such-class", "There is no such class"),
    mastery.TooMuchToFold: Problem(422, "too-much-to-fold", "Too many events for one request"),
    mastery.PlanChanged: Problem(409, "plan-changed", "The plan is not what was registered"),
    mastery.RegistrationIsAppendOnly: Problem(409, "registration-is-append-only", "Registered for good"),
    mastery.StateNotReadable: Problem(500, "belief-not-readable", "A stored belief cannot be read"),
    research.NoSourcesGiven: Problem(422, "no-sources-given", "Nothing to add"),
    research.SourceFailed: Problem(422, "source-not-usable", "This source cannot be used"),
    research.IndexUnavailable: Problem(503, "index-unavailable", "The search index is being rebuilt"),
    tutor.NotEnoughToTeach: Problem(422, "not-enough-to-teach", "The sources hold too little on this"),
    tutor.NothingElseToTell: Problem(422, "nothing-else-to-tell", "The sources hold no other explanation"),
    tutor.NothingToAskAbout: Problem(422, "nothing-to-ask-about", "No question on this can be earned"),
    tutor.SubjectClosed: Problem(403, "subject-closed", "This subject is closed to you"),
    tutor.NothingNext: Problem(409, "nothing-next", "There is nothing to go on with"),
    tutor.ConceptNotTaught: Problem(422, "concept-not-taught", "This concept is not taught"),
    tutor.FollowUpNotAsked: Problem(409, "follow-up-not-asked", "No follow-up question is open"),
    tutor.DisputeNotPossible: Problem(409, "dispute-not-possible", "This grade cannot be disputed"),
    tutor.DisputedAlready: Problem(409, "disputed-already", "Disputed already"),
    tutor.DisputeDecided: Problem(409, "dispute-decided", "This dispute is decided"),
    tutor.RulingNotPossible: Problem(422, "ruling-not-possible", "This decision cannot be taken"),
    tutor.RecordIsAppendOnly: Problem(409, "record-is-append-only", "The record is append-only"),
    tutor.NothingToPractise: Problem(422, "nothing-to-practise", "No question on this can be proven"),
    tutor.NoProbeDue: Problem(409, "no-probe-due", "No recall probe is due"),
    tutor.NotEnrolled: Problem(409, "not-enrolled", "Not enrolled in this subject"),
    tutor.AnswerNotUsable: Problem(422, "answer-not-usable", "This is no answer to the question"),
    mastery.PlacementTooLarge: Problem(422, "placement-too-large", "Too much to place in at once"),
    tutor.PlacementHasEnded: Problem(409, "placement-has-ended", "This placement has ended"),
    tutor.PlacementMovedOn: Problem(409, "placement-moved-on", "Another question is open"),
    tutor.NothingToGoBackTo: Problem(409, "nothing-to-go-back-to", "There is no earlier question"),
    tutor.NothingToPlaceIn: Problem(422, "nothing-to-place-in", "There is nothing to ask about"),
    tutor.ItemNotCurrent: Problem(409, "item-not-current", "The question is out of date"),
    ModelError: Problem(503, "model-gave-no-answer", "The model gave no answer"),
    EventLogIsAppendOnly: Problem(409, "event-log-is-append-only", "The event log is append-only"),
    ProtectedError: Problem(409, "still-in-use", "Something still rests on this"),
}


def problem_for(error: Exception) -> Problem | None:
    """The row of the table for ``error``, or for the nearest class above it."""
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), None)


def problem_body(problem: Problem, error: Exception) -> dict[str, Any]:
    """The RFC 9457 members, with the error's own public data as extension members."""
    extension = getattr(error, "problem_members", {})
    return {
        "type": f"urn:cairn:problem:{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": _detail(error),
        **extension,
    }


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every failure leaves as ``application/problem+json``."""
    problem = problem_for(error)
    if problem:
        response = Response(problem_body(problem, error), status=problem.status)
    else:
        plain = exception_handler(error, context)
        if plain is None:
            return None
        response = Response(_framework_body(error, plain.status_code), status=plain.status_code)
        for name, value in plain.items():
            response[name] = value
    request = context.get("request")
    response.data["instance"] = request.path if request else ""
    response.content_type = PROBLEM_JSON
    return response


def _detail(error: Exception) -> str:
    if isinstance(error, ProtectedError):
        kinds = sorted({str(row._meta.verbose_name_plural) for row in error.protected_objects})
        return f"It is still used by {', '.join(kinds)}. Reject or archive it instead of deleting it."
    return str(error)


def _framework_body(error: Exception, status: int) -> dict[str, Any]:
    if isinstance(error, Http404):
        error = drf.NotFound()
    if isinstance(error, PermissionDenied):
        error = drf.PermissionDenied()
    slug = getattr(error, "default_code", "error").replace("_", "-")
    body: dict[str, Any] = {
        "type": f"urn:cairn:problem:{slug}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": "Some fields are missing or wrong; see errors."
        if isinstance(error, drf.ValidationError)
        else "",
    }
    if isinstance(error, drf.ValidationError):
        body["errors"] = list(_field_errors(error.detail, ()))
    else:
        body["detail"] = str(getattr(error, "detail", error))
    return body


def _field_errors(detail: Any, path: tuple[str, ...]) -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [row for name, inner in detail.items() for row in _field_errors(inner, (*path, str(name)))]
    if isinstance(detail, list):
        return [row for inner in detail for row in _field_errors(inner, path)]
    pointer = "/" + "/".join(part for part in path if part != "non_field_errors")
    return [{"pointer": pointer, "detail": str(detail), "code": str(getattr(detail, "code", "invalid"))}]
