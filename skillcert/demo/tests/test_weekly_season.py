"""The season's reports: every state, both kinds, one per institution and cycle, as the rules would have left them."""

from __future__ import annotations

from skillcert.demo.season.weekly import CYCLES, build_weekly
from skillcert.orgs.models import Province
from skillcert.weekly import rules
from skillcert.weekly.cycles import latest
from skillcert.weekly.models import WeeklyReport
from skillcert.weekly.states import ReportState


def test_reports_in_every_state_of_a_weekly_and_a_half_monthly_province(world):
    half = Province.objects.create(kind="province", name="江苏省教育厅", province_code="32")
    for province in (world.province, half):
        world.user(province, username=f"province{province.province_code}-admin")
    schools = [world.school, *(world.institution(f"松台学院{n}", f"41330990{n:02d}") for n in range(40))]
    schools[-1].province = half
    schools[-1].save()
    for school in schools:
        world.user(school, "院校管理员")
    build_weekly(world.now)
    half.refresh_from_db()
    found = WeeklyReport.objects.all()
    assert set(found.values_list("state", flat=True)) == set(ReportState.values)
    assert set(found.filter(institution__province=half).values_list("kind", flat=True)) == {"half_month"}
    cycles = latest(rules.settings_of(world.province), world.now, CYCLES)
    weekly = found.filter(institution__province=world.province)
    assert set(weekly.values_list("start", flat=True)) == {cycle.start for cycle in cycles}
    own = list(found.filter(institution=world.school).order_by("start").values_list("state", flat=True))
    assert own == ["approved", "approved", "approved", "approved", "returned"]  # the present one is left to the visitor
    for row in found.exclude(state="draft"):
        assert row.start <= row.submitted_at <= min(row.end, world.now)
    returned = found.filter(state="returned").first()
    assert returned.return_reason and returned.returned_content["下期计划"] == returned.next_plan
