"""Who does what to whom, however a sentence puts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tutor.embedded import parses
from tutor.embedded.relations import Role, relations
from vectorstore.ports import ParsedWord

KINDS = ("NOUN", "VERB", "AUX", "ADP", "ADJ", "NUM", "PRON")
ROLES = (
    "nsubj",
    "nsubjpass",
    "dobj",
    "pobj",
    "prep",
    "agent",
    "conj",
    "relcl",
    "acl",
    "xcomp",
    "advcl",
    "pcomp",
)


def told(parsed: tuple[ParsedWord, ...]) -> set[tuple[str, str, str]]:
    return {
        (parsed[one.governor].lemma, one.role.value, parsed[one.dependent].lemma) for one in relations(parsed)
    }


def test_active_and_passive_have_the_same_relations() -> None:
    same = {("move", "agent", "string"), ("move", "patient", "bridge")}
    assert told(parses.STRING_MOVES_BRIDGE) == same
    assert told(parses.BRIDGE_IS_MOVED_BY_STRING) == same


def test_a_verb_without_an_object_leaves_open_what_its_subject_is() -> None:
    assert told(parses.BRIDGE_MOVES) == {("move", Role.SUBJECT.value, "bridge")}


def test_ways_and_counts_are_roles_too() -> None:
    assert {("flow", "from", "fire"), ("flow", "to", "ice")} <= told(parses.FROM_HOT_TO_COLD)
    assert {("tone", "count", "two"), ("beat", "count", "one")} <= told(parses.TWO_TONES_MAKE_ONE_BEAT)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("The heat that the ice takes in is latent.", ("take", "patient", "heat")),
        ("Warm gas or liquid carries heat.", ("liquid", "quality", "warm")),
        ("Water moves out of the cell.", ("move", "from", "cell")),
        ("It cools because the sweat evaporates.", ("cool", "cause", "evaporate")),
        ("Binary search throws away half and compares the value.", ("compare", "agent", "search")),
        ("A frog, which eats flies, is green.", ("eat", "agent", "frog")),
        ("Gold is heavier than lead.", ("heavy", "than", "lead")),
        ("Gold is heavier than lead.", ("heavy", "subject", "gold")),
    ],
)
def test_the_real_parser_finds(text: str, relation: tuple[str, str, str]) -> None:
    from vectorstore.spacy_parser import SpacyParser

    assert relation in told(SpacyParser().parse(text))


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.sampled_from(ROLES), st.integers(0, 7)), min_size=1, max_size=8
    )
)
def test_an_absurd_parse_ends_too(rows: list[tuple[str, str, int]]) -> None:
    parsed = tuple(
        ParsedWord(at, at + 1, "that" if kind == "PRON" else "word", kind, "NN", role, head % len(rows))
        for at, (kind, role, head) in enumerate(rows)
    )
    places = {place for one in relations(parsed) for place in (one.governor, one.dependent)}
    assert places <= set(range(len(rows)))
