"""Whom the awarding body accepted when the candidate was verified under another name or ID number (domain 4.0)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registrations", "0002_registered_at")]
    operations = [
        migrations.AddField(
            "registration", "accepted_name",
            models.CharField("认可的姓名", max_length=80, blank=True, db_default="", editable=False),
        ),
        migrations.AddField(
            "registration", "accepted_person_index",
            models.CharField("认可的证件", max_length=32, blank=True, db_default="", editable=False),
        ),
    ]
