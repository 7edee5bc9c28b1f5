"""Chapter 6 as a person meets it: the list, the button, the form, the review, the overview; bad input loses nothing."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

from skillcert.kit.files import StoredFile
from skillcert.weekly import rules
from skillcert.weekly.models import ReportFigure, WeeklyReport
from skillcert.weekly.states import ReportState

from .makers import FILLED, draft, filled, form_of, put, reviewer, saved, text_of

S = ReportState
TOO_LATE = "提交时间已过，该周报目前不能提交，谢谢"


def first_field(world):
    return f"f_{world.qualification.pk}_registered"


# --- the list and its button ---------------------------------------------------------------------------
@pytest.mark.rule("R219")
def test_the_list_has_state_buttons_and_queries(world):
    put(world, S.RETURNED, return_reason="人数不一致")
    client = world.client_as(world.officer)
    page = text_of(client.get("/weekly/"))
    for label in ("全部 1", "未提交 0", "待审核 0", "审核通过 0", "审核退回 1", "2026 年第 48 周", "人数不一致"):
        assert label in page
    assert "没有符合条件的数据 清空条件" in text_of(client.get("/weekly/?tab=approved"))
    assert "还没有周报" in text_of(world.client_as(world.stranger).get("/weekly/"))
    found = client.get("/weekly/", {"cycle": "2026-11-23", "kind": "week"})
    assert "2026 年第 48 周" in html.fromstring(found.content).xpath("string(//tbody)")


@pytest.mark.rule("R222")
def test_the_button_opens_the_form_with_its_tabs(world):
    client = world.client_as(world.officer)
    answer = client.get("/weekly/start/")
    assert (answer.status_code, answer["Location"]) == (303, "/weekly/new/")
    page = html.fromstring(client.get("/weekly/new/").content)
    tabs = [" ".join(tab.text_content().split()) for tab in page.xpath("//nav[@aria-label='周报的各部分']/a")]
    assert tabs == ["基本情况", "培训情况", "考核情况", "工作进展与典型做法", "存在问题与建议", "下期计划", "附件", "审核记录"]
    anchors = [tab.get("href")[1:] for tab in page.xpath("//nav[@aria-label='周报的各部分']/a")]
    assert [one.get("id") for one in page.xpath("//form[@data-report]//section")] == anchors  # one form, whatever tab is open


@pytest.mark.rule("R224")
@pytest.mark.parametrize("state", [S.DRAFT, S.IN_REVIEW])
def test_the_button_says_the_sentence_and_where_the_report_is(world, state):
    row = put(world, state)
    answer = world.client_as(world.officer).get("/weekly/start/")
    assert "本周周报已提交，请勿重复提交" in text_of(answer)
    assert f"本期的周报（{S(state).label}）在这里：2026 年第 48 周" in text_of(answer)
    assert f'href="/weekly/{row.pk}/"' in answer.content.decode()
    straight = world.client_as(world.officer).get("/weekly/new/")
    assert straight.status_code == 400 and "本周周报已提交，请勿重复提交" in text_of(straight)


def test_what_is_left_of_the_cycle_is_shown(world):
    world.clock("2026-11-27 17:00")
    for url in ("/weekly/", "/weekly/new/"):
        assert "提交截止还有 2 天 7 小时" in text_of(world.client_as(world.officer).get(url))


def test_a_week_of_two_years_counts_from_where_it_says(world):
    """The week from 2025-12-29 is the first of 2026 by its number; what it counts is of 2025."""
    world.clock("2025-12-24 10:00")
    saved(world, trained_total=500)
    world.clock("2025-12-30 10:00")
    page = world.client_as(world.officer).get("/weekly/new/")
    assert "2026 年第 1 周" in text_of(world.client_as(world.officer).get("/weekly/"))
    assert "累计自 2025-01-01 起" in text_of(page) and form_of(page)["trained_total"] == "500"
    saved(world, trained_total=520)
    world.clock("2026-01-06 10:00")
    page = world.client_as(world.officer).get("/weekly/new/")
    assert "累计自 2026-01-01 起" in text_of(page) and form_of(page)["trained_total"] == "0"


# --- the form ------------------------------------------------------------------------------------------
@pytest.mark.rule("R222", "R223")
def test_a_form_saved_and_submitted(world):
    world.registered()
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="save")
    answer = client.post("/weekly/new/", data, follow=True)
    row = WeeklyReport.objects.get()
    assert row.state == S.DRAFT and "已保存，状态为“未提交”" in text_of(answer)
    answer = client.post(f"/weekly/{row.pk}/edit/", form_of(answer) | {"act": "submit", "progress": "又做了一件事"}, follow=True)
    row.refresh_from_db()
    assert (row.state, row.progress) == (S.IN_REVIEW, "又做了一件事")
    assert "等待省厅审核" in text_of(answer)


def test_figures_are_drafted_from_the_platform_and_a_changed_one_is_marked(world):
    registration = world.result().registration
    type(registration).objects.update(registered_at=world.now)
    world.plan.locked_at = world.now
    world.plan.save()
    client = world.client_as(world.officer)
    page = client.get("/weekly/new/")
    data = form_of(page)
    values = [data[f"f_{world.qualification.pk}_{measure}"] for measure in ("registered", "sat", "passed", "certified")]
    assert values == ["1", "1", "1", "0"]
    assert f"本期数由平台按 {world.now:%Y-%m-%d %H:%M} 的数据拟好" in text_of(page)
    client.post("/weekly/new/", data | FILLED | {"act": "save", first_field(world): "31"})
    row = WeeklyReport.objects.get()
    page = client.get(f"/weekly/{row.pk}/edit/")
    tree = html.fromstring(page.content)
    assert len(tree.xpath("//span[contains(@class, 'drafted is-changed')]")) == 1
    assert "本期报考人数由 1 改为 31，与平台取数相差 30 ，提交前请写明原因" in text_of(page)
    refused = client.post(f"/weekly/{row.pk}/edit/", form_of(page) | {"act": "submit"})
    assert refused.status_code == 422 and "还没有写明原因" in text_of(refused)
    reason = f"r_{world.qualification.pk}_registered"
    client.post(f"/weekly/{row.pk}/edit/", form_of(page) | {"act": "submit", reason: "次日补登记"})
    assert ReportFigure.objects.get(reason="次日补登记").value == 31


def test_drafting_again_takes_new_numbers_and_leaves_what_a_person_changed(world):
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="draft", progress="写了一半")
    passed = f"f_{world.qualification.pk}_sat"
    data |= {first_field(world): "9", f"r_{world.qualification.pk}_registered": "线下补报"}
    world.result()
    again = client.post("/weekly/new/", data)
    kept = form_of(again)
    assert again.status_code == 200 and WeeklyReport.objects.count() == 0
    assert (kept[first_field(world)], kept[f"r_{world.qualification.pk}_registered"]) == ("9", "线下补报")
    assert (kept[passed], kept["progress"]) == ("1", "写了一半")


def test_differences_to_last_time_and_the_sums(world):
    world.clock("2026-11-18 10:00")
    saved(world, figures=draft(world, changed=10, reason="补报"))
    world.clock("2026-11-25 10:00")
    client = world.client_as(world.officer)
    row = saved(world, figures=draft(world, changed=34, reason="补报"))
    tree = html.fromstring(client.get(f"/weekly/{row.pk}/?tab=exams").content)
    line = [" ".join(cell.text_content().split()) for cell in tree.xpath("//tbody/tr[1]/*")]
    assert line[:4] == ["Web前端开发（中级）", "34", "增24", "34"]
    foot = [" ".join(cell.text_content().split()) for cell in tree.xpath("//tfoot/tr/td")]
    assert foot[:4] == ["合计", "34", "增24", "34"]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("-3", "不能小于 0，您填的是 -3"),
        ("abc", "请填整数，例如 186；您填的是“abc”"),
        ("3.5", "请填整数，例如 186；您填的是“3.5”"),
        ("99999999", "超过 1,000,000，请核对；您填的是 99,999,999"),
        ("", "请填整数，没有的填 0"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_at_its_field_and_nothing_is_lost(world, value, sentence):
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="save", progress="写了很久")
    answer = client.post("/weekly/new/", data | {first_field(world): value, "trained": value})
    assert answer.status_code == 422 and WeeklyReport.objects.count() == 0
    assert text_of(answer).count(sentence) == 2
    kept = form_of(answer)
    assert (kept[first_field(world)], kept["trained"], kept["progress"]) == (value, value, "写了很久")


def test_full_width_digits_and_separators_are_taken_as_meant(world):
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="save") | {"trained": "１，２０４", "trained_total": "1,204"}
    client.post("/weekly/new/", data)
    assert WeeklyReport.objects.get().trained == 1204


def test_a_total_below_the_cycles_figure_is_refused(world):
    client = world.client_as(world.officer)
    answer = client.post("/weekly/new/", filled(client.get("/weekly/new/"), act="save", trained="50", trained_total="40"))
    assert answer.status_code == 422 and "累计培训人数 40 少于本期的 50，请核对" in text_of(answer)


@pytest.mark.rule("R221", "R228")
def test_submitting_a_second_too_late_says_so_and_keeps_what_was_typed(world):
    world.clock("2026-11-29 23:59:59")
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="submit", progress="写到最后一刻")
    world.clock("2026-11-30 00:00:00")
    late = client.post("/weekly/new/", data)
    assert late.status_code == 422 and TOO_LATE in text_of(late)
    assert form_of(late)["progress"] == "写到最后一刻" and WeeklyReport.objects.count() == 0
    world.clock("2026-11-29 23:59:59")
    assert client.post("/weekly/new/", data).status_code == 303
    assert WeeklyReport.objects.get().state == S.IN_REVIEW


@pytest.mark.rule("R228")
def test_a_draft_of_a_past_cycle_is_told_at_the_button_and_in_an_open_form(world):
    row = saved(world)
    client = world.client_as(world.officer)
    opened = form_of(client.get(f"/weekly/{row.pk}/edit/"))
    world.clock(row.end)
    acts = html.fromstring(client.get("/weekly/").content).xpath("string(//div[contains(@class, 'row-acts')])")
    assert "提交" in acts and "编辑" not in acts
    assert TOO_LATE in text_of(client.get(f"/weekly/submit/{row.pk}/"))
    pressed = client.post(f"/weekly/submit/{row.pk}/", {"once": str(uuid4())})
    assert pressed.status_code == 422 and TOO_LATE in text_of(pressed)
    late = client.post(f"/weekly/{row.pk}/edit/", opened | {"act": "submit", "progress": "晚了"})
    assert late.status_code == 422 and TOO_LATE in text_of(late) and form_of(late)["progress"] == "晚了"
    row.refresh_from_db()
    assert row.state == S.DRAFT and row.progress == FILLED["progress"]


@pytest.mark.rule("R224")
def test_two_tabs_making_one_cycles_report(world):
    client = world.client_as(world.officer)
    one, two = (filled(client.get("/weekly/new/"), act="save", progress=text) for text in ("甲页", "乙页"))
    assert client.post("/weekly/new/", one).status_code == 303
    second = client.post("/weekly/new/", two)
    assert second.status_code == 422 and "本周周报已提交，请勿重复提交" in text_of(second)
    row = WeeklyReport.objects.get()
    assert f'href="/weekly/{row.pk}/"' in second.content.decode()
    assert row.progress == "甲页" and form_of(second)["progress"] == "乙页"


@pytest.mark.rule("R225")
def test_the_second_editor_sees_both_values_and_may_then_save(world):
    row = saved(world)
    client, colleague = world.client_as(world.officer), world.client_as(world.user(world.school, "周报填报员"))
    opened = form_of(client.get(f"/weekly/{row.pk}/edit/"))
    colleagues = form_of(colleague.get(f"/weekly/{row.pk}/edit/"))
    colleague.post(f"/weekly/{row.pk}/edit/", colleagues | {"act": "save", "progress": "同事写的", first_field(world): "6"})
    answer = client.post(f"/weekly/{row.pk}/edit/", opened | {"act": "save", "progress": "我写的", first_field(world): "7"})
    assert answer.status_code == 409
    shown = text_of(answer)
    assert "我写的" in shown and "同事写的" in shown
    row.refresh_from_db()
    assert row.progress == "同事写的"
    client.post(f"/weekly/{row.pk}/edit/", form_of(answer) | {"act": "save"})
    row.refresh_from_db()
    assert row.progress == "我写的" and row.figures.get(measure="registered").value == 7


# --- withdrawing, deleting -----------------------------------------------------------------------------
@pytest.mark.rule("R226", "R227", "R229")
def test_withdraw_edit_and_delete_by_their_buttons(world):
    row = saved(world, submit=True)
    client = world.client_as(world.officer)
    answer = client.post(f"/weekly/withdraw/{row.pk}/", {"once": str(uuid4())}, follow=True)
    row.refresh_from_db()
    assert row.state == S.DRAFT and "已撤回" in text_of(answer)
    assert client.get(f"/weekly/{row.pk}/edit/").status_code == 200
    client.post(f"/weekly/delete/{row.pk}/", {"once": str(uuid4())})
    assert WeeklyReport.objects.count() == 0


@pytest.mark.rule("R227")
def test_withdrawing_what_was_reviewed_a_moment_ago(world):
    row = saved(world, submit=True)
    client = world.client_as(world.officer)
    assert "撤回后状态为“未提交”" in text_of(client.get(f"/weekly/withdraw/{row.pk}/"))
    rules.approve_reports(actor=reviewer(world), now=world.now, reports=[row.pk])
    answer = client.post(f"/weekly/withdraw/{row.pk}/", {"once": str(uuid4())})
    assert answer.status_code == 422 and "当前状态为“审核通过”，不可撤回" in text_of(answer)


def test_withdrawing_after_the_cycle_warns_that_it_cannot_come_back(world):
    row = saved(world, submit=True)
    world.clock(row.end)
    assert "将不能再提交" in text_of(world.client_as(world.officer).get(f"/weekly/withdraw/{row.pk}/"))


# --- attachments ---------------------------------------------------------------------------------------
PDF = b"%PDF-1.7 the plan of the training %%EOF"


def upload(name, data=PDF):
    return SimpleUploadedFile(name, data)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("坏东西.exe", b"MZ", "附件只接受 PDF、DOCX、XLSX、JPG、PNG，“坏东西.exe”不是；请另存为其中一种后再上传。"),
        ("伪装.pdf", b"MZ not a pdf", "“伪装.pdf”的内容不是 PDF"),
        ("假图.png", b"<svg onload=alert(1)>", "“假图.png”的内容不是 PNG"),
        ("空壳.docx", b"PK\x03\x04", "“空壳.docx”的内容不是 DOCX"),
        ("太大.pdf", b"%PDF-" + b"0" * (10 * 1024 * 1024), "超过 10 MB，请压缩或拆分后再上传"),
    ],
    ids=["ending", "content", "picture", "archive", "size"],
)
def test_a_file_that_is_not_allowed_is_refused_and_the_others_are_kept(world, name, data, sentence):
    client = world.client_as(world.officer)
    typed = filled(client.get("/weekly/new/"), act="save", progress="写好了")
    answer = client.post("/weekly/new/", typed | {"files": [upload("方案.pdf"), upload(name, data)]})
    assert answer.status_code == 422 and sentence in text_of(answer) and WeeklyReport.objects.count() == 0
    assert "方案.pdf" in text_of(answer) and form_of(answer)["progress"] == "写好了"
    client.post("/weekly/new/", form_of(answer) | {"act": "save"})
    held = WeeklyReport.objects.get().attachments.get().file
    assert (held.name, held.read(), held.expires_at) == ("方案.pdf", PDF, None)


def test_files_are_at_most_five_and_can_be_removed(world, django_capture_on_commit_callbacks):
    client = world.client_as(world.officer)
    typed = filled(client.get("/weekly/new/"), act="save")
    answer = client.post("/weekly/new/", typed | {"files": [upload(f"{n}.pdf") for n in range(6)]})
    assert answer.status_code == 422 and "附件最多 5 个，现有 0 个、新增 6 个" in text_of(answer)
    client.post("/weekly/new/", typed | {"once": str(uuid4()), "files": [upload("甲.pdf"), upload("乙.pdf")]})
    row = WeeklyReport.objects.get()
    page = form_of(client.get(f"/weekly/{row.pk}/edit/"))
    gone = row.attachments.first().file
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/weekly/{row.pk}/edit/", page | {"act": "save", "remove": str(gone.pk)})
    assert [str(one.file.name) for one in row.attachments.all()] == ["乙.pdf"]
    assert not StoredFile.objects.filter(pk=gone.pk).exists()


def test_a_file_leaves_by_an_audited_post_for_whom_sees_the_report(world):
    client = world.client_as(world.officer)
    client.post("/weekly/new/", filled(client.get("/weekly/new/"), act="submit") | {"files": [upload("方案.pdf")]})
    row = WeeklyReport.objects.get()
    url = f"/weekly/{row.pk}/files/{row.attachments.get().file_id}/"
    assert b"".join(world.client_as(reviewer(world)).post(url).streaming_content) == PDF
    assert world.client_as(world.stranger).post(url).status_code == 404
    assert world.client_as(world.examiner).post(url).status_code == 403


def test_anothers_upload_cannot_be_attached_by_its_key(world):
    foreign = rules.keep_upload(actor=world.stranger, upload=upload("别人的.pdf"))
    client = world.client_as(world.officer)
    client.post("/weekly/new/", filled(client.get("/weekly/new/"), act="save", kept=str(foreign.pk)))
    assert WeeklyReport.objects.get().attachments.count() == 0


def test_a_draft_of_figures_that_was_tampered_with_is_drafted_anew(world):
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="save")
    client.post("/weekly/new/", data | {"draft": data["draft"][::-1], first_field(world): "31"})
    assert ReportFigure.objects.get(value=31).drafted == 0


def test_a_draft_of_figures_of_another_cycle_or_institution_is_not_taken(world):
    world.approve_pilot(world.other_school)
    client, stranger = world.client_as(world.officer), world.client_as(world.stranger)
    registration = world.registered()
    type(registration).objects.update(registered_at=world.now)
    foreign = form_of(client.get("/weekly/new/"))
    assert foreign[first_field(world)] == "1"
    own = filled(stranger.get("/weekly/new/"), act="save") | {"draft": foreign["draft"], first_field(world): "1"}
    stranger.post("/weekly/new/", own)
    assert ReportFigure.objects.get(value=1).drafted == 0


def test_drafting_again_still_says_which_upload_is_not_allowed(world):
    client = world.client_as(world.officer)
    data = filled(client.get("/weekly/new/"), act="draft", trained="")
    again = client.post("/weekly/new/", data | {"files": [upload("方案.pdf"), upload("坏东西.exe", b"MZ")]})
    assert "“坏东西.exe”不是" in text_of(again) and "方案.pdf" in text_of(again) and "请填整数，没有的填 0" not in text_of(again)
