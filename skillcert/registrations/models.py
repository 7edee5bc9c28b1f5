"""Chapter 5.2.6: a registration, one per plan, person and qualification, with the snapshot of the candidate."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from skillcert.candidates.models import Candidate, CandidateKind, IdType
from skillcert.kit.access import Actor
from skillcert.kit.crypto import Encrypted
from skillcert.kit.files import StoredFile
from skillcert.kit.rows import NOBODY, Row, in_scope
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan, PlanSubject, Target
from skillcert.qualifications.models import Qualification

from .states import RegistrationState


class Mode(models.TextChoices):
    CERTIFICATE = "certificate", "按证书报考"
    SUBJECT = "subject", "按科目报考"


class Registration(Row):
    """报考. The snapshot (name to photo) is what this plan goes by: later edits of the candidate do not touch it
    (R106); the awarding body alone edits pinyin and phone (R107). Who was verified under another name or ID number
    since is accepted by the awarding body: ``accepted_name`` and ``accepted_person_index`` say as whom.

    ``seated`` is true as soon as one subject has a seat, ``in_request`` while an unconfirmed payment request holds
    it, ``paid`` once the awarding body has confirmed (R170): each kept by the room that knows. ``registered_at`` is of the
    business clock, by which weekly reports count.
    """

    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="registrations")
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="registrations")
    candidate = models.ForeignKey(Candidate, models.PROTECT, verbose_name="考生", related_name="registrations")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="院校", related_name="registrations")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="registrations")
    registered_at = models.DateTimeField("报考时间", db_default=Now())
    mode = models.CharField("报考方式", max_length=12, choices=Mode)
    target = models.CharField("参考对象", max_length=12, choices=Target, blank=True)
    person_index = models.CharField(max_length=32, editable=False)
    accepted_name = models.CharField("认可的姓名", max_length=80, blank=True, db_default="", editable=False)
    accepted_person_index = models.CharField("认可的证件", max_length=32, blank=True, db_default="", editable=False)
    ticket_number = models.CharField("准考证号", max_length=14, unique=True, null=True, blank=True)
    paid = models.BooleanField("已缴费", default=False)
    seated = models.BooleanField("已排考", default=False)
    in_request = models.BooleanField("在缴费申请单中", default=False)

    kind = models.CharField("学生类型", max_length=8, choices=CandidateKind)
    candidate_number = models.CharField("考生编号", max_length=18)
    name = models.CharField("姓名", max_length=80)
    pinyin = models.CharField("姓名拼音", max_length=120, blank=True)
    pinyin_key = models.CharField(max_length=120, blank=True, editable=False)
    id_type = models.CharField("证件类型", max_length=3, choices=IdType)
    id_number = Encrypted("身份证号")
    last_six = models.CharField(max_length=32, editable=False)
    phone = Encrypted("手机号", blank=True)
    major_name = models.CharField("专业", max_length=60, blank=True)
    major_code = models.CharField("专业代码", max_length=6, blank=True)
    major_version = models.CharField("专业版本", max_length=4, blank=True)
    class_name = models.CharField("班级", max_length=40, blank=True)
    photo = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="照片", null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "qualification", "person_index"], name="registration_once",
                violation_error_message="该考生在此考试计划中已报考这一证书。",
            )
        ]
        indexes = [
            models.Index(fields=["institution", "plan", "id"], name="registration_institution"),
            models.Index(fields=["awarding_body", "plan", "id"], name="registration_body"),
            models.Index(fields=["institution", "pinyin_key", "id"], name="registration_pinyin"),
            models.Index(fields=["last_six"], name="registration_last_six"),
            models.Index(fields=["person_index"], name="registration_person"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.candidate_number}"

    @property
    def audit_label(self) -> str:
        return self.candidate_number

    @property
    def verified_id_number(self) -> str:
        """The candidate's own, which may differ from the snapshot's."""
        return self.candidate.id_number

    @property
    def as_registered(self) -> bool:
        """Whether the candidate is still called as in the snapshot, with the same ID number."""
        return (self.name, self.person_index) == (self.candidate.name, self.candidate.person_index)

    @property
    def identity_stands(self) -> bool:
        """What ``states.identity_stands`` asks of many. ``candidate`` should be joined."""
        accepted = (self.accepted_name, self.accepted_person_index)
        return self.as_registered or accepted == (self.candidate.name, self.candidate.person_index)

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        match actor.kind, actor.organization_kind:
            case "user", "institution":
                return Q(institution=actor.organization_id) & in_scope(actor)
            case "user", "awarding_body":
                return Q(awarding_body=actor.organization_id)
            case "candidate", _:
                return Q(candidate=actor.id)
        return NOBODY

    def state(self, now: datetime) -> RegistrationState:
        """未排考 while any subject is unseated, else 考试中 while any runs, else 待考试, else 已结束 (domain 4.0).

        ``subjects`` with their sessions should be prefetched.
        """
        subjects = list(self.subjects.all())
        if not subjects or any(not subject.seated for subject in subjects):
            return RegistrationState.UNSEATED
        if any(subject.session.window.contains(now) for subject in subjects):
            return RegistrationState.EXAM
        if any(subject.session.window.before(now) for subject in subjects):
            return RegistrationState.WAITING
        return RegistrationState.OVER

    @staticmethod
    def in_state(state: RegistrationState, now: datetime) -> Q:
        """The same in SQL."""
        own = RegistrationSubject.objects.filter(registration=OuterRef("pk"))
        unseated = Exists(own.filter(seated=False)) | ~Exists(own)
        running = Exists(own.filter(session__start__lte=now, session__end__gte=now))
        coming = Exists(own.filter(session__start__gt=now))
        match state:
            case RegistrationState.UNSEATED:
                return Q(unseated)
            case RegistrationState.EXAM:
                return Q(~unseated) & Q(running)
            case RegistrationState.WAITING:
                return Q(~unseated) & Q(~running) & Q(coming)
        return Q(~unseated) & Q(~running) & Q(~coming)


class RegistrationSubject(models.Model):
    """One subject of a registration, sitting in its session of the plan."""

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="subjects")
    session = models.ForeignKey(PlanSubject, models.PROTECT, related_name="entries")
    seated = models.BooleanField("已排考", default=False)
    paid = models.BooleanField("已缴费", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "session"], name="registration_subject_once",
                violation_error_message="该考生已报考此科目。",
            )
        ]
