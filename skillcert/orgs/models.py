"""Chapter 2: institutions, awarding bodies, provinces, and the platform itself."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.crypto import Encrypted
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import EVERYBODY, NOBODY, Row


class Kind(models.TextChoices):
    INSTITUTION = "institution", "试点院校"
    AWARDING_BODY = "awarding_body", "培训评价组织"
    PROVINCE = "province", "省厅"
    PLATFORM = "platform", "平台"


class Organization(Row):
    """What every organization has; the three kinds add their own columns. Their key is the organization's key."""

    kind = models.CharField(max_length=16, choices=Kind, editable=False)
    name = models.CharField("名称", max_length=80)
    contact = models.CharField("联系人", max_length=40, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    active = models.BooleanField("启用", default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"], name="organization_name_once", violation_error_message="已有同名机构，请核对。"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return EVERYBODY if actor.organization_kind == Kind.PLATFORM else Q(pk=actor.organization_id)


class Province(Organization):
    """省厅. ``review_levels``: 初审 alone or 初审 and 终审 [assumption]."""

    class Cycle(models.TextChoices):
        WEEK = "week", "周报"
        HALF_MONTH = "half_month", "半月报"

    # Named, because the default accessor "province" would clash with Institution.province.
    organization_ptr = models.OneToOneField(
        Organization, models.CASCADE, parent_link=True, primary_key=True, related_name="as_province"
    )
    province_code = models.CharField("省码", max_length=2, unique=True, validators=[RegexValidator(r"^\d{2}$")])
    review_levels = models.PositiveSmallIntegerField("申报审核级数", default=2, choices=[(1, "一级"), (2, "两级")])
    report_cycle = models.CharField("周报周期", max_length=12, choices=Cycle, default=Cycle.WEEK)

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return NOBODY if actor.kind == "public" else EVERYBODY


class Institution(Organization):
    """试点院校. R4: a school views and edits only its own record."""

    class SchoolKind(models.TextChoices):
        HIGHER_VOCATIONAL = "higher_vocational", "高职"
        SECONDARY_VOCATIONAL = "secondary_vocational", "中职"
        APPLIED_UNIVERSITY = "applied_university", "应用型本科"

    school_code = models.CharField(
        "学校标识码", max_length=10, unique=True, validators=[RegexValidator(r"^\d{10}$", "学校标识码为 10 位数字。")]
    )
    school_kind = models.CharField("办学类型", max_length=24, choices=SchoolKind)
    province = models.ForeignKey(Province, models.PROTECT, verbose_name="省份", related_name="institutions")
    region = models.CharField("所在地", max_length=6, validators=[RegexValidator(r"^\d{6}$")])
    address = models.CharField("地址", max_length=120, blank=True)
    email = models.EmailField("邮箱", blank=True)
    seal = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="电子签章", null=True, blank=True, related_name="+")

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case Kind.INSTITUTION:
                return Q(pk=actor.organization_id)
            case Kind.PROVINCE:
                return Q(province=actor.organization_id)
            case Kind.AWARDING_BODY:
                return Q(pk__in=Partnership.objects.filter(awarding_body=actor.organization_id).values("institution"))
            case Kind.PLATFORM:
                return EVERYBODY
        return NOBODY


class AwardingBody(Organization):
    """培训评价组织. ``number`` is its four digits inside a certificate number."""

    class Nature(models.TextChoices):
        COMPANY = "company", "企业"
        ASSOCIATION = "association", "行业协会"
        RESEARCH = "research", "研究机构"
        PUBLIC_INSTITUTION = "public_institution", "事业单位"
        NON_PROFIT = "non_profit", "民办非企业单位"

    number = models.PositiveSmallIntegerField("编号", unique=True)
    org_code = models.CharField("组织机构代码", max_length=9, unique=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    nature = models.CharField("性质", max_length=20, choices=Nature)
    batch = models.PositiveSmallIntegerField("批次", null=True, blank=True)
    bank = models.CharField("开户行", max_length=60, blank=True)
    account = Encrypted("收款账号", blank=True)
    head = models.CharField("负责人", max_length=40, blank=True)
    seal = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="公章", null=True, blank=True, related_name="+")
    signature_stamp = models.ForeignKey(
        StoredFile, models.PROTECT, verbose_name="签名章", null=True, blank=True, related_name="+"
    )

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.organization_kind:
            case Kind.AWARDING_BODY:
                return Q(pk=actor.organization_id)
            case Kind.INSTITUTION:
                return Q(pk__in=Partnership.objects.filter(institution=actor.organization_id).values("awarding_body"))
            case Kind.PROVINCE | Kind.PLATFORM:
                return EVERYBODY
        return NOBODY


class Partnership(models.Model):
    """The institution pilots a qualification of the awarding body (R2): kept when a pilot application is approved."""

    institution = models.ForeignKey(Institution, models.CASCADE, related_name="partnerships")
    awarding_body = models.ForeignKey(AwardingBody, models.CASCADE, related_name="partnerships")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "awarding_body"], name="partnership_once", violation_error_message="合作关系已存在。"
            )
        ]
