"""What an educator fills in on the page of a draft; each form adds operations and tells in place why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from concepts.errors import ConceptsError
from concepts.models import GraphDraft
from concepts.services import drafting
from concepts.services.drafting import Command

EDGE_VERBS = (
    ("add_prerequisite", "is required before"),
    ("remove_prerequisite", "is no longer required before"),
    ("accepted", "is confirmed before (accept what was found)"),
    ("rejected", "is rejected before (it was found, and is wrong)"),
)
CONCEPT_VERBS = (
    ("rename", "Give it the new name"),
    ("published", "Publish it"),
    ("rejected", "Reject it"),
    ("remove", "Take it out"),
)


class NewDraftForm(forms.Form):
    title = forms.CharField(max_length=200, required=False, label="What it is about")
    reason = forms.CharField(max_length=300, required=False, label="Why (for the history)")


class SeenDraftForm(forms.Form):
    """What somebody saw who publishes or discards."""

    version = forms.IntegerField(min_value=0)
    revision = forms.IntegerField(min_value=0)


class OperationForm(forms.Form):
    """The base: `append_to` adds what was filled in, or says in the form why the draft cannot take it."""

    reason = forms.CharField(max_length=500, required=False, label="Why (for the history)")

    def command(self) -> Command:
        raise NotImplementedError

    def append_to(self, draft: GraphDraft) -> bool:
        """Whether the operation is in the draft now."""
        if not self.is_valid():
            return False
        command = self.command()
        if self.cleaned_data["reason"]:
            command.parameters["reason"] = self.cleaned_data["reason"]
        try:
            drafting.append(draft, commands=[command])
        except ConceptsError as refused:
            draft.refresh_from_db()
            self.add_error(None, str(getattr(refused, "reason", refused)))
            return False
        return True


class NewConceptOperation(OperationForm):
    name = forms.CharField(max_length=200)
    field_order = ("name", "reason")

    def command(self) -> Command:
        return Command("add_concept", {"name": self.cleaned_data["name"]})


class ConceptOperation(OperationForm):
    concept = forms.ChoiceField()
    verb = forms.ChoiceField(choices=CONCEPT_VERBS, label="What to do")
    name = forms.CharField(max_length=200, required=False, label="New name (to rename)")
    field_order = ("concept", "verb", "name", "reason")

    def __init__(self, *args: Any, concepts: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "concept", concepts)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("verb") == "rename" and not values.get("name"):
            self.add_error("name", "Say what it shall be called.")
        return values

    def command(self) -> Command:
        values, concept = self.cleaned_data, {"concept": self.cleaned_data["concept"]}
        if values["verb"] == "remove":
            return Command("remove_concept", concept)
        if values["verb"] == "rename":
            return Command("change_concept", concept | {"name": values["name"]})
        return Command("change_concept", concept | {"status": values["verb"]})


class PrerequisiteOperation(OperationForm):
    prerequisite = forms.ChoiceField(label="This")
    verb = forms.ChoiceField(choices=EDGE_VERBS, label="What holds")
    dependent = forms.ChoiceField(label="that")
    field_order = ("prerequisite", "verb", "dependent", "reason")

    def __init__(self, *args: Any, concepts: Sequence[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        for end in ("prerequisite", "dependent"):
            _offer(self, end, concepts)

    def command(self) -> Command:
        values = self.cleaned_data
        ends = {end: values[end] for end in ("prerequisite", "dependent")}
        if values["verb"].endswith("_prerequisite"):
            return Command(values["verb"], ends)
        return Command("decide_prerequisite", ends | {"status": values["verb"]})


def _offer(form: forms.Form, name: str, choices: Sequence[tuple[str, str]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
