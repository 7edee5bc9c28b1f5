"""修订 of a published entry in a real browser, from the list to the review."""

from __future__ import annotations

import pytest
from django.conf import settings

from skillcert.orgs.models import Organization

pytestmark = pytest.mark.django_db(transaction=True)


def enter(page, client, live_server) -> None:
    page.context.clear_cookies()
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.mark.rule("R15")
def test_a_revision_from_the_list_to_its_adoption(transactional_db, world, live_server, page, shot):
    enter(page, world.client_as(world.user(world.body, "标准与证书")), live_server)
    page.goto("/qualifications/")
    page.get_by_role("row", name=world.qualification.name).get_by_role("link", name="修订", exact=True).click()
    page.get_by_label("修订说明").fill("依 2025 年增补专业目录增加对应专业")
    page.get_by_label("参考费用").fill("320")
    page.get_by_label("适用人群").fill("面向软件与信息技术服务业的前端开发、页面制作和测试岗位，" * 8)
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="修订后的专业").first.click()
    page.get_by_role("link", name="添加对应专业").click()
    dialog = page.locator("dialog")
    dialog.get_by_label("专业名称或代码").fill("大数据")
    page.keyboard.press("Tab")
    dialog.get_by_label("大数据与会计").check()
    dialog.get_by_role("button", name="添加所选专业").click()
    page.get_by_role("cell", name="大数据与会计", exact=True).wait_for()
    page.get_by_role("link", name="回到修订").click()
    page.get_by_text("大数据与会计 530302（2021 版）").first.wait_for()
    shot(page, "catalogue-revision", manual=True)
    page.get_by_role("link", name="提交审核").click()
    dialog.get_by_text("→ 320.00 元").wait_for()
    dialog.get_by_text("大数据与会计 530302（2021 版）").wait_for()
    dialog.get_by_role("button", name="提交审核").click()
    page.get_by_text("待审核").first.wait_for()

    platform = Organization.objects.create(kind="platform", name="平台")
    enter(page, world.client_as(world.user(platform, "目录与机构")), live_server)
    page.goto("/qualifications/revisions/?tab=in_review")
    page.get_by_role("link", name="审核", exact=True).click()
    dialog.get_by_text("→ 320.00 元").wait_for()
    shot(page, "catalogue-revision-review")
    dialog.get_by_role("button", name="通过并生效").click()
    page.get_by_text("已通过并生效").wait_for()
    page.goto(f"/qualifications/{world.qualification.pk}/")
    page.get_by_text("历次修订").wait_for()
    shot(page, "catalogue-revised")
    world.qualification.refresh_from_db()
    assert world.qualification.fee == 32000 and world.qualification.majors.count() == 2
