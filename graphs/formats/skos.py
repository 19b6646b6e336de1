"""SKOS as JSON-LD: a concept scheme for linked data, with a prerequisite property of our own.

SKOS has no word for "must be known before": `broader` means something else and is neither written nor read.
So each concept `requires` its prerequisites (urn:cairn:terms:requires), and what is said of one prerequisite
(confidence, status, reason) stands on a `Prerequisite` node of its own. Name, aliases, definition and key are
`prefLabel`, `altLabel`, `definition` and `notation`; everything else is a JSON literal, so that every
attribute that JSON can carry comes back.

The reader is no JSON-LD processor: it knows terms by their last part, whatever prefix or address stands
before it, and fetches no context.

Source: W3C SKOS Reference, 2009-08-18; W3C JSON-LD 1.1, 2020-07-16.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from graphs.building import PrerequisiteGraph
from graphs.errors import UnreadableGraph
from graphs.formats import json_text
from graphs.formats.rows import ConceptRow, EdgeRow, Rows, called_by_name

NAME = "SKOS JSON-LD"
TERMS = "urn:cairn:terms:"
CONCEPTS = "urn:cairn:concept:"
RDF_JSON = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"
CONTEXT: dict[str, Any] = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "cairn": TERMS,
    "ConceptScheme": "skos:ConceptScheme",
    "Concept": "skos:Concept",
    "Prerequisite": "cairn:Prerequisite",
    "prefLabel": "skos:prefLabel",
    "altLabel": {"@id": "skos:altLabel", "@container": "@set"},
    "definition": "skos:definition",
    "notation": "skos:notation",
    "inScheme": {"@id": "skos:inScheme", "@type": "@id"},
    "requires": {"@id": "cairn:requires", "@type": "@id", "@container": "@set"},
    "prerequisite": {"@id": "cairn:prerequisite", "@type": "@id"},
    "dependent": {"@id": "cairn:dependent", "@type": "@id"},
    "attributes": {"@id": "cairn:attributes", "@type": "@json"},
}


def write(graph: PrerequisiteGraph) -> str:
    """Write a concept scheme.

    Raises
    ------
    UnwritableGraph
        If an attribute is nothing that JSON can carry.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> read(write(build_graph("ab", edges=[Edge("a", "b", 0.5)]))).edges[0].attributes
    {'confidence': 0.5}
    """
    subject = str(graph.graph.get("subject", ""))
    ids = {concept: f"{CONCEPTS}{quote(subject, safe='')}:{quote(concept, safe='')}" for concept in graph}
    scheme = f"urn:cairn:scheme:{quote(subject, safe='')}"
    head = {
        "@id": scheme,
        "@type": "ConceptScheme",
        "prefLabel": str(graph.graph.get("name") or subject or "Prerequisites"),
        "attributes": dict(graph.graph),
    }
    concepts = []
    for concept, data in graph.nodes(data=True):
        entry = {"@id": ids[concept], "@type": "Concept", "inScheme": scheme, **_labels(concept, data)}
        required = sorted(ids[source] for source in graph.predecessors(concept))
        concepts.append({**entry, **({"requires": required} if required else {})})
    links = [
        {
            "@type": "Prerequisite",
            "prerequisite": ids[source],
            "dependent": ids[target],
            "attributes": dict(data),
        }
        for source, target, data in graph.edges(data=True)
    ]
    return json_text.dump({"@context": CONTEXT, "@graph": [head, *concepts, *links]}, name=NAME)


def read(text: str) -> Rows:
    """Read the concepts of a scheme and what each requires.

    Raises
    ------
    UnreadableGraph
        If it holds no concept.

    Examples
    --------
    >>> rows = read('''{"@graph": [
    ...     {"@id": "#add", "@type": "skos:Concept", "skos:prefLabel": {"@value": "Add", "@language": "en"},
    ...      "dcterms:requires": {"@id": "#count"}},
    ...     {"@id": "#count", "@type": "skos:Concept", "skos:prefLabel": [{"@value": "Count"}]}]}''')
    >>> rows.edges[0].what
    'Count → Add'
    """
    found = _things(json_text.load(text, name=NAME))
    things = [(f"@graph[{number}]", _local(thing)) for number, thing in enumerate(found)]
    concepts = [(where, thing) for where, thing in things if _is_a(thing, "Concept")]
    if not concepts and not any(_is_a(thing, "ConceptScheme") for _, thing in things):
        raise UnreadableGraph(NAME, "it holds no skos:Concept")
    schemes = [thing for _, thing in things if _is_a(thing, "ConceptScheme")]
    rows = Rows(
        tuple(ConceptRow(where, _address(thing), _said_of(thing)) for where, thing in concepts),
        _edges(things),
        _attributes(schemes[0]) if schemes else {},
    )
    return called_by_name(rows, _names(concepts))


def _labels(concept: str, data: Mapping[str, Any]) -> dict[str, Any]:
    name, aliases, summary = data.get("name"), data.get("aliases"), data.get("summary")
    labels: dict[str, Any] = {"prefLabel": name if isinstance(name, str) and name else concept}
    if isinstance(aliases, list) and aliases and all(isinstance(alias, str) for alias in aliases):
        labels["altLabel"] = aliases
    if isinstance(summary, str) and summary:
        labels["definition"] = summary
    return {**labels, "notation": concept, "attributes": dict(data)}


def _things(document: Any) -> list[dict[str, Any]]:
    things = document.get("@graph", [document]) if isinstance(document, dict) else document
    if not isinstance(things, list) or not all(isinstance(thing, dict) for thing in things):
        raise UnreadableGraph(NAME, "“@graph” must be a list of objects")
    return things


def _local(thing: Mapping[str, Any]) -> dict[str, Any]:
    """Call each term by its last part: `skos:prefLabel`, and its whole address, are `prefLabel`."""
    return {key if key.startswith("@") else _last_part(key): value for key, value in thing.items()}


def _last_part(term: str) -> str:
    return term.rsplit("#", 1)[-1].rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _is_a(thing: Mapping[str, Any], kind: str) -> bool:
    kinds = thing.get("@type", thing.get("type"))
    listed = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(entry, str) and _last_part(entry) == kind for entry in listed)


def _address(thing: Mapping[str, Any]) -> str:
    return json_text.id_in(thing, "@id") or json_text.id_in(thing, "id")


def _texts(value: Any) -> list[str]:
    """Return every text of a value in any of the forms that JSON-LD allows, English and untagged first."""
    values = value if isinstance(value, list) else [value]
    told = [pair for entry in values for pair in _by_language(entry)]
    return [text for _, text in sorted(told, key=lambda pair: not pair[0].startswith("en"))]


def _by_language(entry: Any) -> list[tuple[str, str]]:
    if isinstance(entry, str):
        return [("en", entry)]
    if not isinstance(entry, dict):
        return []
    if isinstance(entry.get("@value"), str):
        return [(str(entry.get("@language") or "en"), entry["@value"])]
    return [
        (language, text)
        for language, text in entry.items()
        if isinstance(text, str) and not language.startswith("@")
    ]


def _addresses(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [
        _address(entry) if isinstance(entry, dict) else str(entry) for entry in values if entry is not None
    ]


def _attributes(thing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON literal, as we wrote it or as a JSON-LD processor expands it."""
    value = thing.get("attributes")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and str(value.get("@type")) in {"@json", RDF_JSON}:
        value = value.get("@value")
    if isinstance(value, str):
        value = json_text.load(value, name=NAME)
    return dict(value) if isinstance(value, dict) else {}


