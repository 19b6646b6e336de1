"""The plan of an experiment: read, checked, hashed, and who is in which arm by it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from mastery.errors import PlanNotUsable

SCHEMA_FILE = Path(__file__).parent / "schemas" / "experiment.json"
MOST_BYTES = 100_000
HASH_BYTES = 8


@dataclass(frozen=True, slots=True)
class Arm:
    """One way in which learners are treated; what is None or missing stays as it is for everybody.

    Attributes
    ----------
    name : str
    share : float
        Of the learners, 0..1.
    weights : mapping of str to float
        Of the policy, by name.
    mastery_threshold : float or None
        Belief from which a concept counts as mastered.
    lesson_angle, lesson_level : str or None
        Where first lessons start from, and how hard every lesson is.
    """

    name: str
    share: float
    weights: Mapping[str, float] = field(default_factory=dict)
    mastery_threshold: float | None = None
    lesson_angle: str | None = None
    lesson_level: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it is registered; the first arm is the one that the others are compared with."""

    key: str
    subject: str
    hypothesis: str
    salt: str
    arms: tuple[Arm, ...]
    outcomes: tuple[str, ...]
    sample_size: int
    start: datetime
    end: datetime

    def arm(self, name: str) -> Arm:
        """Return the arm of a name."""
        return next(arm for arm in self.arms if arm.name == name)


def read_plan(text: str) -> dict[str, Any]:
    """Return the JSON object in a plan's file, checked.

    Raises
    ------
    PlanNotUsable
    """
    if len(text.encode()) > MOST_BYTES:
        raise PlanNotUsable("the file is larger than 100 kB.")
    try:
        data = json.loads(text, parse_constant=_no_number)
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as exc:
        raise PlanNotUsable(f"the file is not JSON: {exc}.") from exc
    if "\\u0000" in json.dumps(data):
        raise PlanNotUsable("it holds a character that no database keeps (U+0000).")
    plan_of(data)
    found: dict[str, Any] = data
    return found


def plan_of(data: Any) -> Plan:
    """Check a plan's JSON data and return the plan.

    Raises
    ------
    PlanNotUsable
        If it does not fit the schema, arms share a name, shares do not sum to 1, or it ends before it begins.

    Examples
    --------
    >>> plan = plan_of({
    ...     "key": "sooner", "subject": "sea", "hypothesis": "Closeness brings learners to goals sooner.",
    ...     "salt": "a long salt", "arms": [{"name": "as-now", "share": 1}], "outcomes": ["recall_7"],
    ...     "sample_size": 20, "start": "2026-03-01T00:00:00Z", "end": "2026-04-01T00:00:00Z",
    ... })
    >>> arm_of(plan, "learner").name
    'as-now'
    """
    worst = best_match(_validator().iter_errors(data))
    if worst:
        where = "/".join(str(part) for part in worst.absolute_path)
        raise PlanNotUsable(f"{where or 'the plan'}: {worst.message[:300]}.")
    arms = tuple(Arm(**one) for one in data["arms"])
    if len({arm.name for arm in arms}) < len(arms):
        raise PlanNotUsable("two arms have the same name.")
    total = math.fsum(arm.share for arm in arms)
    if not math.isclose(total, 1, abs_tol=1e-9):
        raise PlanNotUsable(f"the shares of its arms sum to {total:g}, not to 1.")
    start, end = (_moment(data[name], name=name) for name in ("start", "end"))
    if end <= start:
        raise PlanNotUsable("it ends before it starts.")
    told = {name: data[name] for name in ("key", "subject", "hypothesis", "salt", "sample_size")}
    return Plan(**told, arms=arms, outcomes=tuple(data["outcomes"]), start=start, end=end)


def plan_hash(data: Mapping[str, Any]) -> str:
    """Return the hash of a plan; spaces and the order of members do not count.

    Examples
    --------
    >>> plan_hash({"a": 1, "b": 2}) == plan_hash({"b": 2, "a": 1}) != plan_hash({"a": 1})
    True
    """
    told = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def arm_of(plan: Plan, enrolment: str) -> Arm:
    """Return the arm of an enrolment: by hash, so that it is the same whoever asks and whenever."""
    told = hashlib.sha256(f"{plan.key}\n{plan.salt}\n{enrolment}".encode()).digest()
    place = int.from_bytes(told[:HASH_BYTES], "big") / 2 ** (8 * HASH_BYTES)
    reached = 0.0
    for arm in plan.arms:
        reached += arm.share
        if place < reached:
            return arm
    return plan.arms[-1]


def _moment(text: str, *, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PlanNotUsable(f"{name}: “{text}” is no time; write 2026-03-01T00:00:00Z.") from None
    if found.tzinfo is None:
        raise PlanNotUsable(f"{name}: {text} has no time zone; write 2026-03-01T00:00:00Z.")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise PlanNotUsable(f"{name}: {text} is no time in UTC; write 2026-03-01T00:00:00Z.") from None


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))
