"""Seals by pyHanko: PAdES-B-B with P-256, one certifying signature and then the others.

All signature fields are made before the first signature: a field added to a certified document is an illegal
change. The first signature certifies with FILL_FORMS, which lets the prepared fields be signed and nothing
else be changed. Room for the signature is reserved, or pyHanko would sign twice to measure it; the key is parsed once.
"""

import io
import logging
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.content import ImportedPdfPage
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields as pdf_fields
from pyhanko.sign import signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from skillcert.integrations.seal.authority import Authority, SealKey
from skillcert.integrations.seal.client import OrganizationIdentity, SealField, SealUnavailable
from skillcert.integrations.seal.threads import run_in_own_thread

SIGNATURE_BYTES = 8192  # reserved in the file; a P-256 signature with two certificates takes under 2,500
SPREAD = SimpleBoxLayoutRule(
    AxisAlignment.ALIGN_MID,
    AxisAlignment.ALIGN_MID,
    Margins(0, 0, 0, 0),
    inner_content_scaling=InnerScaling.STRETCH_TO_FIT,
)

# It warns of a ten-thousandth of a point whenever a drawing fills its box, which ours always does.
logging.getLogger("pyhanko.pdf_utils.layout").setLevel(logging.ERROR)


class EmbeddedSealer:
    """Seals with the platform's own authority."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self._appearances = Appearances()
        self._signers: dict[int, CachedSigner] = {}

    def seal(
        self,
        pdf: bytes,
        *,
        organization: OrganizationIdentity,
        fields: Sequence[SealField],
        at: datetime | None = None,
    ) -> bytes:
        """All fields made, then one signature each in this order. About 20 ms a seal."""
        if not fields:
            raise SealUnavailable("没有指定签章位置，请平台运维检查证书模板")
        signer = self._signer(self.authority.leaf(organization))
        at = at or datetime.now(UTC)
        try:
            for number, field in enumerate(fields):
                writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
                if number == 0:
                    _make_fields(writer, fields)
                pdf = self._sign(writer, signer, organization, field, at, certify=number == 0)
        except (PdfError, SigningError, OSError) as error:
            raise SealUnavailable(f"签章失败（{error}），请重新发放；仍失败请联系平台运维") from error
        return pdf

    def _signer(self, seal_key: SealKey) -> "CachedSigner":
        serial = seal_key.certificate.serial_number
        if serial not in self._signers:
            self._signers[serial] = CachedSigner(seal_key)
        return self._signers[serial]

    def _sign(
        self,
        writer: IncrementalPdfFileWriter,
        signer: "CachedSigner",
        organization: OrganizationIdentity,
        field: SealField,
        at: datetime,
        *,
        certify: bool,
    ) -> bytes:
        meta = signers.PdfSignatureMetadata(
            field_name=field.name,
            md_algorithm="sha256",
            subfilter=pdf_fields.SigSeedSubFilter.PADES,
            name=organization.name,
            reason=field.reason,
            certify=certify,
            docmdp_permissions=pdf_fields.MDPPerm.FILL_FORMS,
        )
        pdf_signer = signers.PdfSigner(meta, signer, stamp_style=self._appearances.style(field.appearance))
        # These are the steps of PdfSigner.sign_pdf, which cannot be told the time.
        session = pdf_signer.init_signing_session(writer, existing_fields_only=True)
        session.system_time = at
        document = session.prepare_tbs_document(validation_info=None, bytes_reserved=SIGNATURE_BYTES)
        digest, output = document.digest_tbs_document()
        run_in_own_thread(document.perform_signature(digest.document_digest, PdfCMSSignedAttributes(signing_time=at)))
        output.seek(0)
        signed: bytes = output.read()
        return signed


class CachedSigner(signers.SimpleSigner):
    """A signer that keeps the parsed key; pyHanko's own parses it again for each signature."""

    def __init__(self, seal_key: SealKey) -> None:
        store = SimpleCertificateStore()
        store.register(_asn1(seal_key.root))
        der = seal_key.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        super().__init__(
            signing_cert=_asn1(seal_key.certificate),
            signing_key=asn1_keys.PrivateKeyInfo.load(der),
            cert_registry=store,
            # The root comes from the verifier's own folder: a copy inside would be bytes that nothing covers.
            embed_roots=False,
        )
        self._key = seal_key.key

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        """ECDSA with SHA-256, the only digest that this sealer uses."""
        if digest_algorithm != "sha256":
            raise SigningError(f"digest {digest_algorithm} is not used here")
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


class Appearances:
    """What a seal looks like: drawings arrive as bytes, pyHanko reads vector ones from a file."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="seal-")

    def style(self, drawing: bytes | None) -> StaticStampStyle | None:
        """The style of a one-page PDF or a PNG, stretched over the field's box; None for an unseen signature."""
        if drawing is None:
            return None
        background: Any
        if drawing.startswith(b"%PDF"):
            file = Path(self._folder.name) / f"{sha256(drawing).hexdigest()}.pdf"
            if not file.exists():
                file.write_bytes(drawing)
            background = ImportedPdfPage(str(file))
        elif drawing.startswith(b"\x89PNG"):
            from PIL import Image

            background = PdfImage(Image.open(io.BytesIO(drawing)))
        else:
            raise SealUnavailable("印章图样既不是 PDF 也不是 PNG，请培训评价组织重新上传印章")
        return StaticStampStyle(background=background, background_opacity=1.0, border_width=0, background_layout=SPREAD)


def _make_fields(writer: IncrementalPdfFileWriter, fields: Sequence[SealField]) -> None:
    for field in fields:
        box = cast(tuple[int, int, int, int], field.box)  # declared so by pyHanko, which writes any number
        pdf_fields.append_signature_field(writer, pdf_fields.SigFieldSpec(field.name, on_page=field.page, box=box))


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
