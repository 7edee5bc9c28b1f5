"""What many do on one evening is one line of 消息, until somebody has read it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from skillcert.kit.notices import Notice, NoticeRead, notify_all, notify_gathered

MANY, LIST = "{n} 份申请待审核", "/list/"


def tell(organization: int = 7, text: str = "甲校提交了申请", code: str = "pilots.review") -> None:
    notify_gathered(organization, code, text, "/one/", many=MANY, many_url=LIST)


def said(organization: int = 7) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(organization_id=organization).order_by("pk").values_list("text", "url"))


@pytest.mark.django_db
def test_a_whole_province_is_told_by_a_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        notify_all(range(900), "pilots.edit", "申报计划已发布" * 40, "/pilots/apply/")
    assert Notice.objects.count() == 900 and said(899) == [(("申报计划已发布" * 40)[:200], "/pilots/apply/")]


@pytest.mark.django_db
def test_the_first_says_who_and_the_next_how_many():
    tell()
    assert said() == [("甲校提交了申请", "/one/")]
    for _ in range(1233):
        tell(text="乙校提交了申请")
    assert said() == [("1,234 份申请待审核", LIST)]


@pytest.mark.django_db
def test_what_was_read_or_is_a_day_old_or_is_anothers_stays_as_it_is():
    tell()
    NoticeRead.objects.create(notice=Notice.objects.get(), user_id=1)
    tell(text="乙校提交了申请")
    assert [text for text, _ in said()] == ["甲校提交了申请", "乙校提交了申请"]
    Notice.objects.update(at=timezone.now() - timedelta(days=1, seconds=1))
    tell(text="丙校提交了申请"), tell(organization=8), tell(code="fees.confirm", text="缴费")
    assert [text for text, _ in said()][2:] == ["丙校提交了申请", "缴费"] and len(said(8)) == 1


def test_nobody_waits_for_a_line_that_another_is_writing(transactional_db):
    """On SQLite the one writer is waited for anyhow, and then the line counts on."""
    tell()
    told = threading.Event()

    def other() -> None:
        tell(text="乙校提交了申请")
        connection.close()
        told.set()

    alone = connection.features.has_select_for_update_skip_locked
    thread = threading.Thread(target=other)
    with transaction.atomic():
        tell(text="丙校提交了申请")
        thread.start()
        assert told.wait(20) if alone else not told.is_set()
    thread.join(20)
    expected = ["2 份申请待审核", "乙校提交了申请"] if alone else ["3 份申请待审核"]
    assert [text for text, _ in said()] == expected
