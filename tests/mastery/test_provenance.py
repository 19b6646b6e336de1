from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from concepts.models import Concept
from mastery.errors import ProvenanceNotUsable
from mastery.models import Enrolment, MasteryEvent
from mastery.parameters import Kind, Parameters
from mastery.provenance import (
    BY_MACHINE,
    NEEDED,
    PATTERNS,
    check_hashes,
    digest_of,
    digest_of_model,
    missing_hashes,
)
from mastery.services.recording import correct_event
from tests.mastery.conftest import DAY, NOON, Teach

USABLE = {
    "parameters": "0" * 16,
    "source": "a" * 64,
    "lesson": "b" * 64,
    "item": "cloze-1",
    "rubric": "c" * 64,
    "prompt": "",
    "model": "d" * 64,
    "answer": "e" * 64,
    "placement": "f" * 32,
    "leaning": "-0.120 +1.000",
}


def test_the_table_speaks_of_every_kind_and_only_of_known_names() -> None:
    assert set(NEEDED) == set(Kind)
    assert set(USABLE) == set(PATTERNS)
    assert all(needed <= set(PATTERNS) for needed in NEEDED.values())
    assert set(PATTERNS) >= BY_MACHINE
    check_hashes(USABLE)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_misses_what_it_is_not_given(kind: Kind) -> None:
    assert missing_hashes(USABLE, kind=kind, is_by_person=False) == []
    assert set(missing_hashes({}, kind=kind, is_by_person=False)) == NEEDED[kind]
    assert set(missing_hashes({}, kind=kind, is_by_person=True)) == NEEDED[kind] - BY_MACHINE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source", "a" * 63),
        ("source", "A" * 64),
        ("source", ""),
        ("source", None),
        ("answer", "the moon pulls"),
        ("leaning", "strict"),
        ("parameters", "0" * 17),
        ("prompt", "two words"),
        ("prompt", "x" * 65),
        ("item", ["k"]),
        ("Source", "a" * 64),
        ("colour", "blue"),
        ("source", "a" * 64 + "\n"),
    ],
)
def test_what_no_reader_could_check_is_refused(name: str, value: object) -> None:
    with pytest.raises(ProvenanceNotUsable, match="provenance"):
        check_hashes({name: value})


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
def test_a_digest_looks_at_content_and_not_at_order(content: dict[str, int | str]) -> None:
    assert digest_of(content) == digest_of(dict(reversed(content.items())))


def test_engine_and_version_cannot_be_mistaken_for_one_another() -> None:
    assert digest_of_model("a", version="bc") != digest_of_model("ab", version="c")


@pytest.mark.django_db
def test_an_event_with_unusable_hashes_never_enters_the_log(
    show: Teach, moon: Concept, enrolment: Enrolment
) -> None:
    with pytest.raises(ProvenanceNotUsable):
        show(moon, 1.0, hashes={"answer": "the moon pulls"})
    assert not enrolment.events.exists()
    assert not enrolment.beliefs.exists()


@pytest.mark.django_db
def test_whoever_records_cannot_name_other_parameters_than_are_used(show: Teach, moon: Concept) -> None:
    event = show(moon, 1.0, hashes={"parameters": "f" * 16}).event
    assert event.hashes["parameters"] == Parameters().hash


@pytest.mark.django_db
def test_a_correction_keeps_what_was_asked_and_drops_who_had_judged(
    show: Teach, moon: Concept, educator: User
) -> None:
    wrong = show(moon, 0.0, hashes=USABLE).event
    made = correct_event(
        wrong, score=1.0, rubric=[{}] * 3, author=educator, reason="it is there", now=NOON + DAY
    ).event
    assert set(made.hashes) == set(USABLE) - BY_MACHINE
    assert MasteryEvent.objects.get(pk=wrong.pk).hashes.keys() == USABLE.keys()
