"""Measure how time and memory of an extraction grow with the material."""

from __future__ import annotations

import json
import math
import resource
import time
from argparse import ArgumentParser
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.management.base import BaseCommand

from concepts.extraction.embedded import EmbeddedExtractor
from concepts.extraction.findings import ConceptExtractor
from concepts.extraction.generated_course import InstantJudge, generated_course
from concepts.extraction.judged import ModelExtractor
from config import wiring

STEPS = (0.25, 0.5, 1.0)


@dataclass(slots=True)
class Measure:
    """One run; ``seconds`` are of the processor, ``peak_mb`` is of the whole process until then."""

    passages: int
    concepts: int
    edges: int = 0
    seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_mb: float = 0.0
    calls: int = 0
    longest_prompt: int = 0
    stages: dict[str, float] = field(default_factory=dict)


class Command(BaseCommand):
    help = "Measure time and memory of an extraction from a made-up course of growing size."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--passages", type=int, default=5000)
        parser.add_argument("--concepts", type=int, default=2000)
        parser.add_argument("--engine", choices=["embedded", "ollama"], default="embedded")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")

    def handle(self, *args: Any, passages: int, concepts: int, engine: str, **options: Any) -> None:
        wiring.embedder().embed(["warm up"])
        measures = [
            measure(engine, passages=round(passages * step), concepts=max(1, round(concepts * step)))
            for step in STEPS
        ]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in measures]))
            return
        self.stdout.write(
            f"{'passages':>9}{'concepts':>9}{'edges':>8}{'seconds':>9}{'wall s':>8}{'peak MB':>9}{'calls':>7}"
            "  stages"
        )
        for one in measures:
            stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in one.stages.items())
            self.stdout.write(
                f"{one.passages:>9}{one.concepts:>9}{one.edges:>8}{one.seconds:>9.1f}{one.wall_seconds:>8.1f}{one.peak_mb:>9.0f}"
                f"{one.calls:>7}  {stages}"
            )
        last = measures[-1]
        self.stdout.write(
            f"seconds={last.seconds:.1f} peak_mb={last.peak_mb:.0f} growth={growth(measures):.2f} "
            f"calls={last.calls} longest_prompt={last.longest_prompt} concepts={last.concepts}"
        )


def growth(measures: list[Measure]) -> float:
    """Return the exponent with which processor time grows over the last doubling: 1 linear, 2 quadratic."""
    before, last = measures[-2:]
    return math.log(last.seconds / before.seconds) / math.log(last.passages / before.passages)


def measure(engine: str, *, passages: int, concepts: int) -> Measure:
    """Extract once, with a model that answers at once where one is asked."""
    material = generated_course(concepts=concepts, passages=passages)
    judge = InstantJudge()
    extractor: ConceptExtractor = EmbeddedExtractor(wiring.embedder())
    if engine == "ollama":
        extractor = ModelExtractor(wiring.embedder(), judge, most_calls=10_000)
    stages: dict[str, float] = defaultdict(float)
    last = ("", time.process_time())

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = time.process_time()
        if last[0]:
            stages[last[0]] += now - last[1]
        last = (stage, now)

    start, wall = time.process_time(), time.perf_counter()
    found = extractor.extract(material, progress=progress)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    progress("", 0, 0)
    return Measure(
        passages=sum(len(document.passages) for document in material.documents),
        concepts=len(found.concepts),
        edges=len(found.edges),
        seconds=seconds,
        wall_seconds=wall,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        calls=judge.calls,
        longest_prompt=judge.longest,
        stages=dict(stages),
    )
