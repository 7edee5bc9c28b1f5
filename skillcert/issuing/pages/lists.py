"""The seven lists of 证书发放管理, in the manual's order."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from skillcert.kit.exports import Export
from skillcert.kit.pages import (
    Act,
    Batch,
    Choice,
    Col,
    DateRange,
    Exact,
    Figure,
    Go,
    IdNumber,
    ListPage,
    Masked,
    Open,
    Photo,
    Search,
    State,
    StateTabs,
    When,
)
from skillcert.kit.pages.screen import Note
from skillcert.kit.templatetags.kit import fours
from skillcert.orgs.models import Institution
from skillcert.plans.models import ExamPlan
from skillcert.qualifications.models import Qualification

from ..models import Certificate, Way
from ..states import ISSUE, CertificateState
from .collect import CollectIssuable, IssuableList, NotIssuableList
from .detail import CertificateDetail
from .release import DownloadCertificates, DownloadPrint, Release, ReleaseElectronic, ReleasePaper, ReRelease
from .signing import BodyResign, BodySign, CenterResign, CenterSign

S = CertificateState


def of(model: Any, field: str) -> Any:
    """The rows of ``model`` that the list's rows belong to: what can be chosen in its query bar."""
    return lambda page: model._default_manager.filter(pk__in=page.visible.order_by().values(field))


class CertificateList(ListPage):
    """What the seven share."""

    permission = "issuing.view"
    model = Certificate
    related = ("qualification", "plan", "institution", "awarding_body", "result")
    person = (
        Photo(lambda row: f"/issuing/{row.pk}/photo/", shown=False), Col("name", "考生姓名", sort="pinyin_key", fixed=True),
        Col("candidate_number", "考生编号"), Masked("id_number", "身份证号"), Col("kind", "学生类型", shown=False),
        Col("institution__name", "所属院校"), Col("qualification", "证书", value=lambda row: str(row.qualification)),
        Col("qualification__name", "证书名称", shown=False), Col("qualification__grade", "证书等级", shown=False),
        Figure("result__total", "综合成绩"),
    )
    tail = (
        State(ISSUE, label="颁证状态"), When("created_at", "生成时间", shown=False), Col("plan__name", "考试计划", shown=False),
        Col("awarding_body__name", "培训评价组织", shown=False),
    )
    columns = (*person, *tail)
    filters = [
        Search("考生姓名", "name", "pinyin_key"), Exact("考生编号", "candidate_number"),
        Choice("证书", "qualification", options=of(Qualification, "qualification")),
        Choice("考试计划", "plan", options=of(ExamPlan, "plan")), IdNumber("身份证号"),
        Choice("所属院校", "institution", options=of(Institution, "institution")), DateRange("生成时间", "created_at"),
    ]  # fmt: skip
    states: tuple[str, ...] = ()

    def rows(self) -> QuerySet:
        return Certificate.objects.filter(state__in=self.states)


class AwardingBodyToSign(CertificateList):
    manual, url, title = "4.2.1", "issuing/awarding-body/", "培训评价组织待签发"
    states = (S.BODY_PENDING,)
    row = [Act(BodySign, "签发"), Open(CertificateDetail)]
    batch = [Batch(BodySign, "批量确认签发")]
    header = [
        Go(CollectIssuable, primary=True), Batch(BodySign, "批量确认签发"), Go(IssuableList), Go(NotIssuableList), Export(),
    ]  # fmt: skip
    nothing_yet = "没有等待培训评价组织签发的记录"


class AwardingBodyRefused(CertificateList):
    manual, url, title = "4.2.2", "issuing/awarding-body/refused/", "培训评价组织拒绝签发"
    states = (S.BODY_REFUSED,)
    columns = (*CertificateList.person, Col("refusal", "拒签理由"), *CertificateList.tail)
    row = [Act(BodyResign, "签发"), Open(CertificateDetail)]
    batch = [Batch(BodyResign, "批量重新签发")]
    header = [Batch(BodyResign, "批量重新签发"), Export()]
    nothing_yet = "没有培训评价组织拒绝签发的记录"


