"""Look a prerequisite graph over as a careful colleague would: what is wrong, doubtful or superfluous in it.

Every check takes the graph with what is known of each concept and edge as attributes and says nothing where
the attribute is missing. Nothing here changes the graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import networkx as nx

from graphs.building import PrerequisiteGraph, find_cycle
from graphs.errors import ARROW
from graphs.likeness import Likeness, like_names, name_key


class Severity(StrEnum):
    """How much a finding matters: an error keeps learners from learning, a notice is a matter of taste."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Code(StrEnum):
    """What can be found."""

    CIRCLE = "circle"
    UNREACHABLE_GOAL = "unreachable-goal"
    NO_EVIDENCE = "no-evidence"
    LATER_CONCEPT = "later-concept"
    BOTH_WAYS = "both-ways"
    NEAR_DUPLICATE = "near-duplicate"
    TOO_MANY = "too-many-prerequisites"
    STALE = "stale"
    ORPHAN = "orphan"
    REDUNDANT = "redundant-edge"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where each check begins to speak.

    Attributes
    ----------
    most_prerequisites : int
        Direct gating prerequisites that follow from no other. A learner holds about four new things at
        once (Cowan 2001, The magical number 4 in short-term memory); what is mastered costs less, so
        nearly twice that.
    alike : float
        Cosine of two concepts' names and definitions from which they may be one.
    alike_within : float
        The same where one name holds all words of the other ("pip", "managing packages with pip").
        On two real courses (docs/benchmarks.md) such pairs were one thing told twice from 0.79 on; of the
        other pairs above 0.8, all were siblings or two things that one sentence defines.
    both_ways : float
        Confidence in the reverse direction, as a share of the edge's own, from which the direction is in
        doubt. Read against the sources, most directions at one half were plain; from 0.6 on they could be
        argued about.
    """

    most_prerequisites: int = 7
    alike: float = 0.9
    alike_within: float = 0.75
    both_ways: float = 0.6


SHOWN = 3
"""How many of a long list a message names."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes
    ----------
    concepts : tuple of str
        Ids, the one to open first.
    edges : tuple of (str, str)
    message : str
        What was found and what to do, in a sentence or two.
    """

    code: Code
    severity: Severity
    concepts: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    message: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the graph itself does not hold.

    Attributes
    ----------
    goals : collection of str
        Ids that learners are on their way to, also such as are not in the graph any more.
    goal_names : mapping of str to str
        What to call a goal that is not in the graph.
    uses : mapping of str to collection of str
        Which other concepts each concept's definition names.
    alike : collection of Likeness
        Pairs whose names and definitions mean nearly the same, from an embedding model.
    """

    goals: Collection[str] = ()
    goal_names: Mapping[str, str] = field(default_factory=dict)
    uses: Mapping[str, Collection[str]] = field(default_factory=dict)
    alike: Collection[Likeness] = ()


def lint_graph(
    graph: PrerequisiteGraph, *, known: Known | None = None, thresholds: Thresholds | None = None
) -> list[Finding]:
    """Return everything that a graph should be looked over for, what matters most first.

    Parameters
    ----------
    graph : networkx.DiGraph
        Of what is taught. Attributes that are read, all optional: of a concept `name`, `aliases`,
        `is_stale` and `quotes` (how many quotes speak for it); of an edge `confidence`,
        `reverse_confidence`, `gates`, `is_decided` (a person said so), `is_stale`, `quotes` and
        `quotes_against`.
    known : Known, optional
    thresholds : Thresholds, optional

    Returns
    -------
    list of Finding
        Errors, then warnings, then notices; within each by kind and name.

    Examples
    --------
    >>> from graphs.building import Edge, build_graph
    >>> graph = build_graph("abcd", edges=[Edge("a", "b", 0.9), Edge("b", "c", 0.8), Edge("a", "c", 0.4)])
    >>> for finding in lint_graph(graph):
    ...     print(finding.code, finding.message)
    orphan “d” stands alone: nothing comes before it and nothing rests on it. Add a prerequisite, or take it \
out if it is not to be taught.
    redundant-edge 1 prerequisite follows from better founded ones: “a” before “c” from a → b → c. Maps \
leave them out; who may learn what is the same without them.
    """
    linter = _Linter(graph, known or Known(), thresholds or Thresholds())
    order = {severity: place for place, severity in enumerate(Severity)}
    kinds = {code: place for place, code in enumerate(Code)}
    return sorted(
        linter.findings(), key=lambda found: (order[found.severity], kinds[found.code], found.message)
    )


