"""How fast an edge is checked and added, beside checking the whole graph with networkx."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import networkx as nx

from graphs.building import PrerequisiteGraph
from graphs.errors import Edge, PrerequisiteCycle
from graphs.ordering import OrderedGraph
from tutor.speed.subjects import concept_ids, draw_links
from tutor.speed.turns import Ratio, Timed, peak_mib, ratio, take_turns

KINDS = ("agrees with the order", "goes against it", "closes a circle")
TRIED = 200
FULL, PATH = "networkx, whole graph", "networkx, has_path"

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class EdgeSpeed:
    """How long an edge takes, by what it does to the order, and how many times as long the others take."""

    concepts: int
    edges: int
    ours: dict[str, Timed]
    theirs: dict[str, Timed]
    speedups: dict[str, Ratio]
    memory_mib: dict[str, float]


def time_edges(count: int, *, turns: int, seed: int = 1) -> EdgeSpeed:
    """Add edges of each kind to the same graph and take them out again; each kind by turns with networkx."""
    rng = random.Random(seed)  # noqa: S311 - the same subject at every run
    concepts, links = concept_ids(count), draw_links(count, rng=rng)
    named = [(concepts[below], concepts[above]) for below, above in links]
    ordered, own_mib = peak_mib(lambda: OrderedGraph(concepts, edges=(Edge(*link) for link in named)))
    full, their_mib = peak_mib(lambda: _networkx(concepts, named))
    drawn = _draw(ordered, full, rng=rng)
    ways: dict[str, Callable[[], object]] = {
        kind: _next_of(drawn[kind], lambda link: _add(ordered, link)) for kind in KINDS
    }
    ways[FULL] = _next_of(drawn[KINDS[1]], lambda link: _check_all(full, link))
    ways[PATH] = _next_of(drawn[KINDS[1]], lambda link: nx.has_path(full, link[1], link[0]))
    spent = take_turns(ways, turns=turns, repeats=dict.fromkeys(KINDS, TRIED))
    return EdgeSpeed(
        concepts=count,
        edges=len(links),
        ours={kind: Timed.of(spent[kind]) for kind in KINDS},
        theirs={name: Timed.of(spent[name]) for name in (FULL, PATH)},
        speedups={
            f"{kind}; {name}": ratio(spent, of=name, to=kind) for name in (FULL, PATH) for kind in KINDS
        },
        memory_mib={"kept in order": own_mib, "networkx": their_mib},
    )


def _networkx(concepts: Sequence[str], links: Sequence[Link]) -> PrerequisiteGraph:
    graph: PrerequisiteGraph = nx.DiGraph()
    graph.add_nodes_from(concepts)
    graph.add_edges_from(links, confidence=1.0)
    return graph


def _draw(ordered: OrderedGraph, full: PrerequisiteGraph, *, rng: random.Random) -> dict[str, list[Link]]:
    """Draw pairs of concepts until there are enough of each kind; what kind each is, networkx says."""
    in_order = list(ordered)
    drawn: dict[str, list[Link]] = {kind: [] for kind in KINDS}
    while any(len(links) < TRIED for links in drawn.values()):
        first, last = sorted(rng.sample(range(len(in_order)), 2))
        link = in_order[first], in_order[last]
        if rng.random() < 0.1:  # two random concepts seldom rest on one another: walk up from one
            link = (link[0], _walk_up(full, link[0], rng=rng))
        if link[0] == link[1] or full.has_edge(*link):
            continue
        back = (link[1], link[0])
        _put(drawn[KINDS[0]], link)
        _put(drawn[KINDS[2 if nx.has_path(full, *link) else 1]], back)
    return drawn


def _put(links: list[Link], link: Link) -> None:
    if len(links) < TRIED:
        links.append(link)


def _walk_up(full: PrerequisiteGraph, concept: str, *, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 5)):
        above = sorted(full.succ[concept])
        concept = rng.choice(above) if above else concept
    return concept


def _next_of(links: Sequence[Link], act: Callable[[Link], object]) -> Callable[[], object]:
    """Return a function that does the next link at each call, round and round."""
    rounds: Iterator[Link] = itertools.cycle(links)
    return lambda: act(next(rounds))


def _add(graph: OrderedGraph, link: Link) -> None:
    """Check, mend the order, and take the edge out again, so that every turn begins with as many edges."""
    try:
        graph.add_edge(Edge(*link))
    except PrerequisiteCycle:
        return
    graph.remove_edge(*link)


def _check_all(graph: PrerequisiteGraph, link: Link) -> None:
    graph.add_edge(*link)
    nx.is_directed_acyclic_graph(graph)
    graph.remove_edge(*link)
