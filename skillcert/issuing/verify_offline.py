"""Verify a certificate without the platform: no network, no database, no Django.

    python -m skillcert.issuing.verify_offline certificate.pdf [--trust folder] [--proof file] [--paper]

The trust folder holds what the platform publishes: `root-….pem` (who may seal) and `log-….pem` (who signs the log). By
default it is `trust` beside the PDF or in the current folder. Get it once from a place you trust, not together
with the certificate.

The proof is `<name>.proof.json` beside the PDF. It is a file of its own because the log fixes the hash of the finished,
sealed PDF: it cannot be inside the bytes that it hashes. The platform's download and its verification page
hand out both. Without it the seals are checked and the verdict says that the log was not.

What cannot be known offline is whether a certificate was revoked or replaced after it was made: the verdict says
until when it speaks. Exit code 0: everything that was checked holds; 1: refused; 2: the call was wrong.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

from skillcert.integrations.chain.log import log_keys_in
from skillcert.integrations.chain.proof import ProofVerdict, check_proof
from skillcert.integrations.seal.client import SEAL_FIELD, STAMP_FIELD
from skillcert.integrations.seal.verify import FIELD_LABELS, Verdict, roots_in, verify_pdf

BEIJING = timezone(timedelta(hours=8))
CLOCKS_MAY_DIFFER = timedelta(minutes=10)


@dataclass
class Examination:
    """The verdict on a file and, when there was one, on its proof."""

    seals: Verdict
    proof: ProofVerdict | None
    reasons: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing that was checked speaks against it."""
        return not self.reasons


def examine(pdf: bytes, proof: Any, trust: Path, *, paper: bool = False) -> Examination:
    """Check seals and, unless `proof` is None, the parsed proof file, against a trust folder.

    A certificate on paper carries the 签名章 alone (its 公章 is stamped by hand): a sound proof says which kind it
    is (`way`), without one the caller does.
    """
    log_verdict = None if proof is None else check_proof(proof, pdf, log_keys_in(trust))
    logged = log_verdict.entry if log_verdict is not None and log_verdict.ok else {}
    paper = logged.get("way", "paper" if paper else "electronic") == "paper"
    seals = verify_pdf(
        pdf,
        roots_in(trust),
        expected=(STAMP_FIELD,) if paper else (SEAL_FIELD, STAMP_FIELD),
        organization_code=logged.get("organization"),
    )
    examination = Examination(seals, log_verdict, [*seals.reasons])
    if log_verdict is not None:
        examination.reasons += log_verdict.reasons
        _compare_times(examination)
    return examination


def _compare_times(examination: Examination) -> None:
    """The log fixes the seal's own word about its time: a seal cannot be younger than its entry in the log."""
    logged = examination.proof.time if examination.proof else None
    for signer in examination.seals.signers:
        if logged and signer.signed_at and signer.signed_at > logged + CLOCKS_MAY_DIFFER:
            examination.reasons.append("签章时间晚于存证时间，二者矛盾")
            return


def describe(name: str, pdf: bytes, examination: Examination) -> list[str]:
    """The verdict in Chinese, line by line."""
    lines = [f"结论：{_conclusion(examination)}", f"文件：{name}（SHA-256 {sha256(pdf).hexdigest()}）"]
    lines += [f"原因：{reason}" for reason in examination.reasons]
    for signer in examination.seals.signers:
        label = FIELD_LABELS.get(signer.field, signer.field)
        who = f"{signer.organization_name}（{signer.organization_code}）"
        # A refused file says whatever its maker likes, and so does its signer's name.
        lines.append(
            f"{label}：{who}，{_time(signer.signed_at)}{'' if examination.seals.ok else '（自称，未通过核验）'}"
        )
    proof = examination.proof
    if proof is None:
        lines.append("存证：未提供存证证明（同名的 .proof.json），未核对")
    elif proof.ok:
        lines.append(f"证书编号：{proof.entry.get('number', '未记载')}（请与证书上的编号核对）")
        lines.append(f"存证：单节点存证日志，区块高度 {proof.height}，存证时间 {_time(proof.time)}")
        lines.append(f"块哈希：{proof.block_hash}")
        lines.append(f"交易哈希：{proof.leaf}")
        lines += [f"说明：{note}" for note in proof.notes]
    if examination.ok:
        until = (
            proof.time if proof else max(signer.signed_at for signer in examination.seals.signers if signer.signed_at)
        )
        lines.append(
            f"注意：离线核验只说明截至 {_time(until)} 的情况，此后是否换发、更正或撤销，请在平台的证书核验页查询"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m skillcert.issuing.verify_offline", description="离线核验证书 PDF")
    parser.add_argument("pdf", type=Path, help="证书 PDF 文件")
    parser.add_argument("--trust", type=Path, help="信任目录：平台公布的 root-*.pem 与 log-*.pem")
    parser.add_argument("--proof", type=Path, help="存证证明文件，默认取同名的 .proof.json")
    parser.add_argument("--paper", action="store_true", help="纸质证书的文件：只有签名章，公章盖在纸上")
    options = parser.parse_args(arguments)
    trust = options.trust or next(
        (place for place in (options.pdf.parent / "trust", Path("trust")) if place.is_dir()), None
    )
    if trust is None or not roots_in(trust):
        parser.error("没有找到平台的根证书（root-*.pem），请用 --trust 指定信任目录")
    try:
        pdf = options.pdf.read_bytes()
        proof = _read_proof(options.proof, options.pdf)
    except OSError as error:
        parser.error(f"无法读取 {error.filename}：{error.strerror}")
    examination = examine(pdf, proof, trust, paper=options.paper)
    print("\n".join(describe(options.pdf.name, pdf, examination)))
    return 0 if examination.ok else 1


def _read_proof(named: Path | None, pdf: Path) -> Any:
    """The parsed proof; None when there is none. What is no JSON is given on as text, which no check accepts."""
    place = named or pdf.with_name(f"{pdf.stem}.proof.json")
    if named is None and not place.exists():
        return None
    content = place.read_bytes()
    try:
        proof = json.loads(content)
    except (ValueError, RecursionError):
        proof = None
    return "" if proof is None else proof


def _conclusion(examination: Examination) -> str:
    if not examination.ok:
        return "不可信"
    return "有效：签章完好，且已存证" if examination.proof else "签章完好"


def _time(at: datetime | None) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}" if at else "时间不明"


if __name__ == "__main__":
    sys.exit(main())
