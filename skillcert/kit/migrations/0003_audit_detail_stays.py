"""The values beside an audit entry may be blanked by an erasure, but never deleted (trust 43, 44)."""

from django.db import migrations

SENTENCE = "audit details may be blanked and are never changed otherwise"
TABLE = "kit_auditdetail"


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        body = f"BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
    else:
        body = "FOR EACH ROW EXECUTE FUNCTION kit_append_only()"
    schema_editor.execute(f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {body}")


def allow(apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_delete{on}")


class Migration(migrations.Migration):
    dependencies = [("kit", "0002_append_only")]
    operations = [migrations.RunPython(forbid, allow)]
