"""The public site: 成绩查询 and 证书核验. No login; nothing personal in an address; limits per asker."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase

from skillcert.issuing.models import CertificateFile
from skillcert.kit.crypto import mask_id
from skillcert.kit.errors import Refused
from skillcert.kit.pages import KitForm, NumberText, TextField, url_of
from skillcert.kit.pages.download import Made, file_response
from skillcert.kit.pages.screen import ActView, Fact, Head, Note

from . import scores, verify
from .frame import PublicPage
from .rules import TooOften, knock

MOST_BYTES = 20 * 1024 * 1024


class PublicHome(PublicPage):
    url, title = "public/", "公众服务"

    def get(self) -> HttpResponseBase:
        return self.draw("portal/home.html", page=Head("公众服务"), score_url=url_of(ScoreQuery), verify_url=url_of(VerifyNumber))


# --- 成绩查询 ------------------------------------------------------------------------------------------
class ScoreForm(KitForm):
    name = TextField(label="姓名", max_length=80, widget=forms.TextInput({"autocomplete": "name"}))
    id_number = NumberText(label="证件号或准考证号", max_length=30, widget=forms.TextInput({"autocomplete": "off"}))


class ScoreQuery(PublicPage):
    """R201: from the start of 公示 on. The same answer for an unknown person and a wrong name."""

    manual, url, title = "5.2.9", "score/", "成绩查询"

    def get(self) -> HttpResponseBase:
        return self.draw("portal/score.html", form=ScoreForm())

    def post(self) -> HttpResponseBase:
        form = ScoreForm(self.request.POST)
        if not form.is_valid():
            return self.draw("portal/score.html", 422, form=form)
        name, number = form.cleaned_data["name"], form.cleaned_data["id_number"]
        try:
            self.knock("score")
            knock("score-of", number)
        except TooOften as no:
            form.add_error(None, no.sentence)
            return self.draw("portal/score.html", 429, form=form)
        rows = scores.registrations_of(name, number)
        found = [scores.shown(row, self.now) for row in scores.open_at(rows, self.now)]
        if not found:
            day = scores.first_day(rows, self.now)
            form.add_error(None, f"成绩尚未公示，公示自 {day} 开始。" if day else "没有查到公示中的成绩，请核对姓名与证件号、准考证号。")
        return self.draw("portal/score.html", form=form, results=found)


# --- 证书核验 ------------------------------------------------------------------------------------------
class NumberForm(KitForm):
    number = NumberText(label="证书编号", max_length=40, widget=forms.TextInput({"placeholder": "22 位证书编号", "inputmode": "numeric"}))
    name = TextField(label="姓名", max_length=80, widget=forms.TextInput({"placeholder": "姓名"}))


class FileForm(KitForm):
    file = forms.FileField(label="文件", widget=forms.FileInput({"accept": ".pdf,application/pdf"}))

    def clean_file(self) -> bytes:
        given = self.cleaned_data["file"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError("文件超过 20M，不是本平台出具的证书文件。")
        data: bytes = given.read()
        if b"%PDF-" not in data[:1024]:
            raise forms.ValidationError("这不是 PDF 文件，请选择电子证书的原始 PDF。")
        return data


class VerifyPage(PublicPage):
    title = "证书核验"
    tab = "number"

    def form_page(self, status: int = 200, **forms_: Any) -> HttpResponse:
        context: dict[str, Any] = {"form": NumberForm(), "file_form": FileForm(), **self._ways()} | forms_
        return self.draw("portal/verify_form.html", status, **context)

    def _ways(self) -> dict[str, Any]:
        return {
            "tab": self.tab, "number_url": url_of(VerifyNumber), "file_url": url_of(VerifyFile), "checked_at": self.now,
            "notes": [] if self.request.method == "POST" or "token" in self.where else [OFFLINE],
        }

    def answer_page(self, answer: verify.Answer, submitted: list[Fact], **forms_: Any) -> HttpResponse:
        context: dict[str, Any] = {"form": NumberForm(), "file_form": FileForm(), **self._ways()} | forms_
        if answer.file is None or answer.newest is None:
            context |= {"submitted": submitted, "points": answer.points, "sentence": answer.sentence}
            if answer.status == "forged" and self.tab == "file":
                context["verdict"] = "文件核验不通过，疑似伪造"
            return self.draw(f"portal/verify_{answer.status}.html", **context)
        context |= {"person": person(answer.newest), "points": answer.points, "sentence": answer.sentence, "acts": self._acts(answer)}
        return self.draw(f"portal/verify_{answer.status}.html", **context)

    def _acts(self, answer: verify.Answer) -> list[ActView]:
        if answer.status in ("superseded", "corrected") and answer.newest:
            url = url_of(VerifyToken, token=answer.newest.token)
            return [ActView("newest", f"查看第 {answer.newest.edition} 版", url, "file-check", primary=True)]
        return []


OFFLINE = Note(
    "也可离线核验：把 PDF、存证证明与平台信任目录放在一起，运行 python -m skillcert.issuing.verify_offline 证书.pdf "
    "--proof 编号.proof.json --trust 信任目录。", "run", "/verify/trust.zip", "下载信任目录",
)  # fmt: skip


def person(file: CertificateFile) -> dict[str, Any]:
    """Who the certificate is for, the ID masked, the photo inside the page: it has no address of its own."""
    certificate = file.certificate
    picture = base64.b64encode(certificate.photo.read()).decode()
    return {
        "photo": f"data:{certificate.photo.content_type};base64,{picture}", "name": certificate.name,
        "id_number": mask_id(certificate.id_number), "qualification": str(certificate.qualification),
        "number": certificate.number, "issued_on": certificate.issued_on, "awarding_body": certificate.awarding_body.name,
    }  # fmt: skip


class VerifyNumber(VerifyPage):
    """By number and name: a POST, so that neither stands in an address or a log."""

    url = "verify/"

    def get(self) -> HttpResponseBase:
        return self.form_page()

    def post(self) -> HttpResponseBase:
        form = NumberForm(self.request.POST)
        if not form.is_valid():
            return self.form_page(422, form=form)
        number, name = form.cleaned_data["number"], form.cleaned_data["name"]
        try:
            self.knock("number")
        except TooOften as no:
            form.add_error(None, no.sentence)
            return self.form_page(429, form=form)
        submitted = [Fact("证书编号", number), Fact("姓名", f"{name[:1]}{'*' * max(1, len(name) - 1)}")]
        return self.answer_page(verify.by_number(number, name), submitted, form=form)


class VerifyFile(VerifyPage):
    """By the PDF itself; it is looked at and not kept."""

    url, tab = "verify/file/", "file"

    def get(self) -> HttpResponseBase:
        return self.form_page()

    def post(self) -> HttpResponseBase:
        form = FileForm(self.request.POST, self.request.FILES)
        try:
            self.knock("file")
        except TooOften as no:
            form.add_error("file", no.sentence)
            return self.form_page(429, file_form=form)
        if not form.is_valid():
            return self.form_page(422, file_form=form)
        submitted = [Fact("文件", self.request.FILES["file"].name or ""), Fact("大小", f"{len(form.cleaned_data['file']):,} 字节")]
        return self.answer_page(verify.by_file(form.cleaned_data["file"]), submitted)


class VerifyToken(VerifyPage):
    """What the QR code on the certificate opens."""

    url = "v/<str:token>"

    def get(self) -> HttpResponseBase:
        try:
            self.knock("token")
        except TooOften as no:
            return self.form_page(429, notes=[Note(no.sentence, "wait")])
        return self.answer_page(verify.by_token(self.where["token"]), [Fact("来源", "扫描二维码")])


class DownloadProof(PublicPage):
    """The proof of one edition: no personal data in it."""

    url, title = "v/<str:token>/proof.json", "存证证明"

    def get(self) -> HttpResponseBase:
        file = CertificateFile.objects.select_related("certificate", "receipt__block").filter(token=self.where["token"]).first()
        if file is None or file.receipt is None or file.receipt.block is None:
            raise Http404
        return file_response(Made(f"{file.certificate.number}.proof.json", "application/json", verify.proof_bytes(file)))


class DownloadTrust(PublicPage):
    """The public keys that an offline check needs."""

    url, title = "verify/trust.zip", "信任目录"

    def get(self) -> HttpResponseBase:
        out = io.BytesIO()
        files = sorted(verify.trust_folder().glob("*.pem"))
        if not files:
            raise Refused("平台还没有签发过证书，暂无信任目录。")
        with zipfile.ZipFile(out, "w") as archive:
            for file in files:
                archive.write(file, f"trust/{file.name}")
        return file_response(Made("trust.zip", "application/zip", out.getvalue()))
