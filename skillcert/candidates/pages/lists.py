"""院校考生 and 社会考生, their imports and the record of those."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from skillcert.kit.crypto import mask_phone
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
    Group,
    IdNumber,
    ListPage,
    Masked,
    Open,
    Photo,
    Search,
    State,
    StateTabs,
    When,
)  # fmt: skip
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.keyset import capped_count, count_text
from skillcert.kit.sheets.records import ImportRecord
from skillcert.qualifications.models import Major

from .. import rules
from ..imports import CandidateModify, CollegeImport, SocialImport
from ..models import Candidate, CandidateKind
from ..states import CANDIDATE, CandidateState
from .consents import DeclaredImport
from .forms import EditCandidate, NewCollegeCandidate, NewSocialCandidate
from .person import CandidateDetail, ConfirmCandidate, DeleteCandidates, VerifyCandidates, photo_url
from .photos import ImportPhotos, PhotoImportResult
from .undo import UndoImport


class ImportCollegeCandidates(ImportPage):
    manual, url, title = "5.2.3", "candidates/college/import/", "批量导入考生信息"
    spec, back, records = CollegeImport, "candidates.CollegeCandidates", "candidates.CollegeImports"
    params_form = DeclaredImport


class ImportSocialCandidates(ImportPage):
    manual, url, title = "5.2.3", "candidates/social/import/", "批量导入考生信息"
    spec, back, records = SocialImport, "candidates.SocialCandidates", "candidates.CollegeImports"
    params_form = DeclaredImport


class ModifyCandidates(ImportPage):
    """R102: export, complete, import again."""

    manual, url, title = "5.2.3", "candidates/modify/", "批量修改考生信息"
    spec, back, records, icon = CandidateModify, "candidates.CollegeCandidates", "candidates.CollegeImports", "table-options"
    hints = (
        "先用“批量导出考生信息”导出，找出信息不完善的考生，补全后在这里导入；也可下载模板填写。",
        "以考生编号，或证件类型加身份证号认人。",
        "信息准确的考生，姓名不可修改。",
    )


class CollegeImports(ImportRecordList):
    """Who imported candidates or photos, when, with how many in and out (R146)."""

    manual, url, permission, title = "5.2.3", "candidates/imports/", "candidates.view", "考生导入记录"
    label, icon = "导入记录", "history"
    pages = [ImportCollegeCandidates, ImportSocialCandidates, ModifyCandidates]

    def rows(self) -> QuerySet:
        kinds = [page.spec.name for page in self.pages] + [rules.PHOTO_IMPORT]
        return ImportRecord.objects.filter(kind__in=kinds)


CollegeImports.row = [*CollegeImports.row, Open(PhotoImportResult), Act(UndoImport, danger=True)]


def major_cell(row: Candidate) -> str:
    return f"{row.major.name} {row.major.code}" if row.major else ""


def majors_in_use(page: ListPage) -> list[tuple[int, str]]:
    used = Exists(page.visible.order_by().filter(major=OuterRef("pk")))  # a look into the index for each major
    return [(major.pk, str(major)) for major in Major.objects.filter(used).order_by("code")]


def recent_years(page: ListPage) -> list[tuple[str, str]]:
    return [(str(year), str(year)) for year in range(page.now.year, page.now.year - 10, -1)]


class CollegeCandidates(ListPage):
    """5.2.3 院校考生: an institution's own students (R84)."""

    manual, url, permission, title = "5.2.3", "candidates/college/", "candidates.view", "院校考生"
    model, related, kind = Candidate, ("major",), CandidateKind.COLLEGE
    columns = [
        Photo(photo_url), Col("name", "姓名", sort="pinyin_key", fixed=True), Masked("id_number", "身份证号"),
        Masked("phone", "手机号", mask_phone), Col("major", "就读专业", value=major_cell), Col("level", "专业层次"),
        Col("entry_year", "入学年份", sort=True), Figure("registration_count", "已报考"), State(CANDIDATE),
        Col("number", "考生编号", shown=False), Col("pinyin", "姓名拼音", shown=False), Col("id_type", "证件类型", shown=False),
        Col("kind", "学生类型", shown=False), Col("class_name", "班级", shown=False), Col("student_number", "学号", shown=False),
        Figure("similarity", "照片相似度", shown=False), Col("consent", "知情同意", shown=False),
        When("created_at", "创建时间", sort=True, shown=False),
    ]  # fmt: skip
    filters = [
        Search("姓名", "name", "pinyin_key", hint="姓名或拼音"), IdNumber("身份证号"),
        Choice("就读专业", "major", options=majors_in_use), Choice("入学年份", "entry_year", options=recent_years),
        Search("班级", "class_name"), Exact("考生编号", "number"),
        Choice("信息完整", "complete", options=lambda page: [("True", "完整"), ("False", "不完整")]), Choice("知情同意", "consent"),
        DateRange("创建时间", "created_at"),
    ]  # fmt: skip
    tabs = StateTabs(CANDIDATE)
    row = [
        Act(VerifyCandidates), Act(ConfirmCandidate), Act(EditCandidate), Open(CandidateDetail),
        Act(DeleteCandidates, danger=True),
    ]  # fmt: skip
    batch = [Batch(VerifyCandidates, "批量认证"), Batch(DeleteCandidates, "批量删除", danger=True)]
    header = [
        Go(NewCollegeCandidate, primary=True), Go(ImportCollegeCandidates), Go(ImportPhotos), Batch(VerifyCandidates, "批量认证"),
        Export("批量导出考生信息"), Batch(DeleteCandidates, "批量删除", danger=True), Group("更多", [Go(ModifyCandidates)]),
    ]  # fmt: skip
    links = [Go(CollegeImports)]
    order = ("-created_at",)
    empty = "没有符合条件的考生"

    def rows(self) -> QuerySet:
        return Candidate.objects.filter(kind=self.kind)

    @property
    def subtitle(self) -> str:  # type: ignore[override]
        waiting = capped_count(self.visible.filter(state=CandidateState.UNVERIFIED))
        return f"{count_text(waiting)} 人待认证" if waiting else ""


class SocialCandidates(CollegeCandidates):
    """5.2.3 社会考生: trainees recruited together with the awarding body (R85)."""

    url, title, kind = "candidates/social/", "社会考生", CandidateKind.SOCIAL
    columns = [
        Photo(photo_url), Col("name", "姓名", sort="pinyin_key", fixed=True), Masked("id_number", "身份证号"),
        Masked("phone", "手机号", mask_phone), Col("employer", "工作单位"), Col("education", "最高学历"),
        Figure("registration_count", "已报考"), State(CANDIDATE), Col("number", "考生编号", shown=False),
        Col("pinyin", "姓名拼音", shown=False), Col("id_type", "证件类型", shown=False), Col("kind", "学生类型", shown=False),
        Col("major", "专业", value=major_cell, shown=False), Col("consent", "知情同意", shown=False),
        When("created_at", "创建时间", sort=True),
    ]  # fmt: skip
    filters = [
        Search("姓名", "name", "pinyin_key", hint="姓名或拼音"), IdNumber("身份证号"), Exact("考生编号", "number"),
        Choice("知情同意", "consent"), DateRange("创建时间", "created_at"),
    ]  # fmt: skip
    header = [
        Go(NewSocialCandidate, primary=True), Go(ImportSocialCandidates), Go(ImportPhotos), Batch(VerifyCandidates, "批量认证"),
        Export("批量导出考生信息"), Batch(DeleteCandidates, "批量删除", danger=True), Group("更多", [Go(ModifyCandidates)]),
    ]  # fmt: skip
