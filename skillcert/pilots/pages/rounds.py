"""申报计划: the province keeps them; an institution finds there what it may apply for (R52)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from skillcert.kit.errors import Missing
from skillcert.kit.gate import Outcome
from skillcert.kit.pages import (
    Act,
    ByClock,
    Choice,
    Col,
    DetailPage,
    Dialog,
    FormPage,
    Go,
    KitForm,
    ListPage,
    Moment,
    Open,
    Page,
    Search,
    Tab,
    TextField,
    UploadsField,
    clock_badge,
    url_of,
)  # fmt: skip
from skillcert.kit.pages.screen import Badge, Card, ColumnView, Fact, Figure, Note, RowView, Table
from skillcert.orgs.models import Province
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.states import QualificationState

from .. import rules
from ..models import PilotApplication, PilotRound, RoundFile
from ..rules.rounds import waiting
from ..states import APPLICATION, ROUND, ROUND_LOOK, RoundState

LIST, TO_APPLY = "pilots.PilotRounds", "pilots.RoundsToApply"
WAYS = ((True, "按专业申报"), (False, "不按专业申报"))
SOON = timedelta(days=3)


def span_words(left: timedelta) -> str:
    """17 天 7 小时, 3 小时 5 分, 59 秒."""
    seconds = max(0, int(left.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return f"{days} 天 {hours} 小时"
    if hours:
        return f"{hours} 小时 {minutes} 分"
    return f"{minutes} 分" if minutes else f"{seconds} 秒"


def left_words(row: PilotRound, now: datetime) -> str:
    """How long one may still apply, for a cell."""
    if row.state != RoundState.PUBLISHED:
        return ""
    if row.window.before(now):
        return f"{span_words(row.start - now)}后开始"
    return f"还有 {span_words(row.left(now))}" if row.window.contains(now) else "已截止"


def way(row: PilotRound) -> str:
    return "按专业" if row.by_major else "不按专业"


def minute(moment: datetime) -> str:
    """To the minute; to the second where a window was set so."""
    local = timezone.localtime(moment)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def span(row: PilotRound) -> str:
    return f"{minute(row.start)} 至 {minute(row.end)}"


def files_of(row: PilotRound) -> SafeString:
    """Links to the attachments."""
    files = [(url_of(RoundAttachment, pk=one.pk), one.file.name) for one in row.files.select_related("file").order_by("pk")]
    return format_html_join("　", '<a href="{}">{}</a>', files) if files else SafeString("没有")


# --- the form ----------------------------------------------------------------------------------------------
class SecondMoment(Moment):
    """A window's edge, to the second."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label, widget=forms.DateTimeInput({"type": "datetime-local", "step": "1"}, "%Y-%m-%dT%H:%M:%S"))