class _Linter:
    """One look at one graph."""

    def __init__(self, graph: PrerequisiteGraph, known: Known, thresholds: Thresholds) -> None:
        self.graph = graph
        self.known = known
        self.thresholds = thresholds
        self.gating: PrerequisiteGraph = nx.DiGraph()
        self.gating.add_nodes_from(graph)
        self.gating.add_edges_from(
            (source, target) for source, target, said in graph.edges(data=True) if _gates(said)
        )

    def findings(self) -> Iterator[Finding]:
        cycle = find_cycle(self.graph)
        if cycle:
            yield self._circle(cycle)
            return  # what comes before what is not defined, so the rest would be noise
        below = _reached(self.graph)
        yield from self._unreachable_goals()
        yield from self._without_evidence()
        yield from self._later_concepts(below)
        yield from self._both_ways()
        yield from self._near_duplicates()
        yield from self._too_many()
        yield from self._stale()
        yield from self._orphans()
        yield from self._redundant(below)

    def _circle(self, cycle: tuple[str, ...]) -> Finding:
        path = ARROW.join(self._name(concept) for concept in (*cycle, cycle[0]))
        links = tuple(zip(cycle, (*cycle[1:], cycle[0]), strict=True))
        text = f"These concepts require one another in a circle: {path}. Reject one of the prerequisites."
        return Finding(Code.CIRCLE, Severity.ERROR, cycle, links, text)

    def _unreachable_goals(self) -> Iterator[Finding]:
        for goal in sorted(self.known.goals):
            if goal not in self.graph:
                name = self.known.goal_names.get(goal, goal)
                yield Finding(
                    Code.UNREACHABLE_GOAL,
                    Severity.ERROR,
                    (goal,),
                    (),
                    f"Learners are on their way to “{name}”, which is not taught any more. Publish it again, "
                    "or give them another goal.",
                )
                continue
            blocked = sorted(
                self._name(concept)
                for concept in nx.ancestors(self.gating, goal)
                if _is_unfounded(self.graph.nodes[concept])
            )
            if blocked:
                yield Finding(
                    Code.UNREACHABLE_GOAL,
                    Severity.ERROR,
                    (goal,),
                    (),
                    f"Learners cannot get to “{self._name(goal)}”: there is nothing to teach "
                    f"{_listed(blocked)} from, which comes before it. Quote a definition from a source, or "
                    "reject the prerequisite that leads through it.",
                )

    def _without_evidence(self) -> Iterator[Finding]:
        for concept, said in self.graph.nodes(data=True):
            if _is_unfounded(said):
                yield Finding(
                    Code.NO_EVIDENCE,
                    Severity.ERROR,
                    (concept,),
                    (),
                    f"No source says what “{self._name(concept)}” is, so there is nothing to teach or grade "
                    "it from. Quote a definition, or add a source that has one.",
                )
        for source, target, said in self.graph.edges(data=True):
            if _is_unfounded(said) and not said.get("is_decided") and _gates(said):
                yield self._of_edge(
                    Code.NO_EVIDENCE,
                    Severity.WARNING,
                    (source, target),
                    "locks learners out, but no words of a source speak for it. Confirm it, quote a source "
                    "for it, or reject it.",
                )

    def _later_concepts(self, below: Mapping[str, int]) -> Iterator[Finding]:
        places = {concept: place for place, concept in enumerate(self.graph)}
        for concept, used in sorted(self.known.uses.items()):
            if concept not in places:
                continue
            later = sorted(
                other
                for other in used
                if other in places
                and below[concept] >> places[other] & 1
                and not self._share_definition(concept, other)
            )
            for other in later:
                yield Finding(
                    Code.LATER_CONCEPT,
                    Severity.WARNING,
                    (concept, other),
                    ((concept, other),) if self.graph.has_edge(concept, other) else (),
                    f"The definition of “{self._name(concept)}” speaks of “{self._name(other)}”, which comes "
                    "after it. Turn the order round, or quote a definition that does without.",
                )

    def _both_ways(self) -> Iterator[Finding]:
        for source, target, said in self.graph.edges(data=True):
            reverse, confidence = said.get("reverse_confidence"), said.get("confidence", 1.0)
            doubtful = (
                reverse is not None and reverse > 0 and reverse >= self.thresholds.both_ways * confidence
            )
            if doubtful and said.get("quotes_against", 0) and not said.get("is_decided"):
                yield self._of_edge(
                    Code.BOTH_WAYS,
                    Severity.WARNING,
                    (source, target),
                    f"has words of the sources for it ({confidence:.2f}) and for the other direction "
                    f"({reverse:.2f}). Read both and decide.",
                )

    def _near_duplicates(self) -> Iterator[Finding]:
        seen = set()
        names: Iterable[Any] = self.graph.nodes(data=True)
        meant = sorted(self.known.alike, key=lambda pair: -pair.score)
        for pair in (*like_names(names), *(pair for pair in meant if self._may_be_one(pair))):
            ends = frozenset((pair.first, pair.second))
            if ends in seen:
                continue
            seen.add(ends)
            yield Finding(
                Code.NEAR_DUPLICATE,
                Severity.WARNING,
                (pair.first, pair.second),
                (),
                f"“{self._name(pair.first)}” and “{self._name(pair.second)}” may be one concept: {pair.why}. "
                "Merge them, or name them so that the difference shows.",
            )

    def _may_be_one(self, pair: Likeness) -> bool:
        """Siblings ("major triad", "minor triad") and what one sentence defines together are alike anyway.

        So is what rests on the other: "list comprehension" and "nested list comprehension".
        """
        if pair.first not in self.graph or pair.second not in self.graph:
            return False
        if self.graph.has_edge(pair.first, pair.second) or self.graph.has_edge(pair.second, pair.first):
            return False
        first, second = (set(name_key(self._name(end))) for end in (pair.first, pair.second))
        if first <= second or second <= first:
            return pair.score >= self.thresholds.alike_within
        if first & second or self._share_definition(pair.first, pair.second):
            return False
        return pair.score >= self.thresholds.alike

    def _share_definition(self, first: str, second: str) -> bool:
        said = self.graph.nodes[first].get("summary")
        return bool(said) and said == self.graph.nodes[second].get("summary")

    def _too_many(self) -> Iterator[Finding]:
        needed = _reduced(self.gating)
        for concept, count in needed.in_degree():
            if count > self.thresholds.most_prerequisites:
                yield Finding(
                    Code.TOO_MANY,
                    Severity.WARNING,
                    (concept,),
                    (),
                    f"“{self._name(concept)}” needs {count} other concepts at once. See which of them it "
                    "really rests on, or split it.",
                )

    def _stale(self) -> Iterator[Finding]:
        for concept, is_stale in self.graph.nodes(data="is_stale"):
            if is_stale:
                yield Finding(
                    Code.STALE,
                    Severity.WARNING,
                    (concept,),
                    (),
                    f"The source behind “{self._name(concept)}” has changed. Look for concepts again, or "
                    "quote a definition anew.",
                )
        for source, target, said in self.graph.edges(data=True):
            if said.get("is_stale"):
                yield self._of_edge(
                    Code.STALE,
                    Severity.WARNING,
                    (source, target),
                    "rests on a source that has changed. Look for concepts again, or decide on it.",
                )

    def _orphans(self) -> Iterator[Finding]:
        if len(self.graph) < 2:
            return
        for concept, count in self.graph.degree():
            if not count:
                yield Finding(
                    Code.ORPHAN,
                    Severity.WARNING,
                    (concept,),
                    (),
                    f"“{self._name(concept)}” stands alone: nothing comes before it and nothing rests on it. "
                    "Add a prerequisite, or take it out if it is not to be taught.",
                )

    def _redundant(self, below: Mapping[str, int]) -> Iterator[Finding]:
        """One finding for all: each is harmless, and the map leaves it out by itself."""
        places = {concept: place for place, concept in enumerate(self.graph)}
        ways = {
            (source, target): way
            for source, target, said in self.graph.edges(data=True)
            if _gates(said) and not said.get("is_decided")
            for way in [self._way_round(source, target, below, places)]
            if way
        }
        if not ways:
            return
        shown = [
            f"“{self._name(source)}” before “{self._name(target)}” from "
            + ARROW.join(self._name(concept) for concept in way)
            for (source, target), way in sorted(ways.items(), key=lambda item: self._name(item[0][0]))[:SHOWN]
        ]
        many = len(ways) > 1
        more = f" and {len(ways) - SHOWN} more" if len(ways) > SHOWN else ""
        yield Finding(
            Code.REDUNDANT,
            Severity.NOTICE,
            tuple(sorted({end for link in ways for end in link})),
            tuple(sorted(ways)),
            f"{len(ways)} prerequisite{'s follow' if many else ' follows'} from better founded ones: "
            f"{'; '.join(shown)}{more}. Maps leave them out; who may learn what is the same without them.",
        )

    def _way_round(
        self, source: str, target: str, below: Mapping[str, int], places: Mapping[str, int]
    ) -> tuple[str, ...]:
        """Return a path of two steps or more whose every step gates and is believed more, or nothing."""
        floor = self.graph.edges[source, target].get("confidence", 1.0)
        came_from: dict[str, str] = {}
        waiting = [source]
        for concept in waiting:
            for follower in self.gating.successors(concept):
                if (concept, follower) == (source, target) or follower in came_from:
                    continue
                if follower != target and not below[follower] >> places[target] & 1:
                    continue
                if self.graph.edges[concept, follower].get("confidence", 1.0) <= floor:
                    continue
                came_from[follower] = concept
                if follower == target:
                    return _path(came_from, source, target)
                waiting.append(follower)
        return ()

    def _of_edge(self, code: Code, severity: Severity, edge: tuple[str, str], text: str) -> Finding:
        said = f"“{self._name(edge[0])}” before “{self._name(edge[1])}” {text}"
        return Finding(code, severity, edge, (edge,), said)

    def _name(self, concept: str) -> str:
        return str(self.graph.nodes[concept].get("name", concept))


