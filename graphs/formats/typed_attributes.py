"""Carry attributes of any type through a format that has texts only, or texts, numbers and truth values.

What the format cannot carry as it is becomes JSON text, and the graph attribute `json_attributes` names it,
so that it is read back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph, UnwritableGraph

JSON_ATTRIBUTES = "json_attributes"


def names_for_json(graph: PrerequisiteGraph, *, fits: Callable[[Any], bool]) -> set[str]:
    """Return the attributes of which any value does not fit, or whose values are of several types.

    Examples
    --------
    >>> from graphs.building import build_graph
    >>> graph = build_graph(["a"], edges=[])
    >>> graph.nodes["a"]["aliases"] = ["b"]
    >>> names_for_json(graph, fits=lambda value: isinstance(value, str))
    {'aliases'}
    """
    groups: Iterable[Mapping[str, Any]] = [
        graph.graph,
        *(data for _, data in graph.nodes(data=True)),
        *(data for *_, data in graph.edges(data=True)),
    ]
    kinds: dict[str, set[type]] = {}
    names = set()
    for data in groups:
        for name, value in data.items():
            kinds.setdefault(name, set()).add(type(value))
            if not fits(value):
                names.add(name)
    return names | {name for name, types in kinds.items() if len(types) > 1}


def encoded(data: Mapping[str, Any], names: set[str], *, format_name: str) -> dict[str, Any]:
    """Return the attributes with those of `names` as JSON text.

    Raises
    ------
    UnwritableGraph
        If a value is nothing that JSON can carry.

    Examples
    --------
    >>> encoded({"aliases": ["b"]}, {"aliases"}, format_name="GraphML")
    {'aliases': '["b"]'}
    """
    try:
        return {
            name: json.dumps(value, allow_nan=False) if name in names else value
            for name, value in data.items()
        }
    except (TypeError, ValueError) as exc:
        raise UnwritableGraph(format_name, str(exc)) from exc


def decoded(data: Mapping[str, Any], names: set[str], *, format_name: str) -> dict[str, Any]:
    """Turn the JSON text of the attributes of `names` back.

    Raises
    ------
    UnreadableGraph
        If one is no JSON.

    Examples
    --------
    >>> decoded({"aliases": '["b"]'}, {"aliases"}, format_name="GraphML")
    {'aliases': ['b']}
    """
    try:
        return {name: json.loads(value) if name in names else value for name, value in data.items()}
    except (TypeError, ValueError, RecursionError) as exc:
        raise UnreadableGraph(format_name, f"an attribute said to be JSON is not ({exc})") from exc


def read_names(text: Any, *, format_name: str) -> set[str]:
    """Return what `json_attributes` names.

    Raises
    ------
    UnreadableGraph

    Examples
    --------
    >>> read_names('["aliases"]', format_name="GraphML")
    {'aliases'}
    """
    try:
        names = json.loads(text)
    except (TypeError, ValueError, RecursionError) as exc:
        raise UnreadableGraph(format_name, f"its “{JSON_ATTRIBUTES}” is not JSON") from exc
    return {str(name) for name in names} if isinstance(names, list) else set()
