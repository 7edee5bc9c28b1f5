"""Chapter 4.2: from 待签发 to a sealed, anchored certificate (R25-R50)."""

from django.db import models
from django.db.models import Q

from skillcert.candidates.states import CandidateState
from skillcert.kit.states import Guard, Machine, Move


class CertificateState(models.TextChoices):
    BODY_PENDING = "body_pending", "培训评价组织待签发"
    BODY_REFUSED = "body_refused", "培训评价组织拒绝签发"
    CENTER_PENDING = "center_pending", "考核站点待签发"
    CENTER_REFUSED = "center_refused", "考核站点拒绝签发"
    TO_RELEASE = "to_release", "证书待发放"
    GENERATING = "generating", "证书生成中"
    SEAL_FAILED = "seal_failed", "盖章失败"
    RELEASED = "released", "完成发放"
    REVOKED = "revoked", "已撤销"


S = CertificateState

info_accurate = Guard(Q(candidate__state=CandidateState.ACCURATE), "考生信息尚未认定为准确，请院校完成认证后再签发")

ISSUE = Machine(
    S,
    name="certificate",
    look={
        S.BODY_PENDING: "wait", S.BODY_REFUSED: "bad", S.CENTER_PENDING: "wait", S.CENTER_REFUSED: "bad",
        S.TO_RELEASE: "wait", S.GENERATING: "run", S.SEAL_FAILED: "bad", S.RELEASED: "ok", S.REVOKED: "bad",
    },
    hints={
        S.BODY_PENDING: "等待培训评价组织签发人扫码签字", S.CENTER_PENDING: "等待试点院校签发人扫码签字",
        S.BODY_REFUSED: "培训评价组织处理后可重新签发", S.CENTER_REFUSED: "试点院校处理后可重新签发",
        S.TO_RELEASE: "等待培训评价组织发放", S.GENERATING: "系统正在盖章并上链", S.SEAL_FAILED: "培训评价组织可重新发放",
    },
    moves=[
        Move("body_sign", "确认签发", (S.BODY_PENDING,), S.CENTER_PENDING, by="issuing.sign_body", needs="signature",
             guards=[info_accurate]),
        Move("body_refuse", "拒绝签发", (S.BODY_PENDING,), S.BODY_REFUSED, by="issuing.sign_body", needs="reason"),
        Move("body_resign", "重新签发", (S.BODY_REFUSED,), S.CENTER_PENDING, by="issuing.sign_body", needs="signature",
             guards=[info_accurate]),
        Move("center_sign", "确认签发", (S.CENTER_PENDING,), S.TO_RELEASE, by="issuing.sign_center", needs="signature",
             guards=[info_accurate]),
        Move("center_refuse", "拒绝签发", (S.CENTER_PENDING,), S.CENTER_REFUSED, by="issuing.sign_center", needs="reason"),
        Move("center_resign", "重新签发", (S.CENTER_REFUSED,), S.TO_RELEASE, by="issuing.sign_center", needs="signature",
             guards=[info_accurate]),
        Move("release", "发放", (S.TO_RELEASE,), S.GENERATING, by="issuing.release"),
        Move("sealed", "盖章成功", (S.GENERATING,), S.RELEASED, by="issuing.seal"),
        Move("seal_failed", "盖章失败", (S.GENERATING,), S.SEAL_FAILED, by="issuing.seal", needs="reason"),
        Move("re_release", "重新发放", (S.SEAL_FAILED, S.RELEASED), S.TO_RELEASE, by="issuing.release"),
    ],
)
