"""Messages reach the outbox or the provider; a failure is one exception with a sentence, without the phone in it."""

import json
from threading import Thread

import pytest

from skillcert.integrations.sms.client import SmsFailed
from skillcert.integrations.sms.embedded import open_outbox
from skillcert.integrations.sms.gateway import HttpSms
from skillcert.integrations.tests.answering import answering

PHONE, TEXT = "13800136021", "【职业技能】验证码 402913，10 分钟内有效"


def test_outbox_shows_the_newest_first_and_is_private(tmp_path):
    outbox = open_outbox(tmp_path)
    assert outbox.recent() == []
    for number in range(30):
        outbox.send(PHONE, f"{TEXT} {number}")
    assert [message.text[-2:] for message in outbox.recent(3)] == ["29", "28", "27"]
    assert outbox.recent(1)[0].phone == PHONE
    assert outbox.recent(1)[0].at.tzinfo is not None
    assert outbox.file.stat().st_mode & 0o777 == 0o600


def test_a_line_cut_by_a_crash_is_left_out(tmp_path):
    outbox = open_outbox(tmp_path)
    outbox.send(PHONE, "one")
    with outbox.file.open("ab") as file:
        file.write(b'{"at": "2026-1\n')
    outbox.send(PHONE, "two")
    assert [message.text for message in outbox.recent()] == ["two", "one"]


def test_several_writers_lose_nothing(tmp_path):
    def write(writer: int) -> None:
        for number in range(25):
            open_outbox(tmp_path).send(PHONE, f"{writer}-{number}")

    threads = [Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({message.text for message in open_outbox(tmp_path).recent(200)}) == 100


@pytest.mark.parametrize("phone", ["", "1380013602", "23800136021", "1380013602１", "+8613800136021"])
def test_a_number_that_is_none_is_refused(tmp_path, phone):
    with pytest.raises(SmsFailed, match="11 位数字"):
        open_outbox(tmp_path).send(phone, TEXT)


@pytest.mark.parametrize("text", ["", "a\nb", "\0", "长" * 501])
def test_a_text_that_could_become_two_messages_is_refused(tmp_path, text):
    with pytest.raises(SmsFailed, match="短信内容"):
        open_outbox(tmp_path).send(PHONE, text)


def test_provider_gets_the_filled_template():
    asked = []

    def answer(body, headers):
        asked.append((body, headers["X-Key"]))
        return 200, b'{"code": "OK"}'

    template = {"to": ["{phone}"], "args": {"content": "{text}"}, "sign": 7}
    with answering(answer) as url:
        HttpSms(url, template, {"X-Key": "k"}, {"code": "OK"}).send(PHONE, TEXT + " {phone}")
    assert asked == [({"to": [PHONE], "args": {"content": TEXT + " {phone}"}, "sign": 7}, "k")]


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (500, b"", "HTTP 500"),
        (200, b"no json", "不是 JSON"),
        (200, b'{"code": "LIMIT"}', "未受理（code：LIMIT）"),
        (200, b"[]", "未受理"),
    ],
)
def test_a_provider_that_refuses_is_one_exception(status, content, words):
    with answering(lambda body, headers: (status, content)) as url, pytest.raises(SmsFailed) as failed:
        HttpSms(url, {"mobile": "{phone}"}, accepted={"code": "OK"}).send(PHONE, TEXT)
    assert words in str(failed.value)
    assert PHONE not in str(failed.value)


def test_a_provider_out_of_reach_is_one_exception():
    with answering(lambda body, headers: (200, b"{}")) as url:
        pass
    with pytest.raises(SmsFailed, match="暂不可用"):
        HttpSms(url, json.loads("{}"), timeout=2).send(PHONE, TEXT)
