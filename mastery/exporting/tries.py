"""Files of learners' tries for other programs: DataShop, pyBKT and xAPI, all made from event records.

A try is an event that a learner brought about: no override, no conclusion of a placement and no correction,
though a try that an educator corrected is written with the corrected score. Two-valued formats take a score
of `SUCCESS_FROM` or more as right. Rows come by learner and then by
time, so that nothing is kept but the counts of one learner.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mastery.exporting.columns import Layout, Row
from mastery.exporting.writing import ROWS_AT_ONCE, batches, compact, delimited, harmless, time_text
from mastery.parameters import Kind

SUCCESS_FROM = 0.5
XAPI_VERSION = "1.0.3"
DATASHOP_HEADER = (
    "Anon Student Id",
    "Session Id",
    "Time",
    "Time Zone",
    "Student Response Type",
    "Student Response Subtype",
    "Tutor Response Type",
    "Level (Subject)",
    "Problem Name",
    "Problem View",
    "Step Name",
    "Attempt At Step",
    "Outcome",
    "Selection",
    "Action",
    "Input",
    "KC (Concept)",
    "CF (Score)",
    "CF (Certainty)",
    "CF (Grader)",
    "CF (Event)",
)
PYBKT_HEADER = ("order_id", "user_id", "skill_name", "correct", "template_id")


class Try(NamedTuple):
    """What the formats look at of one event."""

    id: str
    learner: str
    subject: str
    concept: str
    concept_name: str
    kind: str
    at: datetime
    score: float
    certainty: float
    grader: str
    item: str | None

    @property
    def is_right(self) -> bool:
        """Whether a two-valued format takes it as right."""
        return self.score >= SUCCESS_FROM

    @property
    def problem(self) -> str:
        """What was asked: the practice item, or the explanation of the concept."""
        return f"{self.concept}:{self.item[:16] if self.item else self.kind}"


def tries_of(layout: Layout, rows: Iterable[Row]) -> Iterator[Try]:
    """Yield the tries among event records."""
    at = {name: layout.place(name) for name in layout.names}
    for row in rows:
        if row[at["corrects"]] is not None or not Kind(row[at["kind"]]).is_answer:
            continue
        yield Try(
            id=row[at["event"]],
            learner=row[at["learner"]],
            subject=row[at["subject"]],
            concept=row[at["concept"]],
            concept_name=row[at["concept_name"]],
            kind=row[at["kind"]],
            at=row[at["occurred_at"]],
            score=row[at["final_score"]],
            certainty=row[at["certainty"]],
            grader=row[at["grader"]],
            item=row[at["item"]],
        )


def datashop_pieces(layout: Layout, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield DataShop's tab-delimited transactions (PSLC DataShop, Tab-delimited format); times are in UTC.

    A session is a learner's day. The words of an answer are not ours to give: Input is empty.
    """
    return delimited(DATASHOP_HEADER, _transactions(tries_of(layout, rows)), delimiter="\t")


def _transactions(tries: Iterable[Try]) -> Iterator[list[str]]:
    learner, times = "", Counter[str]()
    for one in tries:
        if one.learner != learner:
            learner, times = one.learner, Counter()
        times[one.problem] += 1
        at = one.at.astimezone(UTC)
        values = (
            one.learner,
            f"{one.learner}-{at:%Y%m%d}",
            f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}",
            "UTC",
            "ATTEMPT",
            one.kind,
            "RESULT",
            one.subject,
            one.problem,
            str(times[one.problem]),
            one.concept,
            str(times[one.problem]),
            "CORRECT" if one.is_right else "INCORRECT",
            one.concept,
            one.kind,
            "",
            one.concept,
            str(one.score),
            str(one.certainty),
            one.grader,
            one.id,
        )
        yield [harmless(" ".join(value.split())) for value in values]


def pybkt_pieces(layout: Layout, rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the columns that pyBKT knows by default (those of its ASSISTments layout).

    ``template_id``, by which its variants tell items apart, is the kind of try.
    """
    return delimited(PYBKT_HEADER, _responses(tries_of(layout, rows)), delimiter=",")


def _responses(tries: Iterable[Try]) -> Iterator[list[str]]:
    for number, one in enumerate(tries, start=1):
        values = (str(number), one.learner, one.concept, str(int(one.is_right)), one.kind)
        yield [harmless(value) for value in values]


def xapi_pieces(layout: Layout, rows: Iterable[Row], *, home_page: str) -> Iterator[bytes]:
    """Yield xAPI statements (1.0.3), one a line; ``home_page`` names the service that knows the actor."""
    for batch in batches(tries_of(layout, rows), ROWS_AT_ONCE):
        lines = (compact(statement(one, home_page=home_page)) for one in batch)
        yield "".join(f"{line}\n" for line in lines).encode()


def statement(one: Try, *, home_page: str) -> dict[str, Any]:
    """Return one try as an xAPI statement.

    Examples
    --------
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> tried = Try("e1", "ab12", "sea", "tides", "Tides", "cloze", noon, 1.0, 0.9, "practice", "k1")
    >>> told = statement(tried, home_page="https://school.example")
    >>> told["actor"]["account"]["name"], told["object"]["id"], told["timestamp"]
    ('ab12', 'https://school.example/xapi/sea/tides', '2026-03-01T12:00:00.000Z')
    """
    home = home_page.rstrip("/")
    verbs = "http://adlnet.gov/expapi/verbs"
    verb = "responded" if one.kind == "explain_back" else "answered"
    return {
        "id": one.id,
        "actor": {"objectType": "Agent", "account": {"homePage": home, "name": one.learner}},
        "verb": {"id": f"{verbs}/{verb}", "display": {"en": verb}},
        "object": {
            "objectType": "Activity",
            "id": f"{home}/xapi/{one.subject}/{one.concept}",
            "definition": {
                "name": {"en": one.concept_name},
                "type": "http://adlnet.gov/expapi/activities/question",
            },
        },
        "result": {"score": {"scaled": one.score}, "success": one.is_right, "completion": True},
        "context": {
            "platform": "Cairn",
            "extensions": {
                f"{home}/xapi/kind": one.kind,
                f"{home}/xapi/grader": one.grader,
                f"{home}/xapi/certainty": one.certainty,
            },
        },
        "timestamp": time_text(one.at),
        "version": XAPI_VERSION,
    }
