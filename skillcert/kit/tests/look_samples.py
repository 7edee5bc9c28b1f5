"""Every shared template with sample data, under /_look/: for the eye, and for the tests of the look.

Mounted only while developing and testing. Names are invented; nothing here touches the database.
"""

# ruff: noqa: E501, RUF005  # sample data reads best a record a line

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..pages.screen import (
    ActView,
    Badge,
    Card,
    CheckCell,
    CheckRow,
    ColumnView,
    Crumb,
    Difference,
    Event,
    Fact,
    Figure,
    GuideStep,
    Head,
    JobView,
    Match,
    MenuItem,
    Note,
    PagerView,
    PlanLine,
    RowView,
    Section,
    Shell,
    Stage,
    Step,
    Table,
    TabView,
    Todo,
)  # fmt: skip
from ..templatetags.kit import badge_html

Sample = tuple[str, Callable[[HttpRequest], dict[str, Any]]]
SAMPLES: dict[str, Sample] = {}


def sample(name: str, template: str) -> Callable[[Callable[[HttpRequest], dict[str, Any]]], Callable[[HttpRequest], dict[str, Any]]]:
    def keep(function: Callable[[HttpRequest], dict[str, Any]]) -> Callable[[HttpRequest], dict[str, Any]]:
        SAMPLES[name] = (template, function)
        return function

    return keep


def look(request: HttpRequest, name: str = "") -> HttpResponse:
    """One sample, or the list of them."""
    if not name:
        links = "".join(f'<li><a href="{one}/">{one}</a></li>' for one in SAMPLES)
        return HttpResponse(f'<!doctype html><html lang="zh-Hans-CN"><meta charset="utf-8"><title>look</title><ul>{links}</ul></html>')
    if name not in SAMPLES:
        raise Http404
    template, context = SAMPLES[name]
    if getattr(request, "htmx", False) and request.htmx.target == "list":  # type: ignore[attr-defined]
        template = "kit/list_rows.html"
    return render(request, template, {"shell": SHELL, **context(request)})


urlpatterns = [path("_look/", look), path("_look/<path:name>/", look)]


