"""Keeps placements: what one starts from, what its answers say, and the events that it leaves."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

import networkx as nx
import numpy as np
import numpy.typing as npt
from django.db import transaction

from concepts.models import Concept, Origin
from concepts.services.compiled_graphs import compiled_gating
from concepts.services.graphs_of import display_graph
from concepts.services.homes import homes_of
from graphs.building import PrerequisiteGraph
from mastery.models import Enrolment, MasteryEvent, Placement, PlacementQuestion
from mastery.parameters import Parameters
from mastery.placement import (
    CERTAIN,
    GATING,
    METHOD,
    SURE_KNOWN,
    Answer,
    Evidence,
    PlacementBelief,
    PlacementGraph,
    Recollection,
    verdict_on,
)
from mastery.services.believing import brief_standings
from mastery.services.enrolling import goal_ids
from mastery.services.folding import fold_log, observations_of, rewrite
from mastery.services.parameters_in_force import parameters_in_force
from mastery.services.recording import check_remembered

GRADER = "placement"
KEPT_BELIEFS = 4
# What the answers moved less than this they have said nothing about.
LEAST_MOVED = 0.05
NEVER_SURE = 0.01
# A learner's word alone goes no further, whatever it adds up to.
CLAIMED_AT_MOST = 0.85
_CONCLUSIONS = uuid.UUID("c2f6c2c4-3f0f-4a35-9b1a-0d7a4f1f6a55")
_MILLISECOND = timedelta(milliseconds=1)

Beliefs = npt.NDArray[np.float64]
T = TypeVar("T")
Said = tuple[uuid.UUID, tuple[Evidence, ...]]


def begin(enrolment: Enrolment, *, seed: int, now: datetime) -> Placement:
    """Open a placement, or return the one that is open: an enrolment has one at a time."""
    with transaction.atomic():
        check_remembered(Enrolment.objects.select_for_update().get(pk=enrolment.pk))
        there = enrolment.placements.open().first()
        return there or Placement.objects.create(
            enrolment=enrolment,
            seed=seed,
            method=METHOD,
            revision=enrolment.subject.revision,
            frame=frame_of(enrolment, now=now),
            started_at=now,
        )


def frame_of(enrolment: Enrolment, *, now: datetime) -> dict[str, Any]:
    """What the goals rest on, or the whole subject, with the edges' probabilities and what is believed."""
    graph, gate = display_graph(enrolment.subject), enrolment.subject.gate_confidence
    wanted = _wanted(graph, goal_ids(enrolment))
    place = {concept: data["position"] for concept, data in graph.nodes(data=True)}
    part = graph.subgraph(wanted)
    order = list(nx.lexicographical_topological_sort(part, key=lambda one: (place[one], one)))
    number = {concept: at for at, concept in enumerate(order)}
    edges = sorted(
        (number[below], number[above], _probability(data, gate=gate))
        for below, above, data in part.edges(data=True)
    )
    seen = set(_direct(enrolment))
    standings = brief_standings(enrolment, now=now)
    prior = parameters_in_force(enrolment.subject_id).prior
    recalled = [
        [number[concept], _odds(standings[concept].p, prior=prior)]
        for concept in order
        if concept in seen and concept in standings
    ]
    frame = {"concepts": order, "edges": edges, "recalled": recalled}
    graph_of(frame)  # refuses what is too large, before anybody answers
    return frame


def graph_of(frame: dict[str, Any]) -> PlacementGraph:
    """The graph of a frame, as the pure rules know it."""
    return PlacementGraph(len(frame["concepts"]), [(a, b, p) for a, b, p in frame["edges"]])


def consult(
    placement: Placement, questions: Iterable[PlacementQuestion], ask: Callable[[PlacementBelief], T]
) -> T:
    """Ask what a placement believes after some answers; made again from them where it was not kept."""
    return _BELIEFS.consult(placement, evidence_of(placement, questions), ask)


def evidence_of(placement: Placement, questions: Iterable[PlacementQuestion]) -> tuple[Evidence, ...]:
    """What was believed before, then the answers in the order in which they were asked for."""
    number = {concept: at for at, concept in enumerate(placement.frame["concepts"])}
    before = [Recollection(at, odds) for at, odds in placement.frame["recalled"]]
    told = [
        _answer(question, concept=number[str(question.concept_id)])
        for question in sorted(questions, key=lambda one: one.number)
        if question.outcome in (PlacementQuestion.Outcome.ANSWERED, PlacementQuestion.Outcome.UNKNOWN)
    ]
    return (*before, *told)


