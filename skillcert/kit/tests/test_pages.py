"""Lists, dialogs, forms and details as a person meets them."""

from __future__ import annotations

import re
import uuid
from types import SimpleNamespace

import pytest

from skillcert.kit.audit import AuditEntry
from skillcert.kit.tests.conftest import MINE, OTHER, person


def make(toys: SimpleNamespace, count: int, *, owner: int = MINE, **values: object) -> list:
    return [toys.Toy.objects.create(owner_id=owner, name=f"玩具{n:03}", **values) for n in range(count)]


def text_of(response: object) -> str:
    return re.sub(r"<[^>]+>", " ", response.content.decode())  # type: ignore[attr-defined]


def test_list_shows_own_rows_masked(toys: SimpleNamespace) -> None:
    make(toys, 2, secret="330106200501012427")
    make(toys, 1, owner=OTHER)
    page = toys.client.get("/toys/")
    assert page.status_code == 200
    assert "共 2 条" in text_of(page)
    assert "330106********2427" in text_of(page) and "330106200501012427" not in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"


def once_of(response: object) -> str:
    """The key that the form carries."""
    return re.search(r'name="once"[^>]*value="([0-9a-f-]{36})"', response.content.decode())[1]  # type: ignore[attr-defined,index]


def test_anonymous_forbidden_foreign_missing(toys: SimpleNamespace) -> None:
    from skillcert.kit.access import PUBLIC

    (theirs,) = make(toys, 1, owner=OTHER)
    foreign, missing = toys.client.get(f"/toys/{theirs.pk}/"), toys.client.get("/toys/99999/")
    assert foreign.status_code == missing.status_code == 404
    assert re.sub(r"\d{5}|csrf\S+", "", text_of(foreign)) == re.sub(r"\d{5}|csrf\S+", "", text_of(missing))
    toys.sign_in(person("toys.finish"))
    assert toys.client.get("/toys/").status_code == 403
    toys.sign_in(PUBLIC)
    assert toys.client.get("/toys/").url == "/login/?next=/toys/"
    assert toys.client.get("/public/").status_code == 200


def test_a_page_must_name_permission_and_chapter() -> None:
    from skillcert.kit.pages import Page

    with pytest.raises(TypeError, match="permission"):
        type("Open", (Page,), {"url": "x/", "manual": "1"})
    with pytest.raises(TypeError, match="chapter"):
        type("Lost", (Page,), {"url": "x/", "permission": "a.b"})
    with pytest.raises(TypeError, match="chapter"):
        type("Bare", (Page,), {"url": "x/", "permission": "a.b", "manual": None})


def test_shown_acts_are_the_allowed_ones(toys: SimpleNamespace) -> None:
    plain, done = make(toys, 1, painted=True)[0], make(toys, 1, state="ready")[0]
    page = toys.client.get("/toys/").content.decode()
    assert f"/toys/finish/{plain.pk}/" in page and f"/toys/delete/{plain.pk}/" not in page
    assert f"/toys/finish/{done.pk}/" not in page and f"/toys/{done.pk}/edit/" not in page
    refused = toys.client.post(f"/toys/finish/{done.pk}/", {"once": uuid.uuid4()})
    assert refused.status_code == 422 and "当前状态为“就绪”，不可完成" in text_of(refused)
    assert toys.client.get(f"/toys/{done.pk}/edit/").status_code == 400
    toys.sign_in(person("toys.view"))
    page = toys.client.get("/toys/").content.decode()
    assert "/edit/" not in page and "toys/finish" not in page and "新增玩具" not in page
    assert toys.client.post(f"/toys/finish/{plain.pk}/", {"once": uuid.uuid4()}).status_code == 403
    plain.refresh_from_db()
    assert plain.state == "new"


def test_tab_counts_equal_the_lists_they_open(toys: SimpleNamespace) -> None:
    make(toys, 3)
    make(toys, 2, state="ready")
    page = text_of(toys.client.get("/toys/"))
    assert re.search(r"全部\s+5\s+新建\s+3\s+就绪\s+2", page)
    assert "共 2 条" in text_of(toys.client.get("/toys/?tab=ready"))
    narrowed = text_of(toys.client.get("/toys/?name=玩具001"))
    assert re.search(r"全部\s+2\s+新建\s+1\s+就绪\s+1", narrowed)


