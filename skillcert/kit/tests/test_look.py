"""The look: every shared template with sample data, as markup and in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from lxml import html

from skillcert.kit.pages.screen import Badge
from skillcert.kit.static_packages import package_file
from skillcert.kit.templatetags.kit import badge_html, figure, file_size, fours, icon_html, middle
from skillcert.kit.tests.look_samples import SAMPLES

SOURCES = Path(__file__).parents[2]
STATIC = Path(__file__).parents[1] / "static" / "kit"
LARGEST_PHONE_PAGE = 100 * 1024
ON_PHONES = ("phone", "verify", "score", "login", "list", "form")
pytestmark = pytest.mark.urls("skillcert.kit.tests.look_samples")


@pytest.fixture(autouse=True)
def _templates_of_the_demo(settings: Any) -> None:
    """The demo is no installed app outside a demo; its templates are looked at all the same."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [SOURCES / "demo" / "templates"]}]


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> str:
    return request.param


# --- markup ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_template_obeys_the_content_security_policy(client: Client, sample: str) -> None:
    response = client.get(f"/_look/{sample}/")
    assert response.status_code == 200
    tree = html.document_fromstring(response.content.decode())
    assert tree.get("lang") == "zh-Hans-CN"
    assert not tree.xpath("//@style"), "a style attribute"
    assert not tree.xpath("//style"), "an inline style sheet"
    assert not [one for one in tree.xpath("//script") if not one.get("src")], "an inline script"
    assert not [name for one in tree.iter() for name in one.attrib if name.startswith(("on", "hx-on"))], "an inline handler"
    assert not re.search(r"\{[{%#]", response.content.decode()), "a template tag in the page"


@pytest.mark.django_db
def test_ids_are_unique_and_every_label_finds_its_field(client: Client, sample: str) -> None:
    tree = html.document_fromstring(client.get(f"/_look/{sample}/").content.decode())
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids)), sorted({one for one in ids if ids.count(one) > 1})
    for target in tree.xpath("//label/@for"):
        assert target in ids, f"no field for the label of {target}"


def test_every_icon_that_is_named_exists() -> None:
    """An icon's name is text in templates and data; Tabler renames icons between majors."""
    named: set[str] = set()
    for path in [*SOURCES.rglob("*.html"), *SOURCES.rglob("*.py")]:
        text = path.read_text()
        named.update(re.findall(r'{% icon "([a-z0-9-]+)"', text))
        named.update(re.findall(r'\bicon(?:: \w+)? ?= ?"([a-z0-9-]+)"', text))
    assert len(named) > 40
    missing = [name for name in sorted(named) if not package_file(f"@tabler/icons/icons/outline/{name}.svg").exists()]
    assert not missing


def test_an_icon_cannot_lead_out_of_its_folder() -> None:
    with pytest.raises(FileNotFoundError):
        icon_html("../filled/lock")


def test_a_state_is_colour_icon_and_words() -> None:
    drawn = html.fromstring(badge_html(Badge("待<b>审核</b>", "wait", hint="培训评价组织办理")))
    assert "badge--wait" in drawn.get("class")
    assert drawn.text_content() == "待<b>审核</b>"
    assert drawn.xpath("svg[@aria-hidden='true']") and drawn.get("title") == "培训评价组织办理"


def test_figures_and_numbers_read_as_people_write_them() -> None:
    assert (figure(1284), figure(0), figure(None), figure("10000+")) == ("1,284", "0", "–", "10000+")
    assert fours("2026031204723300004173") == "2026 0312 0472 3300 0041 73"
    assert (file_size(326 * 1024), file_size(12), file_size(3 * 1024 * 1024)) == ("326 KB", "1 KB", "3.0 MB")
    assert middle("0x" + "7c1e5b0d" * 8) == "0x" + ("7c1e5b0d" * 8)[:35] + "…7c1e5b0d"


