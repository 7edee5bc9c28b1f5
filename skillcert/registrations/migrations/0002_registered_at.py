"""报考时间 by the business clock; what is there was registered when its row was made."""

from django.db import migrations, models
from django.db.models.functions import Now


def as_made(apps, schema_editor):
    apps.get_model("registrations", "Registration").objects.update(registered_at=models.F("created_at"))


class Migration(migrations.Migration):
    dependencies = [("registrations", "0001_initial")]
    operations = [
        migrations.AddField("registration", "registered_at", models.DateTimeField("报考时间", db_default=Now())),
        migrations.RunPython(as_made, migrations.RunPython.noop),
    ]
