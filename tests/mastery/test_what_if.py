from __future__ import annotations

import json
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Class, User
from concepts.models import Concept, Subject
from graphs.errors import PrerequisiteCycle
from mastery.errors import OverridesNotUsable, ParameterOutOfBounds, WhatIfNotPossible
from mastery.models import Belief, Enrolment, MasteryEvent, ReviewCard
from mastery.parameters import Parameters
from mastery.services.enrolling import enrol
from mastery.services.recording import correct_event, record_event
from mastery.services.what_if import Foresight, plan_change
from mastery.what_if import Difference, Nodes, difference, with_overrides
from tests.mastery.conftest import DAY, NOON, Teach, client_of

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/mastery-what-ifs"


def foreseen(subject: Subject, *, days: float = 3, **change: Any) -> dict[str, Difference]:
    foresight = Foresight(subject, plan_change(subject, **change), now=NOON + days * DAY)
    return {one.learner_name: one.difference for one in foresight.consequences()}


def keys(subject: Subject, concepts: tuple[str, ...]) -> list[str]:
    return sorted(subject.concepts.get(pk=concept).key for concept in concepts)


def rows() -> dict[str, list[dict[str, Any]]]:
    tables: tuple[type[Model], ...] = (MasteryEvent, Belief, ReviewCard)
    return {table.__name__: list(table._default_manager.order_by("pk").values()) for table in tables}


def test_another_threshold_says_who_loses_what_and_writes_nothing(
    show: Teach, moon: Concept, subject: Subject
) -> None:
    show(moon, 1.0)
    before = rows()
    found = foreseen(subject, threshold=0.97)["lea"]
    assert keys(subject, found.lost) == ["moon"]
    assert keys(subject, found.closed) == ["tides"]
    assert (found.gained, found.opened) == ((), ())
    assert rows() == before
    subject.refresh_from_db()
    assert subject.mastery_threshold == 0.9


def test_a_lower_threshold_gives_what_a_higher_takes(show: Teach, moon: Concept, subject: Subject) -> None:
    show(moon, 1.0, rubric=[{}] * 2)
    found = foreseen(subject, threshold=0.75, days=0)["lea"]
    assert keys(subject, found.gained) == ["moon"]
    assert keys(subject, found.opened) == ["tides"]


def test_an_edge_that_is_removed_opens_and_takes_its_doubt_back(
    show: Teach, moon: Concept, tides: Concept, subject: Subject
) -> None:
    show(moon, 1.0)
    show(tides, 0.0, days=1)
    show(tides, 0.0, days=2)
    found = foreseen(subject, remove=[("moon", "tides")])["lea"]
    assert keys(subject, found.gained) == ["moon"]
    assert keys(subject, found.opened) == ["tides"]


def test_an_edge_that_is_added_locks_and_casts_doubt_as_if_it_had_always_been(
    show: Teach, moon: Concept, subject: Subject
) -> None:
    surges = subject.concepts.get(key="surges")
    show(moon, 1.0)
    for day in (1, 2, 2.5):
        show(surges, 0.0, days=day)
    found = foreseen(subject, add=[("moon", "surges")])["lea"]
    assert keys(subject, found.lost) == ["moon"]
    assert keys(subject, found.closed) == ["tides"]


def test_other_parameters_are_folded_from_the_record(show: Teach, moon: Concept, subject: Subject) -> None:
    show(moon, 1.0)
    overrides = {"kinds": {"explain_back": {"guess": 0.4}}}
    assert keys(subject, foreseen(subject, overrides=overrides)["lea"].lost) == ["moon"]