class RoundForm(KitForm):
    name = TextField(label="计划名称", max_length=80)
    year = forms.IntegerField(label="年度", min_value=2020, max_value=2100)
    by_major = forms.TypedChoiceField(
        label="申报方式", choices=WAYS, coerce=lambda value: value == "True", help_text="按专业申报时，院校须填写拟申报专业"
    )
    review_levels = forms.TypedChoiceField(label="审核", choices=[(1, "初审"), (2, "初审、终审")], coerce=int)
    start = SecondMoment("申报开始时间")
    end = SecondMoment("申报结束时间")
    qualifications = forms.MultipleChoiceField(label="证书范围", widget=forms.CheckboxSelectMultiple)
    description = TextField(
        label="说明", max_length=2000, required=False, widget=forms.Textarea({"rows": 3}), help_text="院校申报时会看到"
    )
    files = UploadsField(
        "附件", most=rules.MOST_BYTES, accept=",".join(rules.SUFFIXES), required=False,
        help_text="PDF、Word（.docx）或 Excel（.xlsx），每个不超过 20 MB，最多 5 个",
    )  # fmt: skip
    drop_files = forms.MultipleChoiceField(label="移除附件", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("qualifications", "drop_files"):
            self.fields[name].wide = True  # type: ignore[attr-defined]
        offered = Qualification.objects.filter(state=QualificationState.PUBLISHED)
        if self.row is not None:
            offered = Qualification.objects.filter(Q(pk__in=offered.values("pk")) | Q(rounds=self.row)).distinct()
        self.fields["qualifications"].choices = [  # type: ignore[attr-defined]
            (one.pk, str(one)) for one in offered.order_by("name", "grade")
        ]
        kept = list(self.row.files.select_related("file").order_by("pk")) if self.row is not None else []
        if kept:
            self.fields["drop_files"].choices = [(str(one.file_id), one.file.name) for one in kept]  # type: ignore[attr-defined]
        else:
            del self.fields["drop_files"]
        if self.row is not None and self.row.state == RoundState.PUBLISHED:
            for name in ("year", "by_major", "review_levels", "start"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("start"), data.get("end")
        if start and end and end <= start:
            self.add_error("end", "申报结束时间须晚于开始时间。")
        return data


class NewRound(FormPage):
    """A draft; publishing is an act of its own."""

    manual, url, permission, title = "4.3", "pilots/rounds/new/", "pilots.rounds", "新增申报计划"
    label, model, form, icon, back, submit_label = "新增申报计划", PilotRound, RoundForm, "plus", LIST, "保存草稿"
    columns = 4

    def initial(self, row: PilotRound | None) -> dict[str, Any]:
        if row is None:
            province = Province.objects.filter(pk=self.actor.organization_id).first()
            levels = province.review_levels if province else 2
            return {"year": self.now.year, "by_major": True, "review_levels": levels}
        names = ("name", "year", "by_major", "review_levels", "start", "end", "description")
        return {name: getattr(row, name) for name in names} | {"qualifications": list(row.qualifications.values_list("pk", flat=True))}

    def save(self, row: PilotRound | None, data: dict[str, Any]) -> PilotRound:
        return rules.create_round(actor=self.actor, now=self.now, **self.parts(data))

    def parts(self, data: dict[str, Any]) -> dict[str, Any]:
        data = dict(data)
        chosen = list(Qualification.objects.filter(pk__in=data.pop("qualifications")))
        return {"qualifications": chosen, "files": data.pop("files"), "values": data}

    def after(self, row: PilotRound) -> str:
        return url_of(PilotRoundDetail, pk=row.pk)

    def done(self, row: PilotRound) -> str:
        return f"已保存“{row}”，核对后发布。" if row.state == RoundState.DRAFT else f"已保存“{row}”。"


class EditRound(NewRound):
    """A published round keeps year, way, levels and start; it may be prolonged and take further certificates."""

    url, title, label, icon = "pilots/rounds/<int:pk>/edit/", "编辑申报计划", "编辑", "pencil"
    guards = (rules.editable_round,)

    @property
    def submit_label(self) -> str:  # type: ignore[override]
        return "保存"

    def save(self, row: PilotRound | None, data: dict[str, Any]) -> PilotRound:
        assert row is not None  # noqa: S101  # the address names one
        parts = self.parts(data)
        drop = parts["values"].pop("drop_files", [])
        return rules.edit_round(
            actor=self.actor, now=self.now, round_=row, drop_files=drop, version=self.version, **parts
        )

    def notes(self, row: PilotRound | None) -> list[Note]:
        if row is not None and row.state == RoundState.PUBLISHED:
            return [Note("计划已发布：只能改名称、结束时间、说明和附件，证书范围只增不减。", "wait")]
        return []


# --- verbs ---------------------------------------------------------------------------------------------------
class RoundDialog(Dialog):
    """One round at a time."""

    model, unit, back = PilotRound, "个计划", LIST
    single = True

    def facts(self, row: PilotRound) -> list[Fact]:
        return [
            Fact("申报时间", span(row)), Fact("申报方式", way(row)),
            Fact("证书范围", f"{row.qualifications.count():,} 个证书等级"),
            Fact("审核", row.get_review_levels_display()),
        ]  # fmt: skip


class PublishRound(RoundDialog):
    manual, url, title, label, move = "4.3", "pilots/rounds/publish/", "发布申报计划", "发布", ROUND["publish"]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.publish_rounds(actor=self.actor, now=self.now, rounds=rows)

    def warning(self) -> Note:
        return Note("发布后本省院校会收到消息，到申报开始时间即可申报。", "wait")


class CloseRound(RoundDialog):
    manual, url, title, label, move = "4.3", "pilots/rounds/close/", "关闭申报计划", "关闭", ROUND["close"]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.close_rounds(actor=self.actor, now=self.now, rounds=rows)

    def warning(self) -> Note:
        count = waiting(self.one)
        text = f"还有 {count:,} 份申报在审核或等院校修改。" if count else ""
        return Note(f"{text}关闭后院校不能再申报，退回的也不能再提交；已提交的仍可审核。", "wait")


class ReopenRound(RoundDialog):
    manual, url, title, label, move = "4.3", "pilots/rounds/reopen/", "重新开放申报计划", "重新开放", ROUND["reopen"]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.reopen_rounds(actor=self.actor, now=self.now, rounds=rows)

    def warning(self) -> Note:
        return Note("重新开放后，退回的申报可以再提交；申报时间已过的，不接受新的申报。", "wait")


class DeleteRound(RoundDialog):
    manual, url, permission, title, label = "4.3", "pilots/rounds/delete/", "pilots.rounds", "删除申报计划", "删除"
    guards, final = (rules.unused_draft,), True

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        return rules.delete_rounds(actor=self.actor, now=self.now, rounds=rows)


class RoundAttachment(Page):
    """附件, for whoever sees the round."""

    manual, url, permission, title = "4.3", "pilots/rounds/files/<int:pk>/", "pilots.view", "附件"

    def get(self) -> HttpResponseBase:
        rounds = PilotRound.visible_to(self.actor).values("pk")
        found = RoundFile.objects.filter(pk=self.where["pk"], round__in=rounds).select_related("file").first()
        if found is None:
            raise Missing()
        return found.file.response()


# --- the record and the lists --------------------------------------------------------------------------------
class PilotRoundDetail(DetailPage):
    manual, url, permission, title = "4.3", "pilots/rounds/<int:pk>/", "pilots.view", "申报计划"
    model, related, machine = PilotRound, ("province",), ROUND
    acts = [
        Act(DeleteRound, danger=True), Act(EditRound), Act(CloseRound), Act(ReopenRound), Act(PublishRound, primary=True),
        Act("pilots.Apply", "立即申报", primary=True),
    ]  # fmt: skip

    def back_url(self) -> str:
        return url_of(TO_APPLY if self.actor.organization_kind == "institution" else LIST)

    def subtitle_of(self, row: PilotRound) -> str:
        return f"{row.province} ・ {row.year} 年度"

    def badge(self, row: PilotRound) -> Badge:
        return clock_badge(row.stage(self.now), ROUND_LOOK)

    def figures(self, row: PilotRound) -> list[Figure]:
        """How many applications stand where, each opening its list."""
        seen = PilotApplication.visible_to(self.actor).filter(round=row)
        counts = dict(seen.order_by().values_list("state").annotate(n=Count("pk")))
        shown = [state for state in APPLICATION.states.values if counts.get(state)]
        lists = url_of("pilots.PilotApplications")
        return [
            Figure(APPLICATION.label(state), f"{counts[state]:,}", "份", url=f"{lists}?round={row.pk}&tab={state}")
            for state in shown
        ]

    def notes(self, row: PilotRound) -> list[Note]:
        if row.state == RoundState.CLOSED and self.actor.organization_kind == "institution":
            return [Note("省厅已关闭这个计划，退回的申报也不能再提交；如需办理请联系省厅。", "wait")]
        return []

    def cards(self, row: PilotRound) -> list[Card]:
        facts = (
            Fact("申报时间", span(row)), Fact("离截止", left_words(row, self.now)), Fact("申报方式", way(row)),
            Fact("审核", row.get_review_levels_display()), Fact("附件", files_of(row), wide=True),
            Fact("说明", row.description, wide=True),
        )  # fmt: skip
        rows = row.qualifications.select_related("awarding_body").order_by("name", "grade")
        columns = (ColumnView("n", "证书名称"), ColumnView("g", "等级"), ColumnView("b", "培训评价组织"))
        table = Table(columns, tuple(
            RowView(str(one.pk), str(one), tuple(format_html("{}", text) for text in (
                one.name, one.get_grade_display(), one.awarding_body.name,
            )))
            for one in rows
        ))  # fmt: skip
        return [Card("申报计划", facts), Card("证书范围", table=table, hint=f"{len(table.rows)} 个证书等级")]

    def events(self, row: PilotRound) -> list[Any]:
        return [] if self.actor.organization_kind == "institution" else super().events(row)


ROUND_COLUMNS: Sequence[Col] = [
    Col("name", "计划名称", fixed=True), Col("year", "年度", sort=True), Col("way", "申报方式", value=way),
    Col("start", "申报时间", value=span, sort="start"), Col("left", "离截止", value=lambda row: left_words(row, row.seen_at)),
    Col("review_levels", "审核", shown=False), ByClock(lambda row, now: row.stage(now), ROUND_LOOK),
]  # fmt: skip


def stage_tabs(*stages: RoundState) -> list[Tab]:
    return [Tab(str(one.label), lambda now, one=one: PilotRound.in_stage(one, now), one.value) for one in stages]


class PilotRounds(ListPage):
    """The province's own; the platform reads."""

    manual, url, permission, title = "4.3", "pilots/rounds/", "pilots.view", "申报计划"
    model = PilotRound
    related = ("province",)
    columns = [*ROUND_COLUMNS[:1], Col("province__name", "省份", shown=False), *ROUND_COLUMNS[1:]]
    filters = [Search("计划名称", "name"), Choice("年度", "year", options=lambda page: years_of(page))]
    tabs = stage_tabs(*RoundState)
    row = [Act(PublishRound), Open(PilotRoundDetail), Act(EditRound), Act(CloseRound), Act(ReopenRound), Act(DeleteRound, danger=True)]
    header = [Go(NewRound, primary=True)]
    order = ("-start",)
    nothing_yet = "还没有申报计划"
    kinds = ("province", "platform")  # an institution has 申报证书试点


class RoundsToApply(ListPage):
    """R52: 点击申报证书试点按钮，页面显示相应省级发布的申报计划信息，点击立即申报."""

    manual, url, permission, title = "4.3", "pilots/apply/", "pilots.edit", "申报证书试点"
    model, columns, order, nothing_yet = PilotRound, list(ROUND_COLUMNS), ("-start",), "省厅还没有发布申报计划"
    tabs = [Tab("正在申报", lambda now: PilotRound.open_at(now), "open"), *stage_tabs(RoundState.CLOSED)]
    row = [Act("pilots.Apply", "立即申报"), Open(PilotRoundDetail)]
    label = "申报证书试点"
    kinds = ("institution",)

    def notes(self) -> list[Note]:
        soon = self.visible.filter(PilotRound.open_at(self.now), end__lt=self.now + SOON).order_by("end")[:3]
        found = [f"“{row}”{left_words(row, self.now)}" for row in soon]
        return [Note("即将截止：" + "，".join(found), "wait")] if found else []


def years_of(page: ListPage) -> list[tuple[int, str]]:
    """The years of what the actor sees."""
    found = page.visible.order_by("-year").values_list("year", flat=True).distinct()
    return [(year, f"{year} 年") for year in found]
