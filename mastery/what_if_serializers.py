"""JSON of what would be different under a change that nobody makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rest_framework import serializers

from accounts.models import User
from mastery.services.what_if import ASPECTS, Consequence, Foresight
from mastery.what_if import HIGHEST_THRESHOLD, LOWEST_THRESHOLD

MOST_EDGES = 100


class LinkSerializer(serializers.Serializer[Any]):
    prerequisite = serializers.SlugField(max_length=200, help_text="Key of the concept that is required.")
    dependent = serializers.SlugField(max_length=200, help_text="Key of the concept that requires it.")


class WhatIfSerializer(serializers.Serializer[Any]):
    subject = serializers.UUIDField()
    threshold = serializers.FloatField(
        required=False, min_value=LOWEST_THRESHOLD, max_value=HIGHEST_THRESHOLD
    )
    add = serializers.ListField(
        child=LinkSerializer(), required=False, max_length=MOST_EDGES, help_text="Prerequisites to add."
    )
    remove = serializers.ListField(
        child=LinkSerializer(), required=False, max_length=MOST_EDGES, help_text="Prerequisites to take away."
    )
    parameters = serializers.JSONField(
        required=False, help_text="Some of the estimator's parameters, nested as they are published."
    )
    without = serializers.ListField(
        child=serializers.CharField(max_length=161),
        required=False,
        max_length=20,
        help_text="Graders whose judgements are left out: “grader” or “grader@version”.",
    )


def json_lines(
    foresight: Foresight, *, user: User | None = None, with_learners: bool = True
) -> Iterator[str]:
    """One object a line: affected learners as they are found, then the counts."""
    for one in foresight.consequences(user):
        if one.is_named and with_learners:
            yield json.dumps(_learner(one, foresight)) + "\n"
    yield json.dumps(summary(foresight)) + "\n"


def summary(foresight: Foresight) -> dict[str, Any]:
    """The counts over all learners, and those of each concept that is affected, in teaching order."""
    tally, gating = foresight.tally, foresight.gating
    touched = {concept for concept, _ in tally.by_concept}
    return {
        "kind": "summary",
        "subject": str(foresight.subject.pk),
        "as_of": foresight.now.isoformat(),
        "learners": tally.learners,
        "affected": tally.affected,
        **{aspect: tally.total(aspect) for aspect in ASPECTS},
        "concepts": [
            {"key": key} | {aspect: tally.by_concept[concept, aspect] for aspect in ASPECTS}
            for concept, key in gating.keys.items()
            if concept in touched
        ],
    }


def _learner(one: Consequence, foresight: Foresight) -> dict[str, Any]:
    keys = foresight.gating.keys
    return {
        "kind": "learner",
        "enrolment": str(one.enrolment),
        "learner_name": one.learner_name,
        **{aspect: [keys[concept] for concept in getattr(one.difference, aspect)] for aspect in ASPECTS},
    }
