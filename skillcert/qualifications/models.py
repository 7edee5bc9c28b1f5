"""Chapter 4.1: the catalogue, one row per 证书 × 等级, its majors and its anchor."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.ledger import ChainReceipt
from skillcert.kit.rows import EVERYBODY, NOBODY, Row
from skillcert.orgs.models import AwardingBody, Institution

from .states import QualificationState, RevisionState


class MajorLevel(models.TextChoices):
    SECONDARY = "secondary", "中职"
    HIGHER = "higher", "高职专科"
    VOCATIONAL_BACHELOR = "vocational_bachelor", "职业本科"
    BACHELOR = "bachelor", "本科"


class Major(Row):
    """专业, known by code and version: the name alone is ambiguous (软件技术 is 590108, 610205 and 510203)."""

    code = models.CharField("专业代码", max_length=6)
    version = models.CharField("专业版本", max_length=4)
    name = models.CharField("专业名称", max_length=60)
    level = models.CharField("层次", max_length=20, choices=MajorLevel)
    category = models.CharField("专业大类", max_length=40, blank=True)
    subcategory = models.CharField("专业类", max_length=40, blank=True)
    source = models.CharField("来源", max_length=8, default="官方", help_text="官方、示例或演示")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code", "version"], name="major_once", violation_error_message="该专业代码与版本已存在。"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return NOBODY if actor.kind == "public" else EVERYBODY


class Grade(models.IntegerChoices):
    ELEMENTARY = 1, "初级"
    INTERMEDIATE = 2, "中级"
    ADVANCED = 3, "高级"


class PassRule(models.TextChoices):
    EACH = "each", "每科均达到合格分"
    WEIGHTED = "weighted", "各科按权重合计达到总分"


MOST_PARTS = 6  # subjects of a pass rule


def pass_rule_words(rule: dict[str, Any]) -> str:
    parts = "、".join(f"{name} {weight}%" for name, weight in rule.get("parts", []))
    if rule.get("kind") == PassRule.WEIGHTED:
        return f"各科按权重合计 {rule.get('pass', 60)} 分及以上" + (f"（{parts}）" if parts else "")
    return "每科达到合格分" + (f"（{parts}）" if parts else "")


class Terms(Row):
    """What an entry says and may say otherwise later. ``fee`` in fen."""

    description = models.TextField("简介", blank=True)
    statement = models.CharField("证书评语", max_length=200, blank=True)
    audience = models.TextField("适用人群", blank=True)
    requirements = models.TextField("取证要求", blank=True)
    fee = models.PositiveIntegerField("参考费用", default=0)

    class Meta:
        abstract = True

    def in_words(self, name: str, value: Any) -> str:
        match name:
            case "fee":
                return f"{value / 100:,.2f} 元" if value else ""
            case "pass_rule":
                return pass_rule_words(value)
        return super().in_words(name, value)


class Qualification(Terms):
    """证书 (目录). ``code`` is shared by the levels of one 证书. ``fee`` proposes a plan's price.

    ``pass_rule``: ``{"kind": "each"}`` every subject at its pass mark [default, assumption], or
    ``{"kind": "weighted", "pass": 60}`` the weighted sum of the subjects; ``"parts": [["理论知识", 40], …]`` are the subjects
    and their weights, whose sum stands in ``weights`` so that a guard can ask for it.
    """

    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="颁证机构", related_name="qualifications")
    code = models.CharField("证书编码", max_length=12)
    number = models.PositiveSmallIntegerField("证书序号", help_text="证书编号中的三位")
    name = models.CharField("证书名称", max_length=60)
    grade = models.PositiveSmallIntegerField("证书等级", choices=Grade)
    start_date = models.DateField("启用日期", null=True, blank=True)
    majors = models.ManyToManyField(Major, verbose_name="对应专业", related_name="qualifications", blank=True)
    pass_rule = models.JSONField("通过规则", default=dict, blank=True)
    weights = models.PositiveSmallIntegerField("权重合计", default=0)
    state = models.CharField("状态", max_length=12, choices=QualificationState, default=QualificationState.DRAFT)
    receipt = models.ForeignKey(ChainReceipt, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["awarding_body", "code", "grade"], name="qualification_once",
                violation_error_message="该证书编码与等级已存在。",
            )
        ]

    protected_sentence = "已有试点申报、考试或标准引用这个证书，不能删除；不再使用的请停用。"

    def __str__(self) -> str:
        return f"{self.name}（{self.get_grade_display()}）"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        published = Q(state__in=[QualificationState.PUBLISHED, QualificationState.STOPPED])
        if actor.organization_kind == "platform":
            return EVERYBODY
        if actor.organization_kind == "awarding_body":
            return published | Q(awarding_body=actor.organization_id)
        return published


class Revision(Terms):
    """修订 of a published entry [assumption]: the terms and majors it is to have. The entry stays in force as it is until the
    platform passes them; ``receipt`` is the anchor that the entry had until then, empty where the anchored part stayed.
    """

    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="revisions")
    reason = models.CharField("修订说明", max_length=200)
    majors = models.ManyToManyField(Major, verbose_name="对应专业", related_name="+", blank=True)
    state = models.CharField("状态", max_length=12, choices=RevisionState, default=RevisionState.DRAFT)
    receipt = models.ForeignKey(ChainReceipt, models.PROTECT, null=True, blank=True, related_name="+")
    changes = models.JSONField("修订内容", default=dict, blank=True, editable=False, help_text="生效时的：terms, added, removed")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["qualification"], condition=~Q(state="adopted"), name="revision_once_at_a_time",
                violation_error_message="这个证书已有进行中的修订，请在“证书修订”中接着办理。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.qualification}的修订"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        if actor.organization_kind == "platform":
            return EVERYBODY
        return Q(qualification__awarding_body=actor.organization_id) if actor.kind == "user" else NOBODY


class Participation(models.Model):
    """The institution applied to pilot the qualification in a year; ``approved`` once the province has passed it.

    Kept by pilots, so that the catalogue can show 已参与试点 (R13) without knowing applications.
    """

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="participations")
    qualification = models.ForeignKey(Qualification, models.CASCADE, related_name="participations")
    year = models.PositiveSmallIntegerField()
    approved = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "qualification", "year"], name="participation_once",
                violation_error_message="该年度的试点记录已存在。",
            )
        ]


class QualificationOwner(models.Model):
    """证书负责人: the qualifications a user of an institution answers for (R240); narrows what the user sees."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="owned_qualifications")
    qualification = models.ForeignKey(Qualification, models.CASCADE, related_name="owners")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "qualification"], name="qualification_owner_once",
                violation_error_message="该用户已是此证书的负责人。",
            )
        ]