def test_a_wrong_query_lists_nothing_and_says_so(toys: SimpleNamespace) -> None:
    make(toys, 2)
    page = text_of(toys.client.get("/toys/?created_at_from=2026-12-01&created_at_to=2026-01-01"))
    assert "起始日期晚于结束日期" in page and "共 0 条" in page


def test_private_filter_never_stands_in_an_address(toys: SimpleNamespace) -> None:
    make(toys, 2)
    answer = toys.client.post("/toys/?tab=new", {"id_number": "玩具001", "tab": "new"})
    assert answer.status_code == 303 and "id_number=~" in answer.url.replace("%7E", "~") and "玩具001" not in answer.url
    page = toys.client.get(answer.url)
    assert "共 1 条" in text_of(page)
    assert toys.client.get("/toys/?id_number=330106200501012427").status_code == 303


def test_queries_do_not_grow_with_rows(toys: SimpleNamespace, django_assert_num_queries: object) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make(toys, 3)
    toys.client.get("/toys/")
    with CaptureQueriesContext(connection, ) as few:
        toys.client.get("/toys/?size=50")
    make(toys, 40)
    with CaptureQueriesContext(connection) as many:
        toys.client.get("/toys/?size=50")
    assert len(few) == len(many) <= 7


def test_columns_are_kept_per_user(toys: SimpleNamespace) -> None:
    make(toys, 1)
    keys = ["name", "secret", "year", "state", "created_at", "note"]
    chosen = {"column": keys, "shown": ["name", "note"], "move": "note:up", "next": "/toys/"}
    assert toys.client.post("/columns/kit.Toys/", chosen).url == "/toys/"
    head = re.search(r"<thead>.*?</thead>", toys.client.get("/toys/").content.decode(), re.S)[0]
    assert "备注" in head and "年份" not in head
    toys.sign_in(person(number=8))
    assert "年份" in re.search(r"<thead>.*?</thead>", toys.client.get("/toys/").content.decode(), re.S)[0]
    toys.client.post("/columns/kit.Toys/", {"column": keys, "reset": "1", "next": "//evil.example/"})
    assert toys.client.post("/columns/kit.Toys/", {"next": "//evil.example/"}).url == "/"


def test_batch_previews_and_does_the_same(toys: SimpleNamespace) -> None:
    make(toys, 3, painted=True)
    make(toys, 2)
    make(toys, 1, state="ready", painted=True)
    make(toys, 1, owner=OTHER, painted=True)
    kept = toys.client.post("/toys/finish/?list=kit.Toys", {"all": "1", "query": ""})
    assert kept.status_code == 303
    dialog = toys.client.get(kept.url)
    seen = " ".join(text_of(dialog).split())
    assert "将完成 3 个" in seen and "不可完成 3 个" in seen
    assert "当前状态为“就绪”，不可完成" in seen and "尚未上色，请先上色" in seen
    assert toys.Toy.objects.filter(state="ready").count() == 1
    answer = " ".join(text_of(toys.client.post(kept.url, {"once": once_of(dialog)})).split())
    assert "成功 3" in answer and "跳过 3" in answer and "已完成 3 个" in answer
    assert toys.Toy.objects.filter(state="ready", owner_id=OTHER).count() == 0


def test_ticked_rows_outside_the_organization_are_not_counted(toys: SimpleNamespace) -> None:
    mine, theirs = make(toys, 1, painted=True)[0], make(toys, 1, owner=OTHER, painted=True)[0]
    kept = toys.client.post("/toys/finish/?list=kit.Toys", {"keys": f"{mine.pk},{theirs.pk}"})
    dialog = toys.client.get(kept.url)
    assert "将完成" in text_of(dialog) and theirs.name not in text_of(dialog)
    toys.client.post(kept.url, {"once": once_of(dialog)})
    assert list(toys.Toy.objects.filter(state="ready")) == [mine]
    toys.sign_in(person(organization=OTHER, number=9))
    assert toys.client.get(kept.url).status_code == 404


