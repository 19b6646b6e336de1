"""How far a found graph agrees with the one that the author of a course had in mind."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import networkx as nx

from curriculum.errors import GoldNotReadable
from vectorstore.words import stem, words

CONCEPTS_NAME, EDGES_NAME = "gold_concepts.csv", "gold_edges.csv"
CORE = "core"

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Gold:
    """What the author meant.

    Attributes
    ----------
    names
        Every name and alias of a concept, as stems, with the concept it names.
    core
        The concepts that must be found; the others may be.
    edges
        Direct prerequisites among core concepts.
    """

    names: Mapping[str, str]
    core: frozenset[str]
    edges: frozenset[Link]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares in 0..1; an edge counts where both its ends are core concepts that were found.

    Attributes
    ----------
    concept_precision, concept_recall
        Of all found concepts the share that the author named; of the core the share that was found.
    edge_precision, closure_precision
        Share of the found edges that the author drew, and that follow from those drawn.
    edge_recall, reach_recall
        Share of the author's edges that were found, and that follow from those found.
    reversed
        Share of the found edges that run against the author's order.
    """

    concepts: int
    edges: int
    concept_precision: float
    concept_recall: float
    edge_precision: float
    closure_precision: float
    edge_recall: float
    reach_recall: float
    reversed: float


def read_gold(directory: Path) -> Gold:
    """Read the two gold files of ``directory``.

    Raises
    ------
    GoldNotReadable
        If one is missing or lacks a column, or the edges make a circle.
    """
    try:
        rows = _rows(directory / CONCEPTS_NAME)
        names = {
            as_stems(name): row["concept"]
            for row in rows
            for name in (row["concept"], *filter(None, row["aliases"].split(";")))
        }
        core = frozenset(row["concept"] for row in rows if row["kind"] == CORE)
        edges = frozenset((row["prerequisite"], row["dependent"]) for row in _rows(directory / EDGES_NAME))
    except (OSError, KeyError, UnicodeDecodeError) as exc:
        raise GoldNotReadable(directory, f"{type(exc).__name__}: {exc}") from exc
    if not nx.is_directed_acyclic_graph(nx.DiGraph(edges)):
        raise GoldNotReadable(directory, "its edges make a circle")
    return Gold(names, core, edges)


def measure(concepts: Mapping[str, Iterable[str]], *, edges: Collection[Link], gold: Gold) -> Agreement:
    """Compare a found graph with the gold one.

    Parameters
    ----------
    concepts : mapping of str to iterable of str
        Found names, each with its aliases.
    edges : collection of (str, str)
        Found prerequisites by name: the first is required by the second.
    gold : Gold

    Examples
    --------
    >>> gold = Gold({"cycl": "cycle", "pitch": "pitch"}, frozenset({"cycle", "pitch"}),
    ...             frozenset({("cycle", "pitch")}))
    >>> found = measure({"cycles": [], "pitch": [], "tea": []}, edges=[("cycles", "pitch")], gold=gold)
    >>> round(found.concept_precision, 2), found.concept_recall, found.edge_precision
    (0.67, 1.0, 1.0)
    """
    meant = {name: _meant_by((name, *aliases), gold) for name, aliases in concepts.items()}
    found = {(meant[u], meant[v]) for u, v in edges}
    among = {(u, v) for u, v in found if u != v and u in gold.core and v in gold.core}
    follows = _closure(gold.edges)
    reached = _closure(among)
    return Agreement(
        concepts=len(concepts),
        edges=len(edges),
        concept_precision=_share(sum(bool(name) for name in meant.values()), len(meant)),
        concept_recall=_share(len(gold.core & set(meant.values())), len(gold.core)),
        edge_precision=_share(len(among & gold.edges), len(among)),
        closure_precision=_share(len(among & follows), len(among)),
        edge_recall=_share(len(among & gold.edges), len(gold.edges)),
        reach_recall=_share(len(reached & gold.edges), len(gold.edges)),
        reversed=_share(len({(u, v) for u, v in among if (v, u) in follows}), len(among)),
    )


def as_stems(name: str) -> str:
    """The form in which names are compared.

    Examples
    --------
    >>> as_stems("Standing waves")
    'stand wave'
    """
    return " ".join(stem(word) for word in words(name))


def _meant_by(names: Iterable[str], gold: Gold) -> str:
    return next((gold.names[key] for key in map(as_stems, names) if key in gold.names), "")


def _closure(links: Collection[Link]) -> set[Link]:
    return set(nx.transitive_closure(nx.DiGraph(links)).edges)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
