"""Chapter 3: 职业技能等级标准 and 考核站点建设标准, each in editions, with its file."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from skillcert.kit.access import Actor
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import EVERYBODY, NOBODY, Row
from skillcert.orgs.models import AwardingBody, Kind
from skillcert.qualifications.models import Participation, Qualification

from .states import PUBLISHED, StandardState


class Standard(Row):
    """What both kinds have. ``edition`` is the 版本 people speak of; ``version`` counts the savings of the row."""

    name = models.CharField("标准名称", max_length=80)
    edition = models.CharField("版本", max_length=20)
    start_date = models.DateField("启用日期", null=True, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="文件", null=True, blank=True, related_name="+")
    state = models.CharField("状态", max_length=12, choices=StandardState, default=StandardState.DRAFT)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name}（{self.edition}）"

    @classmethod
    def applied(cls, institution_id: int | None) -> Q:
        """The standards of every qualification that the institution has ever applied for (R7, R10)."""
        raise NotImplementedError

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        published = Q(state__in=PUBLISHED)
        match actor.organization_kind:
            case Kind.INSTITUTION:
                return published & cls.applied(actor.organization_id)
            case Kind.AWARDING_BODY:
                return Q(awarding_body=actor.organization_id)
            case Kind.PROVINCE | Kind.PLATFORM:
                return published
        return NOBODY if actor.kind != "system" else EVERYBODY


def applied_for(institution_id: int | None) -> models.QuerySet:
    return Participation.objects.filter(institution=institution_id).values("qualification")


class SkillStandard(Standard):
    """职业技能等级标准: one text for all the levels of a 证书."""

    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="颁证机构", related_name="skill_standards")
    code = models.CharField("标准编码", max_length=30)
    description = models.TextField("说明", blank=True)
    qualifications = models.ManyToManyField(Qualification, verbose_name="对应证书", related_name="skill_standards")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["awarding_body", "code", "edition"], name="skill_standard_once",
                violation_error_message="本单位已有同一标准编码和版本的标准，请改版本，或编辑原有的那一条。",
            ),
            models.UniqueConstraint(
                fields=["awarding_body", "code"], condition=Q(state=StandardState.ENABLED), name="skill_standard_enabled_once",
                violation_error_message="同一标准编码只能有一个版本处于已启用，请先停用另一个版本。",
            ),
        ]  # fmt: skip

    @classmethod
    def applied(cls, institution_id: int | None) -> Q:
        mapped = cls.qualifications.through.objects.filter(qualification__in=applied_for(institution_id))
        return Q(pk__in=mapped.values("skillstandard"))


class CenterStandard(Standard):
    """考核站点建设标准 of one 证书 × 等级: what a center must have before it may be applied for."""

    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="颁证机构", related_name="center_standards")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="center_standards")
    venue = models.TextField("场地要求")
    equipment = models.TextField("设备要求")
    staff = models.TextField("人员要求")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["qualification", "edition"], name="center_standard_once",
                violation_error_message="该证书已有同一版本的考核站点建设标准，请改版本，或编辑原有的那一条。",
            ),
            models.UniqueConstraint(
                fields=["qualification"], condition=Q(state=StandardState.ENABLED), name="center_standard_enabled_once",
                violation_error_message="同一证书只能有一个版本的考核站点建设标准处于已启用，请先停用另一个版本。",
            ),
        ]  # fmt: skip

    @classmethod
    def applied(cls, institution_id: int | None) -> Q:
        return Q(qualification__in=applied_for(institution_id))
