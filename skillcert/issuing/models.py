"""Chapter 4.2: the certificate from 待签发 on, its sealed files, and the signing by QR."""

from __future__ import annotations

import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from skillcert.candidates.models import Candidate, CandidateKind, IdType
from skillcert.kit.access import Actor
from skillcert.kit.crypto import Encrypted
from skillcert.kit.files import StoredFile
from skillcert.kit.ledger import ChainReceipt
from skillcert.kit.rows import NOBODY, Row, in_scope
from skillcert.orgs.models import AwardingBody, Institution
from skillcert.plans.models import ExamPlan
from skillcert.qualifications.models import Qualification
from skillcert.registrations.models import Registration
from skillcert.results.models import Result

from .states import CertificateState


class Way(models.TextChoices):
    ELECTRONIC = "electronic", "电子证书"
    PAPER = "paper", "纸质证书"


def new_token() -> str:
    """128 random bits: what the QR carries, never the bare number."""
    return secrets.token_urlsafe(16)


class SigningSession(models.Model):
    """One QR: bound to its signer, its list and the digest of that list; good once, for ten minutes (trust 33, 34).

    ``token_hash`` and ``code_hash`` are hashes: the database alone opens nothing. ``keys`` are the certificates, in
    key order; ``digest`` is SHA-256 over the signable content of each of them.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待扫码"
        SCANNED = "scanned", "已扫码"
        SIGNED = "signed", "已签字"
        VOID = "void", "已失效"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signing_sessions")
    move = models.CharField(max_length=20)
    keys = models.JSONField()
    digest = models.CharField("名单摘要", max_length=64)
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    phone_key = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    expires_at = models.DateTimeField()
    typed_name = models.CharField("输入的姓名", max_length=40, blank=True)
    drawing = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    ip = models.GenericIPAddressField(null=True)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        return Q(user=actor.id) if actor.kind == "user" else NOBODY


class Certificate(Row):
    """发证记录. Name, ID and photo are the candidate's as verified; pinyin the plan's snapshot (domain 4.0).

    ``number``, ``token`` and ``issued_on`` are given at the first release and stay; ``edition`` counts re-releases.
    """

    person_index = models.CharField(max_length=32, editable=False)
    qualification = models.ForeignKey(Qualification, models.PROTECT, verbose_name="证书", related_name="certificates")
    plan = models.ForeignKey(ExamPlan, models.PROTECT, verbose_name="考试计划", related_name="certificates")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="certificates")
    result = models.ForeignKey(Result, models.PROTECT, verbose_name="考证结果", related_name="certificates")
    candidate = models.ForeignKey(Candidate, models.PROTECT, verbose_name="考生", related_name="certificates")
    institution = models.ForeignKey(Institution, models.PROTECT, verbose_name="所属院校", related_name="certificates")
    awarding_body = models.ForeignKey(AwardingBody, models.PROTECT, verbose_name="培训评价组织", related_name="certificates")

    candidate_number = models.CharField("考生编号", max_length=18)
    name = models.CharField("考生姓名", max_length=80)
    pinyin_key = models.CharField(max_length=120, blank=True, editable=False)
    kind = models.CharField("学生类型", max_length=8, choices=CandidateKind)
    id_type = models.CharField("证件类型", max_length=3, choices=IdType)
    id_number = Encrypted("身份证号")
    last_six = models.CharField(max_length=32, editable=False)
    photo = models.ForeignKey(StoredFile, models.PROTECT, verbose_name="照片", related_name="+")

    state = models.CharField("颁证状态", max_length=16, choices=CertificateState, default=CertificateState.BODY_PENDING)
    way = models.CharField("发证方式", max_length=12, choices=Way, blank=True)
    refusal = models.CharField("拒签理由", max_length=500, blank=True)
    failure = models.CharField("盖章失败原因", max_length=300, blank=True)
    body_signature = models.ForeignKey(
        SigningSession, models.PROTECT, verbose_name="培训评价组织签字", null=True, blank=True, related_name="+"
    )
    center_signature = models.ForeignKey(
        SigningSession, models.PROTECT, verbose_name="考核站点签字", null=True, blank=True, related_name="+"
    )
    number = models.CharField("证书编号", max_length=22, unique=True, null=True, blank=True)
    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    issued_on = models.DateField("发证日期", null=True, blank=True)
    edition = models.PositiveSmallIntegerField("版次", default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["qualification", "plan", "person_index"], condition=~Q(state=CertificateState.REVOKED),
                name="certificate_once", violation_error_message="该考生在此计划中的这一证书已有发证记录。",
            )
        ]
        indexes = [
            models.Index(fields=["awarding_body", "state", "id"], name="certificate_body"),
            models.Index(fields=["institution", "state", "id"], name="certificate_institution"),
            models.Index(fields=["last_six"], name="certificate_last_six"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number or self.candidate_number}"

    @property
    def audit_label(self) -> str:
        return self.number or self.candidate_number

    @classmethod
    def seen_by(cls, actor: Actor) -> Q:
        """The awarding body's own; the institution's from 考核站点待签发 on (R26); the province masked."""
        before = [CertificateState.BODY_PENDING, CertificateState.BODY_REFUSED]
        match actor.kind, actor.organization_kind:
            case "user", "awarding_body":
                return Q(awarding_body=actor.organization_id)
            case "user", "institution":
                return Q(institution=actor.organization_id) & ~Q(state__in=before) & in_scope(actor)
            case "user", "province":
                home = Institution.objects.filter(province=actor.organization_id).values("pk")
                return Q(institution__in=home) & ~Q(state__in=before)
            case "candidate", _:
                return Q(candidate=actor.id, state=CertificateState.RELEASED)
        return NOBODY


class CertificateFile(models.Model):
    """One sealed edition: the newest complete one is 有效, the ones before are 已换发 or 已更正.

    ``face`` is the digest of what stands on the face, so that a re-release says whether anything changed.
    """

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="files")
    edition = models.PositiveSmallIntegerField("版次")
    token = models.CharField(max_length=22, unique=True, default=new_token, editable=False)
    way = models.CharField("发证方式", max_length=12, choices=Way)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    digest = models.CharField("文件摘要", max_length=64, db_index=True)
    face = models.CharField(max_length=64)
    receipt = models.ForeignKey(ChainReceipt, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "edition"], name="certificate_edition_once", violation_error_message="该版次已存在。"
            )
        ]
