"""The menu shows what may be opened, and nothing else; the trail leads to the current page."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from skillcert.config.menu import Line
from skillcert.kit import web
from skillcert.kit.tests.conftest import person
from skillcert.kit.tests.test_pages import make, text_of


@pytest.fixture
def menu(toys: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    lines = (
        Line("玩具管理", icon="box", lines=(Line("玩具柜", "kit.Toys"), Line("新增", "kit.NewToy"), Line("尚无", "kit.None"))),
    )
    monkeypatch.setattr("skillcert.config.menu.MENU", lines)
    web.menu_pages.cache_clear()
    yield toys
    web.menu_pages.cache_clear()


def trail(toys: SimpleNamespace, url: str) -> list[str]:
    request = toys.client.get(url).wsgi_request
    return [crumb.label for crumb in web.shell(request)["shell"].crumbs]


def test_only_what_may_be_opened(menu: SimpleNamespace) -> None:
    shell = web.shell(menu.client.get("/toys/").wsgi_request)["shell"]
    assert [(item.label, item.open) for item in shell.menu] == [("玩具管理", True)]
    assert [(item.label, item.current) for item in shell.menu[0].items] == [("玩具柜", True), ("新增", False)]
    menu.sign_in(person("toys.view"))
    shell = web.shell(menu.client.get("/toys/").wsgi_request)["shell"]
    assert [item.label for item in shell.menu[0].items] == ["玩具柜"]
    menu.sign_in(person("toys.finish"))
    assert web.shell(menu.client.get("/public/").wsgi_request)["shell"].menu == ()


def test_the_trail_of_a_page_outside_the_menu(menu: SimpleNamespace) -> None:
    (toy,) = make(menu, 1)
    assert trail(menu, f"/toys/{toy.pk}/") == ["玩具管理", "玩具柜", "玩具"]
    assert "玩具柜" in text_of(menu.client.get(f"/toys/{toy.pk}/"))


def test_the_public_sees_no_shell(menu: SimpleNamespace) -> None:
    from skillcert.kit.access import PUBLIC

    menu.sign_in(PUBLIC)
    missing = menu.client.get("/nowhere/")
    assert missing.status_code == 404 and "没有找到这个页面" in text_of(missing) and "玩具柜" not in text_of(missing)
