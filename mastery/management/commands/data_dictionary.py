from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from mastery.exporting.columns import data_dictionary
from mastery.services.records import tables


class Command(BaseCommand):
    help = "Write the data dictionary of research records, as Markdown."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(data_dictionary(table.layout for table in tables().values()), ending="")
