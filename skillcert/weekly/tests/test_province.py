"""Chapter 6 on the province's side: review, overview, reminders, setting, summaries, the desk."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from lxml import html
from openpyxl import load_workbook

from skillcert.accounts.actors import actor_of
from skillcert.orgs.models import Institution, Organization, Province
from skillcert.weekly import rules
from skillcert.weekly.models import WeeklyReport
from skillcert.weekly.states import ReportState

from .makers import draft, put, reviewer, saved, text_of

S = ReportState


@pytest.mark.rule("R223", "R230")
def test_the_province_passes_and_returns_with_a_reason_and_places(world):
    row = saved(world, submit=True)
    client = world.client_as(reviewer(world))
    assert "云州职业技术学院" in text_of(client.get("/weekly/review/"))
    dialog = text_of(client.get(f"/weekly/return/{row.pk}/"))
    for words in ("常用语", "报考人数与平台登记不一致，请核对或说明", "院校的填报人会看到", "状态将变为“审核退回”"):
        assert words in dialog
    empty = client.post(f"/weekly/return/{row.pk}/", {"once": str(uuid4()), "reason": ""})
    assert empty.status_code == 422
    client.post(f"/weekly/return/{row.pk}/", {"once": str(uuid4()), "reason": "人数不一致", "places": ["exams", "plan"]})
    row.refresh_from_db()
    assert (row.state, row.return_places) == (S.RETURNED, ["exams", "plan"])
    school = world.client_as(world.officer)
    page = school.get(f"/weekly/{row.pk}/edit/")
    assert "退回： 人数不一致" in text_of(page) and f'href="/weekly/{row.pk}/edit/#exams"' in page.content.decode()
    school.post(f"/weekly/submit/{row.pk}/", {"once": str(uuid4())})
    client.post(f"/weekly/approve/{row.pk}/", {"once": str(uuid4())})
    row.refresh_from_db()
    assert row.state == S.APPROVED


def test_many_are_passed_at_once_after_a_preview(world):
    keys = [put(world, S.IN_REVIEW).pk, put(world, S.RETURNED, institution=world.other_school).pk]
    client = world.client_as(reviewer(world))
    opened = client.post("/weekly/approve/?list=weekly.ReviewReports", {"keys": ",".join(map(str, keys))}, follow=True)
    assert "将通过 1 份" in text_of(opened) and "不可通过 1 份" in text_of(opened)
    url = opened.redirect_chain[-1][0]
    done = client.post(url, {"once": str(uuid4())})
    assert "已通过 1 份" in text_of(done)
    assert list(WeeklyReport.objects.order_by("pk").values_list("state", flat=True)) == [S.APPROVED, S.RETURNED]


@pytest.mark.rule("R231")
def test_a_report_is_read_in_tabs_with_its_record(world):
    row = saved(world, submit=True)
    rules.return_reports(actor=reviewer(world), now=world.now, reports=[row.pk], reason="请补充")
    client = world.client_as(world.officer)
    for tab, words in (("progress", "完成两个班的集中实训"), ("plan", "12 月 5 日组织一场考核"), ("training", "本期培训人数")):
        assert words in text_of(client.get(f"/weekly/{row.pk}/?tab={tab}"))
    record = text_of(client.get(f"/weekly/{row.pk}/?tab=record"))
    assert "审核退回" in record and "请补充" in record and "提交 ，状态变为待审核" in record
    assert record.index("请补充") < record.index("状态变为待审核")  # the newest first


def test_the_overview_counts_what_its_links_open(world):
    others = [world.institution(f"松台学院{n}", f"41330990{n:02d}") for n in range(4)]
    for state, school in zip((S.APPROVED, S.IN_REVIEW, S.IN_REVIEW, S.RETURNED), others, strict=True):
        put(world, state, institution=school, submitted_at=world.now)
    put(world, S.DRAFT)
    client = world.client_as(reviewer(world))
    page = html.fromstring(client.get("/weekly/overview/").content)
    cells = page.xpath("//div[@class='figures']/a")
    shown = [int(cell.xpath("string(.//*[contains(@class, 'figures__value')])")) for cell in cells]
    assert shown == [1, 2, 1, 2]
    for cell, count in zip(cells, shown, strict=True):
        opened = html.fromstring(client.get(cell.get("href")).content)
        assert len(opened.xpath("//table[@class='table']/tbody/tr")) == count
    names = page.xpath("string(//table[@class='table']/tbody)")
    assert "云州职业技术学院" in names and "临江职业学院" in names and "松台学院" not in names


def test_the_overview_shows_six_cycles_what_is_owed_and_a_masked_phone(world):
    Institution.objects.update(created_at=world.now - timedelta(days=400))
    world.user(world.school, "周报填报员", name="何文昭")
    world.clock("2026-11-12 10:00")
    put(world, S.APPROVED, submitted_at=world.now)
    world.clock("2026-11-25 10:00")
    page = html.fromstring(world.client_as(reviewer(world)).get("/weekly/overview/").content)
    row = page.xpath("//tr[contains(., '云州职业技术学院')]")[0]
    said = row.xpath(".//*[@role='img']/@aria-label")[0].split("；")
    assert said == ["第 43 周：未交", "第 44 周：未交", "第 45 周：未交", "第 46 周：已通过", "第 47 周：未交", "第 48 周：未交"]
    words = " ".join(row.text_content().split())
    assert "连续 2 期" in words and "何文昭 138****0000" in words and "2026-11-12 10:00" in words
    assert "13800000000" not in words


def test_reminding_all_by_its_button(world):
    client = world.client_as(reviewer(world))
    assert "提醒全部 2 所" in text_of(client.get("/weekly/overview/"))
    opened = client.post("/weekly/remind/?list=weekly.Overview", {"all": "1"}, follow=True)
    assert "将提醒 2 所" in text_of(opened) and "24 小时内提醒过的不重复提醒" in text_of(opened)
    done = client.post(opened.redirect_chain[-1][0], {"once": str(uuid4())})
    assert "已提醒 2 所" in text_of(done)
    again = client.post("/weekly/remind/?list=weekly.Overview", {"all": "1"}, follow=True)
    assert "24 小时内已提醒过，不重复提醒" in text_of(again)


@pytest.mark.rule("R218")
def test_the_setting_says_what_comes_when_and_keeps_its_history(world):
    client = world.client_as(reviewer(world))
    page = text_of(client.get("/weekly/settings/"))
    assert "下一期是2026 年第 49 周（2026-11-30 至 2026-12-06）" in page
    assert "下一期将是2026 年 11 月下半月（2026-11-30 至 2026-11-30）" in page
    client.post("/weekly/settings/", {"once": str(uuid4()), "kind": "half_month"})
    assert "2026-11-30 00:00" in text_of(client.get("/weekly/settings/"))
    world.clock("2026-11-30 00:00")
    assert "2026 年 11 月下半月半月报（2026-11-30 至 2026-11-30）还没有填写" in text_of(world.client_as(world.officer).get("/weekly/"))


def test_what_waits_stands_among_the_things_to_do(world):
    put(world, S.IN_REVIEW)
    put(world, S.RETURNED, institution=world.other_school)
    assert "周报待审核" in text_of(world.client_as(reviewer(world)).get("/desk/"))
    assert "周报被退回" in text_of(world.client_as(world.stranger).get("/desk/"))


def test_the_provinces_desk_shows_who_is_missing(world):
    put(world, S.IN_REVIEW, submitted_at=world.now)
    page = text_of(world.client_as(reviewer(world)).get("/desk/"))
    assert "谁的周报还没交 第 48 周，1 所 ・ 提交截止还有" in page and "临江职业学院" in page
    assert "谁的周报还没交" not in text_of(world.client_as(world.user(world.province, "申报审核")).get("/desk/"))


def rows_of(response):
    return list(load_workbook(io.BytesIO(response.content)).active.values)


def test_the_summary_of_a_cycle_has_a_row_for_each_also_for_who_is_missing(world):
    saved(world, submit=True, figures=draft(world, changed=31, reason="补报"))
    world.institution("=HYPERLINK(1)学院", "4133077777")
    client = world.client_as(reviewer(world))
    head, *rows = rows_of(client.post("/weekly/export/", {"cycle": "2026-11-23", "once": str(uuid4())}))
    by_name = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert len(by_name) == 3 and by_name["临江职业学院"]["审核状态"] == "未提交"
    own = by_name["云州职业技术学院"]
    assert (own["审核状态"], own["报考人数（本期）"], own["报考人数（累计）"], own["本期培训人数"]) == ("待审核", 31, 31, 40)
    assert "=HYPERLINK(1)学院" in by_name


def test_the_summary_of_a_year_counts_what_was_due_sent_and_passed(world):
    Institution.objects.update(created_at=world.now - timedelta(days=400))
    put(world, S.APPROVED, trained=40)
    world.clock("2026-11-18 10:00")
    put(world, S.IN_REVIEW, trained=7)
    world.clock("2026-11-25 10:00")
    client = world.client_as(reviewer(world))
    head, *rows = rows_of(client.post("/weekly/export/year/", {"year": "2026", "once": str(uuid4())}))
    own = dict(zip(head, next(row for row in rows if row[0] == "云州职业技术学院"), strict=True))
    assert (own["应交期数"], own["已交期数"], own["审核通过期数"], own["缺交期数"], own["培训人数"]) == (48, 2, 1, 46, 40)


def test_a_province_of_half_months_speaks_of_them(world):
    Province.objects.update(report_cycle="half_month")
    world.province.refresh_from_db()
    client = world.client_as(world.officer)
    page = text_of(client.get("/weekly/new/"))
    assert "半月报 11 月下半月" in page and "2026-11-16 至 2026-11-30" in page


def test_neither_side_reads_the_other_s_account(world):
    """A person is named; what one logs in with is the own organization's."""
    filler, officer = (world.user(of, name=name, username=account) for of, name, account in (
        (world.school, "周（小）溪", "school-filler"), (world.province, "陆衡", "province-officer"),
    ))  # fmt: skip
    row = saved(world, actor_of(filler), submit=True)
    office, school = world.client_as(officer), world.client_as(filler)
    for url in ("/weekly/review/", f"/weekly/review/{row.pk}/", f"/weekly/review/{row.pk}/?tab=record", f"/weekly/return/{row.pk}/"):
        page = text_of(office.get(url))
        assert "周（小）溪" in page and "school-filler" not in page
    rules.approve_reports(actor=actor_of(officer), now=world.now, reports=[row.pk])
    page = text_of(school.get(f"/weekly/{row.pk}/?tab=record"))
    assert "陆衡" in page and "province-officer" not in page


@pytest.mark.rule("R218", "R224")
def test_the_platform_s_edit_of_a_province_leaves_its_cycles_as_they_are(world):
    """The cycle that runs would begin on another day, and its report could be written a second time."""
    saved(world)
    values = {"name": world.province.name, "province_code": "33", "contact": "陆衡", "phone": "", "review_levels": "2"}
    platform = world.client_as(world.user(Organization.objects.create(kind="platform", name="平台"), "目录与机构"))
    edit = f"/provinces/{world.province.pk}/edit/"
    assert "以后由省厅在“周报设置”中更改" in text_of(platform.get(edit))
    values |= {"report_cycle": "half_month", "once": str(uuid4()), "version": world.province.version}
    platform.post(f"{edit}?report_cycle=half_month", values)
    world.province.refresh_from_db()
    assert (world.province.contact, world.province.report_cycle) == ("陆衡", "week")
    assert "本周周报已提交，请勿重复提交" in text_of(world.client_as(world.officer).get("/weekly/start/"))