def _answer(question: PlacementQuestion, *, concept: int) -> Answer:
    score = question.score
    if question.outcome == PlacementQuestion.Outcome.UNKNOWN and question.item_id is None:
        score = 0.0  # "could you explain it?" - "I do not know" is a no
    return Answer(concept, score, guess=question.guess, slip=question.slip)


def lock(placement: Placement) -> Placement:
    """Lock a placement, and before it its enrolment, as whoever forgets a learner does; within a transaction.

    Raises `LearnerForgotten`: whatever would be written then, words among it, nobody would take out again.
    """
    check_remembered(Enrolment.objects.select_for_update().get(pk=placement.enrolment_id))
    return Placement.objects.select_for_update().get(pk=placement.pk)


@transaction.atomic
def conclude(
    placement: Placement, *, ended: Placement.Ended, now: datetime, parameters: Parameters | None = None
) -> Placement:
    """Close a placement: its answers and what they add up to become events, folded in one go.

    Where a concept has evidence of its own beside this placement's, that stands, and nothing is concluded of
    it; nor where the answers said nothing about it. Concluding twice changes nothing.
    """
    placement = lock(placement)
    if placement.finished_at:
        return placement
    enrolment = Enrolment.objects.select_related("subject").get(pk=placement.enrolment_id)
    parameters = parameters or parameters_in_force(enrolment.subject_id, is_fresh=True)
    placement.questions.filter(outcome=PlacementQuestion.Outcome.OPEN).delete()
    questions = list(placement.questions.select_related("concept"))
    told = [one for one in questions if one.outcome != PlacementQuestion.Outcome.SKIPPED]
    before, after = _before_and_after(placement, questions)
    placement.result = {
        concept: {"before": _bounded(first), "p": _bounded(p), "verdict": verdict_on(float(p))}
        for concept, first, p in zip(placement.frame["concepts"], before, after, strict=True)
    }
    placement.finished_at, placement.ended = now, ended
    placement.save(update_fields=["result", "finished_at", "ended"])
    if told:
        own = set(_direct(enrolment))
        events = [_event_of(one, enrolment=enrolment, parameters=parameters) for one in told]
        events += _conclusions(placement, enrolment, own=own, after=events, parameters=parameters)
        MasteryEvent.objects.bulk_create(events, batch_size=500)
        homes = homes_of(enrolment.subject_id)
        folded = fold_log(enrolment, parameters=parameters, homes=homes)
        rewrite(enrolment, folded, parameters=parameters)
    return placement


def _before_and_after(
    placement: Placement, questions: Sequence[PlacementQuestion]
) -> tuple[Beliefs, Beliefs]:
    believed = PlacementBelief.probabilities
    before = consult(placement, (), believed)
    after = consult(placement, questions, believed)
    graded = [one for one in questions if one.item_id is not None]
    if len(graded) < len(questions):
        proven = consult(placement, graded, believed)
        claimed = np.maximum(proven, CLAIMED_AT_MOST)
        after = np.where(proven >= SURE_KNOWN, after, np.minimum(after, claimed))
    return before, after


def _event_of(question: PlacementQuestion, *, enrolment: Enrolment, parameters: Parameters) -> MasteryEvent:
    unknown = question.outcome == PlacementQuestion.Outcome.UNKNOWN
    score = question.score or 0.0
    assert question.answered_at is not None
    return MasteryEvent(
        enrolment=enrolment,
        concept=question.concept,
        kind=MasteryEvent.Kind(question.kind),
        occurred_at=_to_the_millisecond(question.answered_at),
        score=score,
        attempt_id=question.pk,
        rubric=[
            {
                "point": str(question.item_id or question.pk),
                "verdict": "shown" if score >= 1 else "missing",
                "span": "",
            }
        ],
        prerequisites=_prerequisites(enrolment, str(question.concept_id)),
        grader=GRADER,
        grader_version=METHOD,
        hashes={
            **question.hashes,
            "parameters": parameters.hash,
            "placement": str(question.placement_id),
        },
        reason="Answered: I do not know." if unknown else "",
    )