def test_a_grader_that_is_left_out_takes_its_evidence_along_but_not_an_educators(
    show: Teach, moon: Concept, tides: Concept, subject: Subject, educator: User
) -> None:
    show(moon, 1.0, grader="ollama", grader_version="a:7b")
    wrong = show(tides, 0.0, days=1, grader="ollama", grader_version="a:7b").event
    rubric = [{"point": str(n), "verdict": "shown"} for n in range(3)]
    correct_event(wrong, score=1.0, rubric=rubric, author=educator, reason="it is there", now=NOON + 2 * DAY)
    found = foreseen(subject, without=["ollama@a:7b"])["lea"]
    assert keys(subject, found.lost) == ["moon"]
    assert keys(subject, foreseen(subject, without=["educator"])["lea"].lost) == ["tides"]
    assert foreseen(subject, without=["ollama@b:7b"]) == {}


def test_whoever_is_not_affected_is_counted_and_not_listed(
    show: Teach, moon: Concept, subject: Subject, stranger: User
) -> None:
    enrol(stranger, subject=subject)
    show(moon, 1.0)
    foresight = Foresight(subject, plan_change(subject, threshold=0.97), now=NOON + DAY)
    assert [one.learner_name for one in foresight.consequences()] == ["lea"]
    assert (foresight.tally.learners, foresight.tally.affected) == (2, 1)
    assert foresight.tally.by_concept[str(moon.pk), "lost"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "nothing would be different"),
        ({"threshold": 0.9}, "nothing would be different"),
        ({"overrides": {}}, "nothing would be different"),
        ({"threshold": 0.2}, "a threshold lies from"),
        ({"threshold": float("nan")}, "a threshold lies from"),
        ({"add": [("moon", "tides")]}, "tides requires moon already"),
        ({"add": [("moon", "moon")]}, "moon cannot require itself"),
        ({"add": [("moon", "sun")]}, "no published concept has the key sun"),
        ({"remove": [("moon", "surges")]}, "nothing that gates says"),
    ],
)
def test_a_change_that_does_not_fit_is_refused(subject: Subject, change: dict[str, Any], said: str) -> None:
    with pytest.raises(WhatIfNotPossible, match=said):
        plan_change(subject, **change)


def test_a_circle_is_refused_unless_it_is_opened_elsewhere(subject: Subject) -> None:
    with pytest.raises(PrerequisiteCycle, match="circle"):
        foreseen(subject, add=[("surges", "moon")])
    assert foreseen(subject, add=[("surges", "moon")], remove=[("moon", "tides")]) == {}


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        "prior",
        {"prior": "0.3"},
        {"prior": None},
        {"prior": True},
        {"doubt_after": 1.5},
        {"kinds": {"cloze": 1}},
        {"kinds": {"singing": {}}},
        {"kinds": {"cloze": {"guess": [0.1]}}},
        {"unheard": 1},
    ],
)
def test_overrides_of_another_kind_are_refused(overrides: object) -> None:
    with pytest.raises(OverridesNotUsable, match="mastery-parameters"):
        with_overrides(Parameters(), overrides)


def test_overrides_out_of_bounds_are_refused() -> None:
    for value in (7, float("nan"), float("inf")):
        with pytest.raises(ParameterOutOfBounds):
            with_overrides(Parameters(), {"prior": value})


node_sets = st.frozensets(st.sampled_from("abcdef"))


@given(node_sets, node_sets, node_sets, node_sets)
def test_what_is_gained_one_way_is_lost_the_other(
    mastered: frozenset[str], ready: frozenset[str], then_mastered: frozenset[str], then_ready: frozenset[str]
) -> None:
    one, other = Nodes(mastered, ready - mastered), Nodes(then_mastered, then_ready - then_mastered)
    there, back = difference(one, other), difference(other, one)
    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert (there.opened, there.closed) == (back.closed, back.opened)
    assert not difference(one, one)


