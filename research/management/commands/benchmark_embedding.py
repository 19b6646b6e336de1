"""Measure how fast passages are embedded and an index is searched, beside the bare libraries."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import wiring
from research.embedding_benchmark import summary, table, windows_in
from research.retrieval_benchmark import DataUnusable
from vectorstore.errors import VectorStoreError
from vectorstore.measuring import IndexSpeed, compare_embedding, naive_ways, time_index
from vectorstore.minilm import MiniLmEmbedder, multiplies_bfloat16

SAMPLE_COURSE = Path("curriculum/courses")
SEARCHES = 60


class Command(BaseCommand):
    help = "Compare the embedder with naive ways to embed the same passages; time search in a large index."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data", type=Path, default=SAMPLE_COURSE, help="A folder of documents; else the sample course."
        )
        parser.add_argument("--turns", type=int, default=5, help="How often each side embeds all passages.")
        parser.add_argument("--vectors", type=int, default=100_000, help="Size of the index; 0 for none.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object instead of a table.")

    def handle(self, *args: Any, data: Path, turns: int, vectors: int, json: bool, **options: Any) -> None:
        embedder = wiring.embedder()
        if not isinstance(embedder, MiniLmEmbedder):
            raise CommandError("EMBEDDER runs no sentence-transformers model to compare with.", returncode=2)
        try:
            texts = windows_in(data, embedder=embedder)
            naive = naive_ways(embedder.name)
        except (DataUnusable, VectorStoreError) as error:
            raise CommandError(str(error), returncode=2) from error
        embedding = compare_embedding(embedder, naive, texts=texts, turns=max(1, turns))
        index = _index_speed(vectors, dimension=embedder.dimension) if vectors > 0 else None
        has_bfloat16 = multiplies_bfloat16()
        figures = summary(embedding, index, has_bfloat16=has_bfloat16)
        if json:
            parts = {"embedding": asdict(embedding), "index": asdict(index) if index else None}
            self.stdout.write(_as_json({**parts, **figures}))
            return
        for line in table(embedding, index, has_bfloat16=has_bfloat16):
            self.stdout.write(line)
        self.stdout.write(" ".join(f"{name}={value:.4f}" for name, value in figures.items()))


def _index_speed(count: int, *, dimension: int) -> IndexSpeed:
    with TemporaryDirectory() as directory:
        return time_index(count, dimension=dimension, searches=SEARCHES, directory=Path(directory))


def _as_json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=1)
