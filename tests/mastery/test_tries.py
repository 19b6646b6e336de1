"""Files for other programs, read by those programs or by the rules that they publish."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import subprocess
import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from concepts.models import Concept, Subject
from mastery.models import Enrolment, MasteryEvent
from mastery.services.pseudonyms import pseudonym
from mastery.services.recording import correct_event, override
from tests.mastery.conftest import DAY, NOON, Teach

pytestmark = pytest.mark.django_db

# pyBKT 1.4.3 is older than the libraries that we pin: it catches one error where scikit-learn raises another,
# and stores an array of one number where NumPy wants a number. Neither touches how it reads a file.
FIT = """
import re, sys
import numpy as np
import sklearn.metrics._classification as metrics

def typed(call):
    def guarded(*args, **options):
        try:
            return call(*args, **options)
        except AttributeError as exc:
            raise TypeError(str(exc)) from exc
    return guarded

for name in dir(metrics):
    if re.search("_loss$|_score$|_error$", name):
        setattr(metrics, name, typed(getattr(metrics, name)))

from pyBKT.fit import EM_fit
from pyBKT.models import Model
step = EM_fit.run

def run(*args, **options):
    found = step(*args, **options)
    return found | {"total_loglike": np.asarray(found["total_loglike"]).item()}

EM_fit.run = run
model = Model(seed=1, num_fits=1, parallel=False)
model.fit(data_path=sys.argv[1])
read = model.predict(data_path=sys.argv[1])
learns = model.params().xs("learns", level="param")["value"]
print(len(read), read["user_id"].nunique(), *sorted(read["skill_name"].unique()), learns.between(0, 1).all())
"""


def written(form: str, path: Path) -> bytes:
    call_command("export_mastery", "sea", "--format", form, "--output", str(path))
    return path.read_bytes()


@pytest.fixture
def tried(
    show: Teach, moon: Concept, tides: Concept, enrolment: Enrolment, educator: User
) -> list[MasteryEvent]:
    """A failure, a try that was corrected into a success, a success; a correction and an override beside."""
    first = show(moon, 0.0).event
    second = show(moon, 1 / 3, days=1).event
    show(tides, 0.9, days=1.05, kind=MasteryEvent.Kind.PLACEMENT, rubric=[])  # concluded, not tried
    third = show(tides, 1.0, days=1.1).event
    correct_event(second, score=1.0, rubric=second.rubric, author=educator, reason="fair", now=NOON + 2 * DAY)
    override(enrolment, concept=moon, is_mastered=False, author=educator, reason="oral", now=NOON + 3 * DAY)
    return [first, second, third]


def test_datashop_gets_one_transaction_for_each_try(
    tried: list[MasteryEvent], enrolment: Enrolment, tmp_path: Path
) -> None:
    text = written("datashop", tmp_path / "file").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))
    assert [row["CF (Event)"] for row in rows] == [str(event.pk) for event in tried]
    assert [row["Outcome"] for row in rows] == ["INCORRECT", "CORRECT", "CORRECT"]
    assert [row["Attempt At Step"] for row in rows] == ["1", "2", "1"]
    assert [row["Time"] for row in rows][:2] == ["2026-03-01 12:00:00.000", "2026-03-02 12:00:00.000"]
    assert rows[1]["Session Id"] == rows[2]["Session Id"] == f"{pseudonym(enrolment.pk)}-20260302"
    required = ("Anon Student Id", "Session Id", "Time", "Level (Subject)", "Problem Name", "Step Name")
    limits = {"Anon Student Id": 55, "Session Id": 255, "Time Zone": 50, "Student Response Subtype": 30}
    for row in rows:
        assert all(row[name] for name in required)
        assert all(len(row[name]) <= most for name, most in limits.items())
        assert None not in row
        assert (row["Student Response Type"], row["Tutor Response Type"]) == ("ATTEMPT", "RESULT")


def test_pybkt_gets_its_default_columns(
    tried: list[MasteryEvent], enrolment: Enrolment, tmp_path: Path
) -> None:
    rows = list(csv.reader(io.StringIO(written("pybkt", tmp_path / "file").decode(), newline="")))
    learner = pseudonym(enrolment.pk)
    assert rows == [
        ["order_id", "user_id", "skill_name", "correct", "template_id"],
        ["1", learner, "moon", "0", "explain_back"],
        ["2", learner, "moon", "1", "explain_back"],
        ["3", learner, "tides", "1", "explain_back"],
    ]


def test_pybkt_itself_reads_the_file_and_fits_a_model_to_it(subject: Subject, tmp_path: Path) -> None:
    rng, concepts = random.Random(7), list(subject.concepts.all())
    for number in range(12):
        learner = User.objects.create_user(f"learner {number}")
        theirs = Enrolment.objects.create(learner=learner, subject=subject)
        MasteryEvent.objects.bulk_create(
            MasteryEvent(
                enrolment=theirs,
                concept=concept,
                kind=MasteryEvent.Kind.EXPLAIN_BACK,
                score=float(rng.random() < 0.3 + 0.1 * hour),
                occurred_at=NOON + hour * DAY / 24,
                grader="test",
            )
            for concept in concepts
            for hour in range(6)
        )
    written("pybkt", tmp_path / "file.csv")
    told = subprocess.run(
        [sys.executable, "-c", FIT, str(tmp_path / "file.csv")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == ["216", "12", "moon", "surges", "tides", "True"]


IRI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+", re.IGNORECASE)
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


def check_statement(told: dict[str, Any]) -> None:
    """What xAPI 1.0.3 (part two) demands of a statement, as far as ours goes."""
    assert set(told) <= {"id", "actor", "verb", "object", "result", "context", "timestamp", "version"}
    assert str(uuid.UUID(told["id"])) == told["id"]
    assert set(told["actor"]) == {"objectType", "account"}
    assert told["actor"]["objectType"] == "Agent"
    assert set(told["actor"]["account"]) == {"homePage", "name"}
    assert told["actor"]["account"]["name"]
    verb, activity = told["verb"], told["object"]
    assert activity["objectType"] == "Activity"
    iris = [told["actor"]["account"]["homePage"], verb["id"], activity["id"], activity["definition"]["type"]]
    assert all(IRI.fullmatch(iri) for iri in [*iris, *told["context"]["extensions"]])
    for words in (verb["display"], activity["definition"]["name"]):
        assert all(LANGUAGE.fullmatch(tag) and text for tag, text in words.items())
    assert -1 <= told["result"]["score"]["scaled"] <= 1
    assert isinstance(told["result"]["success"], bool)
    assert isinstance(told["result"]["completion"], bool)
    assert datetime.fromisoformat(told["timestamp"]).tzinfo is not None
    assert re.fullmatch(r"1\.0(\.\d+)?", told["version"])

    def no_nulls(value: Any) -> None:
        assert value is not None
        for inner in value.values() if isinstance(value, dict) else ():
            no_nulls(inner)

    no_nulls(told)


def test_every_line_is_a_statement_that_xapi_takes(
    tried: list[MasteryEvent], enrolment: Enrolment, tmp_path: Path, settings: Any
) -> None:
    settings.XAPI_HOME_PAGE = "https://school.example/"
    lines = [json.loads(line) for line in written("xapi", tmp_path / "file").splitlines()]
    for line in lines:
        check_statement(line)
    assert [line["id"] for line in lines] == [str(event.pk) for event in tried]
    account = {"homePage": "https://school.example", "name": pseudonym(enrolment.pk)}
    assert {json.dumps(line["actor"]["account"]) for line in lines} == {json.dumps(account)}
    assert [line["result"]["score"]["scaled"] for line in lines] == [0.0, 1.0, 1.0]
    assert lines[0]["verb"]["display"] == {"en": "responded"}
