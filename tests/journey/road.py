"""The eight steps of 演示向导, walked in a browser with the guide's own files: each function is a step."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import typst
from playwright.sync_api import Locator, Page

Shot = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
PLAN = "演示批次统一考核"
PATIENCE = 240.0  # seconds for what worker, ticker and sealer do by themselves, politely, on a busy machine
PHONE_BYTES = 100 * 1024
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
    .reduce((sum, entry) => sum + entry.transferSize, 0)"""
READ_QR = """async (picture) => {
    const image = await createImageBitmap(await (await fetch("data:image/png;base64," + picture)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height);
    const pen = canvas.getContext("2d");
    pen.drawImage(image, 0, 0);
    return jsQR(pen.getImageData(0, 0, image.width, image.height).data, image.width, image.height)?.data ?? "";
}"""
DROP = """(box, [name, content]) => {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], name, {type: "application/pdf"}));
    box.dispatchEvent(new DragEvent("drop", {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


@dataclass
class Road:
    """The windows of the walk: ``desk`` is whoever is signed in there, ``phone`` the signer's. ``shot(page, name)``."""

    address: str
    desk: Page
    phone: Callable[[], Page]
    shot: Shot
    folder: Path
    kept: dict[str, Any] = field(default_factory=dict)

    def enter(self, step: int, label: str) -> None:
        """One click on the guide, into the account of a step (1 to 8)."""
        self.desk.goto("/demo/")
        row = self.desk.locator(".guide tbody tr").nth(step - 1)
        row.get_by_role("button", name=label, exact=True).click()
        self.desk.locator(".shell").wait_for()

    def file(self, key: str, name: str) -> Path:
        """A file of the guide, as a person downloads it."""
        answer = self.desk.request.get(f"/demo/files/{key}/")
        assert answer.ok, (key, answer.text()[:400])
        path = self.folder / name
        path.write_bytes(answer.body())
        return path

    def clock(self, words: str) -> None:
        """拨到… in the bar above every page."""
        self.desk.goto("/demo/")
        self.desk.locator("summary", has_text="拨到").click()
        before = self.desk.locator(".demo-bar__time").inner_text()
        self.desk.locator(".demo-bar").get_by_role("button", name=re.compile(words)).click()
        self.desk.locator(".demo-bar__time").filter(has_not_text=before).wait_for()

    def done(self, step: int) -> None:
        """The guide says so from the data."""
        end = time.monotonic() + PATIENCE
        badge = self.desk.locator(".guide tbody tr").nth(step - 1).locator(".badge--ok")
        self.desk.goto("/demo/")
        while not badge.count():
            assert time.monotonic() < end, f"step {step} is not done"
            self.desk.wait_for_timeout(500)
            self.desk.reload()

    def dialog(self) -> Locator:
        return self.desk.locator("dialog[open]")

    def closed(self) -> None:
        """The dialog did its work and went; a toast may be gone before a busy machine looks."""
        self.desk.locator("dialog[open]").wait_for(state="detached")

    def upload(self, path: Path) -> None:
        self.desk.set_input_files("input[type=file]", path)

    def next(self) -> None:
        self.desk.locator("button.btn--primary[value=next]").last.click()


def publish_plan(road: Road) -> None:
    road.enter(1, "以此账号进入")
    road.desk.goto("/subjects/")
    road.shot(road.desk, "1-subjects")
    road.desk.goto("/plans/")
    road.shot(road.desk, "1-plans")
    row = road.desk.locator("tbody tr", has_text=PLAN).first
    row.get_by_role("link", name="发布").click()
    road.dialog().get_by_role("button", name="发布").click()
    road.closed()
    road.done(1)
    road.shot(road.desk, "1-guide")


