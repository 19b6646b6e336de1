"""What the lists of the API can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from concepts.models import Concept, GraphDraft, Prerequisite, ReviewDecision, Revision


class ConceptFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    subject = filters.UUIDFilter(field_name="subject")
    name = filters.CharFilter(lookup_expr="icontains", label="Part of the name.")

    class Meta:
        model = Concept
        fields = ["subject", "key", "name", "status", "origin", "is_stale"]


class PrerequisiteFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    subject = filters.UUIDFilter(field_name="subject")
    prerequisite = filters.UUIDFilter(field_name="prerequisite")
    dependent = filters.UUIDFilter(field_name="dependent")
    concept = filters.UUIDFilter(method="at_either_end", label="The concept at either end.")
    confidence_below = filters.NumberFilter(field_name="confidence", lookup_expr="lt")

    class Meta:
        model = Prerequisite
        fields = ["subject", "status", "origin", "is_stale"]

    def at_either_end(self, rows: QuerySet[Prerequisite], name: str, value: Any) -> QuerySet[Prerequisite]:
        return rows.filter(Q(prerequisite=value) | Q(dependent=value))


class RevisionFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    subject = filters.UUIDFilter(field_name="subject")

    class Meta:
        model = Revision
        fields = ["subject", "author"]


class GraphDraftFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    subject = filters.UUIDFilter(field_name="subject")

    class Meta:
        model = GraphDraft
        fields = ["subject", "state"]


class ReviewDecisionFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    subject = filters.UUIDFilter(field_name="subject")

    class Meta:
        model = ReviewDecision
        fields = ["subject", "author", "choice"]
