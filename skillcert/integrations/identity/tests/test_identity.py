"""The embedded authority compares faces for real, keeps no clear ID number, and says what is wrong with a photo.

The faces are the demo's drawn people, whose distances are small: their threshold is 84.
"""

import base64
import json

import pytest

from skillcert.demo.portraits import draw_absent, draw_portrait
from skillcert.integrations.identity import client
from skillcert.integrations.identity.embedded import EmbeddedAuthority, open_reference
from skillcert.integrations.identity.interface import HttpAuthority
from skillcert.integrations.tests.answering import answering

NAME, ID_NUMBER = "周若溪", "11010519491231002X"
DEMO_THRESHOLD = 84


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    authority = EmbeddedAuthority(open_reference(tmp_path_factory.mktemp("data")))
    authority.reference.add(NAME, ID_NUMBER, draw_portrait(1, shot=1))
    authority.reference.add("无照片", "110105194912310011", None)
    return authority


@pytest.mark.rule("R111")
def test_same_person_passes_and_another_does_not(authority):
    same = authority.compare(NAME, ID_NUMBER.lower(), draw_portrait(1))
    other = authority.compare(NAME, ID_NUMBER, draw_portrait(2))
    assert same.passes(DEMO_THRESHOLD), same
    assert not other.passes(DEMO_THRESHOLD), other
    assert same.sentence == f"已比对，相似度 {same.similarity:.1f}"
    assert authority.compare(NAME, ID_NUMBER, draw_portrait(1)) == same


@pytest.mark.parametrize(
    ("name", "id_number", "photo", "code", "words"),
    [
        ("周若夕", ID_NUMBER, draw_portrait(1), -1, "姓名与身份证号不一致"),
        (NAME, "110105194912310038", draw_portrait(1), -2, "库中无此身份证号"),
        ("无照片", "110105194912310011", draw_portrait(1), -3, "人工确认"),
        (NAME, ID_NUMBER, draw_absent(), -4, "未能识别出唯一的人脸"),
        (NAME, ID_NUMBER, b"\x00" * (5 * 1024 * 1024 + 1), -5, "超过 5M"),
        (NAME, ID_NUMBER, b"not a photo", -6, "无法读取"),
    ],
)
def test_what_cannot_be_compared_has_its_code(authority, name, id_number, photo, code, words):
    comparison = authority.compare(name, id_number, photo)
    assert (comparison.code, comparison.similarity) == (code, 0)
    assert words in comparison.sentence
    assert not comparison.passes(0)


def test_no_clear_number_or_name_is_in_the_library(authority):
    authority.compare(NAME, ID_NUMBER, draw_portrait(1))
    files = [path for path in authority.reference.folder.rglob("*") if path.is_file()]
    assert len(files) == 3  # two people, one face already reduced
    for path in files:
        assert ID_NUMBER not in path.name
        content = path.read_bytes()
        assert ID_NUMBER.encode() not in content
        assert NAME.encode() not in content
        assert path.stat().st_mode & 0o077 == 0


def test_a_library_with_another_key_finds_nobody(authority, tmp_path):
    stranger = open_reference(tmp_path)
    stranger.folder = authority.reference.folder
    assert stranger.find(NAME, ID_NUMBER) == client.NO_SUCH_ID


def test_a_new_reference_photo_replaces_the_face(tmp_path):
    authority = EmbeddedAuthority(open_reference(tmp_path))
    authority.reference.add(NAME, ID_NUMBER, draw_portrait(2, shot=1))
    assert not authority.compare(NAME, ID_NUMBER, draw_portrait(1)).passes(DEMO_THRESHOLD)
    authority.reference.add(NAME, ID_NUMBER, draw_portrait(1, shot=1))
    assert authority.compare(NAME, ID_NUMBER, draw_portrait(1)).passes(DEMO_THRESHOLD)
    authority.reference.remove(ID_NUMBER)
    assert authority.compare(NAME, ID_NUMBER, draw_portrait(1)).code == -2


def test_interface_sends_and_reads_the_published_fields():
    asked = []

    def answer(body, headers):
        asked.append((body, headers["Authorization"]))
        return 200, json.dumps({"code": 0, "similarity": 91.25}).encode()

    with answering(answer) as url:
        comparison = HttpAuthority(url, {"Authorization": "key"}).compare(NAME, ID_NUMBER, b"jpeg")
    assert comparison == client.Comparison(91.25, 0, "已比对，相似度 91.2")
    assert asked == [({"name": NAME, "idNo": ID_NUMBER, "photo": base64.b64encode(b"jpeg").decode()}, "key")]


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (500, b"", "HTTP 500"),
        (200, b"<html>", "不是 JSON"),
        (200, b'{"similarity": 90}', "缺少 code"),
        (200, b"[]", "缺少 code"),
        (200, b'{"code": 0, "similarity": 4711}', "不在 0-100"),
    ],
)
def test_an_interface_without_a_usable_answer_is_unavailable(status, content, words):
    with (
        answering(lambda body, headers: (status, content)) as url,
        pytest.raises(client.IdentityUnavailable, match=words),
    ):
        HttpAuthority(url).compare(NAME, ID_NUMBER, b"jpeg")


def test_an_interface_may_refuse_with_a_code():
    with answering(lambda body, headers: (200, b'{"code": -1}')) as url:
        assert HttpAuthority(url).compare(NAME, ID_NUMBER, b"jpeg").sentence == client.SENTENCES[-1]
