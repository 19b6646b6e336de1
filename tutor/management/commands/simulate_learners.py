"""Tells what a subject's goals are likely to cost, or how policies fare, before any learner starts."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.models import Subject
from concepts.services.compiled_graphs import compiled_gating
from tutor.simulating.effort import Spread, courses_to, effort_of, final_concepts
from tutor.simulating.guides import GUIDES
from tutor.simulating.progress import shown
from tutor.simulating.running import Course
from tutor.simulating.trials import Way, no_placement, short_placement, summarise, try_way

SPENT = ("placement", "teach", "remediate", "confirm", "review", "waiting", "known", "unready")
COLUMNS = (
    "goal",
    "learner",
    "oracle",
    "took",
    "done_at",
    "goals",
    "goals_true",
    "declared",
    "declared_falsely",
)


class Command(BaseCommand):
    help = "Simulate learners with hidden mastery on drawn subjects, or on one of your own."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--subject", metavar="KEY", help="Tell the effort for each goal of this subject.")
        what.add_argument("--concepts", type=int, default=120, help="Size of drawn subjects.")
        parser.add_argument(
            "--goal", metavar="KEY", nargs="+", help="Else every concept on which none rests."
        )
        parser.add_argument("--learners", type=int, default=50, help="In all, or for each goal.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--policy", choices=list(GUIDES), default="service")
        parser.add_argument("--no-placement", action="store_true", help="Begin with the first lesson.")
        parser.add_argument("--csv", type=Path, metavar="FILE", help="Write one row a learner.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["learners"] < 1 or options["concepts"] < 3:
            raise CommandError("Choose at least 1 learner and 3 concepts.")
        if options["goal"] and not options["subject"]:
            raise CommandError("Goals belong to a subject: name it with --subject.")
        placement = no_placement if options["no_placement"] else short_placement
        way = Way(options["policy"], guide=options["policy"], placement=placement)
        simulate = self._subject if options["subject"] else self._drawn
        rows = list(simulate(way, options))
        if options["csv"]:
            _write(options["csv"], rows)
        self.stdout.write(f"{len(rows)} learners simulated, seed {options['seed']}.")

    def _drawn(self, way: Way, options: dict[str, Any]) -> Iterator[tuple[str, Course]]:
        asked = {"learners": options["learners"], "size": options["concepts"], "seed": options["seed"]}
        courses = list(
            shown(try_way(way, **asked), total=options["learners"], label=way.name, out=self.stderr)
        )
        found = summarise(courses, rng=random.Random(options["seed"]))  # noqa: S311 - no secret
        ratio = found.ratio
        self.stdout.write(
            f"{way.name}: {ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}] times the interactions of an "
            f"oracle; {found.reached.value:.1%} reach their goals; {found.goals_true.value:.3f} of the goals "
            f"are true when all is said to be done; {found.declared_falsely.value:.1%} are declared falsely."
        )
        yield from (("", course) for course in courses)

    def _subject(self, way: Way, options: dict[str, Any]) -> Iterator[tuple[str, Course]]:
        subject = Subject.objects.filter(key=options["subject"]).first()
        if subject is None:
            raise CommandError(f"There is no subject “{options['subject']}”; see the list in the admin.")
        gating = compiled_gating(subject)
        way = replace(way, threshold=subject.mastery_threshold)
        goals = _goals(gating.keys, wanted=options["goal"]) or final_concepts(gating.graph)
        if not goals:
            raise CommandError(f"{subject.name} has no published concepts yet; publish some first.")
        self.stdout.write(
            f"{'goal':<40}{'rests on':>9}{'lessons (80 %)':>22}{'checks (80 %)':>22}{'done':>7}"
        )
        for goal in goals:
            name = gating.names[goal]
            taught = courses_to(
                goal, graph=gating.graph, learners=options["learners"], seed=options["seed"], way=way
            )
            courses = list(shown(taught, total=options["learners"], label=name, out=self.stderr))
            effort = effort_of(goal, courses, graph=gating.graph)
            self.stdout.write(
                f"{name[:39]:<40}{effort.needs:>9}{_spread(effort.lessons):>22}{_spread(effort.checks):>22}"
                f"{effort.finished:>7.0%}"
            )
            yield from ((gating.keys[goal], course) for course in courses)


def _goals(keys: Any, *, wanted: list[str] | None) -> list[str]:
    by_key = {key: concept for concept, key in keys.items()}
    if unknown := [key for key in wanted or () if key not in by_key]:
        raise CommandError(f"The subject has no published concept “{unknown[0]}”; name it by its key.")
    return [by_key[key] for key in wanted or ()]


def _spread(spread: Spread) -> str:
    return f"{spread.median:.0f} ({spread.low:.0f} to {spread.high:.0f})"


def _write(path: Path, rows: list[tuple[str, Course]]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*COLUMNS, *SPENT])
            for number, (goal, course) in enumerate(rows, start=1):
                told = [getattr(course, column) for column in COLUMNS[2:]]
                writer.writerow([goal, number, *told, *(course.spent[what] for what in SPENT)])
    except OSError as refused:
        raise CommandError(f"{path} cannot be written: {refused.strerror}.") from refused