def test_nothing_ticked_is_a_sentence(toys: SimpleNamespace) -> None:
    answer = toys.client.post("/toys/finish/?list=kit.Toys", {"keys": ""})
    assert answer.status_code == 400 and "还没有勾选数据" in text_of(answer)


def test_second_click_has_no_second_effect(toys: SimpleNamespace) -> None:
    dialog = toys.client.get("/toys/new/")
    form = {"once": once_of(dialog), "name": "小熊", "year": "2020"}
    first, second = toys.client.post("/toys/new/", form), toys.client.post("/toys/new/", form)
    assert (first.status_code, first.url) == (second.status_code, second.url) == (303, "/")
    assert toys.Toy.objects.count() == 1
    assert AuditEntry.objects.filter(action="toys.created").count() == 1
    toys.sign_in(person(number=8))
    assert "页面已过期" in text_of(toys.client.post("/toys/new/", form))


def test_a_refusal_lands_at_its_field_and_frees_the_key(toys: SimpleNamespace) -> None:
    form = {"once": once_of(toys.client.get("/toys/new/")), "name": "禁", "year": "2020"}
    refused = toys.client.post("/toys/new/", form)
    assert refused.status_code == 422 and "这个名称不可用" in text_of(refused) and 'value="2020"' in refused.content.decode()
    toys.client.post("/toys/new/", {**form, "name": "小熊"})
    assert toys.Toy.objects.get().name == "小熊"


def test_two_savers_see_both_values(toys: SimpleNamespace) -> None:
    (toy,) = make(toys, 1)
    url = f"/toys/{toy.pk}/edit/"
    one, two = toys.client.get(url), toys.client.get(url)
    toys.client.post(url, {"once": once_of(one), "version": "1", "name": "甲", "year": ""})
    conflict = toys.client.post(url, {"once": once_of(two), "version": "1", "name": "乙", "year": ""})
    assert conflict.status_code == 409
    page = conflict.content.decode()
    assert "<td>乙</td><td>甲</td>" in page and re.search(r'name="name"[^>]*value="乙"', page)
    toys.client.post(url, {"once": once_of(two), "version": re.search(r'name="version" value="(\d+)"', page)[1], "name": "乙"})
    toy.refresh_from_db()
    assert toy.name == "乙"


