"""Chapters 2, 3 and 4.1 in a real browser: what a school reads, what a body uploads and drafts.

UPDATE_PICTURES=1 copies the pictures of these chapters into docs/manual/pictures.
"""

from __future__ import annotations

import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from PIL import Image, ImageDraw

from skillcert.integrations.chain.log import SignedLog
from skillcert.kit.blocks import CERTIFICATES, CHAIN_TABLE, take_receipts
from skillcert.kit.files import store
from skillcert.kit.ledger import anchor
from skillcert.orgs.models import AwardingBody
from skillcert.qualifications.models import Qualification
from skillcert.qualifications.rules import payload_of

PICTURES = Path(settings.MANUAL) / "pictures"


def enter(page, client, live_server) -> None:
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])


@pytest.fixture
def picture(shot):
    """A picture for the manual."""

    def take(page, name):
        path = shot(page, name)
        if os.environ.get("UPDATE_PICTURES") == "1":
            PICTURES.mkdir(exist_ok=True)
            shutil.copy(path, PICTURES / f"{name}.png")

    return take


def seal_picture() -> bytes:
    out = BytesIO()
    sheet = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((15, 15, 585, 585), outline=(200, 30, 30, 255), width=18)
    draw.regular_polygon((300, 300, 110), 5, fill=(200, 30, 30, 255))
    sheet.save(out, "PNG")
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R2", "R9", "R12")
def test_what_a_school_reads(transactional_db, world, live_server, new_page, picture):
    skill, center = world.skill_standard("2024 年版"), world.center_standard("2024 年版")
    world.skill_standard("2021 年版", state="disabled"), world.center_standard("2021 年版", state="disabled")
    skill.file = store(b"%PDF-1.7 %%EOF", shelf="standard", name="标准.pdf", content_type="application/pdf", actor=world.examiner)
    skill.save()
    Qualification.objects.filter(pk=world.qualification.pk).update(
        receipt=anchor(world.qualification, payload_of(world.qualification))
    )
    take_receipts(SignedLog(CERTIFICATES, CHAIN_TABLE, Ed25519PrivateKey.generate()))
    page = new_page()
    enter(page, world.client_as(world.officer), live_server)
    page.goto("/awarding-bodies/")
    page.get_by_role("cell", name=world.body.name, exact=True).wait_for()
    picture(page, "orgs-bodies")
    page.goto(f"/institutions/{world.school.pk}/")
    page.get_by_text("浙江省杭州市西湖区（330106）").wait_for()
    picture(page, "orgs-institution")
    page.goto("/standards/skill/")
    page.get_by_role("link", name="查看").first.wait_for()
    picture(page, "standards-skill")
    page.goto(f"/standards/center/{center.pk}/")
    page.get_by_text("机房 100 平方米").wait_for()
    picture(page, "standards-center")
    page.goto("/qualifications/")
    picture(page, "catalogue-list")
    page.get_by_role("link", name="上链信息").first.click()
    page.locator("dialog").get_by_text("三者一致").wait_for()
    picture(page, "catalogue-chain")
    with page.expect_download() as taken:
        page.goto(f"/standards/skill/{skill.pk}/")
        page.get_by_role("link", name="下载文件").click()
    assert taken.value.suggested_filename == "标准.pdf"


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("R34", "R15")
def test_a_body_uploads_its_seal_and_maps_majors(transactional_db, world, live_server, new_page, picture):
    draft = world.qualification_of("老年照护", 9, 1, "draft")
    page = new_page()
    enter(page, world.client_as(world.examiner), live_server)
    page.goto(f"/awarding-bodies/{world.body.pk}/edit/")
    page.get_by_label("联系电话").fill("0571-88888888")
    page.get_by_label("公章").set_input_files({"name": "公章.png", "mimeType": "image/png", "buffer": seal_picture()})
    page.get_by_role("button", name="保存").click()
    page.get_by_role("link", name="查看样张").click()
    sheet = page.get_by_role("img", name="证书样张")
    sheet.wait_for()
    assert sheet.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1123
    picture(page, "orgs-sample")
    assert AwardingBody.objects.get(pk=world.body.pk).seal is not None

    page.goto(f"/qualifications/{draft.pk}/majors/")
    page.get_by_role("link", name="添加对应专业").click()
    dialog = page.locator("dialog")
    dialog.get_by_label("专业名称或代码").fill("大数据")
    dialog.get_by_label("专业名称或代码").press("Tab")
    dialog.get_by_label("大数据与会计 530302").check()
    picture(page, "catalogue-majors")
    dialog.get_by_role("button", name="添加所选专业").click()
    page.get_by_role("cell", name="大数据与会计", exact=True).wait_for()
    assert set(draft.majors.all()) == {world.major, world.other_major}
