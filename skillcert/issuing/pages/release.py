"""4.2.5 to 4.2.7: 发放, 重新发放, and the files (R43-R50)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from skillcert.kit import blocks
from skillcert.kit.gate import Outcome
from skillcert.kit.ledger import ChainReceipt
from skillcert.kit.pages import Dialog, Download, KitForm, Made
from skillcert.kit.pages.screen import Fact, Note
from skillcert.kit.sheets.writer import write_rows
from skillcert.kit.states import Guard

from .. import rules
from ..models import Certificate, CertificateFile, Way
from ..states import ISSUE

TO_RELEASE, RELEASED, SEAL_FAILED = "issuing.ToRelease", "issuing.Released", "issuing.SealFailed"
READ_ME = """核验方法（任选其一）：
1. 扫描证书上的二维码，或打开平台的“证书核验”页，输入证书编号与姓名。
2. 在“证书核验”页上传 PDF，平台核对电子签章、文件摘要与存证。
3. 离线：python -m skillcert.issuing.verify_offline 证书.pdf --proof 证书编号.proof.json --trust 信任目录
   信任目录可在“证书核验”页下载。PDF 改动任何一个字节都会被指出。
"""


class WayForm(KitForm):
    way = forms.ChoiceField(label="发证方式", choices=Way.choices, initial=Way.ELECTRONIC, widget=forms.RadioSelect)


class Release(Dialog):
    """R44, R46: choose the way; the state becomes 证书生成中."""

    manual, url, move, back = "4.2.5", "issuing/release/", ISSUE["release"], TO_RELEASE
    title = label = "发放"
    model, form, unit = Certificate, WayForm, "张"

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.release(actor=self.actor, now=self.now, rows=rows, way=data.get("way") or self.way)

    way: str = ""

    def facts(self, row: Certificate) -> list[Fact]:
        return [Fact("证书", str(row.qualification)), Fact("所属院校", row.institution.name)]

    def warning(self) -> Note:
        text = {
            Way.ELECTRONIC: "电子证书加盖公章与签名章。", Way.PAPER: "纸质证书只加盖签名章，公章由贵单位在纸上加盖。",
        }.get(self.way, "电子证书加盖公章与签名章；纸质证书只加盖签名章，公章由贵单位在纸上加盖。")  # type: ignore[call-overload]
        return Note(f"确认后状态变为“证书生成中”，平台自动编号、盖章并上链。{text}", "wait")

    def done(self, count: int) -> str:
        return "已发放，证书生成中。" if self.one is not None else f"已发放 {count:,} 张，证书生成中。"


class ReleasePaper(Release):
    manual, url, move, back = "4.2.5", "issuing/release/paper/", ISSUE["release"], TO_RELEASE
    title, label, form, way = "批量发放纸质证书", "发放纸质证书", None, Way.PAPER


class ReleaseElectronic(Release):
    manual, url, move, back = "4.2.5", "issuing/release/electronic/", ISSUE["release"], TO_RELEASE
    title, label, form, way = "批量发放电子证书", "发放电子证书", None, Way.ELECTRONIC


class ReRelease(Dialog):
    """R48, R50: the prompt says where the certificate goes."""

    manual, url, move, back = "4.2.6", "issuing/re-release/", ISSUE["re_release"], SEAL_FAILED
    title = label = "重新发放"
    model, unit = Certificate, "张"

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.re_release(actor=self.actor, now=self.now, rows=rows)

    def facts(self, row: Certificate) -> list[Fact]:
        facts = [Fact("证书", str(row.qualification)), Fact("证书编号", row.number or "")]
        return [*facts, Fact("盖章失败原因", row.failure)] if row.failure else facts

    def warning(self) -> Note:
        text = "确认后证书进入“证书待发放”状态，需再次发放后才会重新盖章。编号与发证日期不变，原文件在新文件完成前仍然有效。"
        return Note(text, "wait")

    def done(self, count: int) -> str:
        return "证书已进入待发放状态。" if self.one is not None else f"{count:,} 张证书已进入待发放状态。"


def has_file(way: str) -> Guard:
    made = CertificateFile.objects.filter(certificate=OuterRef("pk"), way=way)
    return Guard(Q(Exists(made)), f"还没有生成{Way(way).label}文件")


class DownloadCertificates(Download):
    """R50: one as its PDF; several as a ZIP with an index, each with the proof that stands alone."""

    manual, url, permission, back = "4.2.7", "issuing/download/", "personal.reveal", RELEASED
    title = label = "下载电子证书"
    model, unit, in_request, way = Certificate, "张", 60, Way.ELECTRONIC
    guards = [has_file(Way.ELECTRONIC)]

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        if "pk" in self.where:
            file = newest(rows.values_list("pk", flat=True), self.way)[0]
            summary = {"number": file.certificate.number, "edition": file.edition}
            return Made(pdf_name(file), "application/pdf", file.file.read(), summary)
        out, count = io.BytesIO(), 0
        index: list[list[str]] = []
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            keys = list(rows.order_by("pk").values_list("pk", flat=True))
            for start in range(0, len(keys), 50):
                files = newest(keys[start : start + 50], self.way)
                self._add(archive, files, index)
                count += len(files)
                self.progress(count)
            book = io.BytesIO()
            write_rows(book, "index", ["证书编号", "姓名", "证书名称", "证书等级", "所属院校", "发证日期", "文件名"], iter(index))
            archive.writestr("index.xlsx", book.getvalue())
            archive.writestr("核验方法.txt", READ_ME)
        return Made(f"{self.label.removeprefix('下载')}-{self.now:%Y%m%d-%H%M}.zip", "application/zip", out.getvalue(), {"rows": count})

    def _add(self, archive: zipfile.ZipFile, files: list[CertificateFile], index: list[list[str]]) -> None:
        proofs = proofs_by_receipt(files)
        for file in files:
            certificate, name = file.certificate, pdf_name(file)
            archive.writestr(name, file.file.read())
            if proof := proofs.get(file.receipt_id):
                archive.writestr(proof_name(file), json.dumps(proof, ensure_ascii=False, indent=1))
            index.append([
                certificate.number or "", certificate.name, certificate.qualification.name,
                certificate.qualification.get_grade_display(), certificate.institution.name, str(certificate.issued_on), name,
            ])  # fmt: skip


class DownloadPrint(DownloadCertificates):
    """The sheet that the awarding body prints on paper and stamps with its 公章 by hand."""

    manual, url, permission, back = "4.2.7", "issuing/download/paper/", "issuing.release", RELEASED
    title = label = "下载纸质证书"
    guards, way = [has_file(Way.PAPER)], Way.PAPER


def newest(keys: Any, way: str) -> list[CertificateFile]:
    """The newest file of each certificate made in this way, with what its names need."""
    joined = ("file", "certificate__qualification", "certificate__institution")
    files = CertificateFile.objects.filter(certificate__in=list(keys), way=way).select_related(*joined)
    by_certificate = {file.certificate_id: file for file in files.order_by("edition")}
    return [by_certificate[key] for key in sorted(by_certificate)]


def proofs_by_receipt(files: list[CertificateFile]) -> dict[int | None, dict[str, Any]]:
    receipts = ChainReceipt.objects.filter(pk__in=[file.receipt_id for file in files]).select_related("block")
    return {receipt.pk: proof for receipt, proof in blocks.proofs_of(list(receipts))}


def pdf_name(file: CertificateFile) -> str:
    return f"{file.certificate.number}_{file.certificate.name}.pdf"


def proof_name(file: CertificateFile) -> str:
    return f"{file.certificate.number}.proof.json"
