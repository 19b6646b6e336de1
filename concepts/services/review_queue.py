"""The rows of a graph that a person should look at, the most telling first, each with why it stands there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from django.db.models import Q

from concepts.models import (
    Concept,
    Judgement,
    Prerequisite,
    PrerequisiteQuerySet,
    ReviewDecision,
    Subject,
)
from concepts.reviewing import (
    STALE_DOUBT,
    Gate,
    Judged,
    Outcome,
    Reason,
    ReviewSignals,
    Weighing,
    disagreement,
    uncertainty,
)
from concepts.services.undoing import undone_numbers
from config import wiring


@dataclass(frozen=True, slots=True)
class Question:
    """One row that waits for a decision."""

    row: Concept | Prerequisite
    reasons: tuple[Reason, ...]
    weighing: Weighing
    judgements: tuple[Judgement, ...] = ()
    outcome: Outcome | None = None
    reverse: Prerequisite | None = field(default=None)

    @property
    def kind(self) -> str:
        """Which table the row is of, as the API names it."""
        return "concept" if isinstance(self.row, Concept) else "prerequisite"

    @property
    def edge(self) -> Prerequisite | None:
        """The row, where it is an edge."""
        return self.row if isinstance(self.row, Prerequisite) else None

    @property
    def concept(self) -> Concept | None:
        """The row, where it is a concept."""
        return self.row if isinstance(self.row, Concept) else None


def review_queue(subject: Subject, *, now: datetime, signals: ReviewSignals | None = None) -> list[Question]:
    """Every proposal, and every accepted row that is stale or contradicted, by doubt times learners gated."""
    signals = signals or cast(ReviewSignals, wiring.review_signals())
    outcomes = signals.outcomes(subject.pk)
    contradicted = _open_contradictions(subject, outcomes)
    in_question = _edges_in_question(subject, contradicted=contradicted)
    edges = list(in_question.select_related("subject", "prerequisite", "dependent"))
    concepts = list(subject.concepts.filter(_PROPOSED_OR_STALE).select_related("subject"))
    gates = {str(edge.pk): _gate_of(edge) for edge in edges} | _gates_of(concepts)
    gated = signals.learners_gated(subject.pk, gates, now=now)
    judged = _judgements(edges, concepts)
    rows: list[Concept | Prerequisite] = [*edges, *concepts]
    questions = [
        _question(row, judged.get(row.pk, ()), outcomes.get(str(row.pk)), gated.get(str(row.pk), 0))
        for row in rows
    ]
    return sorted(questions, key=_place)


def count_waiting(subject: Subject, *, signals: ReviewSignals | None = None) -> int:
    """How many questions the queue holds; their order, which asks about every learner, is not worked out."""
    signals = signals or cast(ReviewSignals, wiring.review_signals())
    contradicted = _open_contradictions(subject, signals.outcomes(subject.pk))
    edges = _edges_in_question(subject, contradicted=contradicted)
    return edges.count() + subject.concepts.filter(_PROPOSED_OR_STALE).count()


def with_evidence(questions: Iterable[Question]) -> list[Question]:
    """The same questions with the words for and against them, and the edge in the other direction."""
    questions = list(questions)
    edges = Prerequisite.objects.with_evidence().in_bulk([q.row.pk for q in questions if q.edge])
    concepts = Concept.objects.with_evidence().in_bulk([q.row.pk for q in questions if q.concept])
    reverse = _reverses(edges.values())
    return [
        Question(
            row=edges[q.row.pk] if q.edge else concepts[q.row.pk],
            reasons=q.reasons,
            weighing=q.weighing,
            judgements=q.judgements,
            outcome=q.outcome,
            reverse=reverse.get(q.row.pk),
        )
        for q in questions
        if q.row.pk in edges or q.row.pk in concepts
    ]


_PROPOSED_OR_STALE = Q(status="proposed") | Q(is_stale=True, status="published")


def _edges_in_question(subject: Subject, *, contradicted: set[str]) -> PrerequisiteQuerySet:
    """Proposed edges between concepts that stand; accepted ones of which something speaks against them."""
    proposed = Q(status=Prerequisite.Status.PROPOSED)
    doubted = Q(status=Prerequisite.Status.ACCEPTED) & (Q(is_stale=True) | Q(pk__in=contradicted))
    return Prerequisite.objects.standing().filter(proposed | doubted, subject=subject)


def _open_contradictions(subject: Subject, outcomes: Mapping[str, Outcome]) -> set[str]:
    """Edges that outcomes contradict and that nobody has decided on since."""
    wrong = {edge: outcome for edge, outcome in outcomes.items() if outcome.is_contradicted}
    decided = (
        subject.review_decisions.standing()
        .filter(prerequisite__in=list(wrong))
        .exclude(choice=ReviewDecision.Choice.SKIP)
        .exclude(revision__in=undone_numbers(subject) if wrong else ())
        .values_list("prerequisite", "decided_at")
    )
    settled = {str(edge) for edge, at in decided if at >= wrong[str(edge)].since}
    return set(wrong) - settled


def _gate_of(edge: Prerequisite) -> Gate:
    return Gate(str(edge.prerequisite_id), frozenset({str(edge.dependent_id)}))


def _gates_of(concepts: list[Concept]) -> dict[str, Gate]:
    """A concept gates whoever has one of its dependents ahead."""
    dependents: dict[Any, set[str]] = defaultdict(set)
    held = Prerequisite.objects.standing().filter(prerequisite__in=[row.pk for row in concepts])
    for prerequisite, dependent in held.values_list("prerequisite", "dependent"):
        dependents[prerequisite].add(str(dependent))
    return {str(row.pk): Gate(str(row.pk), frozenset(dependents[row.pk])) for row in concepts}


def _judgements(edges: list[Prerequisite], concepts: list[Concept]) -> dict[Any, tuple[Judgement, ...]]:
    found: dict[Any, list[Judgement]] = defaultdict(list)
    rows = Judgement.objects.filter(
        Q(prerequisite__in=[row.pk for row in edges]) | Q(concept__in=[row.pk for row in concepts])
    )
    for one in rows:
        found[one.prerequisite_id or one.concept_id].append(one)
    return {key: tuple(ones) for key, ones in found.items()}


def _question(
    row: Concept | Prerequisite, judgements: tuple[Judgement, ...], outcome: Outcome | None, learners: int
) -> Question:
    is_open = row.status == "proposed"
    is_wrong = outcome is not None and outcome.is_contradicted
    reasons = {Reason.CONTRADICTED: is_wrong, Reason.STALE: row.is_stale, Reason.PROPOSED: is_open}
    judged = [
        Judged(one.engine, one.confidence, one.reverse_confidence, one.earlier_confidence)
        for one in judgements
    ]
    weighing = Weighing(
        uncertainty=uncertainty(row.confidence, getattr(row, "reverse_confidence", 0.0)),
        disagreement=disagreement(judged),
        contradiction=outcome.p_contradicted if outcome and is_wrong else 0.0,
        staleness=STALE_DOUBT if row.is_stale else 0.0,
        learners=learners,
    )
    return Question(
        row=row,
        reasons=tuple(reason for reason, holds in reasons.items() if holds),
        weighing=weighing,
        judgements=judgements,
        outcome=outcome,
    )


def _place(question: Question) -> tuple[float, float, str]:
    return -question.weighing.score, -question.weighing.doubt, str(question.row.pk)


def _reverses(edges: Iterable[Prerequisite]) -> dict[Any, Prerequisite]:
    """Edge id -> the row that says the opposite, where there is one."""
    ends = {(edge.dependent_id, edge.prerequisite_id): edge.pk for edge in edges}
    starts = {start for start, _ in ends}
    rows = Prerequisite.objects.with_evidence().filter(prerequisite__in=starts)
    found = {ends.get((row.prerequisite_id, row.dependent_id)): row for row in rows}
    found.pop(None, None)
    return found
