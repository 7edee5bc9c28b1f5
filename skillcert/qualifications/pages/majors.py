"""4.1 专业目录, and 证书对应专业 (R15): found by search, or imported by code and version."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from skillcert.kit.errors import Missing, Refused
from skillcert.kit.exports import Export
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Batch,
    ChainedChoice,
    ChainedChoices,
    Choice,
    Col,
    Dialog,
    Exact,
    FormPage,
    Go,
    Group,
    KitForm,
    ListPage,
    Search,
    TextField,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.filters import starts_with
from skillcert.kit.pages.imports import ImportPage, ImportRecordList
from skillcert.kit.pages.screen import Note

from .. import rules
from ..imports import MajorCatalogueImport, MappingImport
from ..models import Major, MajorLevel, Qualification, Revision
from ..states import unpublished

MAJORS, MAPPED, REVISED = "qualifications.Majors", "qualifications.MappedMajors", "qualifications.RevisedMajors"
MOST_FOUND = 40
REVISING = "这个证书正在修订，专业的增减在“修订后的专业”中。"
COLUMNS = [
    Col("name", "专业名称", fixed=True), Col("code", "专业代码", sort=True), Col("version", "专业版本"), Col("level", "层次"),
    Col("category", "专业大类"), Col("subcategory", "专业类"),
]  # fmt: skip


class ImportMajors(ImportPage):
    """专业目录 from the official file, by the platform."""

    manual, url, title, label = "4.1", "majors/import/", "导入专业目录", "导入"
    spec, back, records = MajorCatalogueImport, MAJORS, "qualifications.MajorImports"


class MajorImports(ImportRecordList):
    manual, url, permission, title, label = "4.1", "majors/imports/", "qualifications.review", "专业目录导入记录", "导入记录"
    pages = [ImportMajors]


class Majors(ListPage):
    """4.1 专业目录: every version of every major, for everybody"""

    manual, url, permission, title = "4.1", "majors/", "qualifications.view", "专业目录"
    model, order = Major, ("code",)
    columns = [*COLUMNS, Col("source", "来源", shown=False)]
    filters = [
        Search("专业名称", "name"), Search("专业代码", "code"), Choice("层次", "level", options=lambda page: MajorLevel.choices),
        Exact("专业版本", "version", hint="如 2021"),
    ]  # fmt: skip
    header = [Group("导入专业目录", [Go(ImportMajors), Go(MajorImports)], "file-import", primary=True), Export("导出")]
    empty = "专业目录中没有符合条件的专业；目录由平台导入"


# --- 证书对应专业 --------------------------------------------------------------------------------------
def entry_of(page: Any) -> Qualification:
    """The entry below which the page lies. Raises Missing for one that the actor does not see."""
    found = Qualification.visible_to(page.actor).filter(pk=page.where["qualification"]).first()
    if found is None:
        raise Missing()
    return found


def found_majors(page: Any, search: str) -> list[tuple[int, str]]:
    """The majors whose name or code begins with ``search`` and that are not mapped yet."""
    mapped = rules.working(entry_of(page)).majors.values("pk")
    rows = Major.objects.filter(starts_with("name", search) | starts_with("code", search)).exclude(pk__in=mapped)
    found = rows.order_by("code", "version")[:MOST_FOUND]
    return [(row.pk, f"{row.name} {row.code}（{row.version} 版，{row.get_level_display()}）") for row in found]


class MajorSearchForm(KitForm):
    search = TextField(label="专业名称或代码", max_length=30, help_text="输入开头几个字或几位代码，移开光标即列出；最多列 40 个")
    majors = ChainedChoices("勾选要添加的专业", options=found_majors, after=["search"])


class AddMajors(FormPage):
    """A search dialog: majors not mapped yet, ticked and added."""

    manual, url, permission, title = "4.1", "qualifications/<int:qualification>/majors/add/", "qualifications.edit", "添加对应专业"
    model, form, opens, size, icon, submit_label = Qualification, MajorSearchForm, "dialog", 640, "plus", "添加所选专业"
    columns, kinds = 1, ("awarding_body",)

    @cached_property
    def row(self) -> Qualification | Revision:
        return rules.worked_on(actor=self.actor, now=self.now, qualification=entry_of(self))

    def initial(self, row: Any) -> dict[str, Any]:
        return {}

    def save(self, row: Qualification | Revision, data: dict[str, Any]) -> Qualification | Revision:
        chosen = list(Major.objects.filter(pk__in=data["majors"]))
        return rules.map_majors(actor=self.actor, now=self.now, qualification=entry_of(self), add=chosen)

    def done(self, row: Qualification | Revision) -> str:
        return f"已添加，“{row}”现有 {row.majors.count()} 个对应专业。"

    def back_url(self) -> str:
        listed = REVISED if isinstance(rules.working(entry_of(self)), Revision) else MAPPED
        return url_of(listed, qualification=self.where["qualification"])


class RemoveMajors(Dialog):
    """Take the ticked majors away from the entry whose list it is."""

    manual, url, permission = "4.1", "qualifications/majors/remove/", "qualifications.edit"
    title, label, model, unit, icon, back = "移除对应专业", "移除", Major, "个专业", "trash", "qualifications.Qualifications"
    kinds = ("awarding_body",)

    @classmethod
    def routes(cls) -> list[str]:
        return [cls.url]  # a major alone does not say of which entry

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        key = self.selection.where.get("qualification")
        entry = Qualification.visible_to(self.actor).filter(pk=key or 0).first()
        if entry is None:
            raise Refused("请在证书的“对应专业”列表中勾选后移除。")
        row = rules.worked_on(actor=self.actor, now=self.now, qualification=entry)
        if self.selection.page == MAPPED and isinstance(row, Revision):
            raise Refused(REVISING)
        chosen = list(rows)
        rules.map_majors(actor=self.actor, now=self.now, qualification=entry, remove=chosen)
        return Outcome(done=[row.pk for row in chosen])


class MappingParams(KitForm):
    qualification = ChainedChoice("证书", options=lambda page: rules.workable(page.actor, page.now).order_by("name", "grade"))


class ImportMapping(ImportPage):
    manual, url, title, label = "4.1", "qualifications/majors/import/", "导入对应专业", "导入对应专业"
    spec, back, records, params_form = MappingImport, "qualifications.Qualifications", "qualifications.MappingImports", MappingParams
    kinds = ("awarding_body",)

    def params_label(self, params: dict[str, Any]) -> str:
        return str(Qualification.objects.filter(pk=params.get("qualification") or 0).first() or "")


class MappingImports(ImportRecordList):
    manual, url, permission, title, label = "4.1", "qualifications/majors/imports/", "qualifications.edit", "对应专业导入记录", "导入记录"
    pages = [ImportMapping]
    kinds = ("awarding_body",)


class MappedMajors(ListPage):
    """4.1 证书对应专业 (R15) of one entry"""

    manual, url, permission, title = "4.1", "qualifications/<int:qualification>/majors/", "qualifications.view", "对应专业"
    model, order, columns = Major, ("code",), COLUMNS
    filters = [Search("专业名称", "name"), Search("专业代码", "code"), Choice("层次", "level", options=lambda page: MajorLevel.choices)]
    header = [Go(AddMajors, primary=True), Export("导出")]
    batch = [Batch(RemoveMajors, danger=True)]
    nothing_yet = "还没有对应专业"

    @cached_property
    def entry(self) -> Qualification:
        return entry_of(self)

    @property
    def subtitle(self) -> str:  # type: ignore[override]
        return str(self.entry)

    def rows(self) -> QuerySet:
        return Major.objects.filter(qualifications=self.entry)

    def notes(self) -> list[Note]:
        """To its own body: where its majors are changed now."""
        if self.actor.organization_id != self.entry.awarding_body_id or not AddMajors.admits(self.actor):
            return []
        if isinstance(rules.working(self.entry), Revision):
            there = url_of(REVISED, qualification=self.entry.pk)
            return [Note(REVISING, "run", there, "修订后的专业")]
        locked = not Qualification.objects.filter(Q(pk=self.entry.pk), unpublished.q_for(self.actor, self.now)).exists()
        return [Note(unpublished.sentence)] if locked else []
