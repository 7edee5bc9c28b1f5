"""The audit and the log are append-only: the database itself refuses UPDATE and DELETE (trust 43)."""

from django.db import migrations

KEPT = ["kit_auditentry", "kit_auditblock", "kit_auditleaf", "kit_chainblock"]
SENTENCE = "audit entries and log blocks are never changed"


def forbid(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION kit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{SENTENCE}'; END $$"
        )
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if vendor == "sqlite":
                body = f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            else:
                body = "FOR EACH ROW EXECUTE FUNCTION kit_append_only()"
            schema_editor.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {body}")


def allow(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            on = f" ON {table}" if vendor == "postgresql" else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb.lower()}{on}")
    if vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS kit_append_only()")


class Migration(migrations.Migration):
    dependencies = [("kit", "0001_initial")]
    operations = [migrations.RunPython(forbid, allow)]
