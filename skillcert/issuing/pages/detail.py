"""One record of issuing: where it stands, whose it is, where it is anchored, its files, who did what (look 03)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.timezone import localtime

from skillcert.kit import audit
from skillcert.kit.crypto import mask_id
from skillcert.kit.errors import Missing
from skillcert.kit.ledger import canonical
from skillcert.kit.merkle import leaf_hash
from skillcert.kit.pages import Act, DetailPage, Page
from skillcert.kit.pages.columns import badge_of
from skillcert.kit.pages.forms import row_of
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Fact, Note, RowView, Step, Table
from skillcert.kit.templatetags.kit import file_size, fours, minute

from ..models import Certificate, CertificateFile, Way
from ..states import ISSUE, CertificateState
from .release import DownloadCertificates, DownloadPrint, Release, ReRelease
from .signing import BodyResign, BodySign, CenterResign, CenterSign

S = CertificateState
# How far each state is: the number of finished steps of five.
REACHED = {
    S.BODY_PENDING: 0, S.BODY_REFUSED: 0, S.CENTER_PENDING: 1, S.CENTER_REFUSED: 1, S.TO_RELEASE: 2, S.GENERATING: 3,
    S.SEAL_FAILED: 3, S.RELEASED: 5, S.REVOKED: 5,
}  # fmt: skip
STEPS = ("培训评价组织签发", "考核站点签发", "发放", "盖章", "完成")
STEP_ACTIONS = (
    ("certificate.body_sign", "certificate.body_resign"), ("certificate.center_sign", "certificate.center_resign"),
    ("certificate.release",), ("certificate.sealed",), ("certificate.sealed",),
)  # fmt: skip


class CertificatePhoto(Page):
    """The candidate's photo on the record; inline, never cached."""

    manual, url, permission, title = "4.2.7", "issuing/<int:pk>/photo/", "issuing.view", "照片"

    def get(self) -> HttpResponseBase:
        if self.actor.organization_kind == "province":
            raise Missing()  # the province sees its institutions' records masked (domain 1.3)
        return row_of(self, Certificate, ("photo",)).photo.response(inline=True)


class CertificateDetail(DetailPage):
    manual, url, permission, title = "4.2.7", "issuing/<int:pk>/", "issuing.view", "发证记录"
    model, machine, back = Certificate, ISSUE, "issuing.Released"
    related = ("qualification", "plan", "institution", "awarding_body", "registration", "result")
    reveals = {"id_number": "证件号"}
    acts = [
        Act(BodySign, "签发", primary=True), Act(BodyResign, "重新签发", primary=True), Act(CenterSign, "签发", primary=True),
        Act(CenterResign, "重新签发", primary=True), Act(Release, primary=True), Act(ReRelease), Act(DownloadPrint),
        Act(DownloadCertificates, primary=True),
    ]  # fmt: skip

    def heading(self, row: Certificate) -> str:
        return row.name

    def subtitle_of(self, row: Certificate) -> str:
        return str(row.qualification)

    def notes(self, row: Certificate) -> list[Note]:
        if row.state == S.SEAL_FAILED:
            return [Note(f"盖章失败：{row.failure}", "bad")]
        if row.state in (S.BODY_REFUSED, S.CENTER_REFUSED):
            return [Note(f"拒签理由：{row.refusal}", "wait")]
        return []

    def steps(self, row: Certificate) -> list[Step]:
        reached = REACHED[row.state]  # type: ignore[index]
        last = {entry.action: entry for entry in reversed(audit.history(row)[:100])}
        steps = []
        for place, label in enumerate(STEPS):
            entry = next((last[action] for action in reversed(STEP_ACTIONS[place]) if action in last), None)
            hint = f"{minute(entry.at)} {entry.actor_label.split('（')[0]}" if entry and place < reached else ""
            state = "done" if place < reached else "current" if place == reached else "coming"
            if place == reached and ISSUE.look[row.state] == "bad":
                state = "bad"
            steps.append(Step(label, state, hint))  # type: ignore[arg-type]
        return steps

    def cards(self, row: Certificate) -> list[Card]:
        files = list(row.files.select_related("file", "receipt__block").order_by("-edition"))
        return [
            Card("发证信息", template="issuing/person_card.html", context=self._person(row)),
            self._chain(row, files[0] if files else None), Card("证书文件", table=self._files(files), hint=self._hint(files)),
        ]  # fmt: skip

    def _person(self, row: Certificate) -> dict[str, Any]:
        registration, result = row.registration, row.result
        total = "" if result.total is None else f"综合 {result.total} 分"
        scores = "；".join(f"{s.session} {s.shown}" for s in registration.scores.select_related("session__subject"))
        facts = [
            Fact("考生编号", row.candidate_number), Fact("学生类型", row.get_kind_display()),
            Fact("证件号", self.personal(row, "id_number", mask_id), wide=True), Fact("所属院校", row.institution.name),
            Fact("就读专业", f"{registration.major_name} {registration.major_code}".strip()), Fact("考试计划", str(row.plan)),
            Fact("考证结果", f"{result.get_outcome_display()} {total}"), Fact("科目成绩", scores),
            Fact("证书编号", fours(row.number) if row.number else "首次发放时生成"),
            Fact("发证日期", str(row.issued_on or "")),
        ]  # fmt: skip
        province = self.actor.organization_kind == "province"
        photo = "" if province else f"/issuing/{row.pk}/photo/"
        return {"photo": photo, "facts": facts}

    def _chain(self, row: Certificate, file: CertificateFile | None) -> Card:
        if file is None or file.receipt is None or file.receipt.block is None:
            waiting = "已盖章，正在写入存证日志，通常不超过几秒。" if file else ""
            return Card("上链信息", template="issuing/chain_card.html", context={"waiting": waiting})
        block = file.receipt.block
        context = {
            "height": block.height, "block_hash": block.block_hash, "transaction_hash": file.receipt.leaf,
            "digest": f"SHA-256 {file.digest}", "anchored_at": block.at, "verify_url": f"{settings.BASE_URL}/v/{file.token}",
        }  # fmt: skip
        same = sha256(file.file.read()).hexdigest() == file.digest == file.receipt.payload["file_sha256"]
        same = same and leaf_hash(canonical(file.receipt.payload)).hex() == file.receipt.leaf
        badge = Badge("已上链，摘要一致", "ok", "link") if same else Badge("摘要不一致，请联系平台", "bad", "unlink")
        return Card("上链信息", template="issuing/chain_card.html", context=context, badge=badge, hint="单节点存证日志")

    def _files(self, files: list[CertificateFile]) -> Table:
        columns = (("v", "版次"), ("f", "格式"), ("s", "签章"), ("z", "大小"), ("t", "生成时间"), ("x", "状态"))
        rows = []
        for place, file in enumerate(files):
            seals = "公章、签名章" if file.way == Way.ELECTRONIC else "签名章（公章手工加盖）"
            state = badge_of(Badge("现行有效", "ok") if not place else Badge("已换发", "end"))
            made = f"{localtime(file.created_at):%Y-%m-%d %H:%M}"
            cells = (f"第 {file.edition} 版", "PDF", seals, file_size(file.file.size), made, state)
            rows.append(RowView(str(file.pk), "证书文件", cells))  # type: ignore[arg-type]  # plain texts are escaped
        return Table(tuple(ColumnView(key, label) for key, label in columns), tuple(rows), "盖章完成后生成")

    def _hint(self, files: list[CertificateFile]) -> str:
        return f"第 {files[0].edition} 版，现行有效" if files else ""
