from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from concepts.models import Concept, Subject
from mastery.models import Belief, Enrolment, MasteryEvent
from mastery.review import SchedulerName
from mastery.services.pseudonyms import pseudonym


@extend_schema_field(OpenApiTypes.UUID)
class VisibleSubjects(serializers.PrimaryKeyRelatedField[Subject]):
    """A subject that the signed-in user may see; any other does not exist."""

    def get_queryset(self) -> QuerySet[Subject]:
        return Subject.objects.visible_to(self.context["request"].user)


@extend_schema_field(OpenApiTypes.UUID)
class VisibleConcepts(serializers.PrimaryKeyRelatedField[Concept]):
    """A concept that the signed-in user may see: published, unless they keep the subject."""

    def get_queryset(self) -> QuerySet[Concept]:
        return Concept.objects.visible_to(self.context["request"].user)


class EnrolmentSerializer(serializers.ModelSerializer[Enrolment]):
    subject = VisibleSubjects()
    subject_key = serializers.SlugRelatedField[Subject](source="subject", slug_field="key", read_only=True)
    learner_name = serializers.CharField(source="learner.get_username", read_only=True)
    goals = VisibleConcepts(
        many=True, required=False, help_text="Ids of published concepts; none: the whole subject."
    )

    class Meta:
        model = Enrolment
        fields = ["id", "subject", "subject_key", "learner", "learner_name", "goals", "created_at"]
        read_only_fields = ["learner"]


class GoalsSerializer(serializers.Serializer[Any]):
    goals = VisibleConcepts(many=True)


class OverrideSerializer(serializers.Serializer[Any]):
    concept = VisibleConcepts()
    is_mastered = serializers.BooleanField()
    reason = serializers.CharField(max_length=500)


class MasteryEventSerializer(serializers.ModelSerializer[MasteryEvent]):
    """An event; to a researcher only under a pseudonym and without the learner's own words."""

    subject = serializers.UUIDField(source="enrolment.subject_id", read_only=True)
    concept_key = serializers.CharField(source="concept.key", read_only=True)
    pseudonym = serializers.SerializerMethodField(help_text="Stable for one learner in one subject.")

    class Meta:
        model = MasteryEvent
        fields = [
            "id",
            "enrolment",
            "pseudonym",
            "subject",
            "concept",
            "concept_key",
            "kind",
            "occurred_at",
            "recorded_at",
            "score",
            "certainty",
            "attempt_id",
            "corrects",
            "rubric",
            "prerequisites",
            "grader",
            "grader_version",
            "hashes",
            "author",
            "reason",
        ]
        read_only_fields = fields
        extra_kwargs = {"enrolment": {"allow_null": True, "help_text": "Null for researchers."}}

    def get_pseudonym(self, event: MasteryEvent) -> str:
        return pseudonym(event.enrolment_id)

    def to_representation(self, instance: MasteryEvent) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        if not getattr(instance, "is_named", False):
            verdicts = [
                {name: point.get(name) for name in ("point", "verdict") if name in point}
                for point in instance.rubric
            ]
            # A short answer is found out from its hash by trying.
            hashes = {name: value for name, value in instance.hashes.items() if name != "answer"}
            shown |= {"enrolment": None, "attempt_id": None, "author": None, "reason": ""}
            shown |= {"rubric": verdicts, "hashes": hashes}
        return shown


class BeliefSerializer(serializers.Serializer[Belief]):
    """A belief as of now, forgetting included."""

    enrolment = serializers.UUIDField(
        source="belief.enrolment_id", allow_null=True, help_text="Null for researchers."
    )
    pseudonym = serializers.SerializerMethodField()
    subject = serializers.UUIDField(source="belief.enrolment.subject_id")
    concept = serializers.UUIDField(source="belief.concept_id")
    concept_key = serializers.CharField(source="belief.concept.key")
    concept_name = serializers.CharField(source="belief.concept.name")
    p_mastery = serializers.FloatField(source="standing.estimate.p", min_value=0, max_value=1)
    low = serializers.FloatField(source="standing.estimate.low", min_value=0, max_value=1)
    high = serializers.FloatField(source="standing.estimate.high", min_value=0, max_value=1)
    evidence = serializers.FloatField(
        source="standing.estimate.points", help_text="Rubric points that were judged, faded by time."
    )
    is_mastered = serializers.BooleanField(source="standing.is_mastered")
    is_due = serializers.BooleanField(
        source="standing.is_due", help_text="Mastered, and its review is due: what is offered for review."
    )
    due_at = serializers.DateTimeField(source="standing.due_at", allow_null=True)
    is_memory_due = serializers.BooleanField(help_text="The day of review has come, mastered or not.")
    retrievability = serializers.FloatField(
        allow_null=True, help_text="Chance of recall now, by FSRS; it decides nothing about mastery."
    )
    scheduler = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in SchedulerName], help_text="What spaces the reviews."
    )
    tries = serializers.IntegerField(source="standing.state.tries")
    failures = serializers.IntegerField(source="standing.state.failures", help_text="In a row.")
    events = serializers.IntegerField(source="belief.events")
    last_event_at = serializers.DateTimeField(source="belief.last_event_at", allow_null=True)
    parameters = serializers.CharField(
        source="belief.parameters", help_text="Hash of the estimator's parameters."
    )
    as_of = serializers.DateTimeField()

    def get_pseudonym(self, row: Any) -> str:
        return pseudonym(row["belief"].enrolment_id)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return shown if instance["belief"].is_named else shown | {"enrolment": None}


class PublishedParametersSerializer(serializers.Serializer[Any]):
    hash = serializers.CharField()
    parameters = serializers.JSONField()
