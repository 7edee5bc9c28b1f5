"""What an import created, so that it can be undone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0003_majors_of_a_school"),
        ("kit", "0002_append_only"),
    ]
    operations = [
        migrations.CreateModel(
            "CandidateBatch",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.CharField(max_length=18)),
                ("last", models.CharField(max_length=18)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="kit.importrecord"
                    ),
                ),
            ],
        ),
    ]  # fmt: skip