def test_text_colours_reach_the_contrast_that_wcag_asks() -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text; 1.4.11: 3 to 1 for the borders of controls."""
    tokens = dict(re.findall(r"--sc-([a-z0-9-]+): (#[0-9a-f]{3,6});", (STATIC / "skillcert.css").read_text()))

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(text: str, ground: str) -> float:
        a, b = sorted((light(tokens[text]), light(tokens[ground])), reverse=True)
        return (a + 0.05) / (b + 0.05)

    states = [(name, f"{name}-bg") for name in ("idle", "wait", "run", "hand", "ok", "bad", "tag")]
    inks = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "primary", "danger") for ground in ("surface", "raised")]
    texts = [*states, *inks, ("ink-3", "page"), ("ink-2", "page"), ("primary-d", "primary-bg"), ("surface", "primary")]
    assert {pair: round(contrast(*pair), 2) for pair in texts if contrast(*pair) < 4.5} == {}
    assert contrast("control", "surface") >= 3


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["phone-check", "phone-sign", "phone-receipt"])
def test_the_signing_page_is_light(client: Client, name: str) -> None:
    """Page, styles and scripts without compression; the five photos come on top."""
    page = re.sub(r'src="data:[^"]*"', "", client.get(f"/_look/{name}/").content.decode())
    files = set(re.findall(r'(?:src|href)="/static/([^"]+)"', page))
    size = len(page.encode()) + sum(Path(str(finders.find(one))).stat().st_size for one in files)
    assert size <= LARGEST_PHONE_PAGE, f"{size} bytes: {sorted(files)}"
    assert not any("htmx" in one for one in files)


def test_the_stylesheet_names_no_other_host() -> None:
    for path in STATIC.glob("*.css"):
        assert not re.search(r"@import|https?://(?!www\.w3\.org/2000/svg)", path.read_text())


# --- in the browser --------------------------------------------------------------------------------------------
@pytest.fixture
def axe(live_server: Any, browser: Any) -> Iterator[Callable[..., list[str]]]:
    """``axe("/address", phone=True)``: what axe-core finds wrong there. It is injected, so this page has no CSP.

    Without motion: a button caught while its colour fades has a contrast that nobody ever reads.
    """
    script = package_file("axe-core/axe.min.js").read_text()
    contexts = []

    def run(address: str, *, phone: bool = False) -> list[str]:
        size = {"width": 390, "height": 844} if phone else {"width": 1366, "height": 768}
        context = browser.new_context(
            viewport=size, base_url=live_server.url, bypass_csp=True, locale="zh-CN", reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        page.evaluate(script)
        found = page.evaluate("axe.run()")["violations"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} scrolls sideways"
        return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]

    yield run
    for context in contexts:
        context.close()


@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing(axe: Callable[..., list[str]], sample: str) -> None:
    assert axe(f"/_look/{sample}/") == []
    if sample.startswith(ON_PHONES):
        assert axe(f"/_look/{sample}/", phone=True) == []


@pytest.mark.django_db(transaction=True)
def test_ticks_are_kept_until_the_filter_changes(page: Any) -> None:
    page.goto("/_look/list/")
    page.locator("[data-tick-page]").check()
    page.get_by_role("button", name="选择全部匹配的 1,284 条").click()
    page.locator("#list tbody input[name=keys]").nth(2).uncheck()
    page.reload()
    assert page.locator("[data-chosen-count]").inner_text() == "1,283"
    with page.expect_request(lambda request: request.method == "POST") as posted:
        page.locator("[data-chosen]").get_by_role("button", name="批量认证").click()
    sent = posted.value.post_data
    assert "all=1" in sent and "except=2" in sent and "keys=0" not in sent
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="无照片 47").click()
    page.get_by_text("查询条件已变，原来的勾选已清空").wait_for()
    assert page.locator("[data-chosen]").is_hidden()
    page.go_back()
    page.wait_for_function("document.querySelector('.tabs [aria-current]').textContent.includes('全部')")


@pytest.mark.django_db(transaction=True)
def test_a_batch_without_ticks_says_what_to_do(page: Any) -> None:
    page.goto("/_look/list/")
    page.get_by_role("button", name="批量认证", exact=True).click()
    page.get_by_text("还没有勾选数据，请先在列表中勾选。").wait_for()
    assert page.locator("dialog[open]").count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_dialog_keeps_the_focus_and_what_was_typed(page: Any) -> None:
    page.goto("/_look/list/")
    page.get_by_role("link", name="新增考生").focus()
    page.keyboard.press("Enter")
    text = page.locator("dialog[open] textarea")
    text.wait_for()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#dialog')")
    text.fill("考证结果与考场记录不一致，请核对")
    page.once("dialog", lambda question: question.dismiss())
    page.keyboard.press("Escape")
    assert text.is_visible(), "left without asking"
    page.once("dialog", lambda question: question.accept())
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    assert page.evaluate("document.activeElement.textContent").strip() == "新增考生"
    page.keyboard.press("Enter")
    page.get_by_text("已恢复上次没有保存的内容。").wait_for()
    assert text.input_value() == "考证结果与考场记录不一致，请核对"


@pytest.mark.django_db(transaction=True)
def test_a_refusal_inside_a_dialog_is_shown_as_its_sentence(page: Any, watched: Any) -> None:
    watched.expect("404|Response Status Error")
    page.goto("/_look/list/")
    page.evaluate("document.querySelector('.row-acts a').remove()")
    page.evaluate("void htmx.ajax('GET', '/_look/nothing/', {target: '#dialog'})")
    page.get_by_role("button", name="知道了").wait_for()
    assert page.url.endswith("/_look/list/")


@pytest.mark.django_db(transaction=True)
def test_the_keyboard_reaches_the_query_the_palette_and_the_rows(page: Any) -> None:
    page.goto("/_look/list/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "name"
    page.keyboard.press("Control+k")
    page.locator("#palette [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("#palette [role=option][aria-selected=true]")
    assert chosen.get_attribute("id") == "palette-1" == page.locator("#palette-input").get_attribute("aria-activedescendant")
    page.keyboard.press("Escape")
    page.locator("#list tbody input[name=keys]").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "选择 欧阳一诺"


@pytest.mark.django_db(transaction=True)
def test_only_the_table_scrolls_at_1366_by_768(page: Any) -> None:
    page.goto("/_look/list/")
    page.locator("#list tbody input[name=keys]").first.check()
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    box = page.locator("[data-scroll]").bounding_box()
    rows = [row.bounding_box() for row in page.locator("#list tbody tr").all()]
    assert sum(row["y"] + row["height"] <= box["y"] + box["height"] + 1 for row in rows) >= 8
    assert page.locator(".pager").bounding_box()["y"] + 40 < 768


@pytest.mark.django_db(transaction=True)
def test_a_signature_is_drawn_or_typed(phone: Any) -> None:
    phone.goto("/_look/phone-sign/")
    submit = phone.get_by_role("button", name="确认签发 312 人")
    submit.click()
    phone.get_by_text("还没有签名，请在虚线框内写清本人姓名").wait_for()
    box = phone.locator("canvas").bounding_box()
    phone.mouse.move(box["x"] + 40, box["y"] + 40)
    phone.mouse.down()
    for step in range(30):
        phone.mouse.move(box["x"] + 40 + step * 7, box["y"] + 40 + (step % 7) * 14)
    phone.mouse.up()
    submit.click()
    phone.get_by_text("请先勾选“我已核对名单与成绩”。").wait_for()
    phone.get_by_label("我已核对名单与成绩").check()
    with phone.expect_request(lambda request: request.method == "POST") as posted:
        submit.click()
    assert "data%3Aimage%2Fpng" in posted.value.post_data and len(posted.value.post_data) < 60_000
    phone.goto("/_look/phone-sign/")
    phone.get_by_text("输入姓名", exact=True).click()
    assert phone.get_by_label("本人姓名").is_visible() and phone.locator("canvas").is_hidden()


@pytest.mark.django_db(transaction=True)
def test_without_scripts_the_list_is_whole(browser: Any, live_server: Any) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    page.goto("/_look/list/")
    assert page.locator(".query__field:visible").count() == 6, "folded fields need a script to unfold"
    page.get_by_role("link", name="新增考生").click()
    assert page.locator("h1").inner_text() == "拒绝签发 3 人"
    context.close()
