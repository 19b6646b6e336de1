from __future__ import annotations

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from graphs.building import build_graph
from graphs.errors import Edge
from graphs.fringe import outer_fringe
from graphs.paths import learning_path
from tests.graphs.strategies import CONCEPTS, acyclic_graphs
from tutor.decisions import Action, Situation, Standing
from tutor.outlooks import ASPECTS, changed_aspects, outlook_on
from tutor.policy import choose_next, outline

standings = st.builds(
    Standing,
    st.floats(0, 1),
    mastered=st.booleans(),
    is_due=st.booleans(),
    tries=st.integers(0, 5),
    failures=st.integers(0, 3),
)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    graph = draw(acyclic_graphs())
    return Situation(
        graph,
        draw(st.dictionaries(st.sampled_from(CONCEPTS), standings)),
        tuple(sorted(draw(st.sets(st.sampled_from(CONCEPTS), max_size=3)))),
        recent=draw(st.lists(st.sampled_from([Action.REVIEW, Action.TEACH]), max_size=5)),
    )


@given(situations())
def test_the_outline_of_a_decision_is_the_decision_without_its_words(situation: Situation) -> None:
    whole, (action, frontier) = choose_next(situation), outline(situation)
    assert (action, frontier[0] if frontier else None) == (whole.action, whole.concept)
    assert frontier == [candidate.concept for candidate in whole.frontier]


@given(situations())
def test_an_outlook_parts_the_concepts_and_its_path_is_what_is_needed(situation: Situation) -> None:
    outlook, graph = outlook_on(situation), situation.graph
    assert isinstance(graph, nx.DiGraph)
    parts = [outlook.ready, outlook.locked, outlook.mastered]
    assert frozenset().union(*parts) == set(situation.graph)
    assert sum(map(len, parts)) == len(situation.graph)
    assert outlook.ready == outer_fringe(graph, mastered=outlook.mastered)
    way = learning_path(graph, goals=situation.open_goals, mastered=outlook.mastered)
    assert list(outlook.path) == way
    assert changed_aspects(outlook, outlook) == ()


def test_every_aspect_is_told_apart() -> None:
    chain = build_graph("abc", edges=[Edge("a", "b"), Edge("b", "c")])
    loose = build_graph("abc", edges=[Edge("a", "b")])
    mastered = {"a": Standing(1.0, mastered=True)}

    def between(one: Situation, other: Situation) -> tuple[str, ...]:
        return changed_aspects(outlook_on(one), outlook_on(other))

    assert between(Situation(chain, mastered), Situation(loose, mastered)) == ("frontier", "access")
    assert between(Situation(chain, mastered), Situation(chain)) == (
        "next",
        "frontier",
        "access",
        "mastery",
        "path",
    )
    assert between(Situation(chain, goals=("b",)), Situation(chain, goals=("c",))) == ("goals", "path")
    gone = build_graph("bc", edges=[Edge("b", "c")])
    assert between(Situation(chain, goals=("a",)), Situation(gone, goals=("a",))) == tuple(
        aspect for aspect in ASPECTS if aspect != "mastery"
    )