def import_candidates(road: Road) -> None:
    road.enter(2, "以此账号进入")
    road.desk.get_by_role("link", name="批量导入考生信息").click()
    road.upload(road.file("candidates", "考生.xlsx"))
    road.desk.get_by_label("未满十四周岁的已取得监护人同意").check()
    road.desk.locator("button[value=next]:visible, button.btn--primary[type=submit]").last.click()
    road.desk.get_by_text("专业目录中没有这个代码").first.wait_for()
    road.shot(road.desk, "2-check")
    road.next()
    road.desk.get_by_text("导入正确的 25 行").wait_for()
    road.next()
    road.desk.get_by_text("成功 25 行").first.wait_for()
    road.shot(road.desk, "2-result")
    road.desk.goto("/candidates/college/")
    road.desk.get_by_role("link", name="批量导入学生照片").click()
    road.upload(road.file("photos", "照片.zip"))
    road.desk.get_by_label("未满十四周岁的已取得监护人同意").check()
    road.desk.get_by_role("button", name="上传并导入").click()
    road.desk.get_by_text("照片导入完成：成功 25 张").wait_for(timeout=PATIENCE * 1000)
    road.shot(road.desk, "2-photos")


def verify_candidates(road: Road) -> None:
    page = road.desk
    page.goto("/candidates/college/?tab=unverified&size=100")
    page.get_by_label("选择本页", exact=False).first.check()
    page.get_by_role("button", name="批量认证").first.click()
    page.get_by_text("将认证").wait_for()
    road.shot(page, "2-verify")
    road.dialog().get_by_role("button", name=re.compile("认证")).last.click()
    page.get_by_text(re.compile("信息准确 .*需人工确认")).first.wait_for(timeout=PATIENCE * 1000)
    page.goto("/candidates/college/?tab=to_confirm&size=100")
    page.locator("tbody tr", has_text=road.kept["stranger"]).first.get_by_role("link", name="人工确认", exact=True).click()
    road.dialog().get_by_label("确认说明").fill("本人到场，核对身份证原件与本人一致")
    road.shot(page, "2-confirm")
    road.dialog().get_by_role("button", name="人工确认").click()
    road.closed()
    road.done(2)


def set_rooms(road: Road) -> None:
    road.enter(3, "院校进入")
    road.desk.goto("/centers/")
    road.shot(road.desk, "3-centers")
    for name, subject in (("机房一", "理论知识（机考）"), ("实训室一", "实操考核（实操）")):
        road.enter(3, "院校进入")
        road.desk.get_by_role("link", name="设置考场").click()
        dialog = road.dialog()
        dialog.get_by_label("考场名称").fill(name)
        plan = dialog.get_by_label("考试计划")
        plan.select_option(label=plan.locator("option", has_text=PLAN).inner_text())
        center = dialog.get_by_label("考核站点")
        center.locator("option", has_text="Web前端开发中级").wait_for(state="attached")
        center.select_option(label="云州职业技术学院Web前端开发中级")
        dialog.get_by_label("考试证书").select_option(label="Web前端开发（中级）")
        dialog.get_by_label(subject).check()
        dialog.get_by_label("考位数").fill("30")
        dialog.get_by_label("地点").fill("实训楼 301")
        road.shot(road.desk, "3-room")
        dialog.get_by_role("button", name="保存").click()
        road.closed()
        road.desk.locator("tbody tr", has_text=name).first.wait_for()


def register_and_pay(road: Road) -> None:
    page = road.desk
    page.goto("/registrations/import/certificate/")
    choice = page.get_by_label("考试计划")
    choice.select_option(label=choice.locator("option", has_text=PLAN).inner_text())
    if not page.locator("input[type=file]").count():
        page.locator("button.btn--primary:visible").last.click()
    page.locator("input[type=file]").wait_for(state="attached")
    road.upload(road.file("registrations", "报考.xlsx"))
    page.locator("button[value=next]:visible, button.btn--primary[type=submit]").last.click()
    page.get_by_text("25 行可导入").wait_for()
    road.shot(page, "3-registrations")
    road.next()
    page.wait_for_load_state()
    road.next()
    page.get_by_text("成功 25 行").first.wait_for()
    page.goto("/fees/requests/")
    page.get_by_role("link", name="按证书报考生成缴费申请单").click()
    dialog = road.dialog()
    plan = dialog.get_by_label("考试计划")
    plan.select_option(label=plan.locator("option", has_text=PLAN).inner_text())
    dialog.get_by_label("考核证书").locator("option", has_text="Web前端开发").wait_for(state="attached")
    dialog.get_by_label("考核证书").select_option(label="Web前端开发（中级）")
    road.shot(page, "3-request")
    dialog.get_by_role("button", name="确定").click()
    page.locator("tbody tr", has_text=PLAN).first.wait_for()
    page.wait_for_load_state("networkidle")
    road.shot(page, "3-requests")


