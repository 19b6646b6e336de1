"""How many decisions a second: from a compiled graph, beside networkx kept and networkx rebuilt each time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from graphs.building import PrerequisiteGraph
from graphs.compiled import CompiledGraph
from graphs.fringe import outer_fringe
from graphs.knowledge_state import KnowledgeState, unlocking_values
from graphs.paths import distance_to_goals, needed, unlocking_value
from tutor.decisions import Action, Situation, Standing
from tutor.policy import choose_next
from tutor.speed.subjects import DrawnLearner, compile_links, concept_ids, draw_learner, draw_links
from tutor.speed.turns import Ratio, Timed, peak_mib, ratio, take_turns

LEARNERS = 24
GOALS, LEFT = 2, 60
OURS, KEPT, REBUILT = "compiled", "networkx kept", "networkx rebuilt"
RECKONING = "compiled, reckoning only"
WHOLE = "compiled, whole subject"


class AnswersDiffer(Exception):
    """The two ways that are compared do not give the same answer, so that their times say nothing."""

    def __init__(self, concepts: int) -> None:
        super().__init__(f"On {concepts} concepts both ways must find the same frontier, and they do not.")


@dataclass(frozen=True, slots=True)
class ChoiceSpeed:
    """What one decision takes each way, and how many times as long the others take.

    `whole subject` is a learner without goals who has mastered the first half of everything.
    """

    concepts: int
    edges: int
    beliefs: float
    frontier: float
    locked: float
    times: dict[str, Timed]
    speedups: dict[str, Ratio]
    memory_mib: dict[str, float]
    first_ms: float


def time_choices(count: int, *, turns: int, seed: int = 1) -> ChoiceSpeed:
    """Decide for drawn learners: the whole decision with its record, and only what networkx does too.

    The same functions of `graphs.fringe` and `graphs.paths` answer from networkx as before; rebuilding it is
    adding nodes and edges that are in memory already, without a check and without a database.

    Raises
    ------
    AnswersDiffer
    """
    rng = random.Random(seed)  # noqa: S311 - the same subject at every run
    concepts, links = concept_ids(count), draw_links(count, rng=rng)
    compiled, own_mib = peak_mib(lambda: compile_links(concepts, links))
    kept, their_mib = peak_mib(lambda: _networkx(concepts, links))
    learners = [draw_learner(compiled, goals=GOALS, left=LEFT, rng=rng) for _ in range(LEARNERS)]
    names = {concept: concept for concept in concepts}
    half = dict.fromkeys(concepts[: count // 2], Standing(0.95, mastered=True))
    records = [_decide(compiled, names, learner) for learner in learners]
    if [_fringe_of(record) for record in records] != [_reckon(kept, learner) for learner in learners]:
        raise AnswersDiffer(count)
    spent = take_turns(
        {
            OURS: lambda: [_decide(compiled, names, learner) for learner in learners],
            RECKONING: lambda: [_reckon_compiled(compiled, learner) for learner in learners],
            KEPT: lambda: _reckon(kept, learners[0]),
            REBUILT: lambda: _reckon(_networkx(concepts, links), learners[0]),
            WHOLE: lambda: _decide(compiled, names, DrawnLearner((), half)),
            "compiling": lambda: compile_links(concepts, links),
        },
        turns=turns,
    )
    for way in (OURS, RECKONING):
        spent[way] = [seconds / LEARNERS for seconds in spent[way]]
    first = spent.pop("compiling")
    return ChoiceSpeed(
        concepts=count,
        edges=len(links),
        beliefs=_mean([len(learner.standings) for learner in learners]),
        frontier=_mean([len(record["frontier"]) for record in records]),
        locked=_mean([len(record["locked"]) for record in records]),
        times={name: Timed.of(seconds) for name, seconds in spent.items()},
        speedups={
            f"{name}; {way}": ratio(spent, of=name, to=way)
            for name in (REBUILT, KEPT)
            for way in (OURS, RECKONING)
        },
        memory_mib={"compiled": own_mib, "networkx": their_mib},
        first_ms=Timed.of(first).ms,
    )


def _networkx(concepts: Sequence[str], links: Sequence[tuple[int, int]]) -> PrerequisiteGraph:
    graph: PrerequisiteGraph = nx.DiGraph()
    graph.add_nodes_from(concepts)
    graph.add_edges_from(((concepts[below], concepts[above]) for below, above in links), confidence=1.0)
    return graph


def _decide(
    graph: CompiledGraph, names: dict[str, str], learner: DrawnLearner
) -> dict[str, list[dict[str, str]]]:
    return choose_next(Situation(graph, learner.standings, goals=learner.goals, names=names)).as_dict()


def _reckon(graph: PrerequisiteGraph, learner: DrawnLearner) -> set[str]:
    """What a decision needs of the graph, asked of networkx; the scores are left out."""
    mastered = {concept for concept, standing in learner.standings.items() if standing.mastered}
    wanted = needed(graph, goals=learner.goals, mastered=mastered)
    ready = outer_fringe(graph, mastered=mastered) & wanted
    distance_to_goals(graph, goals=learner.goals)
    unlocking_value(graph, mastered=mastered, goals=learner.goals)
    return ready


def _reckon_compiled(graph: CompiledGraph, learner: DrawnLearner) -> list[int]:
    """The same as `_reckon`, asked of the compiled graph."""
    state = KnowledgeState(graph, [one for one, how in learner.standings.items() if how.mastered])
    goals = tuple(graph.numbers[goal] for goal in learner.goals)
    wanted = state.needed(goals)
    ready = [number for number, missing in wanted.items() if not missing]
    state.outer_fringe()
    graph.reach(goals)
    unlocking_values(graph, needed=wanted, of=ready)
    return ready


def _fringe_of(record: dict[str, list[dict[str, str]]]) -> set[str]:
    return {one["concept"] for one in record["frontier"] if one["action"] != Action.REVIEW}


def _mean(counts: Sequence[int]) -> float:
    return sum(counts) / len(counts)
