"""Is this PDF sealed by whom it says, and untouched since? Needs the platform's root certificates and nothing else.

A file passes when it carries exactly the expected signatures, each intact, each from a certificate under one
of the given roots, all of one organization, and when the last of them covers the whole file: whatever is appended
afterwards, harmless or not, is refused, because a finished certificate has no reason to change.

A certificate is judged at the time of sealing that the signature reports, so that papers outlive the ten years of a
key. That time is the signer's own word; what fixes it from outside is the log (see the proof file).
"""

import io
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import cms, pem
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from skillcert.integrations.seal.client import SEAL_FIELD, STAMP_FIELD
from skillcert.integrations.seal.threads import run_in_own_thread

logger = logging.getLogger(__name__)

MOST_BYTES = 20 * 1024 * 1024
FIELD_LABELS = {SEAL_FIELD: "公章", STAMP_FIELD: "签名章"}


@dataclass(frozen=True)
class Signer:
    """One signature: which field, who by the certificate, when by its own word."""

    field: str
    organization_code: str
    organization_name: str
    signed_at: datetime | None
    reason: str


@dataclass
class Verdict:
    """`ok` and, when not, the reasons in Chinese, the gravest first."""

    ok: bool = False
    reasons: list[str] = field(default_factory=list)
    signers: list[Signer] = field(default_factory=list)
    covers_whole_file: bool = False
    modified: bool = False

    def refuse(self, reason: str) -> None:
        """Add a reason once."""
        if reason not in self.reasons:
            self.reasons.append(reason)


def roots_in(folder: Path) -> list[asn1_x509.Certificate]:
    """The root certificates of a trust folder (root-*.pem)."""
    return [_certificate(file.read_bytes()) for file in sorted(folder.glob("root-*.pem"))]


def verify_pdf(
    data: bytes,
    trust_roots: Iterable[asn1_x509.Certificate | bytes],
    *,
    expected: Sequence[str] = (SEAL_FIELD, STAMP_FIELD),
    organization_code: str | None = None,
) -> Verdict:
    """Check a sealed PDF against root certificates (PEM, DER or parsed); about 30 ms.

    `expected` names the signatures that must be there, no more and no fewer; `organization_code`, when the caller knows
    it, must be that of every signer.
    """
    verdict = Verdict()
    if len(data) > MOST_BYTES:
        verdict.refuse("文件超过 20M，不是本平台出具的证书文件")
        return verdict
    roots = [_certificate(root) if isinstance(root, bytes) else root for root in trust_roots]
    try:
        _verify(data, roots, expected, verdict)
    except Exception:
        # The file comes from a stranger: whatever the parser stumbles over, the answer is the same. The log keeps what
        # it was, or a fault of our own would look like a forgery for ever.
        logger.info("a PDF could not be examined", exc_info=True)
        verdict.refuse("文件不是完整的 PDF，或结构已损坏，无法核验电子签章")
    codes = {signer.organization_code for signer in verdict.signers}
    if len(codes) > 1:
        verdict.refuse("文件上的签章不属于同一个机构")
    if organization_code is not None and verdict.signers and codes != {organization_code}:
        verdict.refuse("签章机构与证书的颁证机构不一致")
    verdict.ok = not verdict.reasons
    return verdict


def _verify(data: bytes, roots: Sequence[asn1_x509.Certificate], expected: Sequence[str], verdict: Verdict) -> None:
    if not data.startswith(b"%PDF-"):
        verdict.refuse("文件不是 PDF，或开头被添加了内容")
        return
    reader = PdfFileReader(io.BytesIO(data))
    signatures = list(reader.embedded_signatures)
    if not signatures:
        verdict.refuse("文件没有电子签章（印章图样不是签章），不是本平台出具的证书文件")
        return
    all_fields = [name for name, _, _ in enumerate_sig_fields(reader)]
    signed = [signature.field_name for signature in signatures]
    if sorted(signed) != sorted(expected) or sorted(all_fields) != sorted(expected):
        verdict.refuse(f"签章数量或名称不符：应有{_labels(expected)}，实有{_labels(signed)}")
    for number, signature in enumerate(signatures):
        _verify_signature(signature, roots, verdict, last=number == len(signatures) - 1)
        if not _is_written_as_sealed(data, signature):
            verdict.modified = True
            verdict.refuse("签章数据本身被改动")


def _verify_signature(
    signature: EmbeddedPdfSignature, roots: Sequence[asn1_x509.Certificate], verdict: Verdict, *, last: bool
) -> None:
    label = FIELD_LABELS.get(signature.field_name, signature.field_name)
    signed_at = signature.self_reported_timestamp
    verdict.signers.append(_signer(signature, signed_at))
    now = datetime.now(UTC)
    if signed_at is None or signed_at.tzinfo is None or signed_at > now + timedelta(minutes=10):
        verdict.refuse(f"{label}没有可信的签章时间")
        signed_at = now
    status = run_in_own_thread(
        async_validate_pdf_signature(
            signature,
            ValidationContext(trust_roots=list(roots), moment=signed_at, allow_fetching=False),
        )
    )
    if not status.intact or not status.valid:
        verdict.modified = True
        verdict.refuse(f"{label}校验不通过：签章后文件内容被改动")
    elif not status.trusted:
        verdict.refuse(f"{label}的签章证书不是由本平台签发")
    if not _unchanged_after(status, last=last):
        verdict.modified = True
        verdict.refuse("签章后文件被追加或修改了内容")
    if last:
        verdict.covers_whole_file = status.coverage == SignatureCoverageLevel.ENTIRE_FILE


def _is_written_as_sealed(data: bytes, signature: EmbeddedPdfSignature) -> bool:
    """A signature cannot cover itself, and not all of its own structure is signed: so it must stand there exactly as
    our sealer writes it, its hex digits and then zeros."""
    content = signature.pkcs7_content
    _, begin, end, _ = signature.byte_range
    written = _as_sealed(content)
    return data[begin:end] == b"<%s>" % content.hex().upper().encode() and content == written.ljust(len(content), b"\0")


def _as_sealed(content: bytes) -> bytes:
    """The signature's container made anew from its signed parts."""
    signed = cms.ContentInfo.load(content)["content"]
    signer = signed["signer_infos"][0]
    parts = {
        "version": "v1",
        "sid": signer["sid"],
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": signer["signed_attrs"],
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": signer["signature"],
    }
    container = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": signed["certificates"],
        "signer_infos": [parts],
    }
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(container)}).dump()
    return made


def _unchanged_after(status: PdfSignatureStatus, *, last: bool) -> bool:
    """The last signature covers the file to its end; after an earlier one only prepared fields were signed."""
    if last:
        return status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return (
        status.coverage == SignatureCoverageLevel.ENTIRE_REVISION
        and bool(status.docmdp_ok)
        and status.modification_level in (ModificationLevel.NONE, ModificationLevel.FORM_FILLING)
    )


def _signer(signature: EmbeddedPdfSignature, signed_at: datetime | None) -> Signer:
    subject = signature.signer_cert.subject.native
    return Signer(
        field=signature.field_name,
        organization_code=str(subject.get("organization_identifier", "")),
        organization_name=str(subject.get("common_name", "")),
        signed_at=signed_at,
        reason=str(signature.sig_object.get("/Reason", "")),
    )


def _labels(names: Sequence[str]) -> str:
    return "、".join(FIELD_LABELS.get(name, name) for name in names) or "无"


def _certificate(data: bytes) -> asn1_x509.Certificate:
    if pem.detect(data):
        _, _, data = pem.unarmor(data)
    return asn1_x509.Certificate.load(data)
