"""What researchers may narrow records down by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from config.paging import is_storable
from mastery.models import MasteryEvent
from mastery.services.records import Filters

OUT_OF_CALENDAR = "This is no time in UTC: it lies outside the years 1 to 9999 there."


class RecordFilter(filters.FilterSet):  # type: ignore[misc]  # the package is untyped
    """The same filters for every kind of record."""

    subject = filters.UUIDFilter(label="Id of the subject.")
    concept = filters.UUIDFilter(label="Id of the concept.")
    class_name = filters.CharFilter(label="Pseudonym of a class.", max_length=16)
    learner = filters.CharFilter(label="Pseudonym of a learner.", max_length=16)
    since = filters.IsoDateTimeFilter(label="From this time on.")
    until = filters.IsoDateTimeFilter(label="Before this time.")

    class Meta:
        model = MasteryEvent
        fields: list[str] = []


def filters_of(query: QueryDict | dict[str, Any]) -> Filters:
    """Read the filters of a request; refuse what cannot be read."""
    asked = RecordFilter(query, queryset=MasteryEvent.objects.none())
    if not asked.is_valid():
        raise ValidationError(asked.errors)
    given = asked.form.cleaned_data
    beyond = [name for name in ("since", "until") if given[name] and not is_storable(given[name])]
    if beyond:
        raise ValidationError({name: [OUT_OF_CALENDAR] for name in beyond})
    return Filters(
        subject=given["subject"],
        concept=given["concept"],
        class_name=given["class_name"] or None,
        learner=given["learner"] or None,
        since=given["since"],
        until=given["until"],
    )