def confirm_payment(road: Road) -> None:
    page = road.desk
    road.enter(3, "对方进入")
    page.goto("/fees/requests/?tab=open&size=100")
    page.locator("tbody tr", has_text=PLAN).first.locator("input[type=checkbox]").check()
    page.get_by_role("button", name="批量确认缴费").first.click()
    road.shot(page, "3-confirm")
    road.dialog().get_by_role("button", name=re.compile("确认")).last.click()
    page.get_by_text("已确认").first.wait_for()
    road.done(3)


def seat(road: Road) -> None:
    road.clock("拨到排考开始")
    road.enter(4, "排考")
    page = road.desk
    for subject in ("理论知识", "实操考核"):
        page.goto("/seating/subjects/?size=100")
        row = page.locator("tbody tr", has_text=PLAN).filter(has_text=subject).first
        row.get_by_role("link", name="排考", exact=True).click()
        road.shot(page, "4-seat")
        road.dialog().get_by_role("button", name=re.compile("排考")).last.click()
        road.closed()
    road.done(4)
    road.enter(4, "院校进入")
    road.shot(page, "4-rooms")
    for label in ("下载考场门贴", "下载考场桌贴", "下载考场签到表", "导出准考证"):
        page.goto("/seating/rooms/?size=100")
        with page.expect_download(timeout=30_000) as waiting:
            page.get_by_role("button", name=label, exact=True).first.click()
        assert waiting.value.path().read_bytes()[:4] in (b"%PDF", b"PK\x03\x04"), label


def record_scores(road: Road) -> None:
    road.clock("拨到成绩登记开始")
    page = road.desk
    for key, subject in (("theory", "理论知识"), ("practical", "实操考核")):
        road.enter(5, "以此账号进入")
        page.goto("/scores/import/")
        plan = page.get_by_label("考试计划")
        plan.select_option(label=plan.locator("option", has_text=PLAN).inner_text())
        page.get_by_label("考核证书").locator("option", has_text="Web前端开发").wait_for(state="attached")
        page.get_by_label("考核证书").select_option(label="Web前端开发（中级）")
        page.get_by_label("科目").locator("option", has_text=subject).wait_for(state="attached")
        page.get_by_label("科目").select_option(label=subject)
        if not page.locator("input[type=file]").count():
            page.locator("button.btn--primary:visible").last.click()
        page.locator("input[type=file]").wait_for(state="attached")
        road.upload(road.file(key, f"{subject}.xlsx"))
        page.locator("button[value=next]:visible, button.btn--primary[type=submit]").last.click()
        page.get_by_text("25 行可导入").wait_for()
        road.next()
        page.wait_for_load_state()
        road.next()
        page.get_by_text("成功 25 行").first.wait_for()
    road.shot(page, "5-scores")
    road.clock("拨到公示开始")
    query_score(road)
    road.clock("拨到公示结束")
    road.done(5)
    page.goto("/results/")
    road.shot(page, "5-results")


def query_score(road: Road) -> None:
    """A candidate on the public site, on a phone: one's own name and ID number, nobody's account."""
    name, number = first_person(road.file("registrations", "报考.xlsx"))
    phone = road.phone()
    phone.goto("/score/")
    phone.get_by_label("姓名").fill(name)
    phone.get_by_label("证件号或准考证号").fill(number)
    road.shot(phone, "5-score-query")
    phone.get_by_role("button", name="查询").click()
    phone.get_by_role("heading", name="成绩公示中").wait_for()
    found = phone.locator("#main, main").first.inner_text()
    assert name in found and "理论知识" in found and "实操考核" in found
    road.shot(phone, "5-score")
    phone.close()


