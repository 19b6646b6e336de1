"""Compute every belief again from the event log and report any difference, or tell what was believed once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from mastery.models import Enrolment
from mastery.past_serializers import told
from mastery.services.as_of import AsOf, beliefs_on
from mastery.services.replaying import Digest, Replayed, replay_all
from mastery.tracing import Move, Trace

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Compute every belief again from the event log and report any difference, or tell what was believed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="rewrite the beliefs that differ")
        parser.add_argument("--json", action="store_true", help="write JSON instead of lines for people")
        asked = parser.add_argument_group("what was believed once (changes nothing)")
        asked.add_argument("--as-of", metavar="DATE", help="a day (to its end, UTC) or a moment, ISO 8601")
        asked.add_argument("--hindsight", action="store_true", help="count what became known only later too")
        asked.add_argument("--learner", metavar="USERNAME", help="only of this learner")
        asked.add_argument("--subject", metavar="KEY", help="only in this subject")
        asked.add_argument("--enrolment", metavar="ID", help="only in this enrolment")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["as_of"] is not None:
            self._tell(options)
            return
        if any(options[name] for name in ("hindsight", "learner", "subject", "enrolment")):
            raise CommandError("--hindsight, --learner, --subject and --enrolment go with --as-of only.")
        self._replay(options)

    def _tell(self, options: dict[str, Any]) -> None:
        if options["fix"]:
            raise CommandError("--as-of changes nothing; leave --fix out.")
        at = moment_of(options["as_of"])
        found = 0
        for enrolment in _chosen(options).iterator(chunk_size=100):
            past = beliefs_on(enrolment, at=at, with_hindsight=options["hindsight"])
            if not past.beliefs:
                continue
            found += 1
            if options["json"]:
                self.stdout.write(json.dumps(told(past)))
            else:
                self._table(past)
        if not options["json"]:
            self.stdout.write(f"{found} enrolments with beliefs as of {at.isoformat()}.")

    def _table(self, past: AsOf) -> None:
        known = "with hindsight" if past.with_hindsight else "by what was known then"
        self.stdout.write(f"{past.enrolment} ({past.enrolment.pk}), {past.events} events, {known}")
        if past.other_parameters:
            self.stdout.write(
                f"  {past.other_parameters} events were first folded with other parameters than "
                f"{past.parameters}: beliefs were shown otherwise then."
            )
        for one in past.beliefs:
            p, low, high, _ = one.trace.estimate
            mastered = "mastered" if one.is_mastered else "not mastered"
            review = f", review due {one.due_at:%Y-%m-%d}" if one.due_at else ""
            self.stdout.write(f"  {one.concept.key}: {p:.3f} ({low:.3f} to {high:.3f}), {mastered}{review}")
            for line in _lines(one.trace, concept=str(one.concept.pk)):
                self.stdout.write(f"    {line}")

    def _replay(self, options: dict[str, Any]) -> None:
        digest, first = Digest(), list[str]()
        result = dict.fromkeys(("enrolments", "events", "beliefs", "differences", "unnamed"), 0)
        for replayed in replay_all(fix=options["fix"]):
            _count(result, replayed)
            digest.add(replayed)
            first += [str(one) for one in replayed.differences[: SHOWN - len(first)]]
        report = {
            **result,
            "fixed": result["differences"] if options["fix"] else 0,
            "sha256": digest.hexdigest(),
        }
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self._say(report, first)
        if result["differences"]:
            remedy = "They were rewritten." if options["fix"] else "Run with --fix to rewrite them."
            raise CommandError(
                f"{result['differences']} stored rows differ from the log. {remedy}", returncode=1
            )

    def _say(self, report: dict[str, Any], first: list[str]) -> None:
        for difference in first:
            self.stdout.write(difference)
        if report["differences"] > len(first):
            self.stdout.write(f"... and {report['differences'] - len(first)} more differences")
        if report["unnamed"]:
            self.stdout.write(
                f"{report['unnamed']} events do not name all the means by which they were judged."
            )
        self.stdout.write(
            "{events} events of {enrolments} enrolments replayed into {beliefs} beliefs: "
            "{differences} differences{rewritten}. SHA-256 {sha256}".format(
                **report, rewritten=", rewritten" if report["fixed"] else ""
            )
        )


def moment_of(text: str) -> datetime:
    """Read a day, which counts to its end, or a moment; what has no time zone is UTC."""
    try:
        if len(text) <= len("2026-03-01"):
            return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError as exc:
        raise CommandError(f"“{text}” is no day or moment; write 2026-03-01 or 2026-03-01T12:00.") from exc
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _chosen(options: dict[str, Any]) -> QuerySet[Enrolment]:
    wanted = {
        "learner__username": options["learner"],
        "subject__key": options["subject"],
        "pk": options["enrolment"],
    }
    given = {name: value for name, value in wanted.items() if value}
    enrolments = Enrolment.objects.select_related("learner", "subject").order_by("pk")
    try:
        chosen = enrolments.filter(**given)
    except ValidationError as exc:
        raise CommandError(f"“{options['enrolment']}” is no id of an enrolment.") from exc
    if given and not chosen.exists():
        raise CommandError("There is no such enrolment; check the learner's name and the subject's key.")
    return chosen


def _count(result: dict[str, int], replayed: Replayed) -> None:
    result["enrolments"] += 1
    result["events"] += replayed.events
    result["beliefs"] += replayed.beliefs
    result["differences"] += len(replayed.differences)
    result["unnamed"] += replayed.unnamed


def _lines(trace: Trace, *, concept: str) -> list[str]:
    lines = [f"{'':16}  {'':>7}  {trace.start:.3f} before anything was known"]
    for move in trace.moves:
        if round(move.forgotten, 3):
            lines.append(f"{'':16}  {-move.forgotten:+.3f}  forgotten meanwhile")
        lines.append(_line(move, concept=concept))
    if round(trace.forgotten, 3):
        lines.append(f"{'':16}  {-trace.forgotten:+.3f}  forgotten since")
    return lines


def _line(move: Move, *, concept: str) -> str:
    seen = move.evidence.observation
    about = "" if seen.concept == concept else f" on {seen.concept}, which rests on it"
    corrected = "" if move.evidence.judged_by == move.evidence.event else ", corrected"
    return (
        f"{seen.at:%Y-%m-%d %H:%M}  {move.amount:+.3f}  {seen.kind.value} {seen.score:.2f}{about}{corrected} "
        f"({move.before:.3f} to {move.after:.3f}), event {move.evidence.event}"
    )