def test_large_batch_runs_as_a_job_and_resumes(toys: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    from skillcert.kit import jobs
    from skillcert.kit.pages import batch

    make(toys, 7)
    make(toys, 2, painted=True)
    monkeypatch.setattr(batch, "SIZE", 2)
    kept = toys.client.post("/toys/delete/?list=kit.Toys", {"all": "1", "except": str(toys.Toy.objects.first().pk)})
    dialog = toys.client.get(kept.url)
    started = toys.client.post(kept.url, {"once": once_of(dialog), "reason": "清理"})
    again = toys.client.post(kept.url, {"once": once_of(dialog), "reason": "清理"})
    assert started.url == again.url and jobs.Job.objects.count() == 1
    assert "清理" not in str(jobs.Job.objects.get().args)
    run_killed_once(jobs, monkeypatch)
    page = " ".join(text_of(toys.client.get(started.url)).split())
    assert "成功 6" in page and "跳过 2" in page and "已上色的玩具不能删除 2" in page
    assert toys.Toy.objects.count() == 3
    assert AuditEntry.objects.filter(action="toys.deleted").count() == 6
    links = re.findall(r'href="(/toys/\?only=[^"]+)"', toys.client.get(started.url).content.decode())
    assert "共 2 条" in text_of(toys.client.get(links[-1]))


def run_killed_once(jobs: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the one job; its worker dies in the middle of the second chunk, and another one takes over."""
    job = jobs.Job.objects.get()  # type: ignore[attr-defined]
    real, calls = jobs.Run.progress, []  # type: ignore[attr-defined]

    def dying(run: object, *args: object, **more: object) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise SystemExit
        real(run, *args, **more)

    monkeypatch.setattr(jobs.Run, "progress", dying)  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        jobs.run_job.func(str(job.pk))  # type: ignore[attr-defined]
    jobs.run_job.func(str(job.pk))  # type: ignore[attr-defined]


def test_detail_reveals_by_an_audited_post_only(toys: SimpleNamespace) -> None:
    (toy,) = make(toys, 1, secret="330106200501012427")
    url = f"/toys/{toy.pk}/"
    assert "330106200501012427" not in toys.client.get(url + "?reveal=secret").content.decode()
    shown = toys.client.post(url, {"reveal": "secret"})
    assert "330106200501012427" in shown.content.decode() and shown["Cache-Control"] == "private, no-store"
    entry = AuditEntry.objects.get(action="kit.reveal")
    assert (entry.object_id, entry.actor_id, entry.summary["field"]) == (str(toy.pk), 7, "secret")
    toys.sign_in(person("toys.view"))
    assert toys.client.post(url, {"reveal": "secret"}).status_code == 403
    assert toys.client.post(url, {"reveal": "name"}).status_code == 400


def test_download_by_post_of_the_able_rows(toys: SimpleNamespace) -> None:
    painted, bare = make(toys, 1, painted=True)[0], make(toys, 1)[0]
    answer = toys.client.post("/toys/paper/?list=kit.Toys", {"keys": f"{painted.pk},{bare.pk}"})
    assert answer.content.decode() == painted.name and "attachment" in answer["Content-Disposition"]
    assert AuditEntry.objects.get(action="kit.download").summary["rows"] == 2
    refused = toys.client.post(f"/toys/paper/{bare.pk}/")
    assert refused.status_code == 400 and "尚未上色" in text_of(refused)


def test_history_shows_on_the_detail(toys: SimpleNamespace) -> None:
    (toy,) = make(toys, 1, painted=True)
    toys.client.post(f"/toys/finish/{toy.pk}/", {"once": uuid.uuid4()})
    page = text_of(toys.client.get(f"/toys/{toy.pk}/"))
    assert "完成" in page and "林知遥" in page


def test_a_later_choice_follows_the_earlier_one(toys: SimpleNamespace) -> None:
    from django.http import QueryDict

    from skillcert.kit.pages import ChainedChoice, KitForm

    class Chain(KitForm):
        plan = ChainedChoice("计划", options=lambda page: [("1", "春"), ("2", "秋")])
        center = ChainedChoice("站点", after=["plan"], options=lambda page, plan: [(f"{plan}-1", f"{plan}号站点")])

    def centers(**typed: str) -> list[str]:
        page = SimpleNamespace(request=SimpleNamespace(GET=QueryDict("").copy(), path="/x/"))
        page.request.GET.update(typed)
        return [str(label) for _, label in Chain(page=page).fields["center"].choices]

    assert centers() == ["请先选择上一项"]
    assert centers(refresh="1", plan="2") == ["请选择", "2号站点"]
    assert centers(refresh="1", plan="9") == ["请先选择上一项"]
    posted = Chain(QueryDict("plan=1&center=2-1"), page=None)
    assert not posted.is_valid() and "center" in posted.errors


def test_full_width_numbers_are_narrowed() -> None:
    from skillcert.kit.pages import KitForm, NumberText, TextField

    class Typed(KitForm):
        number, name = NumberText(), TextField()

    form = Typed({"number": "３３０106 20050101242ｘ", "name": "\u3000古丽娜尔·艾合买提\u200b "})
    assert form.is_valid()
    assert form.cleaned_data == {"number": "33010620050101242X", "name": "古丽娜尔·艾合买提"}


def test_an_htmx_request_gets_its_fragment(toys: SimpleNamespace) -> None:
    make(toys, 1)
    rows = toys.client.get("/toys/", headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
    assert rows.lstrip().startswith("<section") and "<html" not in rows
    in_dialog = {"HX-Request": "true", "HX-Target": "dialog", "HX-Current-URL": "http://testserver/toys/?tab=new"}
    form = toys.client.get("/toys/new/", headers=in_dialog)
    assert "<html" not in form.content.decode()
    saved = toys.client.post("/toys/new/", {"once": once_of(form), "name": "小熊"}, headers=in_dialog)
    assert saved["HX-Refresh"] == "true"
    assert "已新增玩具“小熊”。" in text_of(toys.client.get("/toys/"))