def _said_of(thing: Mapping[str, Any]) -> dict[str, Any]:
    """What a concept says; where ours was edited elsewhere, the labels of SKOS win."""
    ours = _attributes(thing)
    terms = ("prefLabel", "altLabel", "definition")
    names, aliases, definitions = (_texts(thing.get(term)) for term in terms)
    said: dict[str, Any] = {}
    code = "".join(_texts(thing.get("notation"))[:1])
    if names and (ours.get("name") or code) != names[0]:
        said["name"] = names[0]
    if aliases and aliases != ours.get("aliases"):
        said["aliases"] = aliases
    if definitions and definitions[0] != ours.get("summary"):
        said["summary"] = definitions[0]
    return {**ours, **said}


def _names(concepts: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    names = {}
    for _, thing in concepts:
        address = _address(thing)
        label = "".join(_texts(thing.get("prefLabel"))[:1])
        if address.startswith(CONCEPTS):
            names[address] = unquote(address.removeprefix(CONCEPTS).partition(":")[2])
        elif label:
            names[address] = label
    return names


def _edges(things: list[tuple[str, dict[str, Any]]]) -> tuple[EdgeRow, ...]:
    """What is required: by itself, and where there is more to say of it; each pair once."""
    told = [
        EdgeRow(where, _one(thing, "prerequisite"), _one(thing, "dependent"), _attributes(thing))
        for where, thing in things
        if _is_a(thing, "Prerequisite")
    ]
    pairs = {(row.source, row.target) for row in told}
    bare = [
        EdgeRow(f"{where}.requires", source, _address(thing))
        for where, thing in things
        for source in _addresses(thing.get("requires"))
        if (source, _address(thing)) not in pairs
    ]
    return (*told, *bare)


def _one(thing: Mapping[str, Any], term: str) -> str:
    return "".join(_addresses(thing.get(term))[:1])