def first_person(path: Path) -> tuple[str, str]:
    """Name and ID number of the first candidate of 报考.xlsx."""
    rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(values_only=True)
    head = next(row for row in rows if "身份证号" in row)
    first = next(rows)
    return str(first[head.index("姓名")]), str(first[head.index("身份证号")])


def collect(road: Road) -> None:
    road.enter(6, "获取记录")
    page = road.desk
    page.get_by_role("link", name="获取待发证记录").click()
    plan = road.dialog().get_by_label("考试计划")
    plan.select_option(label=plan.locator("option", has_text=PLAN).inner_text())
    road.shot(page, "6-collect")
    road.dialog().get_by_role("button", name="确认生成").click()
    road.closed()


def collect_everything(road: Road) -> None:
    road.enter(6, "获取记录")
    road.desk.get_by_role("link", name="获取待发证记录").click()
    road.dialog().get_by_role("button", name="确认生成").click()
    road.closed()


def sign(road: Road, side: str, account: str, address: str) -> None:
    road.enter(6, account)
    page = road.desk
    page.goto(f"{address}?size=100")
    page.get_by_label("选择本页", exact=False).first.check()
    page.get_by_role("button", name="批量确认签发").first.click()
    code = road.dialog().locator(".sign__qr svg")
    code.wait_for()
    road.shot(page, f"6-sign-{side}")
    phone = road.phone()
    scanned = read_qr(phone, code.screenshot())
    assert scanned.startswith(f"{road.address}/s/"), scanned
    phone.goto(scanned)
    phone.get_by_role("button", name="请先看到名单末尾").wait_for()
    road.shot(phone, f"6-sign-{side}-phone-check")
    assert phone.evaluate(WEIGHT) <= PHONE_BYTES
    phone.get_by_text("到此为止").scroll_into_view_if_needed()
    phone.get_by_role("button", name="核对无误，去签字").click()
    draw_name(phone)
    phone.get_by_label("短信验证码").fill(newest_code(road))
    phone.get_by_text("我已核对名单与成绩").click()
    road.shot(phone, f"6-sign-{side}-phone-sign")
    phone.get_by_role("button", name=re.compile("确认签发")).click()
    phone.get_by_text(re.compile("已签发")).first.wait_for()
    road.shot(phone, f"6-sign-{side}-phone-receipt")
    phone.close()
    road.closed()  # the desktop goes on by itself


def draw_name(phone: Page) -> None:
    phone.locator("canvas").wait_for()
    box = phone.locator("canvas").bounding_box() or {}
    phone.mouse.move(box["x"] + 40, box["y"] + 60)
    phone.mouse.down()
    for step in range(24):
        phone.mouse.move(box["x"] + 40 + step * 10, box["y"] + 60 + (step % 4) * 12)
    phone.mouse.up()


def read_qr(page: Page, picture: bytes) -> str:
    """What a phone's camera reads in the picture; read in a window of its own, away from the platform's policy."""
    reader = page.context.new_page()
    reader.goto("about:blank")
    reader.add_script_tag(path=ROOT / "node_modules" / "jsqr" / "dist" / "jsQR.js")
    found: str = reader.evaluate(READ_QR, base64.b64encode(picture).decode())
    reader.close()
    return found


def newest_code(road: Road) -> str:
    """Read from 短信与验证码 in the demo bar of another window of the same person."""
    other = road.desk.context.new_page()
    other.goto("/demo/")
    text = other.locator(".outbox").text_content() or ""
    other.close()
    return re.findall(r"验证码 (\d{6})", text)[0]


def sign_both(road: Road) -> None:
    sign(road, "body", "签发", "/issuing/awarding-body/")
    sign(road, "center", "院校签发", "/issuing/center/")
    road.done(6)


