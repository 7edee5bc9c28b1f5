"""Two indexes fewer to keep in order: the unique one serves the search for a person, the others that for a school."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0001_initial"),
        ("orgs", "0001_initial"),
    ]
    operations = [
        migrations.RemoveConstraint("candidate", "candidate_once"),
        migrations.AlterField(
            "candidate", "institution",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="candidates",
                to="orgs.institution", verbose_name="院校",
            ),
        ),
        migrations.AlterField("candidate", "person_index", models.CharField(editable=False, max_length=32)),
        migrations.AddConstraint(
            "candidate",
            models.UniqueConstraint(
                fields=("person_index", "institution"), name="candidate_once",
                violation_error_message="本院校已有该证件号的考生。",
            ),
        ),
    ]  # fmt: skip
