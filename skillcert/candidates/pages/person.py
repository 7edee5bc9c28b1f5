"""One candidate: its page, and what can be done with it or with many."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.html import format_html

from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.errors import Missing
from skillcert.kit.gate import Outcome
from skillcert.kit.jobs import enqueue
from skillcert.kit.pages import Act, DetailPage, Dialog, KitForm, Page, ReasonField, url_of
from skillcert.kit.pages.dialog import Tally
from skillcert.kit.pages.screen import Card, ColumnView, Fact, Note, RowView, Step, Table

from .. import rules
from ..models import Candidate, CandidateKind
from ..states import CANDIDATE, CandidateState
from .consents import consent_card, consent_notes

LISTS = {CandidateKind.COLLEGE: "candidates.CollegeCandidates", CandidateKind.SOCIAL: "candidates.SocialCandidates"}


class CandidatePhoto(Page):
    """The photo, opened from its sealed file for this one answer."""

    manual, url, permission, title = "5.2.3", "candidates/<int:pk>/photo/", "candidates.view", "考生照片"

    def get(self) -> HttpResponseBase:
        row = Candidate.visible_to(self.actor).select_related("photo").filter(pk=self.where["pk"]).first()
        if row is None or row.photo is None:
            raise Missing()
        return row.photo.response(inline=True)


def photo_url(row: Candidate) -> str:
    """Its address; "" without a photo. The file's id makes a new photo a new address."""
    return f"{url_of(CandidatePhoto, pk=row.pk)}?v={str(row.photo_id)[:8]}" if row.photo_id else ""