def _conclusions(
    placement: Placement,
    enrolment: Enrolment,
    *,
    own: set[str],
    after: Sequence[MasteryEvent],
    parameters: Parameters,
) -> list[MasteryEvent]:
    """One event for each concept that the answers moved, later than every answer."""
    assert placement.finished_at is not None
    last = max(event.occurred_at for event in after)
    at = max(_to_the_millisecond(placement.finished_at), last + _MILLISECOND)
    published = Concept.objects.published().filter(subject=enrolment.subject_id)
    there = {str(one) for one in published.values_list("pk", flat=True)}
    asked = len(after)
    return [
        MasteryEvent(
            id=uuid.uuid5(_CONCLUSIONS, f"{placement.pk}:{concept}"),
            enrolment=enrolment,
            concept_id=uuid.UUID(concept),
            kind=MasteryEvent.Kind.PLACEMENT,
            occurred_at=at,
            score=said["p"],
            grader=GRADER,
            grader_version=placement.method,
            hashes={"parameters": parameters.hash, "placement": str(placement.pk)},
            reason=f"Concluded from {asked} answers of a placement, most of them on other concepts.",
        )
        for concept, said in placement.result.items()
        if concept in there and concept not in own and abs(said["p"] - said["before"]) >= LEAST_MOVED
    ]


def _direct(enrolment: Enrolment) -> Iterable[str]:
    """Ids of the concepts on which the learner has shown something, wherever merges and splits took it."""
    homes = homes_of(enrolment.subject_id)
    shown = enrolment.events.filter(corrects=None).exclude(kind=MasteryEvent.Kind.PLACEMENT).order_by()
    return {
        seen.concept
        for event in shown.iterator(chunk_size=2000)
        for seen in observations_of(event, homes=homes)
    }


def _prerequisites(enrolment: Enrolment, concept: str) -> list[str]:
    graph = compiled_gating(enrolment.subject).graph
    return sorted(graph.prerequisites_of(concept)) if concept in graph else []


def _wanted(graph: PrerequisiteGraph, goals: Iterable[str]) -> set[str]:
    held = {goal for goal in goals if goal in graph}
    return held.union(*(nx.ancestors(graph, goal) for goal in held)) if held else set(graph)


def _probability(edge: dict[str, Any], *, gate: float) -> float:
    """How far an edge is trusted: what a person drew, or confirmed though it was weak, as good as wholly;
    what gates otherwise, nearly; anything else by its confidence."""
    confidence = float(edge["confidence"])
    was_confirmed = edge["gates"] and confidence < gate
    if was_confirmed or edge["origin"] == Origin.EDUCATOR:
        return CERTAIN
    return max(confidence, GATING) if edge["gates"] else confidence


def _bounded(p: float) -> float:
    """Some hundreds of imagined learners cannot tell more finely than this."""
    return min(max(float(p), NEVER_SURE), 1 - NEVER_SURE)


def _odds(p: float, *, prior: float) -> float:
    """By how much what was shown speaks for a concept, against knowing nothing of it."""
    bounded = min(max(p, 0.02), 0.98)
    return round(bounded / (1 - bounded) * (1 - prior) / prior, 6)


def _to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class _KeptBeliefs:
    """The beliefs that this process was last asked for, by placement and evidence.

    A belief is taken out while it is asked, so that no two threads ever work on the same one.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Said, PlacementBelief] = OrderedDict()
        self._lock = Lock()

    def consult(
        self, placement: Placement, evidence: tuple[Evidence, ...], ask: Callable[[PlacementBelief], T]
    ) -> T:
        belief, known = self._nearest(placement.pk, evidence)
        if belief is None:
            belief, known = PlacementBelief(graph_of(placement.frame), seed=placement.seed), 0
        for one in evidence[known:]:
            belief.observe(one)
        answer = ask(belief)
        self._keep((placement.pk, evidence), belief)
        return answer

    def _nearest(
        self, placement: uuid.UUID, evidence: tuple[Evidence, ...]
    ) -> tuple[PlacementBelief | None, int]:
        with self._lock:
            for known in range(len(evidence), -1, -1):
                belief = self._kept.pop((placement, evidence[:known]), None)
                if belief is not None:
                    return belief, known
        return None, 0

    def _keep(self, said: Said, belief: PlacementBelief) -> None:
        with self._lock:
            self._kept[said] = belief
            while len(self._kept) > KEPT_BELIEFS:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_BELIEFS = _KeptBeliefs()


def forget_kept_beliefs() -> None:
    """Drop what this process keeps; the next question makes it again from the answers."""
    _BELIEFS.clear()
