"""Read JSON that a stranger wrote, and say what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphs.errors import UnreadableGraph, UnwritableGraph


def load_object(text: str, *, name: str, holds: str) -> dict[str, Any]:
    """Return the outermost object of a JSON text.

    Parameters
    ----------
    text : str
    name : str
        What the format is called in an error.
    holds : str
        What the outermost object is expected to hold.

    Raises
    ------
    UnreadableGraph
        Also for JSON that is nested deeper than Python reads.

    Examples
    --------
    >>> load_object("[]", name="node-link JSON", holds="“nodes” and “edges”")
    Traceback (most recent call last):
        ...
    graphs.errors.UnreadableGraph: This is not a graph as node-link JSON: the outermost thing must be an \
object with “nodes” and “edges”
    """
    data = load(text, name=name)
    if not isinstance(data, dict):
        raise UnreadableGraph(name, f"the outermost thing must be an object with {holds}")
    return data


def load(text: str, *, name: str) -> Any:
    """Return what a JSON text holds.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> load("[1]", name="JSON")
    [1]
    """
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as exc:
        raise UnreadableGraph(name, f"it is not JSON ({exc})") from exc


def dump(data: object, *, name: str) -> str:
    """Return JSON text, indented so that a difference between two versions can be read.

    Raises
    ------
    UnwritableGraph
        If a value is nothing that JSON can carry.

    Examples
    --------
    >>> dump({"a": {1}}, name="JSON")
    Traceback (most recent call last):
        ...
    graphs.errors.UnwritableGraph: This graph cannot be written as JSON: Object of type set is not JSON \
serializable
    """
    try:
        return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    except (TypeError, ValueError) as exc:
        raise UnwritableGraph(name, str(exc)) from exc


def entries(data: Mapping[str, Any], key: str, *, name: str) -> list[dict[str, Any]]:
    """Return a list of objects that must be there.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> entries({"nodes": [{}]}, "nodes", name="JSON")
    [{}]
    """
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise UnreadableGraph(name, f"“{key}” must be a list of objects")
    return found


def id_in(entry: Mapping[str, Any], key: str) -> str:
    """Return an id as text, numbers too, or an empty text for anything else.

    Examples
    --------
    >>> id_in({"id": 7}, "id"), id_in({"id": [7]}, "id")
    ('7', '')
    """
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)


def without(entry: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Return an entry without some of its keys.

    Examples
    --------
    >>> without({"id": "a", "name": "Add"}, "id")
    {'name': 'Add'}
    """
    return {key: value for key, value in entry.items() if key not in keys}


def object_in(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return an object inside an entry, or an empty one where there is none.

    Examples
    --------
    >>> object_in({"data": 1}, "data")
    {}
    """
    value = entry.get(key)
    return value if isinstance(value, dict) else {}
