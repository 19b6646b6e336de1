"""The JSON of map and next concept, written straight from what was reckoned.

`ConceptMapSerializer` and `NextSerializer` say what it looks like, and a test holds it to what they would
write; going through them field by field took four fifths of a request.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from concepts.services.compiled_graphs import compiled_gating
from mastery.models import Enrolment
from tutor.models import Decision
from tutor.services.drawing import KEPT_DRAWINGS, Drawing, Named
from tutor.services.mapping import ConceptMap, MapNode

_AS_IN_THE_RECORD = ("action", "reason", "frontier", "locked", "changes", "left_out", "policy", "weights")


def map_body(enrolment: Enrolment, drawn: ConceptMap) -> bytes:
    """Write a learner's map; the part that is the same for all learners is written once per drawing."""
    own = {
        "enrolment": str(enrolment.pk),
        "subject": str(enrolment.subject_id),
        "revision": enrolment.subject.revision,
        "as_of": _moment(drawn.as_of),
        "counts": drawn.counts,
        "width": drawn.width,
        "height": drawn.height,
        "nodes": [_node(node) for node in drawn.nodes],
    }
    return f'{_text(own)[:-1]},"edges":{_edges(drawn.drawing)}}}'.encode()


def next_body(enrolment: Enrolment, decision: Decision) -> bytes:
    """Write a stored decision with the whole reckoning behind it."""
    record = decision.record
    body = {
        "id": str(decision.pk),
        "enrolment": str(decision.enrolment_id),
        "created_at": _moment(decision.created_at),
        "as_of": record["as_of"],
        "concept": _chosen(enrolment, decision),
        **{name: record[name] for name in _AS_IN_THE_RECORD},
        "basis": record["basis"],
    }
    return _text(body).encode()


def _chosen(enrolment: Enrolment, decision: Decision) -> dict[str, str] | None:
    if decision.concept_id is None:
        return None
    gating, concept = compiled_gating(enrolment.subject), str(decision.concept_id)
    if concept in gating.names:
        return {"id": concept, "key": gating.keys[concept], "name": gating.names[concept]}
    assert decision.concept is not None
    return {"id": concept, "key": decision.concept.key, "name": decision.concept.name}


def _node(node: MapNode) -> dict[str, Any]:
    belief, place = node.belief, node.place
    return {
        "id": node.id,
        "key": node.key,
        "name": node.name,
        "summary": node.summary,
        "state": node.state.value,
        "belief": {"p": belief.p, "low": belief.low, "high": belief.high, "points": belief.points},
        "blocked_by": _named(node.blocked_by),
        "begin_with": _named(node.begin_with),
        "is_goal": node.is_goal,
        "is_needed": node.is_needed,
        "is_stale": node.is_stale,
        "tries": node.tries,
        "due_at": _moment(node.due_at) if node.due_at else None,
        "position": node.position,
        "place": {"layer": place.layer, "order": place.order, "x": place.x, "y": place.y},
    }


def _named(concepts: Sequence[Named]) -> list[dict[str, str]]:
    return [{"id": one.id, "key": one.key, "name": one.name} for one in concepts]


@lru_cache(maxsize=KEPT_DRAWINGS)
def _edges(drawing: Drawing) -> str:
    return _text(
        [
            {
                "id": edge.id,
                "prerequisite": edge.prerequisite,
                "dependent": edge.dependent,
                "confidence": edge.confidence,
                "gates": edge.gates,
                "is_redundant": edge.is_redundant,
                "route": edge.route,
            }
            for edge in drawing.edges
        ]
    )


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
