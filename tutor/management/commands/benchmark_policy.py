"""Lets simulated learners be guided by the service's policy, and by plain ones, beside an oracle."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tutor.simulating.progress import shown
from tutor.simulating.trials import ABLATIONS, PLAIN_WAYS, WAYS, Figure, Summary, Way, summarise, try_way

HEAD = (
    f"{'':<48}{'ratio to the oracle':>22}{'reached':>9}{'goals true':>12}{'falsely declared':>20}"
    f"{'of':>6}{'opened':>9}{'until done':>12}{'on known':>10}"
)


class Command(BaseCommand):
    help = "Measure how many interactions simulated learners need until their goals are truly mastered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concepts", type=int, default=120)
        parser.add_argument("--learners", type=int, default=200, help="For each way of the service.")
        parser.add_argument("--plain", type=int, default=40, help="Learners for each plain way; 0 for none.")
        parser.add_argument("--ablate", type=int, default=0, help="Learners for each part left out.")
        parser.add_argument("--seed", type=int, default=2)
        parser.add_argument("--json", action="store_true", help="Print the figures as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["learners"] < 1 or min(options["plain"], options["ablate"]) < 0 or options["concepts"] < 3:
            raise CommandError("Choose at least 1 learner and 3 concepts.", returncode=2)
        plan = [(way, options["learners"]) for way in WAYS]
        plan += [(way, options["plain"]) for way in PLAIN_WAYS if options["plain"]]
        plan += [(way, options["ablate"]) for way in ABLATIONS if options["ablate"]]
        found: dict[str, Summary] = {}
        if not options["json"]:
            self.stdout.write(f"{options['concepts']} concepts, seed {options['seed']}\n{HEAD}")
        for way, learners in plan:
            found[way.name] = self._measure(way, learners=learners, options=options)
            if not options["json"]:
                self.stdout.write(_line(way.name, found[way.name]))
        if options["json"]:
            self.stdout.write(json.dumps({name: asdict(one) for name, one in found.items()}, indent=1))
        else:
            self.stdout.write(_last_line(found))

    def _measure(self, way: Way, *, learners: int, options: dict[str, Any]) -> Summary:
        seed = options["seed"]
        courses = try_way(way, learners=learners, size=options["concepts"], seed=seed)
        done = list(shown(courses, total=learners, label=way.name, out=self.stderr))
        return summarise(done, rng=random.Random(seed))  # noqa: S311 - draws an interval, not a secret


def _line(name: str, one: Summary) -> str:
    return (
        f"{name:<48}{_spread(one.ratio):>22}{one.reached.value:>9.1%}{one.goals_true.value:>12.3f}"
        f"{_percent(one.declared_falsely):>20}{one.declared:>6.1f}{one.opened_falsely.value:>9.1%}{one.done_ratio.value:>12.2f}"
        f"{one.over_practice:>10.0%}"
    )


def _spread(figure: Figure) -> str:
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


def _percent(figure: Figure) -> str:
    return f"{figure.value:.1%} [{figure.low:.1%}, {figure.high:.1%}]"


def _last_line(found: dict[str, Summary]) -> str:
    whole, wrong = (found[way.name] for way in WAYS[:2])
    figures = {
        "ratio": f"{whole.ratio.value:.3f}",
        "reached": f"{whole.reached.value:.3f}",
        "falsely_declared": f"{whole.declared_falsely.value:.4f}",
        "goals_true": f"{whole.goals_true.value:.3f}",
        "ratio_wrong_edges": f"{wrong.ratio.value:.3f}",
        "reached_wrong_edges": f"{wrong.reached.value:.3f}",
    }
    return " ".join(f"{name}={value}" for name, value in figures.items())
