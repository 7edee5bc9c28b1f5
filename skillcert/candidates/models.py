"""Chapter 5.2.3: candidates of an institution, its own students (院校考生) and trainees (社会考生)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from skillcert.kit.access import Actor
from skillcert.kit.crypto import Encrypted
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import NOBODY, Row
from skillcert.kit.sheets.records import ImportRecord
from skillcert.orgs.models import Institution
from skillcert.qualifications.models import Major, MajorLevel

from .consents import OF_AGE, ConsentState, ConsentSubject, ConsentWay, GivenBy
from .states import CandidateState


class CandidateKind(models.TextChoices):
    COLLEGE = "college", "院校考生"
    SOCIAL = "social", "社会考生"


class IdType(models.TextChoices):
    """Codes: 111, 414 and 511 public, 516 recalled, the list itself [assumption]."""

    ID_CARD = "111", "居民身份证"
    PASSPORT = "414", "普通护照"
    TAIWAN = "511", "台湾居民来往大陆通行证"
    HONG_KONG_MACAO = "516", "港澳居民来往内地通行证"
    OTHER = "990", "其他"


class Candidate(Row):
    """考生. The ID number is sealed; uniqueness and exact search go by ``person_index``, the last six digits apart.

    ``pinyin_key`` is the lower-case pinyin without spaces, for prefix search and order. ``complete`` says that all
    required fields are there (R101: old records hold only name and ID), ``consent`` where its consents stand; both are
    kept by the rules.
    """

    institution = models.ForeignKey(  # four of the indexes below begin with it
        Institution, models.PROTECT, verbose_name="院校", related_name="candidates", db_index=False
    )
    kind = models.CharField("学生类型", max_length=8, choices=CandidateKind)
    number = models.CharField("考生编号", max_length=18, unique=True)
    name = models.CharField("姓名", max_length=80)
    pinyin = models.CharField("姓名拼音", max_length=120, blank=True)
    pinyin_key = models.CharField(max_length=120, blank=True, editable=False)
    id_type = models.CharField("证件类型", max_length=3, choices=IdType, default=IdType.ID_CARD)
    id_number = Encrypted("身份证号")
    person_index = models.CharField(max_length=32, editable=False)
    last_six = models.CharField(max_length=32, editable=False)
    phone = Encrypted("手机号", blank=True)
    major = models.ForeignKey(
        Major, models.PROTECT, verbose_name="就读专业", null=True, blank=True, related_name="+", db_index=False
    )
    level = models.CharField("专业层次", max_length=20, choices=MajorLevel, blank=True)
    entry_year = models.PositiveSmallIntegerField("入学年份", null=True, blank=True)
    student_number = models.CharField("学号", max_length=30, blank=True)
    class_name = models.CharField("班级", max_length=40, blank=True)
    employer = models.CharField("工作单位", max_length=80, blank=True)
    education = models.CharField("最高学历", max_length=20, blank=True)
    photo = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="照片", null=True, blank=True, related_name="+")
    state = models.CharField("状态", max_length=12, choices=CandidateState, default=CandidateState.NO_PHOTO)
    complete = models.BooleanField("信息完整", default=True)
    similarity = models.DecimalField("照片相似度", max_digits=5, decimal_places=2, null=True, blank=True)
    comparison = models.CharField("比对结果", max_length=120, blank=True)
    registration_count = models.PositiveSmallIntegerField("已报考证书数", default=0)
    consent = models.CharField(
        "知情同意", max_length=10, choices=ConsentState, default=ConsentState.NONE, db_default=ConsentState.NONE
    )

    protected_sentence = "该考生已有报考记录，不能删除。"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person_index", "institution"], name="candidate_once",  # found by the person alone, too
                violation_error_message="本院校已有该证件号的考生。",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "kind", "created_at", "id"], name="candidate_created"),
            models.Index(fields=["institution", "kind", "pinyin_key", "id"], name="candidate_pinyin"),
            models.Index(fields=["institution", "kind", "entry_year", "id"], name="candidate_entry"),
            models.Index(fields=["institution", "kind", "state", "id"], name="candidate_state"),
            models.Index(fields=["institution", "last_six"], name="candidate_last_six"),
            models.Index(fields=["major", "institution", "kind"], name="candidate_major"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def audit_label(self) -> str:
        return self.number

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """INST own; awarding bodies never (they see the snapshots); the platform counts only (domain 1.3)."""
        match actor.kind, actor.organization_kind:
            case "user", "institution":
                return Q(institution=actor.organization_id)
            case "candidate", _:
                return Q(pk=actor.id)
        return NOBODY

    @property
    def sex(self) -> str:
        """男 or 女 from the ID card's order code (odd is male); empty for other documents."""
        if self.id_type != IdType.ID_CARD or len(self.id_number) != 18:
            return ""
        return "男" if int(self.id_number[16]) % 2 else "女"

    @property
    def birth_date(self) -> date | None:
        """From the ID card's digits 7 to 14; None for other documents."""
        if self.id_type != IdType.ID_CARD or len(self.id_number) != 18:
            return None
        digits = self.id_number[6:14]
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))

    def is_minor(self, now: datetime) -> bool:
        """Not yet fourteen on the platform's day of ``now``; False where the paper does not tell the birthday."""
        born, day = self.birth_date, timezone.localdate(now)
        return born is not None and (born.year + OF_AGE, born.month, born.day) > (day.year, day.month, day.day)


class Consent(Row):
    """知情同意 to one subject: who gave it, how, to which notice, and when it ended. A later one ends the one before, so one
    stands at most. ``given_at`` is empty where somebody withdrew what had never been recorded.
    """

    candidate = models.ForeignKey(Candidate, models.CASCADE, verbose_name="考生", related_name="consents")
    subject = models.CharField("同意的内容", max_length=10, choices=ConsentSubject)
    given_by = models.CharField("同意人", max_length=8, choices=GivenBy)
    guardian_name = Encrypted("监护人姓名", blank=True)
    relation = models.CharField("与考生的关系", max_length=20, blank=True)
    way = models.CharField("方式", max_length=8, choices=ConsentWay)
    notice = models.CharField("告知书版本", max_length=10)
    given_at = models.DateTimeField("同意时间", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    reason = models.CharField("撤回理由", max_length=200, blank=True)
    user_id = models.BigIntegerField(null=True)
    user_label = models.CharField("登记人", max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["candidate", "subject"], condition=Q(withdrawn_at=None), name="consent_stands_once",
                violation_error_message="这一项刚刚由他人登记了同意，请刷新后查看。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()}的同意"

    @property
    def audit_label(self) -> str:
        return f"{self.candidate.number} {self}"

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """Who sees the candidate."""
        return Q(candidate__in=Candidate.objects.filter(Candidate.seen_by(actor)))


class CandidateBatch(models.Model):
    """Which candidates a chunk of an import created: the numbers it took, for they are never given twice. It outlives 撤销,
    for who stays is covered by the declaration on the import's record.
    """

    record = models.ForeignKey(ImportRecord, models.CASCADE, related_name="+")
    first = models.CharField(max_length=18)
    last = models.CharField(max_length=18)
    undone = models.BooleanField(default=False, db_default=False)