# --- what the samples share ----------------------------------------------------------------------------------
def portrait(hair: str = "#1f1a1c", coat: str = "#2b2f38", skin: str = "#f2c6a5") -> str:
    """A drawn head as a data: picture."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 126"><path fill="#c03f39" d="M0 0h90v126H0z"/>'
        f'<path fill="{hair}" d="M22 88V48a23 27 0 0 1 46 0v40z"/><path fill="{skin}" d="M38 80h14v20H38z"/>'
        f'<ellipse cx="45" cy="58" rx="19" ry="24" fill="{skin}"/><path fill="{hair}" d="M26 50a19 22 0 0 1 38 0q-22-2-26-10-3 8-12 10"/>'
        f'<path fill="{coat}" d="M5 126q2-26 28-32l12 12 12-12q26 6 28 32z"/></svg>'
    )
    return "data:image/svg+xml," + quote(svg)


def _menu() -> tuple[MenuItem, ...]:
    exam = tuple(MenuItem(label, "#") for label in ("考试科目", "考试计划")) + (
        MenuItem("考生管理", open=True, items=(MenuItem("院校考生", "/_look/list/", current=True), MenuItem("社会考生", "#"))),
        MenuItem("考核站点", items=(MenuItem("考核站点申报", "#"), MenuItem("考核站点分配查询", "#"))),
        *(MenuItem(label, "#") for label in ("考场管理", "报考管理", "缴费管理")),
        MenuItem("排考管理", items=(MenuItem("考核站点编排", "#"), MenuItem("考场编排", "#"), MenuItem("排考明细", "#"))),
        *(MenuItem(label, "#") for label in ("科目成绩", "考证结果", "监考人员")),
    )
    return (
        MenuItem("工作台", "/_look/desk/", "layout-dashboard"),
        MenuItem("机构管理", icon="building-community", items=(MenuItem("试点院校管理", "#"),)),
        MenuItem("标准管理", icon="book-2", items=(MenuItem("职业技能等级标准", "#"),)),
        MenuItem("证书管理", icon="certificate", items=(MenuItem("考核站点待签发", "#", count="330"),)),
        MenuItem("考务管理", icon="clipboard-check", open=True, items=exam),
        MenuItem("周报管理", icon="report", items=(MenuItem("提交周报", "#"),)),
        MenuItem("统计分析", "#", "chart-bar"),
        MenuItem("系统管理", icon="settings", items=(MenuItem("用户管理", "#"),)),
    )


SHELL = Shell(
    menu=_menu(), crumbs=(Crumb("考务管理", "#"), Crumb("考生管理", "#"), Crumb("院校考生")), user_label="林知遥",
    organization="云州职业技术学院", role="试点院校 ・ 院校管理员", unread=7, help_url="#", notices_url="#", account_url="#",
    home_url="/_look/desk/",
)  # fmt: skip

PEOPLE = [
    ("周若溪", "330106********2427", "138****6021", "软件技术", "510203", 2024, 2, Badge("信息准确", "ok")),
    ("欧阳一诺", "330702********0618", "139****4410", "软件技术", "510203", 2024, 1, Badge("信息待认证", "wait")),
    ("赵明轩", "341003********3517", "150****7783", "物联网应用技术", "510102", 2024, 0, Badge("需人工确认", "hand", "user-question")),
    ("古丽娜尔・艾合买提江・阿不都热西提", "650102********1824", "177****0925", "现代物流管理", "530802", 2023, 1, Badge("信息准确", "ok")),
    ("陈语桐", "330483********4126", "186****3307", "软件技术", "510203", 2024, 0, Badge("信息待认证", "wait")),
    ("孙浩然", "331002********051X", "135****9140", "建筑工程技术", "440301", 2023, 0, Badge("无照片", "idle", "photo-off")),
    ("王堃", "420106********7719", "158****2268", "云计算技术应用", "510206", 2024, 1, Badge("信息待认证", "wait")),
    ("徐静姝", "360702********3341", "189****5512", "电子商务", "530701", 2023, 3, Badge("信息准确", "ok")),
] * 2


def _person_row(number: int, person: tuple) -> RowView:
    name, id_number, phone, major, code, year, count, badge = person
    photo = format_html('<img class="thumb" src="{}" alt="" width="26" height="36">', portrait()) if badge.label != "无照片" else SafeString('<span class="thumb thumb-none" title="无照片"></span>')
    own = {"信息待认证": "认证", "需人工确认": "人工确认"}.get(badge.label, "查看")
    cells: tuple[SafeString, ...] = (
        photo, format_html('<span class="cut" title="{0}">{0}</span>', name), SafeString(id_number), SafeString(phone),
        format_html('{} <span class="muted">{}</span>', major, code), SafeString("高职专科"), SafeString(str(year)),
        SafeString(f'<span class="{"is-zero" if not count else ""}">{count}</span>'), badge_html(badge),
    )  # fmt: skip
    acts = (ActView("own", own, "/_look/detail/"), ActView("edit", "编辑", "/_look/form/"))
    return RowView(str(number), name, cells, acts, (ActView("delete", "删除", "/_look/dialog/", "trash", "dialog", danger=True),))


class QueryForm(forms.Form):
    name = forms.CharField(label="姓名", required=False, widget=forms.TextInput({"placeholder": "姓名或拼音"}))
    id_number = forms.CharField(label="身份证号", required=False, widget=forms.TextInput({"placeholder": "全号或后 6 位"}))
    major = forms.ChoiceField(label="就读专业", required=False, choices=[("", "全部专业"), ("1", "软件技术")])
    year = forms.ChoiceField(label="入学年份", required=False, choices=[("", "全部"), ("2024", "2024")])
    phone = forms.CharField(label="手机号", required=False)
    created = forms.DateField(label="生成日期", required=False, widget=forms.DateInput({"type": "date"}))


def _columns() -> tuple[ColumnView, ...]:
    return (
        ColumnView("photo", "照片"), ColumnView("name", "姓名", sort="", sort_url="?sort=name"), ColumnView("id", "身份证号"),
        ColumnView("phone", "手机号"), ColumnView("major", "就读专业"), ColumnView("level", "专业层次"),
        ColumnView("year", "入学年份", sort="desc", sort_url="?sort=year"), ColumnView("count", "已报考", "right"),
        ColumnView("state", "状态"), ColumnView("class", "班级", shown=False), ColumnView("number", "学号", shown=False),
    )  # fmt: skip


@sample("list", "kit/list.html")
def _list(request: HttpRequest) -> dict[str, Any]:
    tabs = [("全部", "1,284"), ("无照片", "47"), ("信息待认证", "326"), ("需人工确认", "9"), ("信息准确", "902")]
    state = request.GET.get("tab", "")
    return {
        "page": Head("院校考生", "共 1,284 人，其中 326 人照片待认证"),
        "query": QueryForm(request.GET, auto_id="query_%s"), "query_folded": True, "query_shown": 4,
        "tabs": [TabView(label, f"?tab={n}", str(n) == (state or "0"), count) for n, (label, count) in enumerate(tabs)],
        "acts": [
            ActView("new", "新增考生", "/_look/dialog-form/", "plus", "dialog", primary=True),
            ActView("import", "批量导入考生信息", "/_look/import-upload/", "table-import"),
            ActView("photos", "批量导入学生照片", "/_look/import-check/", "photo-down"),
            ActView("verify", "批量认证", "/_look/dialog/", "shield-check", "dialog", needs_selection=True),
            ActView("export", "批量导出考生信息", "/_look/dialog/", "download", "dialog", or_all=True),
            ActView("more", "更多", "", items=(ActView("change", "批量修改考生信息", "/_look/dialog/", opens="dialog", needs_selection=True), ActView("delete", "批量删除", "/_look/dialog/", opens="dialog", danger=True, needs_selection=True))),
        ],
        "head_links": [ActView("records", "导入记录", "#", "history")],
        "batch": [ActView("verify", "批量认证", "/_look/dialog/", opens="dialog"), ActView("export", "批量导出", "/_look/dialog/", opens="dialog"), ActView("delete", "批量删除", "/_look/dialog/", opens="dialog", danger=True)],
        "columns": _columns(), "has_row_acts": True, "columns_url": "/_look/list/",
        "rows": [] if state == "3" else [_person_row(n, person) for n, person in enumerate(PEOPLE)],
        "pager": PagerView("1,284", 1, ((1, "?page=1"), (2, "?page=2"), (3, "?page=3"), (4, "?page=4"), (None, ""), (65, "?page=65")), "", "?page=2", 20, tuple((n, f"?size={n}") for n in (10, 20, 50, 100)), 65),
        "selection_key": f"candidates.College:{state or 'all'}", "empty": Note("没有符合条件的考生", url="?", link="清空条件"),
    }  # fmt: skip


@sample("dialog", "kit/dialog.html")
def _dialog(request: HttpRequest) -> dict[str, Any]:
    return {
        "page": Head("批量认证"), "size": 640,
        "figures": [Figure("将认证", "312", "人", "查看名单", "#", "shield-check"), Figure("不可认证", "18", "人", "查看原因与名单", "#", "alert-circle", True)],
        "refusals": [("还没有照片，请先批量导入学生照片", 12), ("信息已认定为准确，不需要再认证", 6)],
        "warning": Note(SafeString("<b>认证为准确后，姓名、证件类型、身份证号、照片不能再改。</b>请先核对。"), "wait"),
        "submit_label": "认证 312 人", "hidden": [("selection", "1")],
    }  # fmt: skip


class PersonForm(forms.Form):
    name = forms.CharField(label="姓名", disabled=True)
    kind = forms.ChoiceField(label="证件类型", choices=[("111", "居民身份证")], disabled=True)
    id_number = forms.CharField(label="身份证号", disabled=True)
    pinyin = forms.CharField(label="姓名拼音", help_text="大写字母，姓与名之间空一格")
    phone = forms.RegexField(r"^1[3-9]\d{9}$", label="手机号", error_messages={"invalid": "缺 1 位，手机号应为 11 位"})
    major = forms.ChoiceField(label="就读专业", choices=[("1", "软件技术 510203（2021 版）")])
    entered = forms.DateField(label="入学日期", widget=forms.DateInput({"type": "date"}))
    agree = forms.BooleanField(label="已与本人核对", required=False)
    note = forms.CharField(label="备注", required=False, max_length=200, widget=forms.Textarea({"rows": 3}), help_text="对方可见")


@sample("form", "kit/form.html")
def _form(request: HttpRequest) -> dict[str, Any]:
    values = {"name": "周若溪", "kind": "111", "id_number": "330106********2427", "pinyin": "ZHOU RUOXI", "phone": "1386602194", "major": "1", "entered": "2024-09-01"}
    form = PersonForm(values if "errors" in request.GET else None, initial=values)
    form.is_valid()
    return {
        "page": Head("编辑考生", "周若溪", "/_look/list/", Badge("信息准确", "ok"), "考生编号 4133012345 24 000417"),
        "form": form, "cancel_url": "/_look/list/",
        "sections": [Section("已锁定", "信息准确后不可修改", (form["name"], form["kind"], form["id_number"]), 3), Section("可以修改", "", tuple(form[n] for n in ("pinyin", "phone", "major", "entered", "agree", "note")), 3)],
        "notes": [Note(SafeString("<b>姓名、证件类型、身份证号、照片已锁定。</b>09-18 10:24 与公安系统照片比对一致（相似度 92），此后这四项不能修改，其余可以修改。"), "run", "#", "确有错误怎么办")],
        "events": EVENTS[:4],
        "conflict": {"sentence": "您编辑期间，手机号已被他人修改并保存。", "differences": [Difference("手机号", "1386602194", "13866021940")]} if "conflict" in request.GET else None,
    }  # fmt: skip


@sample("dialog-form", "kit/dialog.html")
def _dialog_form(request: HttpRequest) -> dict[str, Any]:
    class Reason(forms.Form):
        reason = forms.CharField(label="拒绝签发理由", max_length=500, widget=forms.Textarea({"rows": 4}), help_text="至少 10 个字；对方可见，写进审核记录")

    return {
        "page": Head("拒绝签发 3 人", "徐静姝 79.5　罗一凡 74.2　汤博文 76.8　其余 327 人不受影响"), "form": Reason(),
        "phrases": [(str(n), text) for n, text in enumerate(["考证结果与考场记录不一致", "照片与本人不符", "姓名或证件号有误", "成绩复核未结"])],
        "warning": Note(SafeString("<b>3 人将进入“考核站点拒绝签发”。</b>与培训评价组织协商处理好后，由您在那里点“重新签发”。"), "wait"),
        "submit_label": "拒绝签发", "submit_final": True, "says": "拒绝签发不需要扫码签字",
    }  # fmt: skip


EVENTS = [
    Event("完成发放，已上链", "11-20 09:48", "系统", look="ok"),
    Event("盖章成功（公章、签名章）", "11-20 09:47", "系统", "证书文件第 1 版", "ok", "rubber-stamp"),
    Event("盖章失败", "11-20 09:16", "", "签章服务 30 秒未应答（SEAL-504），已自动重试", "bad"),
    Event("发放电子证书", "11-20 09:15", "方启明", "北辰数字职业教育评价中心 ・ 与另外 311 人同批", "run", "send"),
    Event("考核站点确认签发", "11-19 15:02", "王一川", "云州职业技术学院 ・ 手机签字", "run", "signature", "#"),
    Event("培训评价组织确认签发", "11-18 10:24", "方启明", "北辰数字职业教育评价中心", "run", "signature", "#"),
    Event("获取待发证记录", "11-17 16:40", "梁婉清", "成绩公示已于 11-15 结束", "idle", "file-plus"),
]


@sample("detail", "kit/detail.html")
def _detail(request: HttpRequest) -> dict[str, Any]:
    columns = (ColumnView("kind", "格式"), ColumnView("seals", "签章"), ColumnView("size", "大小", "right"), ColumnView("made", "生成时间"), ColumnView("state", "状态"))
    cells = (SafeString("PDF"), SafeString("公章、签名章"), SafeString("326 KB"), SafeString("11-20 09:47"), badge_html(Badge("已盖章", "ok")))
    files = Table(columns, (RowView("1", "PDF", cells, (ActView("see", "预览", "#"), ActView("get", "下载", "#"))),))
    person = {"photo": portrait(), "facts": [Fact("考生编号", "4133012345 24 000417"), Fact("身份证号", "330106********2427"), Fact("学生类型", "院校考生"), Fact("所属院校", "云州职业技术学院"), Fact("就读专业", "软件技术 510203"), Fact("考试计划", "2026 年第二批统一考核"), Fact("考证结果", SafeString('<span class="is-ok">通过</span>　综合 86.4 分')), Fact("科目成绩", "理论 84.0　实操 88.0"), Fact("证书编号", SafeString("<b>2026 0312 0472 3300 0041 73</b>"), True)]}
    receipt = {"height": 1048576, "block_hash": "0x7c1e5b0d94af38e2d61f0a9be4752c38d1c41f9a027c1e5b0d94af38e2d61f0a", "transaction_hash": "0x2fa98d3310be67c5e80c4a17d29f5b610b7de35a2fa98d3310be67c5e80c4a17", "digest": "SHA-256 a09f4d77c2e1835b6f0de4a9173c52d8e6b1", "anchored_at": timezone.now(), "verify_url": "https://skillcert.example/v/2026031204723300004173?s=8h2k"}
    return {
        "page": Head("周若溪", "Web前端开发（中级）", "/_look/list/", Badge("完成发放", "ok")),
        "head_acts": [ActView("get", "下载电子证书", "#", "download", primary=True), ActView("again", "重新发放", "#", "refresh"), ActView("more", "更多", "", items=(ActView("x", "打印", "#"),))],
        "steps": [Step("培训评价组织签发", "done", "11-18 10:24 ・ 方启明"), Step("考核站点签发", "done", "11-19 15:02 ・ 王一川"), Step("发放", "done", "11-20 09:15 ・ 电子证书"), Step("盖章", "bad" if "failed" in request.GET else "done", "11-20 09:47 ・ 第 2 次成功"), Step("完成", "coming" if "failed" in request.GET else "done", "11-20 09:48")],
        "notes": [Note(SafeString("<b>签名章加盖失败：签章服务 30 秒未应答（SEAL-504）。</b> 证书内容与签字未受影响，请点“重新发放”。"), "bad", "#", "查看处理办法")] if "failed" in request.GET else [],
        "cards": [
            Card("发证信息", template="issuing/person_card.html", context=person, acts=(ActView("full", "查看完整证件号", "#", "eye", "post"),)),
            Card("上链信息", template="issuing/chain_card.html", context=receipt, badge=Badge("已上链，摘要一致", "ok", "link")),
            Card("证书文件", table=files, hint="第 1 版，现行有效"),
        ],
        "events": EVENTS,
    }  # fmt: skip


# --- the import wizard ---------------------------------------------------------------------------------------
WIZARD = ("下载模板", "上传文件", "列匹配", "校验预览", "导入策略", "结果")


def _steps(now: int) -> list[Step]:
    return [Step(label, "done" if n < now else "current" if n == now else "coming") for n, label in enumerate(WIZARD)]


def _wizard(now: int, **more: Any) -> dict[str, Any]:
    return {"page": Head("批量导入考生信息", "2024 级软件学院考生.xlsx ・ 322 行 ・ 校验用时 0.8 秒" if now > 1 else ""), "steps": _steps(now), "head_links": [ActView("records", "导入记录", "#", "history")], "cancel_url": "/_look/list/", "back": now > 1, **more}


@sample("import-upload", "kit/import_upload.html")
def _upload(request: HttpRequest) -> dict[str, Any]:
    class Upload(forms.Form):
        file = forms.FileField(label="文件", widget=forms.FileInput({"accept": ".xlsx,.xls,.csv"}))
        pasted = forms.CharField(label="粘贴", required=False, widget=forms.Textarea({"class": "paste"}))

    hints = ["每行一名考生，身份证号、手机号按文本填写。", "带 * 的列必填；专业代码从下拉中选。", "表头不要改名、不要合并单元格。", "已有的考生按身份证号更新，不会重复新增。"]
    return _wizard(1, form=Upload(), template_url="#", hints=hints, limits="支持 .xlsx、.xls、.csv，最多 20 万行、50 MB", next_label="上传并校验")


@sample("import-match", "kit/import_match.html")
def _match(request: HttpRequest) -> dict[str, Any]:
    options = tuple((str(n), *one) for n, one in enumerate([("姓名", "周若溪"), ("身份证号", "330106********2427"), ("手机", "138****6021"), ("专业代码", "510203")]))
    return _wizard(2, matches=[Match("name", "考生姓名", True, options, "0"), Match("id", "身份证号", True, options, "1"), Match("phone", "手机号", True, options, "2", True), Match("level", "专业层次", True, options, "", False, "文件里没有这一列，请选择对应的列"), Match("major", "专业代码", True, options, "3"), Match("class", "班级", False, options)], next_off="1 处须改正后才能继续")


@sample("import-check", "kit/import_check.html")
def _check(request: HttpRequest) -> dict[str, Any]:
    def line(number: int, name: str, pinyin: str, id_number: str, phone: str, major: str, year: str, at: int, error: str, fix: str = "") -> CheckRow:
        cells = [CheckCell(text) for text in (name, pinyin, id_number, phone, major, year)]
        cells[at] = CheckCell(cells[at].text, error, fix, f"{number}:{at}", editable="edit" in request.GET)
        return CheckRow(number, tuple(cells), skip_key=str(number))

    rows = [
        line(7, "钱梓涵", "QIAN ZIHAN", "330106********5238", "137****2215", "软件技术 510203", "2024", 2, "末位校验码不符"),
        line(12, "欧阳一诺", "ouyang yinuo", "330702********0618", "139****4410", "软件技术 510203", "2024", 1, "须为大写字母与空格", "OUYANG YINUO"),
        line(19, "沈一鸣", "SHEN YIMING", "331004********2913", "1386602194", "软件技术 510203", "2024", 3, "缺 1 位，应为 11 位"),
        line(33, "何雨桐", "HE YUTONG", "330281********5020", "151****6673", "软件技术 610205", "2024", 4, "2015 版代码，应为 2021 版", "510203"),
        line(41, "赵明轩", "ZHAO MINGXUAN", "341003********3517", "150****7783", "物联网应用技术 510102", "2024", 2, "与第 8 行重复"),
        line(58, "林嘉树", "LIN JIASHU", "330724********1139", "158****4402", "软件技术 510203", "2034", 5, "不得晚于 2026"),
    ]  # fmt: skip
    return _wizard(
        3, tabs=[TabView("错误", "?tab=bad", True, "23", "alert-circle", True), TabView("新增", "?tab=new", count="256", icon="circle-plus"), TabView("更新", "?tab=update", count="31", icon="pencil"), TabView("跳过", "?tab=skip", count="12", icon="player-track-next")],
        says="23 行有错。可按建议改正，也可下载错误文件，改好后原样再传。", kinds=[("?", "全部错误类型（5）", True)], fixes=9, has_error_file=True,
        columns=[ColumnView(str(n), label) for n, label in enumerate(("姓名", "姓名拼音", "身份证号", "手机号", "就读专业与代码", "入学年份"))],
        check_rows=rows, can_skip=True, pager=PagerView("23", 1, ((1, "?"), (2, "?page=2")), "", "?page=2", 20, (), 2),
        summary=SafeString('<b class="is-ok">287</b> 行可导入，<b class="is-bad">23</b> 行有错，<b>12</b> 行与现有信息相同'), next_label="下一步：选择导入策略",
    )  # fmt: skip


@sample("import-strategy", "kit/import_strategy.html")
def _strategy(request: HttpRequest) -> dict[str, Any]:
    return _wizard(4, figures=[Figure("新增", "256", "人", icon="circle-plus"), Figure("更新", "31", "人", icon="pencil"), Figure("跳过", "12", "人", "与现有信息相同", icon="player-track-next"), Figure("有错", "23", "行", icon="alert-circle", bad=True)], strategy="valid", choices=[("valid", "导入正确的 287 行", "有错的 23 行不导入，可下载错误文件改好再传。", ""), ("all", "全部正确才导入", "", "还有 23 行有错，改正后才能选这一项。")], next_label="导入 287 行")


@sample("import-progress", "kit/import_progress.html")
def _progress(request: HttpRequest) -> dict[str, Any]:
    return _wizard(5, job=JobView("正在导入考生信息", True, 3120, 5000, 62, "每秒 1,840 行", "约 1 秒后完成", cancel_url="#"))


@sample("import-result", "kit/import_result.html")
def _result(request: HttpRequest) -> dict[str, Any]:
    return _wizard(6, outcome=Note("已导入 287 人，跳过 12 人，23 行有错。", "ok", "#", "下载错误文件"), figures=[Figure("成功", "287", "行", "查看这些考生", "#", "circle-check"), Figure("跳过", "12", "行", "与现有信息相同", "#", "player-track-next"), Figure("失败", "23", "行", "查看原因", "#", "alert-circle", True)], facts=[Fact("导入人", "林知遥"), Fact("时间", "2026-11-23 16:42"), Fact("文件", "2024 级软件学院考生.xlsx"), Fact("用时", "0.9 秒")], facts_title="导入记录", error_file_url="#", acts=[ActView("again", "再导入一份", "#"), ActView("list", "查看院校考生", "/_look/list/", primary=True)])


@sample("error", "kit/error.html")
def _error(request: HttpRequest) -> dict[str, Any]:
    return {"page": Head("没有找到"), "status": 404, "sentence": "没有找到这条记录，可能已被删除，或不属于您的单位。"}


SOON = timedelta(minutes=4, seconds=36)


# --- signing -------------------------------------------------------------------------------------------------
def _session() -> dict[str, Any]:
    return {"url": "https://192.168.1.20:8443/s/Jx7u2mQe9TzKpL4", "expires_at": timezone.now() + SOON, "signer": "王一川", "poll_url": "", "local_url": "/_look/phone-check/", "steps": [Step("二维码已生成", "done"), Step("等待扫码", "current"), Step("核对名单并签字", "coming")]}


@sample("sign-dialog", "issuing/sign_dialog.html")
def _sign_dialog(request: HttpRequest) -> dict[str, Any]:
    return {
        "page": Head("批量确认签发"), "size": 760, "no_submit": True, "signing": _session(),
        "figures": [Figure("将签发", "312", "人", "查看名单", "#"), Figure("不可签发", "18", "人", "查看原因与名单", "#", bad=True)],
        "facts": [Fact("证书", "Web前端开发（中级）"), Fact("考试计划", "2026年第三批统一考核"), Fact("颁证机构", SafeString('北辰数字职业教育评价中心<br><span class="is-ok small">方启明已于 11-20 16:08 签发</span>')), Fact("考核站点", "云州职业技术学院Web前端开发中级"), Fact("综合成绩", "平均 82.6 分，最低 60.5 分"), Fact("名单摘要", SafeString("<code>5be1 c07a … 93d4</code> <span class='muted'>与手机上一致才可签字</span>"))],
        "warning": Note(SafeString("<b>确认签发后不可撤回。</b>签字只用于本次签发确认，不会出现在证书上。"), "wait"),
        "refuse": [ActView("refuse", "拒绝签发", "/_look/dialog-form/", opens="dialog", danger=True)], "says": "拒绝须写明理由",
        "renew": ActView("renew", "换一个二维码", "/_look/sign-dialog/", "refresh", "dialog"),
    }  # fmt: skip


@sample("phone-check", "issuing/phone_check.html")
def _phone_check(request: HttpRequest) -> dict[str, Any]:
    sample_of_five = [{"photo": portrait(coat=coat), "name": name, "hint": hint, "score": score, "result": "通过"} for name, hint, score, coat in [("周若溪", "软件技术 510203", "86.4", "#2b2f38"), ("徐静姝", "电子商务 530701", "79.5", "#e8edf3"), ("韩子墨", "软件技术 510203", "91.0", "#3a2b3d"), ("罗一凡", "云计算技术应用 510206", "74.2", "#e8edf3"), ("沈佳怡", "软件技术 510203", "88.7", "#33415c")]]
    return {"organization": "云州职业技术学院", "signer": "王一川", "qualification": "Web前端开发（中级）", "plan": "2026年第三批统一考核", "figures": [Figure("本次签发", "312", "人"), Figure("平均成绩", "82.6")], "digest": "5be1 c07a … 93d4", "sample": sample_of_five, "shuffle_url": "?", "everyone_url": "#", "count": 312, "refuse_url": "#", "sign_url": "/_look/phone-sign/"}


@sample("phone-sign", "issuing/phone_sign.html")
def _phone_sign(request: HttpRequest) -> dict[str, Any]:
    class Sign(forms.Form):
        method = forms.CharField(initial="draw")
        signature = forms.CharField(required=False)
        typed_name = forms.CharField(required=False)
        code = forms.CharField()
        agree = forms.BooleanField()

    return {"qualification": "Web前端开发（中级）", "count": 312, "signer": "王一川", "check_url": "/_look/phone-check/", "form": Sign(), "phone": "139****8806", "code_at": timezone.now() + timedelta(seconds=42)}


@sample("phone-receipt", "issuing/phone_receipt.html")
def _phone_receipt(request: HttpRequest) -> dict[str, Any]:
    return {"title": "已签发 312 人", "facts": [Fact("回执编号", SafeString("<b>QF20261123 000086</b>")), Fact("证书", "Web前端开发（中级）"), Fact("考试计划", "2026年第三批统一考核"), Fact("签发人", "王一川"), Fact("时间", "2026-11-23 16:42:09"), Fact("名单摘要", SafeString("<code>5be1 c07a … 93d4</code>"))], "typed_name": "王一川", "next": Note("下一步由培训评价组织发放证书。进度可在电脑端“证书待发放”查看，办结后以站内消息通知您。"), "receipt_url": "#", "done_url": "#"}


# --- the public site and the entrance ------------------------------------------------------------------------
class NumberForm(forms.Form):
    number = forms.CharField(label="证书编号", widget=forms.TextInput({"placeholder": "22 位证书编号", "inputmode": "numeric"}))
    name = forms.CharField(label="姓名", widget=forms.TextInput({"placeholder": "姓名"}))


class FileForm(forms.Form):
    file = forms.FileField(label="文件", widget=forms.FileInput({"accept": ".pdf"}))


def _public(place: str, **more: Any) -> dict[str, Any]:
    nav = [TabView(label, url, label == place) for label, url in (("成绩查询", "/_look/score/"), ("证书核验", "/_look/verify-form/"), ("证书目录", "#"), ("帮助", "#"))]
    return {"shell": None, "nav": nav, "place": place, "checked_at": timezone.now(), "number_url": "?", "file_url": "?tab=file", "privacy_url": "#", **more}



def _at(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=timezone.get_default_timezone())


PERSON = {"photo": portrait(), "name": "周若溪", "id_number": "330106********2427", "qualification": "Web前端开发（中级）", "number": "2026031204723300004173", "issued_on": date(2026, 11, 20), "awarding_body": "北辰数字职业教育评价中心"}
TYPED = {"number": "2026031204723300004173", "name": "周若溪"}


@sample("verify-form", "portal/verify_form.html")
def _verify_form(request: HttpRequest) -> dict[str, Any]:
    return _public("证书核验", form=NumberForm(), file_form=FileForm(), tab=request.GET.get("tab", "number"))


@sample("verify-valid", "portal/verify_valid.html")
def _verify_valid(request: HttpRequest) -> dict[str, Any]:
    return _public("证书核验", form=NumberForm(TYPED), person=PERSON, points=[Event("平台登记一致", "", reason="第 1 版，现行有效", look="ok", icon="database"), Event("电子签章有效", "", reason="公章、签名章，2026-11-20 09:47", look="ok", icon="rubber-stamp"), Event("存证摘要一致", "", reason="区块高度 1,048,576", look="ok", icon="link")])


@sample("verify-corrected", "portal/verify_corrected.html")
def _verify_corrected(request: HttpRequest) -> dict[str, Any]:
    points = [Event("姓名由“周若茜”更正为“周若溪”", "", reason="颁证机构录入有误，证书编号不变", look="wait", icon="pencil"), Event("第 2 版现行有效", "", reason="2026-11-25 起", look="ok", icon="file-check", url="#"), Event("第 1 版已停用", "", reason="2026-11-20 至 2026-11-25", look="idle", icon="file-off")]
    return _public("证书核验", form=NumberForm(TYPED), person={**PERSON, "old_name": "周若茜"}, points=points, sentence="您查的是第 1 版，已由第 2 版取代", acts=[ActView("v2", "查看第 2 版", "#", primary=True)])


@sample("verify-superseded", "portal/verify_superseded.html")
def _verify_superseded(request: HttpRequest) -> dict[str, Any]:
    return _public("证书核验", form=NumberForm(TYPED), person=PERSON, points=[Event("第 2 版现行有效", "", reason="2026-11-25 重新发放", look="ok", icon="file-check")])


@sample("verify-revoked", "portal/verify_revoked.html")
def _verify_revoked(request: HttpRequest) -> dict[str, Any]:
    points = [Event("原因：考核成绩经复核取消", "", reason="撤销决定 北辰评〔2026〕41 号", look="bad", icon="gavel"), Event("生效：2026-12-02 00:00", "", reason="2026-12-01 已书面告知持证人", look="bad", icon="calendar-off"), Event("撤销记录已存证", "", reason="区块高度 1,052,310", look="idle", icon="link")]
    return _public("证书核验", form=NumberForm(TYPED), person=PERSON, points=points, sentence="自 2026-12-02 起不再有效")


SUBMITTED = [Fact("证书编号", SafeString("<b>2026 0312 0472 3300 9999 10</b>")), Fact("姓名", "张*"), Fact("来源", "扫描二维码，网址为本平台域名"), Fact("核验时间", "2026-12-08 10:16:32")]


@sample("verify-forged", "portal/verify_forged.html")
def _verify_forged(request: HttpRequest) -> dict[str, Any]:
    return _public("证书核验", form=NumberForm({"number": "2026031204723300999910", "name": "张伟"}), submitted=SUBMITTED)


@sample("verify-unknown", "portal/verify_unknown.html")
def _verify_unknown(request: HttpRequest) -> dict[str, Any]:
    return _public("证书核验", form=NumberForm({"number": "2026031204723300999910", "name": "张伟"}), submitted=SUBMITTED[:2])


class ScoreForm(forms.Form):
    name = forms.CharField(label="姓名")
    id_number = forms.CharField(label="证件号码")
    code = forms.CharField(label="手机验证码")


@sample("score", "portal/score.html")
def _score(request: HttpRequest) -> dict[str, Any]:
    passed = Badge("合格", "ok")
    subjects = [{"name": name, "at": _at(2026, 12, 12, 14), "place": "云州职业技术学院 A205", "full": 100, "line": 60, "weight": weight, "score": score, "badge": passed} for name, weight, score in (("理论", "40%", "84.0"), ("实操", "60%", "88.0"))]
    one = {"look": "run", "icon": "progress", "title": "成绩公示中", "sentence": "公示至 2027-01-14 24:00，还有 5 天；公示结束后成绩锁定为最终结果", "at": timezone.now(), **PERSON, "ticket": "26 0412 33 001417", "hint": "2026年第四批统一考核 ・ 云州职业技术学院", "total": "86.4", "total_badge": Badge("通过", "ok"), "subjects": subjects, "weighted": True, "says": "对成绩有疑问，请在公示期内联系所在院校。"}
    form = ScoreForm({"name": "周若溪", "id_number": "330106********2427", "code": "402718"})
    steps = [Step("成绩登记", "done", "01-05 登记完毕"), Step("公示", "current", "01-06 至 01-14"), Step("锁定", "coming", "01-15 00:00 起不再变动"), Step("签发证书", "coming", "合格者由双方签发后领取")]
    return _public("成绩查询", form=ScoreForm() if "empty" in request.GET else form, results=[] if "empty" in request.GET else [one], steps=steps, code_at=timezone.now() + timedelta(seconds=52), code_says="发到报考时登记的 138****6021")


@sample("login", "kit/login.html")
def _login(request: HttpRequest) -> dict[str, Any]:
    class Login(forms.Form):
        username = forms.CharField(label="登录账号", widget=forms.TextInput({"autocomplete": "username", "autofocus": True}))
        password = forms.CharField(label="密码", widget=forms.PasswordInput({"autocomplete": "current-password"}))

    return {"shell": None, "form": Login({"username": "yunzhou-admin", "password": ""} if "errors" in request.GET else None), "public_links": [Crumb("考生成绩查询", "/_look/score/"), Crumb("证书核验", "/_look/verify-form/")]}


# --- desk and demo -------------------------------------------------------------------------------------------
@sample("desk", "home/desk.html")
def _desk(request: HttpRequest) -> dict[str, Any]:
    now = _at(2026, 11, 23, 16, 42)

    def windows(*days: int) -> tuple:
        names = ("报考", "排考", "考试", "成绩登记", "公示")
        return tuple((name, now + timedelta(days=a), now + timedelta(days=b)) for name, a, b in zip(names, days[::2], days[1::2], strict=False))

    todos = [
        Todo("考核站点待签发", "330", "#", "Web前端开发（中级）等 2 个证书", "今天 18:00 前", late=True, icon="signature"),
        Todo("照片待认证", "326", "#", "2024 级软件技术专业为主", "5 天后截止", icon="shield-check"),
        Todo("考生缺照片", "47", "#", "缺照片不能生成准考证", "5 天后截止", icon="photo-off"),
        Todo("需人工确认", "9", "#", "照片比对未通过", "不限时", icon="user-question", look="hand"),
        Todo("被退回", "4", "#", "试点申报 3 项，周报 1 项", "2 天后截止", soon=True, icon="corner-up-left", look="hand"),
    ]
    plans = [
        PlanLine("2026年第四批统一考核", "Web前端开发（中级）", windows(-7, 5, 7, 16, 18, 26, 28, 42, 43, 51), "#", "报考截止还有", "5 天 7 小时", True),
        PlanLine("2026年物流管理冬季考核", "物流管理（初级、中级）", windows(-15, -9, -7, 9, 11, 18, 20, 33, 34, 42), "#", "排考截止还有", "9 天 7 小时"),
        PlanLine("2026年第三批补考", "建筑信息模型（BIM）（中级）", windows(-40, -30, -28, -20, -15, -9, -8, 6, 7, 15), "#", "登记截止还有", "6 天 7 小时"),
    ]
    stages = [Stage("报考", 3120, "#", "本年度"), Stage("到考", 2964, "#", "上一步的 95.0%"), Stage("合格", 2401, "#", "上一步的 81.0%"), Stage("签发", 2071, "#", "上一步的 86.3%"), Stage("发放", 1759, "#", "上一步的 84.9%")]
    rates = [("Web前端开发", (78.5, 83.6)), ("物流管理", (84.1, 86.9)), ("BIM", (66.2, 72.8)), ("云计算运维", (71.0, 69.4)), ("电商数据分析", (75.6, 81.3)), ("网店运营", (80.4, 84.7))]
    lanes = {"plans": plans, "now": now, "first": now - timedelta(days=15), "last": now + timedelta(days=52)}
    cards = [
        Card("今天要做", hint="5 类 ・ 合计 716 项", acts=(ActView("all", "全部待办", "#"),), template="home/desk/todo.html", context={"todos": todos}),
        Card("考试计划", hint="进行中 3 个", acts=(ActView("all", "全部考试计划", "#"),), template="home/desk/plans.html", context=lanes, side=True),
        Card("从报考到发放", hint="人次，点数字看名单", template="home/desk/funnel.html", context={"stages": stages}),
        Card("证书通过率", hint="通过 ÷ 实考", template="home/desk/rates.html", context={"rates": rates, "series": ["2025 年", "2026 年"]}, side=True),
    ]  # fmt: skip
    return {"page": Head("工作台", "2026-11-23 星期一 ・ 第 48 周", hint="数据截至 16:30"), "kind": "institution", "cards": cards}


def _demo() -> dict[str, Any]:
    return {"now": _at(2026, 10, 26, 9), "stage": "成绩登记中，还有 6 天", "day_url": "#", "jump_url": "#", "jumps": [("拨到公示开始", "a"), ("拨到公示结束", "b")], "reset_url": "#", "guide_url": "/_look/guide/", "outbox": [("09:00", "【职业技能等级证书】验证码 402718，10 分钟内有效。")], "totp": "613 204"}


@sample("guide", "demo/guide.html")
def _guide(request: HttpRequest) -> dict[str, Any]:
    def enter(label: str = "以此账号进入", primary: bool = False) -> ActView:
        return ActView("enter", label, "#", opens="post", primary=primary)

    steps = [
        GuideStep("导入考生与照片", "批量导入考生信息、批量导入学生照片、批量认证", "院校 ・ 考生信息员", "yunzhou-info", (("考生信息（322 人）.xlsx", "#"), ("照片（322 张）.zip", "#")), "done", enter("再看")),
        GuideStep("报考并缴费", "批量导入报考，生成缴费申请单，由对方批量确认缴费", "院校 ・ 考务管理员", "yunzhou-exam", (("报考数据（312 人）.xlsx", "#"),), "done", enter("再看")),
        GuideStep("排考与准考证", "编排考场与座位，下载门贴、桌贴、签到表，导出准考证", "培训评价组织 ・ 考务", "beichen-exam", (("考场信息（8 间）.xlsx", "#"),), "done", enter("再看")),
        GuideStep("成绩登记与公示", "导入两科成绩；把时钟拨过公示期，成绩自动锁定", "培训评价组织 ・ 成绩", "beichen-score", (("理论成绩.xlsx", "#"), ("实操成绩.xlsx", "#")), "current", enter(primary=True)),
        GuideStep("获取待发证记录", "列出可发证与不可发证名单，每个人都有原因", "培训评价组织 ・ 发证", "beichen-cert", enter=enter()),
        GuideStep("双方签字签发", "手机扫码签字：先培训评价组织，后考核站点", "签发人，两个账号", "beichen-sign、yunzhou-sign", enter=enter()),
        GuideStep("发放、盖章、存证", "发放电子证书；其中 1 本故意盖章失败，供练习重新发放", "培训评价组织 ・ 发证", "beichen-cert", enter=enter()),
        GuideStep("公开核验", "扫码、输编号、上传文件，再改一个字看“疑似伪造”", "不需登录", "公众", (("被改动的证书.pdf", "#"),), enter=ActView("open", "打开核验页", "/_look/verify-form/")),
    ]  # fmt: skip
    return {"shell": replace(SHELL, demo=_demo(), crumbs=(Crumb("演示向导"),)), "page": Head("演示向导", "八步走完从报考到核验，约 25 分钟；人名、机构、印章均为虚构"), "steps": steps, "done": 3, "password": "Yunzhou#2026"}
