"""Step 2 of the road in a real browser: a sheet with mistakes, a zip of photos, the comparison, one by hand."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from django.conf import settings

from skillcert.candidates.models import Candidate
from skillcert.candidates.states import CandidateState as S
from skillcert.integrations.identity import client as identity
from skillcert.integrations.identity.client import Comparison
from skillcert.kit import jobs
from skillcert.kit.jobs import Job, JobState
from tests.world import id_number

HEADER = "姓名,姓名拼音,证件类型,身份证号,手机号,就读专业,专业代码,专业版本,专业层次,入学年份,学号,班级"
NAMES = {"周若溪": "ZHOU RUOXI", "欧阳一诺": "OUYANG YINUO", "赵明轩": "ZHAO MINGXUAN"}


class Authority:
    """赵明轩 is somebody else."""

    def compare(self, name, id_number, photo):
        return Comparison(30.0 if name == "赵明轩" else 92.0, 0, "已比对")


def sheet() -> bytes:
    lines = [HEADER]
    for n, (name, pinyin) in enumerate(NAMES.items()):
        lines.append(f"{name},{pinyin},居民身份证,{id_number(n)},1380000602{n},软件技术,510203,2021,高职专科,2024,,软件 2401")
    lines.append(f"孙浩然,sun haoran,居民身份证,{id_number(9)},1380000602,软件技术,999999,2021,高职专科,2024,,软件 2401")
    return "\n".join(lines).encode("gb18030")


def photos(portrait) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for n in range(3):
            archive.writestr(f"{id_number(n)}.jpg", portrait(n))
        archive.writestr("没有这个人.jpg", portrait(5))
    return file.getvalue()


def work_off() -> None:
    for job in Job.objects.filter(state=JobState.WAITING):
        jobs.run_job.func(str(job.pk))


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R92", "R111", "R114")
def test_from_a_sheet_to_accurate_candidates(transactional_db, world, live_server, page, shot, portrait, monkeypatch):
    monkeypatch.setattr(identity, "client", Authority)
    client = world.client_as(world.officer)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    page.goto("/candidates/college/")
    page.get_by_role("link", name="批量导入考生信息").click()
    page.set_input_files("input[type=file]", {"name": "考生.csv", "mimeType": "text/csv", "buffer": sheet()})
    page.get_by_label("未满十四周岁的已取得监护人同意").check()
    page.locator("button[value=next]:visible, button.btn--primary[type=submit]").last.click()
    page.get_by_text("专业目录中没有这个代码").wait_for()
    shot(page, "5.2.3-import-check")
    page.locator("button.btn--primary[value=next]").click()
    page.get_by_text("导入正确的 3 行").wait_for()
    page.locator("button.btn--primary[value=next]").click()
    page.get_by_text(re.compile("成功")).first.wait_for()
    assert set(Candidate.objects.values_list("name", flat=True)) == set(NAMES)
    shot(page, "5.2.3-import-result")

    page.goto("/candidates/college/")
    page.get_by_role("link", name="批量导入学生照片").click()
    page.set_input_files("input[type=file]", {"name": "照片.zip", "mimeType": "application/zip", "buffer": photos(portrait)})
    page.get_by_label("未满十四周岁的已取得监护人同意").check()
    page.get_by_role("button", name="上传并导入").click()
    page.wait_for_url(re.compile("/jobs/"))
    work_off()
    page.reload()
    page.get_by_text("照片导入完成：成功 3 张，失败 1 张").wait_for()
    page.locator("a[href*='tab=failed']").click()
    page.get_by_text("无此考生").wait_for()
    shot(page, "5.2.3-photos-result")

    page.goto("/candidates/college/")
    page.get_by_label("选择本页", exact=False).first.check()
    page.get_by_role("button", name="批量认证").first.click()
    page.get_by_text("将认证").wait_for()
    shot(page, "5.2.3-verify")
    page.get_by_role("button", name=re.compile("认证 3")).click()
    page.get_by_text("信息准确 2 人，需人工确认 1 人").wait_for()

    page.goto("/candidates/college/?tab=to_confirm")
    page.get_by_role("link", name="人工确认", exact=True).click()
    dialog = page.locator("dialog")
    dialog.get_by_label("确认说明").fill("本人到场，核对身份证原件")
    shot(page, "5.2.3-confirm")
    dialog.get_by_role("button", name="人工确认").click()
    page.get_by_text("赵明轩的信息准确").wait_for()
    assert Candidate.objects.filter(state=S.ACCURATE).count() == 3
