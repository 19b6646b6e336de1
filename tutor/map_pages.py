"""HTML: the concept map as a picture and as a list that does everything the picture does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.models import Enrolment
from mastery.services.enrolling import enrol, set_goals
from mastery.services.parameters_in_force import parameters_in_force
from tutor import picture
from tutor.services import placing
from tutor.services.choosing import choose, decide
from tutor.services.drawing import MapEdge
from tutor.services.mapping import ConceptMap, MapNode, State, concept_map

IN_WORDS = {
    State.LOCKED: "locked",
    State.READY: "ready to learn",
    State.LEARNING: "begun",
    State.MASTERED: "mastered",
    State.DUE: "mastered, review due",
}
SIGNS = {State.LOCKED: "◌", State.READY: "○", State.LEARNING: "◐", State.MASTERED: "✓", State.DUE: "↻"}


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node with its shape and its state in words."""

    node: MapNode
    box: picture.Box
    sign: str
    words: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge as an SVG path."""

    edge: MapEdge
    d: str


@login_required
@require_safe
def show_map(request: HttpRequest, key: str) -> HttpResponse:
    """One's own map of a subject, or the way to begin."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    enrolment = Enrolment.objects.filter(learner=_learner(request), subject=subject).first()
    if enrolment is None:
        concepts = subject.concepts.filter(status=Concept.Status.PUBLISHED)
        return render(request, "tutor/map_start.html", {"subject": subject, "concepts": concepts})
    return _render_map(request, enrolment)


@login_required
@require_safe
def show_learner_map(request: HttpRequest, key: str, pk: uuid.UUID) -> HttpResponse:
    """The map of a learner whom one may follow."""
    seen = Enrolment.objects.visible_to(request.user).filter(subject__key=key)
    return _render_map(request, get_object_or_404(seen.select_related("subject", "learner"), pk=pk))


def _render_map(request: HttpRequest, enrolment: Enrolment) -> HttpResponse:
    now = timezone.now()
    is_own = enrolment.learner_id == request.user.pk
    chosen = decide(enrolment, now=now).record if is_own else choose(enrolment, now=now).as_dict()
    drawn = concept_map(enrolment, now=now)
    context = {
        "subject": enrolment.subject,
        "enrolment": enrolment,
        "is_own": is_own,
        "prior": parameters_in_force(enrolment.subject_id).prior,
        "placement": enrolment.placements.first() if is_own else None,
        "map": drawn,
        "next": chosen,
        "next_node": next((node for node in drawn.nodes if node.id == chosen["concept"]), None),
        "goals": [node for node in drawn.nodes if node.is_goal],
        "legend": [(state, SIGNS[state], IN_WORDS[state], drawn.counts[state]) for state in State],
        **_drawing(drawn, next_concept=chosen["concept"]),
    }
    return render(request, "tutor/map.html", context)


@login_required
@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Enrol oneself, with the goals that were ticked, and show the map or begin a placement."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    learner = _learner(request)
    if not Enrolment.objects.filter(learner=learner, subject=subject).exists():
        enrol(learner, subject=subject, goals=_ticked(request, subject))
    if "place" in request.POST:
        enrolment = Enrolment.objects.select_related("subject").get(learner=learner, subject=subject)
        return redirect("placement", pk=placing.start(enrolment, user=learner).pk)
    return redirect("concept-map", key=key)


@login_required
@require_POST
def change_goals(request: HttpRequest, key: str) -> HttpResponse:
    """Replace one's goals by those that were ticked."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), key=key)
    enrolment = get_object_or_404(Enrolment, learner=_learner(request), subject=subject)
    set_goals(enrolment, goals=_ticked(request, subject))
    return redirect("concept-map", key=key)


def _learner(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _ticked(request: HttpRequest, subject: Subject) -> list[Concept]:
    keys = request.POST.getlist("goals")
    return list(subject.concepts.filter(key__in=keys, status=Concept.Status.PUBLISHED))


def _drawing(drawn: ConceptMap, *, next_concept: str | None) -> dict[str, Any]:
    width, height = picture.size(width=drawn.width, height=drawn.height)
    nodes = [
        DrawnNode(
            node=node,
            box=picture.box(
                x=node.place.x, y=node.place.y, name=node.name, state=node.state, p=node.belief.p
            ),
            sign=SIGNS[node.state],
            words=IN_WORDS[node.state],
            is_next=node.id == next_concept,
        )
        for node in drawn.nodes
    ]
    edges = [DrawnEdge(edge, picture.path(edge.route)) for edge in drawn.edges if edge.route]
    by_layer = sorted(nodes, key=lambda shown: (shown.node.place.layer, shown.node.place.order))
    return {"drawn_nodes": by_layer, "listed": nodes, "drawn_edges": edges, "width": width, "height": height}
