"""Let the database itself refuse to change an event, whoever asks.

Deleting single events is refused by the model and the admin only: erasing a learner deletes their rows, and
neither database can tell the two apart. The author may be set to null, which is what deleting an account does.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

MESSAGE = "mastery events are append-only"
TABLE = "mastery_masteryevent"


def refuse_changes(apps: Any, schema_editor: Any) -> None:
    fields = apps.get_model("mastery", "MasteryEvent")._meta.local_concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields if field.column != "author_id")
    make = _for_postgresql if schema_editor.connection.vendor == "postgresql" else _for_sqlite
    for statement in make(columns):
        schema_editor.execute(statement)


def allow_changes(apps: Any, schema_editor: Any) -> None:
    on_table = f' ON "{TABLE}"' if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER mastery_event_never_changes{on_table}")
    schema_editor.execute(f"DROP TRIGGER mastery_event_keeps_its_author{on_table}")
    if on_table:
        schema_editor.execute("DROP FUNCTION mastery_refuse_change()")


def _for_sqlite(columns: str) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    return [
        f'CREATE TRIGGER mastery_event_never_changes BEFORE UPDATE OF {columns} ON "{TABLE}" {refuse}',
        f'CREATE TRIGGER mastery_event_keeps_its_author BEFORE UPDATE OF "author_id" ON "{TABLE}" '
        f"WHEN NEW.author_id IS NOT NULL {refuse}",
    ]


def _for_postgresql(columns: str) -> list[str]:
    refuse = "EXECUTE FUNCTION mastery_refuse_change()"
    return [
        "CREATE FUNCTION mastery_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f'CREATE TRIGGER mastery_event_never_changes BEFORE UPDATE OF {columns} ON "{TABLE}" FOR EACH ROW {refuse}',
        f'CREATE TRIGGER mastery_event_keeps_its_author BEFORE UPDATE OF "author_id" ON "{TABLE}" FOR EACH ROW '
        f"WHEN (NEW.author_id IS NOT NULL) {refuse}",
    ]


class Migration(migrations.Migration):
    dependencies = [("mastery", "0001_initial")]
    operations = [migrations.RunPython(refuse_changes, allow_changes, elidable=False)]
