"""A list in a real browser: tick, preview, do, and find the result; edit in a dialog; export."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from skillcert.kit.tests.test_pages import make

pytestmark = pytest.mark.django_db(transaction=True)


def test_tick_preview_and_do(live_server: Any, toys: SimpleNamespace, page: Any, shot: Callable[..., Any]) -> None:
    make(toys, 3, painted=True, secret="330106200501012427", year=2024)
    make(toys, 22, year=2023)
    page.goto("/toys/?size=10")
    page.get_by_label("选择 玩具000").first.check()
    page.get_by_label("选择 玩具001").first.check()
    page.get_by_role("link", name="下一页").click()
    page.get_by_text("玩具010").wait_for()
    page.get_by_label("选择 玩具010").check()
    page.get_by_text("已选 3 项").wait_for()
    shot(page, "kit-list")
    page.get_by_role("button", name="批量完成").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("尚未上色，请先上色").wait_for()
    shot(page, "kit-dialog")
    dialog.get_by_role("button", name="完成 2 个").click()
    dialog.get_by_text("已完成 2 个。").wait_for()
    shot(page, "kit-result")
    assert toys.Toy.objects.filter(state="ready").count() == 2


def test_a_dialog_keeps_the_filter_of_its_list(live_server: Any, toys: SimpleNamespace, page: Any, watched: Any) -> None:
    watched.expect("422")  # the refusal
    make(toys, 2)
    page.goto("/toys/?tab=new")
    page.get_by_role("link", name="新增玩具").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("禁")
    dialog.get_by_role("button", name="保存").click()
    dialog.get_by_text("这个名称不可用，请换一个。").first.wait_for()
    dialog.get_by_label("名称").fill("小熊")
    dialog.get_by_role("button", name="保存").click()
    page.get_by_text("已新增玩具“小熊”。").wait_for()
    assert page.url.endswith("/toys/?tab=new")


def test_export_of_what_matches_downloads(live_server: Any, toys: SimpleNamespace, page: Any) -> None:
    make(toys, 3)
    page.goto("/toys/")
    page.get_by_role("button", name="导出玩具").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("将导出 3 条").wait_for()
    with page.expect_download() as caught:
        dialog.get_by_role("button", name="导出").click()
    assert caught.value.suggested_filename.startswith("玩具-")


def test_the_list_reads_and_pages_without_scripts(live_server: Any, toys: SimpleNamespace, new_page: Any) -> None:
    make(toys, 12)
    plain = new_page(java_script_enabled=False)
    plain.goto("/toys/?size=10")
    plain.get_by_role("textbox", name="名称").fill("玩具00")
    plain.get_by_role("button", name="查询").click()
    assert "共 10 条" in plain.inner_text("#list")
    plain.get_by_role("link", name="重置").click()
    assert "共 12 条" in plain.inner_text("#list")
    plain.goto("/toys/?size=10")
    plain.get_by_role("link", name="下一页").click()
    assert "玩具001" in plain.inner_text("#list table") and "玩具011" not in plain.inner_text("#list table")
