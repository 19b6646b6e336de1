"""Counts the practice items that a subject's sources give, and prints some of them to be read."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from concepts.models import Concept, Subject
from config import wiring
from tutor.errors import NotEnoughToTeach
from tutor.items.floor import CheckedItems, check_items
from tutor.items.ports import ItemKind, PracticeDraft
from tutor.items.remembering import RememberingEmbedder
from tutor.services.engines import item_writer
from tutor.services.practice_material import gather_practice


class Command(BaseCommand):
    help = (
        "Write practice items for every concept of a subject, without storing them, and count what is kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", default="sound-and-music", metavar="KEY")
        parser.add_argument("--limit", type=int, default=0, help="Concepts at most (0: all).")
        parser.add_argument("--show", type=int, default=0, metavar="N", help="Print N items drawn at random.")
        parser.add_argument("--seed", type=int, default=1, help="Of that draw.")
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="Print the figures as JSON only."
        )

    def handle(
        self, *args: Any, subject: str, limit: int, show: int, seed: int, as_json: bool, **options: Any
    ) -> None:
        found = Subject.objects.filter(key=subject).first()
        if found is None:
            raise CommandError(f"There is no subject {subject!r}. Run: manage.py load_sample_course")
        written = self._written(list(found.concepts.published())[: limit or None])
        figures = _figures(written)
        if as_json:
            self.stdout.write(json.dumps(figures))
            return
        items = [(name, draft) for name, checked in written.items() for draft in checked.kept]
        rng = random.Random(seed)  # noqa: S311  # a sample, not a secret
        for number, (name, draft) in enumerate(rng.sample(items, min(show, len(items))), start=1):
            self.stdout.write(f"\n{number}. [{name}] {_shown(draft)}")
        self.stdout.write(" ".join(f"{key}={value}" for key, value in figures.items()))

    def _written(self, concepts: list[Concept]) -> dict[str, CheckedItems]:
        embedder = RememberingEmbedder(wiring.embedder())
        writer = item_writer(embedder)
        written = {}
        for concept in concepts:
            try:
                task = gather_practice(concept)
            except NotEnoughToTeach:
                written[concept.name] = CheckedItems((), ())
                continue
            written[concept.name] = check_items(writer.write(task), task=task, embedder=embedder)
        return written


def _figures(written: dict[str, CheckedItems]) -> dict[str, Any]:
    kinds = Counter(draft.kind for checked in written.values() for draft in checked.kept)
    refusals = Counter(refusal.value for checked in written.values() for _, refusal in checked.dropped)
    without = sum(not checked.kept for checked in written.values())
    return (
        {"concepts": len(written), "items": kinds.total()}
        | {kind.value: kinds[kind] for kind in ItemKind}
        | {"per_concept": round(kinds.total() / max(1, len(written)), 2), "without": without}
        | {f"refused_{code}": count for code, count in sorted(refusals.items())}
    )


def _shown(draft: PracticeDraft) -> str:
    lines = [f"{draft.kind.value}: {draft.stem} ({draft.hint})"]
    lines += [f"    | {line}" for line in draft.code.splitlines()]
    lines += [f"    - {option}" for option in draft.options if draft.kind is not ItemKind.CLOZE]
    lines.append(f"    = {draft.answer!r} accepted {list(draft.accepted)} rejected {list(draft.rejected)}")
    return "\n".join(lines)
