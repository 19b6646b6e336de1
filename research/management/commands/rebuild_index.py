"""Restore the search index of one library or of all from the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import wiring
from research.errors import ResearchError
from research.models import Library
from research.services.indexing import indexed_passages, rebuild_index
from vectorstore.errors import VectorStoreError


class Command(BaseCommand):
    help = "Rebuild the search index from the vectors in the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--library", metavar="KEY", help="Only this library; without it, all of them.")

    def handle(self, *args: Any, library: str | None = None, **options: Any) -> None:
        libraries = Library.objects.filter(key=library) if library else Library.objects.all()
        if library and not libraries:
            known = ", ".join(Library.objects.values_list("key", flat=True)) or "none yet"
            raise CommandError(f"There is no library {library!r}. There are: {known}.")
        for one in libraries:
            try:
                generation = rebuild_index(one, embedder=wiring.embedder(), progress=self._show)
            except (ResearchError, VectorStoreError) as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{one.key}: generation {generation}, {indexed_passages(one).count()} passages")
        self.stdout.write(f"{len(libraries)} indexes rebuilt")

    def _show(self, done: int) -> None:
        if self.stderr.isatty():
            self.stderr.write("." * done, ending="")
