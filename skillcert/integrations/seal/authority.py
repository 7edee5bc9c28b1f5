"""The platform's own certificate authority: a root, and a P-256 key per organization.

Private keys lie under DATA/keys/seal, each encrypted with the sealer's passphrase; certificates, which are public,
under DATA/trust: `root-….pem` at its top is all that a verifier needs. Every file name begins with its
time, so the newest key is the one in use. Rotation makes a new key and leaves the old certificates where they
are: what was sealed with them still verifies.

A stolen database and media alone cannot seal: the keys are elsewhere and useless without the passphrase.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from skillcert.integrations.keyfiles import keep_once
from skillcert.integrations.seal.client import OrganizationIdentity, SealUnavailable

ROOT_YEARS, LEAF_YEARS = 20, 10
MARGIN = timedelta(minutes=5)  # certificates begin a little earlier, for clocks that go behind


@dataclass(frozen=True)
class SealKey:
    """A private key in memory with its certificate and that of the root."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    root: x509.Certificate


class Authority:
    """Opens or makes keys. Held by the sealer process alone; keys are parsed once and kept in memory."""

    def __init__(self, data: Path, passphrase: bytes) -> None:
        if not passphrase:
            raise SealUnavailable("签章密钥的口令为空，请平台运维检查签章进程的环境")
        self.keys = data / "keys" / "seal"
        self.trust = data / "trust"
        self._passphrase = passphrase
        self._leaves: dict[tuple[str, str], SealKey] = {}

    def leaf(self, organization: OrganizationIdentity) -> SealKey:
        """The key in use of an organization; the first time, and after a change of its name, a new one."""
        known = (organization.code, organization.name)
        if known not in self._leaves:
            folder = _folder_name(organization.code)
            found = self._newest(folder)
            if found is None or _common_name(found[1]) != organization.name:
                found = self._make_leaf(organization)
            self._leaves[known] = SealKey(*found, root=self._issuer_of(found[1]))
        return self._leaves[known]

    def rotate(self, organization: OrganizationIdentity) -> SealKey:
        """A new key for an organization; the old certificate stays in the trust folder."""
        made = self._make_leaf(organization)
        self._leaves[organization.code, organization.name] = SealKey(*made, root=self._issuer_of(made[1]))
        return self._leaves[organization.code, organization.name]

    def rotate_root(self) -> x509.Certificate:
        """A new root for the keys to come; what was sealed under the old one still verifies."""
        return self._make_root()[1]

    def root(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """The root in use, made at the first call."""
        return self._newest("root") or self._make_root()

    def _make_root(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "职业技能等级证书信息管理服务平台"),
                x509.NameAttribute(NameOID.COMMON_NAME, "平台电子签章根证书"),
            ]
        )
        builder = _builder(name, name, key.public_key(), ROOT_YEARS)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(sign_certificates=True), critical=True)
        certificate = builder.sign(key, hashes.SHA256())
        self._keep("root", key, certificate)
        keep_once(self.trust / f"root-{_fingerprint(certificate)}.pem", _pem(certificate), mode=0o644)
        return key, certificate

    def _make_leaf(self, organization: OrganizationIdentity) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        root_key, root = self.root()
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization.name[:64]),
                x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, organization.code),
                x509.NameAttribute(NameOID.COMMON_NAME, organization.name[:64]),
            ]
        )
        builder = _builder(subject, root.subject, key.public_key(), LEAF_YEARS)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign_certificates=False), critical=True)
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        certificate = builder.sign(root_key, hashes.SHA256())
        self._keep(_folder_name(organization.code), key, certificate)
        return key, certificate

    def _keep(self, folder: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        """Certificate first: a key without its certificate would never be found again."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{_fingerprint(certificate)}"
        keep_once(self.trust / "certificates" / folder / f"{name}.pem", _pem(certificate), mode=0o644)
        encrypted = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self._passphrase),
        )
        keep_once(self.keys / folder / f"{name}.key", encrypted)

    def _newest(self, folder: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate] | None:
        kept = sorted((self.keys / folder).glob("*.key"))
        if not kept:
            return None
        try:
            key = serialization.load_pem_private_key(kept[-1].read_bytes(), self._passphrase)
            pem = (self.trust / "certificates" / folder / f"{kept[-1].stem}.pem").read_bytes()
        except (ValueError, TypeError) as error:
            raise SealUnavailable("签章密钥无法用当前口令打开，请平台运维核对签章进程的口令") from error
        except OSError as error:
            raise SealUnavailable(f"签章证书缺失（{kept[-1].stem}），请平台运维从备份恢复 trust 目录") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SealUnavailable("签章密钥不是 P-256，请平台运维核对密钥目录")
        return key, x509.load_pem_x509_certificate(pem)

    def _issuer_of(self, certificate: x509.Certificate) -> x509.Certificate:
        """The root that signed a certificate, which after a rotation need not be the newest."""
        for pem in sorted(self.trust.glob("root-*.pem")):
            root = x509.load_pem_x509_certificate(pem.read_bytes())
            try:
                certificate.verify_directly_issued_by(root)
            except Exception:  # noqa: S112 (of several roots only one fits; cryptography raises three different kinds)
                continue
            return root
        raise SealUnavailable("签章证书的根证书不在 trust 目录，请平台运维从备份恢复")


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, years: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - MARGIN)
        .not_valid_after(now + timedelta(days=366 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=not sign_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _folder_name(code: str) -> str:
    """A folder per organization; a code that is more than letters and digits goes by its hash."""
    plain = code.isascii() and code.isalnum() and len(code) <= 32 and code.lower() != "root"
    return code if plain else sha256(code.encode()).hexdigest()[:32]


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()[:16]


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
