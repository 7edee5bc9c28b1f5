"""Is this certificate real, and does it stand? One answer, by whatever way it was asked (domain 2.9, 4.0)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils.timezone import localtime

from skillcert.integrations.chain.log import log_keys_in
from skillcert.integrations.chain.proof import ProofVerdict, check_proof
from skillcert.integrations.seal.client import SEAL_FIELD, STAMP_FIELD
from skillcert.integrations.seal.verify import Verdict, roots_in, verify_pdf
from skillcert.issuing.models import CertificateFile, Way
from skillcert.issuing.numbering import is_number
from skillcert.issuing.states import CertificateState
from skillcert.kit import blocks
from skillcert.kit.pages.screen import Event

Status = Literal["valid", "superseded", "corrected", "revoked", "forged", "unknown"]
JOINED = (
    "certificate__qualification", "certificate__awarding_body", "certificate__photo", "file", "receipt__block",
)  # fmt: skip
SEALS = {Way.ELECTRONIC: (SEAL_FIELD, STAMP_FIELD), Way.PAPER: (STAMP_FIELD,)}


@dataclass
class Answer:
    """``status`` names the page; ``file`` is the edition asked for, ``newest`` the one that stands."""

    status: Status
    sentence: str = ""
    file: CertificateFile | None = None
    newest: CertificateFile | None = None
    points: list[Event] = field(default_factory=list)


def trust_folder() -> Path:
    return Path(settings.DATA) / "trust"


def by_token(token: str) -> Answer:
    """What a QR code leads to. An unknown token was not made here."""
    file = CertificateFile.objects.select_related(*JOINED).filter(token=token).first()
    if file is None:
        return Answer("forged", "二维码不是本平台签发的：平台没有这个核验码")
    return judge(file)


def by_number(number: str, name: str) -> Answer:
    """Number and name together; either wrong gives the same answer, except for a number that cannot exist."""
    number, name = "".join(number.split()), "".join(name.split())
    if not is_number(number):
        return Answer("unknown", "编号应为 22 位数字且末位校验位相符，请对照证书逐位核对")
    files = CertificateFile.objects.select_related(*JOINED).filter(certificate__number=number)
    file = files.order_by("-edition").first()
    if file is None or "".join(file.certificate.name.split()) != name:
        return Answer("unknown", "没有编号和姓名都相符的证书，请对照证书逐位核对")
    return judge(file)


def by_file(data: bytes) -> Answer:
    """A PDF: its digest against the register, its seals, its place in the log. A changed byte is told as such."""
    file = CertificateFile.objects.select_related(*JOINED).filter(digest=sha256(data).hexdigest()).first()
    roots = roots_in(trust_folder())
    if file is not None:
        code = file.certificate.awarding_body.org_code
        return judge(file, verify_pdf(data, roots, expected=SEALS[Way(file.way)], organization_code=code))
    seals = verify_pdf(data, roots)
    if not seals.ok and len(seals.signers) == 1:
        seals = verify_pdf(data, roots, expected=SEALS[Way.PAPER])
    reasons = seals.reasons or ["签章有效，但平台没有登记过这份文件"]
    answer = Answer("forged", "文件与平台登记的任何一份证书都不一致")
    answer.points = [Event(reason, "", look="bad", icon="rubber-stamp-off") for reason in reasons]
    answer.points.append(Event("平台没有登记这份文件的摘要", "", look="bad", icon="database-off"))
    answer.points.append(Event("请向持证人索取原始文件，或用证书编号核验", "", look="idle", icon="keyboard"))
    return answer


# --- what a known edition is worth -------------------------------------------------------------------
def judge(file: CertificateFile, seals: Verdict | None = None) -> Answer:
    """Recompute everything that the platform holds about this edition, then say how it stands."""
    stored = file.file.read()
    proof = proof_of(file)
    seals = seals or verify_pdf(stored, roots_in(trust_folder()), expected=SEALS[Way(file.way)])
    logged = check_proof(proof, stored, log_keys_in(trust_folder())) if proof else None
    broken = [*seals.reasons, *(logged.reasons if logged else [])]
    if sha256(stored).hexdigest() != file.digest or broken:
        answer = Answer("forged", "平台核对这份证书时发现不一致，请勿采信，并请联系平台")
        answer.points = [Event(reason, "", look="bad", icon="alert-octagon") for reason in broken or ["文件摘要与登记不一致"]]
        return answer
    newest = CertificateFile.objects.select_related(*JOINED).filter(certificate=file.certificate_id).order_by("-edition")[0]
    status = status_of(file, newest)
    return Answer(status, sentence_of(status, file, newest), file, newest, points_of(status, file, newest, seals, logged))


def status_of(file: CertificateFile, newest: CertificateFile) -> Status:
    """R50 and domain 4.0: the newest complete edition stands, also while the next one is being made."""
    if file.certificate.state == CertificateState.REVOKED:
        return "revoked"
    if file.pk == newest.pk:
        return "valid"
    return "superseded" if file.face == newest.face else "corrected"


def sentence_of(status: Status, file: CertificateFile, newest: CertificateFile) -> str:
    old_new = f"您核验的是第 {file.edition} 版，已由第 {newest.edition} 版取代"
    return {
        "valid": "平台登记、电子签章与存证记录三项一致", "superseded": f"{old_new}，内容没有变化", "corrected": old_new,
        "revoked": "此证书不再有效",
    }[status]  # fmt: skip


def points_of(
    status: Status, file: CertificateFile, newest: CertificateFile, seals: Verdict, logged: ProofVerdict | None
) -> list[Event]:
    standing = status == "valid"
    points = [
        Event(
            f"第 {newest.edition} 版现行有效" if status != "revoked" else "平台登记为已撤销", "",
            reason=f"发证日期 {file.certificate.issued_on}", look="ok" if status != "revoked" else "bad", icon="database",
        )
    ]  # fmt: skip
    if not standing and status != "revoked":
        reason = f"{localtime(file.created_at):%Y-%m-%d} 至 {localtime(newest.created_at):%Y-%m-%d}"
        points.append(Event(f"第 {file.edition} 版已停用", "", reason=reason, look="idle", icon="file-off"))
    names = "公章、签名章" if file.way == Way.ELECTRONIC else "签名章（纸质证书的公章手工加盖）"
    points.append(Event("电子签章有效", "", reason=f"{names}，{seals.signers[0].organization_name}", look="ok", icon="rubber-stamp"))
    if logged is None:
        points.append(Event("正在写入存证日志", "", reason="通常不超过几秒，请稍后刷新", look="wait", icon="clock"))
    else:
        proof = f"/v/{file.token}/proof.json"
        points.append(Event("存证摘要一致", "", reason=f"单节点存证日志，区块高度 {logged.height:,}", look="ok", icon="link"))
        points.append(Event("存证证明可离线核对", "", reason="与 PDF 一起保存", look="idle", icon="file-download", url=proof))
    return points


def proof_of(file: CertificateFile) -> dict[str, Any] | None:
    """The proof file of an edition; None while it waits for its block."""
    return next((proof for _, proof in blocks.proofs_of([file.receipt])), None) if file.receipt else None


def proof_bytes(file: CertificateFile) -> bytes:
    return json.dumps(proof_of(file), ensure_ascii=False, indent=1).encode()
