"""The export of a list: ticked, else all (R147); masked unless a purpose is given."""

from __future__ import annotations

import re
from io import BytesIO
from tempfile import TemporaryFile
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook

from skillcert.kit.audit import AuditEntry
from skillcert.kit.sheets.writer import write_rows
from skillcert.kit.tests.conftest import MINE, OTHER, person
from skillcert.kit.tests.test_pages import make, once_of, text_of

SECRET = "330106200501012427"
URL = "/toys/export/"


def sheet(content: bytes) -> list[tuple]:
    return list(load_workbook(BytesIO(content)).active.iter_rows(values_only=True))


def export(toys: SimpleNamespace, ticked: str, query: str = "", **form: str) -> object:
    kept = toys.client.post(f"{URL}?list=kit.Toys", {"keys": ticked, "query": query})
    return toys.client.post(kept.url, {"once": once_of(toys.client.get(kept.url)), **form})


def test_ticked_else_all_that_match(toys: SimpleNamespace) -> None:
    first, *_ = make(toys, 3, secret=SECRET, year=2020)
    make(toys, 2, state="ready")
    make(toys, 1, owner=OTHER)
    assert [row[0] for row in sheet(export(toys, str(first.pk)).content)] == ["名称", first.name]
    assert len(sheet(export(toys, "").content)) == 1 + 5
    rows = sheet(export(toys, "", "tab=new&sort=-name").content)
    assert [row[0] for row in rows[1:]] == ["玩具002", "玩具001", "玩具000"]
    assert rows[1][1:4] == ("330106********2427", 2020, "新建")


def test_full_numbers_need_a_purpose_and_are_audited(toys: SimpleNamespace) -> None:
    make(toys, 1, secret=SECRET)
    refused = export(toys, "", full="on")
    assert refused.status_code == 422 and "须写明用途" in text_of(refused)
    assert sheet(export(toys, "", full="on", purpose="打印准考证").content)[1][1] == SECRET
    entry = AuditEntry.objects.get(action="kit.export")
    assert entry.summary["full"] is True and entry.summary["rows"] == 1 and SECRET not in str(entry.summary)
    assert entry.detail.read()["purpose"] == "打印准考证"
    toys.sign_in(person("toys.view"))
    assert sheet(export(toys, "", full="on", purpose="看看").content)[1][1] == "330106********2427"


@pytest.mark.parametrize("opened", [TemporaryFile, BytesIO])
def test_a_sheet_goes_into_any_open_file(opened: type) -> None:
    with opened() as file:
        assert write_rows(file, "数据", ["名称"], [["一"], ["二"]]) == 2
        file.seek(0)
        assert sheet(file.read()) == [("名称",), ("一",), ("二",)]


def test_columns_follow_the_users_settings_and_stay_text(toys: SimpleNamespace) -> None:
    make(toys, 1)
    keys = ["name", "note"]
    toys.client.post("/columns/kit.Toys/", {"column": keys, "shown": keys})
    content = export(toys, "").content
    assert sheet(content) == [("名称", "备注"), ("玩具000", "=1+1")]
    assert load_workbook(BytesIO(content)).active["B2"].data_type == "s"


def test_every_row_once_over_chunks(toys: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skillcert.kit.exports.CHUNK", 3)
    for n in range(10):
        toys.Toy.objects.create(owner_id=MINE, name=f"{n}", year=None if n % 3 else 2020)
    names = [row[0] for row in sheet(export(toys, "").content)[1:]]
    assert sorted(names) == [str(n) for n in range(10)]


def test_a_large_export_is_a_job_with_an_audited_download(
    toys: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from skillcert.kit import jobs

    make(toys, 4)
    monkeypatch.setattr("skillcert.kit.exports.ExportDialog.in_request", 3)
    started = export(toys, "")
    jobs.run_job.func(str(jobs.Job.objects.get().pk))
    page = toys.client.get(started.url).content.decode()
    url = re.search(r'action="(/files/[^"]+)"', page)[1]
    answer = toys.client.post(url)
    assert len(sheet(b"".join(answer.streaming_content))) == 5
    assert AuditEntry.objects.filter(action="kit.download").count() == 1
    toys.sign_in(person(number=8))
    assert toys.client.post(url).status_code == 404
