"""知情同意: a candidate's consents, where they stand, and imports that are remembered after 撤销."""

import django.db.models.deletion
import skillcert.kit.crypto
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("candidates", "0004_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="candidate",
            name="consent",
            field=models.CharField(
                choices=[("none", "未登记"), ("given", "已同意"), ("withdrawn", "已撤回")],
                db_default="none",
                default="none",
                max_length=10,
                verbose_name="知情同意",
            ),
        ),
        migrations.AddField(
            model_name="candidatebatch",
            name="undone",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="版本")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="创建时间")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="更新时间")),
                (
                    "subject",
                    models.CharField(
                        choices=[("id_number", "身份证件号码"), ("photo", "照片")],
                        max_length=10,
                        verbose_name="同意的内容",
                    ),
                ),
                (
                    "given_by",
                    models.CharField(
                        choices=[("self", "本人"), ("guardian", "监护人")], max_length=8, verbose_name="同意人"
                    ),
                ),
                ("guardian_name", skillcert.kit.crypto.Encrypted(blank=True, editable=True, verbose_name="监护人姓名")),
                ("relation", models.CharField(blank=True, max_length=20, verbose_name="与考生的关系")),
                (
                    "way",
                    models.CharField(
                        choices=[("paper", "纸质"), ("declared", "机构声明"), ("online", "网上")],
                        max_length=8,
                        verbose_name="方式",
                    ),
                ),
                ("notice", models.CharField(max_length=10, verbose_name="告知书版本")),
                ("given_at", models.DateTimeField(null=True, verbose_name="同意时间")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="撤回理由")),
                ("user_id", models.BigIntegerField(null=True)),
                ("user_label", models.CharField(max_length=120, verbose_name="登记人")),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="candidates.candidate",
                        verbose_name="考生",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("candidate", "subject"),
                        name="consent_stands_once",
                        violation_error_message="这一项刚刚由他人登记了同意，请刷新后查看。",
                    )
                ],
            },
        ),
    ]