# --- what can be done ----------------------------------------------------------------------------------
class VerifyCandidates(Dialog):
    """R111: 等待进行公安系统照片比对. A comparison takes a tenth of a second: a few at once, more as a job of its own."""

    manual, url, title, label = "5.2.3", "candidates/verify/", "认证考生信息", "认证"
    model, move, others, unit, icon = Candidate, CANDIDATE["verify"], (), "人", "shield-check"
    back, in_request = "candidates.CollegeCandidates", 5

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.verify_candidates(actor=self.actor, now=self.now, candidates=rows)

    def act(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.selection.count <= self.in_request:
            return super().act(data)
        args = {"selection": str(self.selection.pk)}
        job = enqueue("candidates.verify", actor=self.actor, args=args, label=self.batch_label)
        return {"job": str(job.pk)}

    def account(self, tally: Tally) -> dict[str, Any]:
        """R112, R113: how many of those compared are 信息准确, and how many wait for a person."""
        compared = tally.keys["done"]
        accurate = Candidate.objects.filter(pk__in=compared, state=CandidateState.ACCURATE).count()
        doubted = len(compared) - accurate
        if self.one is not None:
            says = "照片比对一致，信息准确。" if accurate else "照片比对未通过，请人工确认。"
        else:
            says = f"已比对 {len(compared):,} 人：信息准确 {accurate:,} 人，需人工确认 {doubted:,} 人。"
        return super().account(tally) | {"says": says}

    def notes(self) -> list[Note]:
        says = "将考生照片与公安系统照片比对。一致的变为“信息准确”，不一致的变为“需人工确认”。"
        return [Note(f"{says}未满十四周岁、监护人的同意还没有登记的不比对。")]

    def facts(self, row: Candidate) -> list[Fact]:
        return [Fact("姓名", row.name), Fact("身份证号", mask_id(row.id_number))]


class ConfirmForm(KitForm):
    reason = ReasonField("确认说明", help_text="写明如何核对，例如“本人到场，核对身份证原件”。将记入审核记录。")


class ConfirmCandidate(Dialog):
    """R114, R115: 人工确认, one at a time."""

    manual, url, title, label = "5.2.3", "candidates/confirm/", "人工确认", "人工确认"
    model, move, form, icon = Candidate, CANDIDATE["confirm"], ConfirmForm, "user-check"
    body, size, final, back = "candidates/confirm.html", 640, False, "candidates.CollegeCandidates"
    single = True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        rules.confirm_candidate(actor=self.actor, now=self.now, candidate=self.one, remark=data["reason"])
        return Outcome(done=[self.one.pk])

    def done(self, count: int) -> str:
        return f"已确认，{self.one}的信息准确。"

    def more(self) -> dict[str, Any]:
        row = self.one
        similarity = "未比对" if row.similarity is None else f"{row.similarity:.1f}"
        return {
            "photo": photo_url(row), "similarity": similarity, "comparison": row.comparison,
            "confirm_facts": [
                Fact("姓名", row.name), Fact("证件类型", row.get_id_type_display()), Fact("证件号", mask_id(row.id_number)),
                Fact("性别", row.sex), Fact("出生日期", str(row.birth_date or "")), Fact("班级", row.class_name),
            ],
        }  # fmt: skip

    def warning(self) -> Note:
        return Note("确认后信息准确，姓名、证件类型、身份证号和照片不能再修改。", "wait")


class DeleteForm(KitForm):
    reason = ReasonField("理由", required=False, help_text="删除信息准确的考生时必填。")


class DeleteCandidates(Dialog):
    """R108, R116, R117: 只能删除已报考证书为0的考生信息."""

    manual, url, permission, title = "5.2.3", "candidates/delete/", "candidates.edit", "删除考生"
    label, unit, model, guards, form = "删除", "人", Candidate, rules.DELETABLE, DeleteForm
    final, icon, back = True, "trash", "candidates.CollegeCandidates"

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_candidates(actor=self.actor, now=self.now, candidates=rows, reason=data["reason"])

    def warning(self) -> Note:
        return Note("删除后不能恢复，照片一并删除。", "wait")


# --- the page of one -----------------------------------------------------------------------------------
class CandidateDetail(DetailPage):
    """A candidate: facts, photo, comparison, registrations, and who did what."""

    manual, url, permission, title = "5.2.3", "candidates/<int:pk>/", "candidates.view", "考生详情"
    model, related, machine, back = Candidate, ("major", "photo"), CANDIDATE, "candidates.CollegeCandidates"
    acts = [
        Act(DeleteCandidates, danger=True), Act("candidates.EditCandidate"), Act(ConfirmCandidate, primary=True),
        Act(VerifyCandidates, primary=True),
    ]  # fmt: skip
    reveals = {"id_number": "身份证号", "phone": "手机号"}

    def back_url(self) -> str:
        return url_of(LISTS[self.row.kind])

    def subtitle_of(self, row: Candidate) -> str:
        return f"考生编号 {row.number}"

    def steps(self, row: Candidate) -> list[Step]:
        """无照片 → 信息待认证 → 信息准确, with 需人工确认 between where it came to that."""
        names = [CandidateState.NO_PHOTO, CandidateState.UNVERIFIED, CandidateState.ACCURATE]
        if row.state == CandidateState.TO_CONFIRM:
            names.insert(2, CandidateState.TO_CONFIRM)
        labels = {CandidateState.NO_PHOTO: "导入照片", CandidateState.UNVERIFIED: "照片比对", CandidateState.TO_CONFIRM: "人工确认"}
        here = names.index(CandidateState(row.state))
        last = row.state == CandidateState.ACCURATE
        return [
            Step(labels.get(name, name.label), "done" if n < here or last else "current" if n == here else "coming")
            for n, name in enumerate(names)
        ]

    def notes(self, row: Candidate) -> list[Note]:
        if not row.complete:
            return [Note("基本信息不完整，补全后才能认证。", "wait", url_of("candidates.EditCandidate", pk=row.pk), "去补全")]
        doubt = [Note(f"照片比对未通过：{row.comparison}", "wait")] if row.state == CandidateState.TO_CONFIRM else []
        return [*doubt, *consent_notes(self, row)]

    def cards(self, row: Candidate) -> list[Card]:
        return [
            Card("基本信息", facts=self._facts(row)), consent_card(self, row),
            Card("已报考的证书", table=registrations_table(row), hint="这里的修改不影响计划内的考生信息"),
            photo_card(row),
        ]

    def _facts(self, row: Candidate) -> tuple[Fact, ...]:
        shared = (
            Fact("姓名", row.name), Fact("姓名拼音", row.pinyin), Fact("证件类型", row.get_id_type_display()),
            Fact("身份证号", self.personal(row, "id_number", mask_id)), Fact("性别", row.sex),
            Fact("出生日期", str(row.birth_date or "")), Fact("手机号", self.personal(row, "phone", mask_phone)),
            Fact("学生类型", row.get_kind_display()),
        )  # fmt: skip
        major = f"{row.major.name} {row.major.code}（{row.major.version} 版）" if row.major else ""
        if row.kind == CandidateKind.SOCIAL:
            return (*shared, Fact("工作单位", row.employer), Fact("最高学历", row.education), Fact("专业", major))
        return (
            *shared, Fact("就读专业", major), Fact("专业层次", row.get_level_display()), Fact("入学年份", str(row.entry_year or "")),
            Fact("学号", row.student_number), Fact("班级", row.class_name),
        )  # fmt: skip


def photo_card(row: Candidate) -> Card:
    """The photo with what the comparison said."""
    similarity = "" if row.similarity is None else f"相似度 {row.similarity:.1f}"
    context = {"photo": photo_url(row), "name": row.name, "similarity": similarity, "comparison": row.comparison}
    return Card("照片", template="candidates/photo_card.html", context=context, side=True)


def registrations_table(row: Candidate) -> Table:
    """Where the candidate is registered; the rows belong to the room above, which is only read here."""
    columns = (ColumnView("plan", "考试计划"), ColumnView("qualification", "证书"), ColumnView("ticket", "准考证号"))
    found = row.registrations.select_related("plan", "qualification").order_by("-pk")
    lines = tuple(
        RowView(str(one.pk), str(one.plan), (
            format_html("{}", one.plan), format_html("{}", one.qualification), format_html("{}", one.ticket_number or "排考后生成"),
        ))
        for one in found
    )  # fmt: skip
    return Table(columns, lines, "还没有报考")