class CenterToSign(CertificateList):
    manual, url, title = "4.2.3", "issuing/center/", "考核站点待签发"
    states = (S.CENTER_PENDING,)
    row = [Act(CenterSign, "签发"), Open(CertificateDetail)]
    batch = [Batch(CenterSign, "批量确认签发")]
    header = [Batch(CenterSign, "批量确认签发"), Export()]
    nothing_yet = "没有等待考核站点签发的记录；培训评价组织确认签发后才会出现在这里"


class CenterRefused(CertificateList):
    manual, url, title = "4.2.4", "issuing/center/refused/", "考核站点拒绝签发"
    states = (S.CENTER_REFUSED,)
    columns = (*CertificateList.person, Col("refusal", "拒签理由"), *CertificateList.tail)
    row = [Act(CenterResign, "重新签发"), Open(CertificateDetail)]
    batch = [Batch(CenterResign, "批量重新签发")]
    header = [Batch(CenterResign, "批量重新签发"), Export()]
    nothing_yet = "没有考核站点拒绝签发的记录"


class ToRelease(CertificateList):
    """R43: signed by both; those in 证书生成中 stay here until they are sealed."""

    manual, url, title = "4.2.5", "issuing/to-release/", "证书待发放"
    states = (S.TO_RELEASE, S.GENERATING)
    columns = (*CertificateList.person, Col("way", "发证方式"), *CertificateList.tail)
    row = [Act(Release), Open(CertificateDetail)]
    batch = [Batch(ReleasePaper, "批量发放纸质证书"), Batch(ReleaseElectronic, "批量发放电子证书")]
    header = [
        Batch(ReleaseElectronic, "批量发放电子证书", primary=True), Batch(ReleasePaper, "批量发放纸质证书"), Export(),
    ]  # fmt: skip
    nothing_yet = "没有等待发放的证书"

    def notes(self) -> list[Note]:
        making = self.visible.filter(state=S.GENERATING).count()
        return [Note(f"{making:,} 张证书正在生成并盖章，完成后进入“完成发放”。")] if making else []


class SealFailed(CertificateList):
    manual, url, title = "4.2.6", "issuing/seal-failed/", "盖章失败"
    states = (S.SEAL_FAILED,)
    columns = (*CertificateList.person, Col("way", "发证方式"), Col("failure", "盖章失败原因"), *CertificateList.tail)
    row = [Act(ReRelease), Open(CertificateDetail)]
    batch = [Batch(ReRelease, "批量重新发放")]
    header = [Batch(ReRelease, "批量重新发放"), Export()]
    nothing_yet = "没有盖章失败的证书"


class Released(CertificateList):
    manual, url, title = "4.2.7", "issuing/released/", "完成发放"
    states = (S.RELEASED,)
    columns = (
        *CertificateList.person[:2], Col("number", "证书编号", value=lambda row: fours(row.number)),
        *(c for c in CertificateList.person[3:] if c.key != "result__total"), Col("way", "发证方式"), Col("issued_on", "发证日期"),
        Col("candidate_number", "考生编号", shown=False), Figure("result__total", "综合成绩", shown=False),
        Col("state", "颁证状态", value=lambda row: row.get_state_display(), shown=False), *CertificateList.tail[1:],
    )
    filters = [Exact("证书编号", "number"), *CertificateList.filters, Choice("发证方式", "way", options=lambda page: Way.choices)]
    row = [Act(DownloadCertificates), Open(CertificateDetail), Act(ReRelease), Act(DownloadPrint)]
    batch = [Batch(DownloadCertificates, "批量下载电子证书"), Batch(ReRelease, "批量重新发放")]
    header = [Batch(DownloadCertificates, "批量下载电子证书"), Batch(ReRelease, "批量重新发放"), Export()]
    nothing_yet = "还没有完成发放的证书"


class Signed(CertificateList):
    """What both parties have signed and nobody has revoked, wherever it stands since."""

    manual, why = None, "The stage 签发 of the desk's funnel; the manual lists each state apart"
    url, title = "issuing/signed/", "双方已签发的证书"
    states = (S.TO_RELEASE, S.GENERATING, S.SEAL_FAILED, S.RELEASED)
    tabs = StateTabs(ISSUE, *states)
    row = [Open(CertificateDetail)]
    header = [Export()]
    nothing_yet = "还没有双方都已签发的证书；签发后会列在这里"
