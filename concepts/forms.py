"""What an educator fills in on the pages of this room."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from concepts.errors import DecisionOvertaken, NothingToTakeBack
from concepts.models import Concept, Prerequisite, ReviewDecision, Subject
from concepts.services.acyclicity import check_turning
from concepts.services.deciding import take_back
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


class MergeForm(RevisionForm):
    """Names the concept that stays, as people call it."""

    into = forms.CharField(max_length=200)

    def __init__(self, *args: Any, subject: Subject, **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject = subject

    def clean_into(self) -> Concept:
        name = str(self.cleaned_data["into"])
        named = Q(name__iexact=name) | Q(key=name)
        found = self.subject.concepts.standing().filter(named).first()
        if found is None:
            raise forms.ValidationError(
                f"There is no concept “{name}” here; give its name as it stands in the list."
            )
        return found


class StepForm(RevisionForm):
    """A step in the history; only going back names a number."""

    number = forms.IntegerField(min_value=0, required=False)


class CompareForm(forms.Form):
    to = forms.IntegerField(min_value=0, required=False, label="with (empty: the newest)")
    field_order = ("from", "to")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["from"] = forms.IntegerField(min_value=0, label="Revision")
        self.order_fields(self.field_order)

    def numbers(self, subject: Subject) -> tuple[int, int]:
        """The two revisions, as far as there are such."""
        end = self.cleaned_data["to"]
        asked = (self.cleaned_data["from"], subject.revision if end is None else end)
        return min(asked[0], subject.revision), min(asked[1], subject.revision)


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
        ends = {"source": str(prerequisite.pk), "target": str(dependent.pk)}
        _tell_of_circle(partial(check_addition, self.subject, **ends))
        return values


def _kindly(cycle: PrerequisiteCycle) -> str:
    names = cycle.names
    weakest = cycle.weakest
    return (
        f"“{names[cycle.cycle[0]]}” comes before “{names[cycle.cycle[-1]]}” already, so it cannot also rest "
        f"on it. The circle would be: {cycle.path}. If yours is right, first reject the weakest link: "
        f"“{names[weakest.source]}” before “{names[weakest.target]}” (confidence {weakest.confidence:.2f})."
    )


class ReviewForm(RevisionForm):
    """The answer to one question of the review queue; tells in place why it cannot be."""

    choice = forms.ChoiceField(choices=ReviewDecision.Choice.choices)
    kind = forms.ChoiceField(choices=[("prerequisite", ""), ("concept", "")])
    row = forms.UUIDField()
    shown_at = forms.DateTimeField()
    reason = forms.CharField(max_length=500, required=False)

    def __init__(self, *args: Any, subject: Subject, **options: Any) -> None:
        super().__init__(*args, **options)
        self.subject = subject
        self._row: Concept | Prerequisite | None = None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.errors:
            raise forms.ValidationError("This answer did not arrive whole. Here is the question again.")
        rows = self.subject.prerequisites if values["kind"] == "prerequisite" else self.subject.concepts
        self._row = rows.filter(pk=values["row"]).first()
        if self._row is None:
            raise forms.ValidationError("This question is gone: someone else has deleted its row.")
        if values["revision"] != self.subject.revision and values["choice"] != "skip":
            raise forms.ValidationError(
                "The graph has changed since you read this question, so nothing was decided. "
                "Here is what is most pressing now."
            )
        if values["choice"] == "flip":
            self._check_flip()
        elif values["choice"] == "accept" and isinstance(self._row, Prerequisite):
            ends = {"source": str(self._row.prerequisite_id), "target": str(self._row.dependent_id)}
            _tell_of_circle(partial(check_addition, self.subject, **ends))
        return values

    def _check_flip(self) -> None:
        if not isinstance(self._row, Prerequisite):
            raise forms.ValidationError("A concept has no direction; accept, reject or skip it.")
        ends = {"prerequisite": self._row.prerequisite_id, "dependent": self._row.dependent_id}
        _tell_of_circle(partial(check_turning, self.subject, **ends))

    def decision(self) -> dict[str, Any]:
        """What `decide_question` is to carry out."""
        values = self.cleaned_data
        return {
            "row": self._row,
            "choice": values["choice"],
            "shown_at": values["shown_at"],
            "expected": None if values["choice"] == "skip" else values["revision"],
            "reason": values["reason"],
        }


class TakeBackForm(forms.Form):
    """Undoes one's own last decision, or tells in place why that cannot be."""

    undone: ReviewDecision

    def __init__(self, *args: Any, subject: Subject, author: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self._subject, self._author = subject, author

    def clean(self) -> dict[str, Any]:
        try:
            self.undone = take_back(self._subject, author=self._author, now=timezone.now())
        except (DecisionOvertaken, NothingToTakeBack, PrerequisiteCycle) as error:
            raise forms.ValidationError(str(error)) from error
        return super().clean() or {}


def _tell_of_circle(check: Callable[[], None]) -> None:
    """Say in place that an edge would close a circle."""
    try:
        check()
    except PrerequisiteCycle as cycle:
        raise forms.ValidationError(_kindly(cycle), code="cycle") from cycle
