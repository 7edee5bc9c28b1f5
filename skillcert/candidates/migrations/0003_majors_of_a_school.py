"""The index of majors says which of them a school has, so that the query bar need not read every candidate."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0002_fewer_indexes"),
        ("qualifications", "0001_initial"),
    ]
    operations = [
        migrations.AlterField(
            "candidate", "major",
            models.ForeignKey(
                blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="qualifications.major", verbose_name="就读专业",
            ),
        ),
        migrations.AddIndex("candidate", models.Index(fields=["major", "institution", "kind"], name="candidate_major")),
    ]  # fmt: skip
