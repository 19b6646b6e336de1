"""Read files, folders and web pages into a library, in this process or by the worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from jobs.models import Job
from jobs.services import run_inline
from research.errors import ResearchError
from research.models import Document, Library, Passage
from research.parsing import KIND_OF_SUFFIX
from research.services.sources import Upload, add_sources


class Command(BaseCommand):
    help = "Read files, folders, web pages and videos into a library."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what", nargs="*", metavar="PATH_OR_URL", help="In teaching order; a folder by names."
        )
        parser.add_argument("--library", required=True, metavar="KEY")
        parser.add_argument("--create", action="store_true", help="Make the library if there is none.")
        parser.add_argument("--name", default="", help="Its name, if it is made.")
        parser.add_argument("--educator", default="", metavar="USERNAME", help="Who keeps it, if it is made.")
        parser.add_argument("--topic", default="", help="Find videos on this topic.")
        parser.add_argument("--videos", type=int, default=3, help="How many of them.")
        parser.add_argument("--queue", action="store_true", help="Leave the work to the worker.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print the result as JSON.")

    def handle(self, *args: Any, what: list[str], **options: Any) -> None:
        library = self._library(**options)
        urls = [item for item in what if "://" in item]
        paths = [path for item in what if "://" not in item for path in _files(Path(item))]
        try:
            job = add_sources(
                library,
                added_by=library.educators.first(),
                uploads=[Upload(path.name, path.read_bytes()) for path in paths],
                urls=urls,
                topic=options["topic"],
                videos=options["videos"],
            )
        except ResearchError as error:
            raise CommandError(str(error)) from error
        if options["queue"]:
            self.stdout.write(f"Queued as job {job.pk}.")
            return
        self._report(run_inline(job), library, as_json=options["as_json"])

    def _library(self, *, library: str, create: bool, name: str, educator: str, **options: Any) -> Library:
        found = Library.objects.filter(key=library).first()
        if found:
            return found
        if not create:
            known = ", ".join(Library.objects.values_list("key", flat=True)) or "none yet"
            raise CommandError(
                f"There is no library {library!r}. There are: {known}. Use --create to make it."
            )
        made = Library.objects.create(key=library, name=name or library.replace("-", " ").capitalize())
        if educator:
            keeper = User.objects.filter(username=educator).first()
            if keeper is None:
                raise CommandError(f"There is no user {educator!r}.")
            made.educators.add(keeper)
        return made

    def _report(self, job: Job, library: Library, *, as_json: bool) -> None:
        if job.state != Job.State.SUCCEEDED:
            raise CommandError(f"The job {job.state}: {job.error}")
        if as_json:
            self.stdout.write(json.dumps(job.result, indent=2))
            return
        for row in job.result["outcomes"]:
            reason = f" ({row['detail']})" if row["detail"] else ""
            self.stdout.write(f"{row['outcome']:<20}{row['title']}{reason}")
        documents = Document.objects.filter(source__library=library).current().count()
        passages = Passage.objects.current().filter(document__source__library=library).count()
        done = job.result
        self.stdout.write(
            f"{done['read']} read, {done['unchanged']} unchanged, {done['failed']} failed; "
            f"{done['embedded']} texts embedded. {library.key}: {documents} documents, {passages} passages, "
            f"generation {done['generation']}."
        )
        if done["failed"] and not done["read"] + done["unchanged"]:
            raise CommandError("None of the sources could be read.")


def _files(path: Path) -> list[Path]:
    """The file, or what can be read in the folder, in the order of names."""
    if path.is_dir():
        inside = sorted(file for file in path.rglob("*") if file.suffix.casefold() in KIND_OF_SUFFIX)
        if not inside:
            raise CommandError(f"There is no file in {path} that can be read.")
        return inside
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    return [path]