def _gates(said: Mapping[str, Any]) -> bool:
    return said.get("gates") is not False


def _is_unfounded(said: Mapping[str, Any]) -> bool:
    """Whether it is known that no quote speaks for it."""
    return said.get("quotes") == 0


def _path(came_from: Mapping[str, str], source: str, target: str) -> tuple[str, ...]:
    path = [target]
    while path[-1] != source:
        path.append(came_from[path[-1]])
    return tuple(reversed(path))


def _reached(graph: PrerequisiteGraph) -> dict[str, int]:
    """Return for each concept all that comes after it, as the bits of a number: thousands fit in a moment."""
    places = {concept: place for place, concept in enumerate(graph)}
    below: dict[str, int] = {}
    for concept in reversed(list(nx.topological_sort(graph))):
        below[concept] = 0
        for follower in graph.successors(concept):
            below[concept] |= below[follower] | 1 << places[follower]
    return below


def _reduced(graph: PrerequisiteGraph) -> PrerequisiteGraph:
    """Return the transitive reduction; `nx.transitive_reduction` takes minutes for some thousand concepts."""
    below = _reached(graph)
    places = {concept: place for place, concept in enumerate(graph)}
    kept: PrerequisiteGraph = nx.DiGraph()
    kept.add_nodes_from(graph)
    for source in graph:
        followers = list(graph.successors(source))
        beyond = 0
        for follower in followers:
            beyond |= below[follower]
        kept.add_edges_from((source, target) for target in followers if not beyond >> places[target] & 1)
    return kept


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
