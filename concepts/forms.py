"""What an educator fills in on the pages of this room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from concepts.models import Concept, Prerequisite, Subject
from concepts.services.standing_orders import check_addition
from graphs.errors import PrerequisiteCycle

if TYPE_CHECKING:
    ConceptChoiceField = forms.ModelChoiceField[Concept]
else:
    ConceptChoiceField = forms.ModelChoiceField


class NewSubjectForm(forms.Form):
    name = forms.CharField(max_length=200)
    is_open = forms.BooleanField(required=False, label="Open to everyone who signs in")

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if Subject.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError("There is a subject of this name already; choose another name.")
        return name


class RevisionForm(forms.Form):
    """The base of every edit: which revision the editor saw."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class NewConceptForm(RevisionForm):
    name = forms.CharField(max_length=200)


class ConceptChangeForm(RevisionForm):
    name = forms.CharField(max_length=200, required=False)
    status = forms.ChoiceField(choices=Concept.Status.choices, required=False)

    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "status") if self.cleaned_data[name]}


class DecisionForm(RevisionForm):
    status = forms.ChoiceField(choices=Prerequisite.Status.choices)
    reason = forms.CharField(max_length=500, required=False)


class NewPrerequisiteForm(RevisionForm):
    """Tells of a circle in place, with its concepts in order, before anything is tried."""

    prerequisite = ConceptChoiceField(Concept.objects.none(), label="This must come first")
    dependent = ConceptChoiceField(Concept.objects.none(), label="before this")
    reason = forms.CharField(max_length=500, required=False, label="Why (for the history)")

    def __init__(self, *args: Any, subject: Subject, **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject = subject
        standing = subject.concepts.standing().order_by("name")
        for end in ("prerequisite", "dependent"):
            field = self.fields[end]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = standing

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        prerequisite, dependent = values.get("prerequisite"), values.get("dependent")
        if not prerequisite or not dependent:
            return values
        if prerequisite == dependent:
            raise forms.ValidationError("A concept cannot be its own prerequisite; choose two concepts.")
        held = self.subject.prerequisites.accepted().filter(prerequisite=prerequisite, dependent=dependent)
        if held.exists():
            raise forms.ValidationError(f"“{dependent}” requires “{prerequisite}” already.")
        try:
            check_addition(self.subject, source=str(prerequisite.pk), target=str(dependent.pk))
        except PrerequisiteCycle as cycle:
            raise forms.ValidationError(_kindly(cycle), code="cycle") from cycle
        return values


def _kindly(cycle: PrerequisiteCycle) -> str:
    names = cycle.names
    weakest = cycle.weakest
    return (
        f"“{names[cycle.cycle[0]]}” comes before “{names[cycle.cycle[-1]]}” already, so it cannot also rest "
        f"on it. The circle would be: {cycle.path}. If yours is right, first reject the weakest link: "
        f"“{names[weakest.source]}” before “{names[weakest.target]}” (confidence {weakest.confidence:.2f})."
    )
