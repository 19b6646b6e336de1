"""Says in a sentence what each command of a draft does, with the concepts' names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from concepts.models import Concept, GraphDraft, Prerequisite

CONCEPT_ENDS = ("concept", "into", "prerequisite", "dependent")
OF_CONCEPT = {"published": "publish it", "proposed": "send it back to the proposals", "rejected": "reject it"}
OF_EDGE = {"accepted": "Accept", "proposed": "Send back to the proposals", "rejected": "Reject"}


def operations_in_words(drafts: Iterable[GraphDraft]) -> dict[Any, list[dict[str, Any]]]:
    """The operations of each draft by its id, each with ``says``; the names are read in one query."""
    drafts = list(drafts)
    keys = {key for draft in drafts for operation in draft.operations for key in _keys(operation)}
    rows = Concept.objects.filter(subject__in={draft.subject_id for draft in drafts}, key__in=keys)
    names = {(row.subject_id, row.key): row.name for row in rows}
    return {draft.pk: _with_words(draft, names) for draft in drafts}


def sentence(command: str, parameters: Mapping[str, Any], *, names: Mapping[str, str]) -> str:
    """Say what a command does; a concept without a name is called by its key."""

    def named(end: str) -> str:
        key = parameters[end]
        return f"“{names.get(key, key)}”"

    if command == "add_concept":
        return f"Add the concept “{parameters['name']}”"
    if command == "remove_concept":
        return f"Take out {named('concept')}"
    if command == "change_concept":
        return f"Change {named('concept')}: {_changes(parameters)}"
    if command == "merge_concepts":
        return f"Merge {named('concept')} into {named('into')}"
    if command == "split_concept":
        return f"Split “{parameters['name']}” off {named('concept')}"
    between = f"{named('prerequisite')} before {named('dependent')}"
    if command == "add_prerequisite":
        return f"Require {between}"
    if command == "remove_prerequisite":
        return f"No longer require {between}"
    if command == "decide_prerequisite":
        return f"{OF_EDGE[parameters['status']]}: {between}"
    if command == "reweigh_prerequisite":
        return f"Believe to {parameters['confidence']:.2f} that one needs {between}"
    return command.replace("_", " ").capitalize()


def _with_words(draft: GraphDraft, stored: Mapping[tuple[Any, str], str]) -> list[dict[str, Any]]:
    names = {key: name for (subject, key), name in stored.items() if subject == draft.subject_id}
    told = []
    for operation in draft.operations:
        parameters = operation["parameters"]
        if operation["command"] in ("add_concept", "split_concept"):
            names.setdefault(parameters["key"], parameters["name"])
        told.append({**operation, "says": sentence(operation["command"], parameters, names=names)})
    return told


def _keys(operation: Mapping[str, Any]) -> list[str]:
    return [operation["parameters"][end] for end in CONCEPT_ENDS if end in operation["parameters"]]


def _changes(parameters: Mapping[str, Any]) -> str:
    said = []
    if "name" in parameters:
        said.append(f"call it “{parameters['name']}”")
    if "status" in parameters:
        said.append(OF_CONCEPT[parameters["status"]])
    if "position" in parameters:
        said.append(f"teach it in place {parameters['position']}")
    if "aliases" in parameters:
        said.append(f"also called {', '.join(parameters['aliases']) or 'nothing else'}")
    if "definition" in parameters:
        said.append("quote another definition")
    return ", ".join(said) or "nothing"


assert set(OF_CONCEPT) == set(Concept.Status.values)
assert set(OF_EDGE) == set(Prerequisite.Status.values)
