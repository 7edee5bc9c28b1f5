"""个人信息申请: what an institution's candidates asked about their data, and by when it is to be answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from skillcert.candidates.consents import ConsentSubject
from skillcert.candidates.models import Candidate
from skillcert.home.todos import due_words
from skillcert.kit.crypto import mask_phone
from skillcert.kit.errors import Refused
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    Batch,
    Choice,
    Col,
    DateRange,
    DetailPage,
    Dialog,
    Download,
    Exact,
    FormPage,
    Go,
    KitForm,
    ListPage,
    Made,
    NumberText,
    Open,
    ReasonField,
    Search,
    State,
    StateTabs,
    TextField,
    When,
)
from skillcert.kit.pages.columns import plain_text
from skillcert.kit.pages.screen import Card, Fact, Note
from skillcert.kit.states import Guard

from .. import rules
from ..copies import personal_copy
from ..models import PersonalRequest, Wish
from ..states import REQUEST, RequestState

WHY = "trust 44: requests to copy, correct and delete are answered within 15 days; the manual has no such page"
LIST = "privacy.PersonalRequests"
PHRASES = (
    "考生已有报考记录，考试与证书记录须供核验，不能删除；信息有误可申请更正",
    "未能核实申请人身份，请本人携带证件原件到校办理",
    "请联系颁发证书的培训评价组织更正证书上的信息",
)


def request_facts(row: PersonalRequest) -> list[Fact]:
    return [
        Fact("受理单号", row.number), Fact("申请事项", row.get_wish_display()), Fact("考生", f"{row.name}（{row.candidate_number}）"),
        Fact("答复期限", plain_text(row.due_at)), Fact("具体要求", row.text, wide=True),
    ]  # fmt: skip


# --- what can be done ----------------------------------------------------------------------------------
class FulfilForm(KitForm):
    subjects = forms.MultipleChoiceField(label="撤回哪一项同意", widget=forms.CheckboxSelectMultiple)
    answer = TextField(
        label="答复", max_length=500, required=False, widget=forms.Textarea({"rows": 3}), help_text="将告知本人，不填则用通常的答复。"
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        wish = self.row.wish if self.row is not None else ""
        if wish == Wish.WITHDRAW:
            self.fields["subjects"].choices = ConsentSubject.choices  # type: ignore[attr-defined]
        else:
            del self.fields["subjects"]
        if wish == Wish.CORRECT:
            self.fields["answer"].required, self.fields["answer"].help_text = True, "写明改了什么，将告知本人。"


class FulfilRequest(Dialog):
    """办理, one at a time: what happens depends on what was asked"""

    manual, why, help = None, WHY, "0.8"
    url, move, title, label, icon = "privacy/fulfil/", REQUEST["fulfil"], "办理个人信息申请", "办理", "user-check"
    model, form, back, unit, size = PersonalRequest, FulfilForm, LIST, "件", 640
    NOTES = {
        Wish.COPY: "办结后，本人可凭受理单号、姓名和短信验证码在公众页面下载副本；到校申请的，可由您在详情中下载后交给本人。",
        Wish.CORRECT: "请先在考生详情中改好，再在这里答复。报考、成绩、证书上的信息由培训评价组织更正。",
        Wish.DELETE: "将删除这名考生的信息与照片，并清除审计中保存的改前改后，不能恢复。已有报考的不能删除，请改为“不予处理”。",
        Wish.WITHDRAW: "撤回后不再据此认证；撤回照片且尚未认证的，照片一并删除。撤回不影响此前的处理。",
    }  # fmt: skip
    single = True

    def facts(self, row: PersonalRequest) -> list[Fact]:
        return request_facts(row)

    def warning(self) -> Note:
        return Note(self.NOTES[Wish(self.one.wish)], "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        done = rules.fulfil_request(
            actor=self.actor, now=self.now, request=self.one, answer=data["answer"], subjects=data.get("subjects", ())
        )
        return Outcome(done=[done.pk])

    def done(self, count: int) -> str:
        return "已办结，答复已告知本人。"


class RefuseForm(KitForm):
    reason = ReasonField("理由", help_text="将告知本人。")


class RefuseRequests(Dialog):
    """不予处理, with the reason"""

    manual, why, help = None, WHY, "0.8"
    url, move, title, label, icon = "privacy/refuse/", REQUEST["refuse"], "不予处理", "不予处理", "corner-up-left"
    model, form, back, unit, size = PersonalRequest, RefuseForm, LIST, "件", 640

    def facts(self, row: PersonalRequest) -> list[Fact]:
        return request_facts(row)

    def more(self) -> dict[str, Any]:
        return {"phrases": [(str(n), phrase) for n, phrase in enumerate(PHRASES)]}

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.refuse_requests(actor=self.actor, now=self.now, requests=rows, reason=data["reason"])


class GiveCopy(Download):
    """下载副本: for a person who stands at the counter"""

    manual, why, help = None, WHY, "0.8"
    url, permission, title, label, unit = "privacy/give-copy/", "privacy.handle", "下载个人信息副本", "下载副本", "份"
    model, back = PersonalRequest, LIST
    guards = (
        Guard(Q(wish=Wish.COPY, candidate__isnull=False), "这件申请不是查阅、复制，没有副本"),
        Guard(~Q(state=RequestState.REFUSED), "这件申请不予处理，没有副本"),
    )
    single = True

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        return personal_copy(rows.get(), self.now)


class RegisterForm(KitForm):
    candidate_number = NumberText(label="考生编号", max_length=18, help_text="在考生列表中可查。")
    wish = forms.ChoiceField(label="申请事项", choices=Wish.choices, widget=forms.RadioSelect)
    text = TextField(label="具体要求", max_length=500, required=False, widget=forms.Textarea({"rows": 3}), help_text="更正的必填。")
    seen = forms.BooleanField(label="已核对本人（或其监护人、受托人）的证件原件")


class RegisterRequest(FormPage):
    """登记申请: a person came in"""

    manual, why, help = None, WHY, "0.8"
    url, permission, title, opens, icon = "privacy/register/", "privacy.handle", "登记申请", "dialog", "user-plus"
    model, form, back, submit_label, columns = PersonalRequest, RegisterForm, LIST, "登记", 1

    def notes(self, row: Any) -> list[Note]:
        return [Note(f"本人到校提出的申请在这里登记，与网上申请一样须在 {rules.DAYS} 天内答复。")]

    def save(self, row: Any, data: dict[str, Any]) -> PersonalRequest:
        candidate = Candidate.visible_to(self.actor).select_related("institution").filter(number=data["candidate_number"]).first()
        if candidate is None:
            raise Refused("本院校没有这个考生编号，请核对。", field="candidate_number")
        return rules.register_in_person(
            actor=self.actor, now=self.now, candidate=candidate, wish=data["wish"], text=data["text"]
        )

    def done(self, row: PersonalRequest) -> str:
        return f"已登记，受理单号 {row.number}，请告知本人；{plain_text(row.due_at)} 前答复。"


# --- the page of one -----------------------------------------------------------------------------------
class PersonalRequestDetail(DetailPage):
    """One request: what is asked, by when, and what was answered"""

    manual, why, help = None, WHY, "0.8"
    url, permission, title = "privacy/requests/<int:pk>/", "privacy.view", "个人信息申请"
    model, machine, related, back = PersonalRequest, REQUEST, ("candidate", "institution"), LIST
    acts = (Act(GiveCopy), Act(RefuseRequests, danger=True), Act(FulfilRequest, primary=True))
    reveals = {"phone": "手机号"}

    def heading(self, row: PersonalRequest) -> str:
        return f"{row.get_wish_display()} ・ {row.name or row.candidate_number}"

    def subtitle_of(self, row: PersonalRequest) -> str:
        return f"受理单号 {row.number}"

    def notes(self, row: PersonalRequest) -> list[Note]:
        if row.state != RequestState.PENDING:
            return []
        words, late, _ = due_words(row.due_at, self.now)
        return [Note(f"须在 {plain_text(row.due_at)} 前答复，{words}。", "bad" if late else "wait")]

    def cards(self, row: PersonalRequest) -> list[Card]:
        there = row.candidate is not None and self.actor.may("candidates.view")
        acts = (Act("candidates.CandidateDetail", label="打开考生详情").view(pk=row.candidate_id),) if there else ()
        asked = (
            Fact("申请事项", row.get_wish_display()), Fact("申请方式", row.get_way_display()), Fact("姓名", row.name or "（已到期清除）"),
            Fact("考生编号", row.candidate_number), Fact("手机号", self.personal(row, "phone", mask_phone)),
            Fact("受理时间", plain_text(row.received_at)), Fact("答复期限", plain_text(row.due_at)),
            Fact("具体要求", row.text or "没有写", wide=True),
        )  # fmt: skip
        answered = (
            Fact("答复时间", plain_text(row.closed_at)), Fact("答复人", row.closed_by), Fact("答复", row.answer, wide=True),
        )  # fmt: skip
        return [Card("申请", asked, acts=acts), *([Card("答复", answered)] if row.closed_at else [])]


class PersonalRequests(ListPage):
    """个人信息申请: the oldest open one is the most urgent"""

    manual, why, help = None, WHY, "0.8"
    url, permission, title = "privacy/requests/", "privacy.view", "个人信息申请"
    subtitle = f"考生查阅、更正、删除个人信息和撤回同意的申请，{rules.DAYS} 天内答复"
    model = PersonalRequest
    filters = [
        Exact("受理单号", "number"), Search("姓名", "name"), Exact("考生编号", "candidate_number"), Choice("申请事项", "wish"),
        Choice("申请方式", "way"), DateRange("受理时间", "received_at"),
    ]  # fmt: skip
    tabs = StateTabs(REQUEST)
    row = [Open(PersonalRequestDetail), Act(FulfilRequest), Act(RefuseRequests), Act(GiveCopy)]
    batch = [Batch(RefuseRequests, "批量不予处理")]
    header = [Go(RegisterRequest, primary=True), Export("导出")]
    links = [Go("privacy.PrivacyNotice", label="查看告知书")]
    order = ("-received_at",)
    empty = "没有符合条件的申请"
    columns = [
        Col("number", "受理单号", fixed=True), Col("name", "姓名"), Col("candidate_number", "考生编号"), Col("wish", "申请事项"),
        Col("way", "申请方式"), When("received_at", "受理时间", sort=True), When("due_at", "答复期限", sort=True),
        When("closed_at", "答复时间", shown=False), Col("closed_by", "答复人", shown=False), State(REQUEST),
    ]  # fmt: skip