def release(road: Road) -> None:
    road.enter(7, "以此账号进入")
    page = road.desk
    page.goto("/issuing/to-release/?size=100")
    rows = page.locator("tbody tr", has_text=re.compile("云州职业技术学院"))
    for place in range(rows.count()):
        rows.nth(place).locator("input[type=checkbox]").check()
    page.get_by_role("button", name="批量发放电子证书").first.click()
    road.shot(page, "7-release")
    road.dialog().get_by_role("button", name=re.compile("发放")).last.click()
    road.dialog().get_by_role("link", name="完成").click()
    road.done(7)
    page.goto("/issuing/released/")
    page.locator("tbody tr").first.get_by_role("link", name="查看").click()
    for label in ("区块高度", "块哈希", "交易哈希"):
        page.get_by_text(label).first.wait_for()
    road.shot(page, "7-certificate")


def verify(road: Road) -> None:
    """By the QR on the paper, by number and name, by the file, and by one command without the platform."""
    good, bad = road.file("certificate", "证书.pdf"), road.file("tampered", "被改动的证书.pdf")
    number = verify_by_qr(road, good)
    verify_by_number(road, number)
    verify_by_file(road, good, ["证书有效", "电子签章有效", "存证摘要一致"], "good")
    verify_by_file(road, bad, ["文件核验不通过", "签章后文件内容被改动"], "bad")
    verify_offline(road, good, bad)
    road.done(8)


def verify_by_qr(road: Road, pdf: Path) -> str:
    """The address that the paper's own code holds, opened on a phone. Gives the number that the page shows."""
    phone = road.phone()
    address = read_qr(phone, picture_of(pdf))
    assert address.startswith(f"{road.address}/v/"), address
    road.kept["proof"] = f"{address.removeprefix(road.address)}/proof.json"
    phone.goto(address)
    phone.get_by_role("heading", name="证书有效").wait_for()
    road.shot(phone, "8-qr-phone")
    facts = phone.locator(".person dl div")
    number = "".join(facts.filter(has_text="证书编号").locator("dd").inner_text().split())
    road.kept["name"] = facts.filter(has_text="姓名").locator("dd").text_content().strip()
    phone.close()
    return number


def picture_of(pdf: Path) -> bytes:
    """The certificate as one sees it."""
    return typst.compile(
        f'#set page(width: 297mm, height: auto, margin: 0pt)\n#image("{pdf.name}", width: 100%)'.encode(),
        root=pdf.parent, format="png", ppi=200,
    )  # fmt: skip


def verify_by_number(road: Road, number: str) -> None:
    page = road.desk
    page.goto("/verify/")
    page.get_by_label("证书编号").fill(number)
    page.get_by_label("姓名").fill(road.kept["name"])
    page.get_by_role("button", name="核验", exact=True).click()
    page.get_by_role("heading", name="证书有效").wait_for()
    road.shot(page, "8-number")


def verify_by_file(road: Road, pdf: Path, words: list[str], name: str) -> None:
    """The file is dropped on its box."""
    page = road.desk
    page.goto("/verify/file/")
    page.locator("[data-drop]").evaluate(DROP, [pdf.name, base64.b64encode(pdf.read_bytes()).decode()])
    for word in words:
        page.get_by_text(word).first.wait_for()
    road.shot(page, f"8-{name}")


def verify_offline(road: Road, good: Path, bad: Path) -> None:
    """The one command, on what a holder has: the PDF, its proof, the published keys."""
    proof = road.folder / "证书.proof.json"
    proof.write_bytes(road.desk.request.get(road.kept["proof"]).body())
    zipfile.ZipFile(io.BytesIO(road.desk.request.get("/verify/trust.zip").body())).extractall(road.folder)
    for pdf, code, word in ((good, 0, "结论：有效：签章完好，且已存证"), (bad, 1, "签章后文件内容被改动")):
        command = [sys.executable, "-m", "skillcert.issuing.verify_offline", str(pdf), "--proof", str(proof)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert said.returncode == code and word in said.stdout, said.stdout + said.stderr


def open_registration(road: Road) -> None:
    road.clock("拨到报考开始")
