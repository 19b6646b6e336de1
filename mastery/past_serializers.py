"""JSON of what was believed on a day, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from config.paging import is_storable
from mastery.research_filters import OUT_OF_CALENDAR
from mastery.services.as_of import AsOf, PastBelief
from mastery.tracing import Move

DIGITS = 6
DEFAULT_MOVES, MOST_MOVES = 50, 500


class AsOfRequestSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="The moment, with its time zone.")
    hindsight = serializers.BooleanField(
        default=False, help_text="Count also what became known only after that moment."
    )
    concept = serializers.UUIDField(required=False, help_text="Only this concept.")
    moves = serializers.IntegerField(
        default=DEFAULT_MOVES,
        min_value=0,
        max_value=MOST_MOVES,
        help_text="The newest so many of each concept.",
    )

    def validate_at(self, at: datetime) -> datetime:
        """Refuse a moment that is none in UTC."""
        if not is_storable(at):
            raise serializers.ValidationError(OUT_OF_CALENDAR)
        return at


class BeliefMoveSerializer(serializers.Serializer[Any]):
    event = serializers.UUIDField()
    judged_by = serializers.UUIDField(help_text="Another event, where a correction is read in its place.")
    occurred_at = serializers.DateTimeField()
    kind = serializers.CharField(help_text="As of a mastery event.")
    concept = serializers.UUIDField(help_text="What it was about: this concept, or one that rests on it.")
    score = serializers.FloatField()
    certainty = serializers.FloatField()
    forgotten = serializers.FloatField(help_text="What had gone since the move before.")
    before = serializers.FloatField()
    after = serializers.FloatField()
    amount = serializers.FloatField(help_text="What it added to the belief, or took away.")


class PastBeliefSerializer(serializers.Serializer[Any]):
    concept = serializers.UUIDField()
    concept_key = serializers.CharField()
    concept_name = serializers.CharField()
    p_mastery = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    is_mastered = serializers.BooleanField()
    due_at = serializers.DateTimeField(allow_null=True, help_text="Of the review; apart from mastery.")
    retrievability = serializers.FloatField(
        allow_null=True, help_text="Chance of recall by FSRS; null where it is not scheduled by FSRS."
    )
    start = serializers.FloatField(help_text="The belief before anything was known.")
    earlier_moves = serializers.IntegerField(help_text="Moves before those that are listed.")
    earlier_amount = serializers.FloatField(help_text="What those added, less what was forgotten among them.")
    moves = BeliefMoveSerializer(many=True)
    forgotten = serializers.FloatField(help_text="What has gone since the last move.")


class AsOfSerializer(serializers.Serializer[Any]):
    enrolment = serializers.UUIDField()
    subject = serializers.UUIDField()
    as_of = serializers.DateTimeField()
    hindsight = serializers.BooleanField()
    events = serializers.IntegerField()
    parameters = serializers.CharField(help_text="Hash of the parameters that this was folded with.")
    other_parameters = serializers.IntegerField(
        help_text="Events that were first folded with other parameters: beliefs were shown otherwise then."
    )
    beliefs = PastBeliefSerializer(many=True)


def told(past: AsOf, *, most_moves: int = MOST_MOVES, concept: str = "") -> dict[str, Any]:
    """What `AsOfSerializer` describes, as plain data; ``concept`` names the only one that is asked for."""
    return {
        "enrolment": str(past.enrolment.pk),
        "subject": str(past.enrolment.subject_id),
        "as_of": past.at.isoformat(),
        "hindsight": past.with_hindsight,
        "events": past.events,
        "parameters": past.parameters,
        "other_parameters": past.other_parameters,
        "beliefs": [
            _belief(one, most_moves=most_moves)
            for one in past.beliefs
            if concept in ("", str(one.concept.pk))
        ],
    }


def _belief(one: PastBelief, *, most_moves: int) -> dict[str, Any]:
    moves = one.trace.moves
    shown = moves[max(0, len(moves) - most_moves) :]
    earlier = len(moves) - len(shown)
    reached = moves[earlier - 1].after if earlier else one.trace.start
    return {
        "concept": str(one.concept.pk),
        "concept_key": one.concept.key,
        "concept_name": one.concept.name,
        "p_mastery": round(one.trace.estimate.p, DIGITS),
        "low": round(one.trace.estimate.low, DIGITS),
        "high": round(one.trace.estimate.high, DIGITS),
        "is_mastered": one.is_mastered,
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "retrievability": one.retrievability,
        "start": round(one.trace.start, DIGITS),
        "earlier_moves": earlier,
        "earlier_amount": round(reached - one.trace.start, DIGITS),
        "moves": [_move(move) for move in shown],
        "forgotten": round(one.trace.forgotten, DIGITS),
    }


def _move(move: Move) -> dict[str, Any]:
    seen = move.evidence.observation
    return {
        "event": move.evidence.event,
        "judged_by": move.evidence.judged_by,
        "occurred_at": seen.at.isoformat(),
        "kind": seen.kind.value,
        "concept": seen.concept,
        "score": round(seen.score, DIGITS),
        "certainty": round(seen.certainty, DIGITS),
        "forgotten": round(move.forgotten, DIGITS),
        "before": round(move.before, DIGITS),
        "after": round(move.after, DIGITS),
        "amount": round(move.amount, DIGITS),
    }
