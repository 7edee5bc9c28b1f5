"""样张: the certificate's own template with an awarding body's uploaded 公章 and 签名章, so that it sees what they will look like
on paper before anything is issued (R34). Marked across, with an invented holder and a number of zeros.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse, HttpResponseBase

from skillcert.kit.documents import Unprintable, date_in_chinese, preview
from skillcert.kit.errors import Missing
from skillcert.kit.files import StoredFile
from skillcert.kit.pages import Page, url_of
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.screen import Card, Head, Note
from skillcert.orgs.models import AwardingBody
from skillcert.qualifications.models import Qualification

from ..press import FOLDER
from ..sheet import PLATFORM

NUMBER = "0" * 22
PPI = 96


def sample_of(body: AwardingBody, now: Any) -> dict[str, Any]:
    """What the paper takes: the invented holder of the template's own sample, this body's name and seals."""
    data = json.loads((FOLDER / "sample.json").read_text(encoding="utf-8"))["plain"]
    entry = Qualification.objects.filter(awarding_body=body).order_by("name", "grade").first()
    if entry is not None:
        words = {"qualification": entry.name, "grade": entry.get_grade_display(), "standard": f"{entry.name}职业技能等级标准"}
        data |= words
    return data | {
        "sample": "样张", "platform": PLATFORM, "number": NUMBER, "rosette": {"rosette_svg": NUMBER}, "awarding_body": body.name,
        "principal": body.head or body.name, "issued_on": date_in_chinese(now.date()),
        "seal": _drawn(body.seal, {"seal_svg": {"name": body.name}}),
        "stamp": _drawn(body.signature_stamp, {"signature_stamp_svg": body.head or body.name}),
    }  # fmt: skip


def _drawn(file: StoredFile | None, likeness: dict[str, Any]) -> Any:
    """An uploaded picture as it is; a seal kept as a PDF drawing by its likeness; none where none was uploaded."""
    if file is None:
        return None
    return file.read() if file.content_type == "image/png" else likeness


class OwnBody(Page):
    """Of the awarding body itself, and the platform."""

    def body(self) -> AwardingBody:
        body: AwardingBody = row_of(self, AwardingBody, ("seal", "signature_stamp"))
        if self.actor.organization_id != body.pk and not self.actor.may("orgs.manage"):
            raise Missing()
        return body


class SampleCertificate(OwnBody):
    """2.1 查看样张"""

    manual, url, permission, title = "2.1", "awarding-bodies/<int:pk>/sample/", "orgs.edit", "证书样张"
    icon, template, back = "certificate", "kit/detail.html", "orgs.AwardingBodies"

    def get(self) -> HttpResponseBase:
        body = self.body()
        lacking = [label for label, file in (("公章", body.seal), ("签名章", body.signature_stamp)) if file is None]
        notes = [Note(f"还没有上传{'、'.join(lacking)}，样张上留空；没有它们，发放会进入“盖章失败”。", "wait")] if lacking else []
        address = url_of(SamplePicture, pk=body.pk)
        card = Card("样张", template="issuing/sample.html", context={"address": address}, hint="按真实版式绘制，不具任何效力")
        back = url_of("orgs.AwardingBodyDetail", pk=body.pk)
        return self.render(page=Head(f"证书样张：{body.name}", back_url=back), cards=[card], notes=notes, events=[], row=body)


class SamplePicture(OwnBody):
    """The sample as a picture."""

    manual, url, permission, title = "2.1", "awarding-bodies/<int:pk>/sample/picture/", "orgs.edit", "证书样张图片"

    def get(self) -> HttpResponseBase:
        body = self.body()
        try:
            picture = preview(FOLDER, sample_of(body, self.now), at=self.now, ppi=PPI)[0]
        except Unprintable as no:
            raise Missing(str(no)) from None
        return HttpResponse(picture, content_type="image/png", headers={"Content-Security-Policy": "sandbox"})