def whatifs(*arguments: str) -> str:
    out = StringIO()
    call_command("what_if_mastery", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_people_and_programs_the_same(
    show: Teach, moon: Concept, subject: Subject, tmp_path: Path
) -> None:
    show(moon, 1.0, days=(_today() - NOON) / DAY - 1)
    overrides = tmp_path / "overrides.json"
    overrides.write_text('{"kinds": {"explain_back": {"guess": 0.4}}}')
    told = whatifs("sea", "--parameters", str(overrides))
    assert told.splitlines()[0] == "lea: lost moon; closed tides"
    assert told.endswith("concepts: 0 gained, 1 lost, 0 opened, 1 closed. Nothing was written.\n")
    learner, counts = map(json.loads, whatifs("sea", "--parameters", str(overrides), "--json").splitlines())
    assert (learner["learner_name"], learner["lost"]) == ("lea", ["moon"])
    assert (counts["affected"], counts["lost"]) == (1, 1)
    assert "lea:" not in whatifs("sea", "--threshold", "0.97", "--counts")
    assert '"lea"' not in whatifs("sea", "--threshold", "0.97", "--counts", "--json")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sky", "--threshold", "0.8"], "There is no subject"),
        (["sea"], "nothing would be different"),
        (["sea", "--add", "moon"], "is no edge"),
        (["sea", "--add", "surges:moon"], "circle"),
        (["sea", "--parameters", "nowhere.json"], "cannot be read as JSON"),
    ],
)
def test_the_command_refuses_with_a_sentence(subject: Subject, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        whatifs(*arguments)


def test_an_educator_reads_names_of_their_learners_only(
    show: Teach, moon: Concept, subject: Subject, educator: User, stranger: User
) -> None:
    days = (_today() - NOON) / DAY - 1
    show(moon, 1.0, days=days)
    other = enrol(stranger, subject=subject)
    _explain(other, moon, days=days)
    answer = client_of(educator).post(ADDRESS, {"subject": subject.pk, "threshold": 0.97}, format="json")
    assert answer.status_code == 200
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]
    assert [line.get("learner_name") for line in lines] == ["lea", None]
    assert (lines[-1]["learners"], lines[-1]["affected"]) == (2, 2)
    assert lines[-1]["concepts"][0] == {"key": "moon", "gained": 0, "lost": 2, "opened": 0, "closed": 0}


def test_nobody_else_may_ask(
    subject: Subject, learner: User, stranger: User, researcher: User, enrolment: Enrolment
) -> None:
    asked = {"subject": subject.pk, "threshold": 0.97}
    for user in (learner, researcher):
        assert client_of(user).post(ADDRESS, asked, format="json").status_code == 403
    subject.library.is_open = False
    subject.library.save()
    assert client_of(stranger).post(ADDRESS, asked, format="json").status_code == 404


def test_bad_requests_are_named(educator: User, subject: Subject) -> None:
    client = client_of(educator)
    for body, status in (
        ({}, 400),
        ({"subject": subject.pk, "threshold": 2}, 400),
        ({"subject": subject.pk, "add": [{"prerequisite": "moon"}]}, 400),
        ({"subject": subject.pk}, 422),
        ({"subject": subject.pk, "parameters": {"prior": 9}}, 422),
        ({"subject": subject.pk, "parameters": {"prior": "x"}}, 422),
        ({"subject": subject.pk, "add": [{"prerequisite": "surges", "dependent": "moon"}]}, 409),
    ):
        assert client.post(ADDRESS, body, format="json").status_code == status, body


def test_the_queries_grow_with_the_learners_and_nothing_else_does(
    subject: Subject, moon: Concept, django_assert_max_num_queries: Any
) -> None:
    school = Class.objects.create(name="Harbour school")
    for number in range(20):
        user = User.objects.create_user(f"l{number}", password="x")
        school.learners.add(user)
        _explain(enrol(user, subject=subject), moon, days=0)
    change = plan_change(subject, overrides={"doubt": 4})
    with django_assert_max_num_queries(20 * 3 + 4):
        assert list(Foresight(subject, change, now=NOON).consequences()) == []


def _explain(enrolment: Enrolment, concept: Concept, *, days: float) -> None:
    record_event(
        enrolment,
        concept=concept,
        kind=MasteryEvent.Kind.EXPLAIN_BACK,
        score=1.0,
        occurred_at=NOON + days * DAY,
        rubric=[{}] * 3,
        grader="test",
    )


def _today() -> datetime:
    return timezone.now()
