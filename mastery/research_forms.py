"""What the page for researchers is narrowed down by."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms

from concepts.models import Subject
from mastery.services.records import Filters


class ExploreForm(forms.Form):
    """Class, concept, learner and days; whatever is left empty is not asked about."""

    concept: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="All concepts")
    class_name = forms.ChoiceField(required=False, label="Class")
    learner = forms.CharField(required=False, max_length=16, label="Learner (pseudonym)")
    first_day = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), label="From")
    last_day = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}), label="Up to and including"
    )

    def __init__(self, *args: Any, subject: Subject, classes: list[dict[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject = subject
        concept: Any = self.fields["concept"]
        concept.queryset = subject.concepts.published()
        named: Any = self.fields["class_name"]
        numbered = enumerate(classes, start=1)
        named.choices = [
            ("", "All classes"),
            *((one["name"], f"Class {n} ({one['learners']} learners)") for n, one in numbered),
        ]

    def filters(self) -> Filters:
        """The filters that were asked for; only those of the subject where something cannot be read."""
        given = self.cleaned_data if self.is_valid() else {}
        concept, first, last = (given.get(name) for name in ("concept", "first_day", "last_day"))
        return Filters(
            subject=self.subject.pk,
            concept=concept.pk if concept else None,
            class_name=given.get("class_name") or None,
            learner=given.get("learner") or None,
            since=datetime.combine(first, time.min, UTC) if first else None,
            until=datetime.combine(last, time.max, UTC) if last else None,
        )
