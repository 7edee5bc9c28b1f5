"""申报审核: what the province does with an application, one or many (look 15b)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from skillcert.kit.access import Actor
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import Batch, Dialog, KitForm, ReasonField
from skillcert.kit.pages.columns import DASH, plain_text
from skillcert.kit.pages.screen import Fact, Note

from .. import rules
from ..models import PilotApplication, Review
from ..rules.applying import unsubmitted
from ..states import APPLICATION

LIST = "pilots.PilotApplications"
PHRASES = {
    "return": (
        "专任教师人数偏少，请核对后调整人数或补充师资", "专业代码、版本不是 2021 版，请重新选择", "双师型比例请附名单",
        "场地工位数与申请培训人数不相称，请核对", "师资情况请补充行业企业兼职教师的单位与职务",
    ),
    "reject": ("申报证书与专业培养方向不符", "师资与场地条件不满足试点要求", "超出本省本年度试点规模"),
}  # fmt: skip


class ReviewDialog(Dialog):
    """What all of them say about the one application."""

    model, unit, back, size = PilotApplication, "份", LIST, 640

    def heading(self) -> str:
        return f"{self.title}{self.one.institution}的试点申报" if self.one is not None else f"批量{self.label}"

    def facts(self, row: PilotApplication) -> list[Fact]:
        sent = row.reviews.filter(step=Review.Step.SUBMIT).first()
        last = row.reviews.filter(step=Review.Step.RETURN).first()
        count = row.majors.count()
        return [
            Fact("证书", str(row.qualification)),
            Fact("申请培训总人数", f"{row.trainees:,} 人" + (f"，{count} 个专业" if count else "，不按专业")),
            Fact("提交", f"{plain_text(row.submitted_at)} ・ {sent.who if sent else row.contact}" if row.submitted_at else DASH),
            Fact("上次退回", f"{plain_text(last.at)} ・ {last.reason}" if last else "没有"),
        ]  # fmt: skip

    def changes(self) -> list[Note]:
        """Behind a return: that something changed, and how much."""
        if self.one is None or not (found := rules.changes_since(self.one)):
            return []
        shown = "；".join(f"{one.label} {one.old or '没有填'} → {one.new or '没有填'}" for one in found[:4])
        return [Note(f"退回后改了 {len(found)} 处：{shown[:200]}" + ("…" if len(found) > 4 else ""))]

    def notes(self) -> list[Note]:
        return self.changes()


class ReturnForm(KitForm):
    places = forms.MultipleChoiceField(
        label="退回到哪里改", required=False, choices=list(rules.PLACES.items()), widget=forms.CheckboxSelectMultiple,
        help_text="可多选，院校点开即到该处",
    )
    reason = ReasonField("退回原因", max_length=500, help_text="院校将收到消息，并可在计划关闭前改好再提交")


class ReturnApplications(ReviewDialog):
    """R71, and the return of what waits. Shown where the round is closed or somebody has registered as well: pressing it
    says what has to be done first.
    """

    manual, url, title, label, icon = "4.3", "pilots/return/", "退回", "退回", "corner-up-left"
    move, form = APPLICATION["return"], ReturnForm

    @classmethod
    def allowed(cls, actor: Actor, now: datetime) -> Q:
        return Q(state__in=cls.move.sources)

    def more(self) -> dict[str, Any]:
        return {"phrases": [(text, text) for text in PHRASES["return"]], "says": "状态将变为“审核退回”"}

    def warning(self) -> Note | None:
        if self.one is not None and self.one.state == "approved":
            return Note("这份申报已审核通过：退回后院校不能再凭它报考，重新审核通过后恢复。", "wait")
        return None

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.return_applications(
            actor=self.actor, now=self.now, applications=rows, reason=data["reason"], places=data["places"]
        )


class RejectForm(KitForm):
    reason = ReasonField("不通过的原因", max_length=500, help_text="院校将收到消息；本年度不能再申报该证书该等级")


class RejectApplications(ReviewDialog):
    manual, url, title, label, icon = "4.3", "pilots/reject/", "不通过", "不通过", "ban"
    move, form, final = APPLICATION["reject"], RejectForm, True

    def heading(self) -> str:
        return f"{self.one.institution}的试点申报审核不通过" if self.one is not None else "批量审核不通过"

    def more(self) -> dict[str, Any]:
        return {"phrases": [(text, text) for text in PHRASES["reject"]], "says": "状态将变为“审核不通过”"}

    def warning(self) -> Note:
        return Note("不通过后不能再改；只是要院校修改的，请用“退回”。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.reject_applications(actor=self.actor, now=self.now, applications=rows, reason=data["reason"])


class FirstReview(ReviewDialog):
    """初审: 通过 at the right, 退回 and 不通过 at the left."""

    manual, url, title, label, icon = "4.3", "pilots/first-review/", "初审", "初审通过", "file-search"
    move = APPLICATION["pass_first"]
    refuse = [Batch(ReturnApplications), Batch(RejectApplications, danger=True)]

    def warning(self) -> Note | None:
        if self.one is None:
            return None
        final = self.one.round.review_levels == 1
        return Note("本计划只有初审：通过后院校即可报考。" if final else "初审通过后转终审。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.pass_first(actor=self.actor, now=self.now, applications=rows)


class FinalReview(ReviewDialog):
    manual, url, title, label, icon = "4.3", "pilots/final-review/", "终审", "终审通过", "file-check"
    move = APPLICATION["approve"]
    refuse = [Batch(ReturnApplications), Batch(RejectApplications, danger=True)]

    def warning(self) -> Note:
        return Note("终审通过后，院校即可凭申报报考。", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.pass_final(actor=self.actor, now=self.now, applications=rows)


class DeleteApplications(Dialog):
    """Only 未提交."""

    manual, url, permission, title, label = "4.3", "pilots/delete/", "pilots.edit", "删除试点申报", "删除"
    model, unit, back, final, icon, guards = PilotApplication, "份", LIST, True, "trash", (unsubmitted,)

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_applications(actor=self.actor, now=self.now, applications=rows)
