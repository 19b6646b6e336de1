"""Says in a sentence what a revision did, from the operations that it keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from concepts.models import Revision

SHOWN = 3
_Operation = dict[str, Any]


def tell_revision(revision: Revision) -> str:
    """Return who did what, as in “r4 by keeper: added “Divide”.”"""
    who = revision.author.get_username() if revision.author else "Cairn"
    return f"r{revision.number} by {who}: {tell_operations(revision.operations)}."


def tell_operations(operations: list[_Operation]) -> str:
    """Name the first few operations, and count the others by kind."""
    told = [_tell(operation) for operation in operations[:SHOWN]]
    rest = Counter(str(operation["operation"]) for operation in operations[SHOWN:])
    told += [_tell_more(kind, count) for kind, count in rest.items()]
    return "; ".join(told)


def in_words(value: Any) -> str:
    """A value of a row as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(f"“{one}”" for one in value) or "none"
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"“{value}”" if isinstance(value, str) else str(value)


def _tell(operation: _Operation) -> str:
    kind = str(operation["operation"])
    tell = _TELLING.get(kind)
    return tell(operation) if tell else kind.replace("_", " ")


def _tell_more(kind: str, count: int) -> str:
    one, many = _COUNTING.get(kind, (f"time “{kind.replace('_', ' ')}”", f"times “{kind.replace('_', ' ')}”"))
    return f"{count} more {one if count == 1 else many}"


def _edge(operation: _Operation) -> str:
    names = [operation.get(f"{end}_name") or operation.get(end, "?") for end in ("prerequisite", "dependent")]
    return f"“{names[0]}” before “{names[1]}”"


def _name(operation: _Operation) -> str:
    return f"“{operation.get('name') or operation.get('key') or operation.get('concept', '?')}”"


def _changed(operation: _Operation) -> str:
    before, after = operation.get("before") or {}, operation.get("after") or {}
    parts = [
        f"{field.replace('_', ' ')} from {in_words(before.get(field))} to {in_words(value)}"
        for field, value in after.items()
    ]
    return f"changed {_name(operation)}: {', '.join(parts)}"


def _decided(operation: _Operation) -> str:
    return f"{_edge(operation)} is {operation.get('after')}"


_COUNTING = {
    "add_concept": ("concept added", "concepts added"),
    "change_concept": ("concept changed", "concepts changed"),
    "remove_concept": ("concept removed", "concepts removed"),
    "merge_concepts": ("concept merged", "concepts merged"),
    "split_concept": ("concept split", "concepts split"),
    "add_prerequisite": ("prerequisite added", "prerequisites added"),
    "decide_prerequisite": ("prerequisite decided", "prerequisites decided"),
    "reweigh_prerequisite": ("confidence changed", "confidences changed"),
    "remove_prerequisite": ("prerequisite removed", "prerequisites removed"),
    "flip_prerequisite": ("prerequisite turned round", "prerequisites turned round"),
    "extract_concept": ("concept found", "concepts found"),
    "extract_prerequisite": ("prerequisite found", "prerequisites found"),
}

_TELLING: dict[str, Callable[[_Operation], str]] = {
    "add_concept": lambda one: f"added {_name(one)}",
    "bring_back_concept": lambda one: f"brought back {_name(one)}",
    "change_concept": _changed,
    "remove_concept": lambda one: f"removed {_name(one)}",
    "merge_concepts": lambda one: f"merged {_name(one)} into “{one['into']}”",
    "split_concept": lambda one: f"split “{one['new']}” off {_name(one)}",
    "add_prerequisite": lambda one: f"added {_edge(one)}",
    "decide_prerequisite": _decided,
    "reweigh_prerequisite": lambda one: f"{_edge(one)} has confidence {one['after']:.2f}",
    "remove_prerequisite": lambda one: f"removed {_edge(one)}",
    "flip_prerequisite": lambda one: f"turned round {_edge(one)}",
    "take_back": lambda one: f"took back a decision on “{one['what']}”",
    "judge": lambda one: f"{one['engine']} judged {one['rows']} rows",
    "extract_concept": lambda one: f"found {_name(one)}",
    "extract_prerequisite": lambda one: f"found {_edge(one)}",
    "import_graph": lambda one: (
        f"imported {one.get('concepts_added', 0)} concepts, {one.get('prerequisites_added', 0)} prerequisites"
    ),
    "mark_stale": lambda one: (
        f"marked {len(one['concepts'])} concepts and {len(one['prerequisites'])} prerequisites stale"
    ),
    "carry_evidence": lambda one: f"carried {one['evidence']} quotes over to unchanged words",
    "undo": lambda one: f"undid {one['told'].rstrip('.')}",
    "redo": lambda one: f"brought back {one['told'].rstrip('.')}",
    "restore": lambda one: f"restored r{one['revision']}",
}
