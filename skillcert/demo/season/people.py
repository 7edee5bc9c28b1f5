"""Invented people: names, ID numbers with a right check digit, phones. The same seed gives the same people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from skillcert.candidates.names import pinyin_of

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜"
    "范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚"
)
GIVEN = {
    "女": "若溪 语桐 静姝 佳怡 思远 雨桐 晓彤 梓涵 欣妍 诗雅 可馨 梦洁 婉清 知遥 一诺 书瑶 清妍 芷若 心怡 子萱 雅琪 嘉宁 沐晴 依然 锦书",
    "男": "明轩 浩然 子墨 俊杰 宇航 一凡 博文 嘉树 思源 一鸣 天佑 泽宇 浩宇 承志 文博 志远 立诚 启明 一川 晨阳 景行 修远 建业 少杰 云帆",
}
LONG_NAMES = ["古丽娜尔·艾尼瓦尔", "阿卜杜热西提·买买提", "欧阳一诺", "司马清晏", "王堃", "李䶮"]
REGIONS = ["330106", "330702", "341003", "420106", "360702", "320102", "510104", "610103", "350203", "430102"]
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Person:
    name: str
    pinyin: str
    sex: str
    id_number: str
    phone: str
    face: int


def people(random: Random, count: int, *, faces: int, first: int = 0) -> list[Person]:
    """``count`` people with ID numbers of their own; ``faces`` is how many portraits there are to choose from."""
    return [_person(random, first + n, faces) for n in range(count)]


def _person(random: Random, serial: int, faces: int) -> Person:
    sex = random.choice("男女")
    plain = random.choice(SURNAMES) + random.choice(GIVEN[sex].split())
    name = random.choice(LONG_NAMES) if serial % 97 == 41 else plain
    face = random.randrange(faces // 2) * 2 + (sex == "男")
    return Person(name, pinyin_of(name), sex, id_number(random, serial, sex), _phone(random), face)


def pupil(random: Random, serial: int, now: datetime, faces: int) -> Person:
    """Somebody of thirteen and a half."""
    born = now.date().replace(day=1) - timedelta(days=13 * 365 + 180)
    face = random.randrange(faces)
    sex = "男" if face % 2 else "女"
    number = with_check_digit(f"{REGIONS[0]}{born:%Y%m%d}{serial * 2 % 1000 + (sex == '男'):03d}")
    name = random.choice(SURNAMES) + random.choice(GIVEN[sex].split())
    return Person(name, pinyin_of(name), sex, number, _phone(random), face)


def id_number(random: Random, serial: int, sex: str) -> str:
    """An ID card number that nobody else in the season has (GB 11643): the serial goes into birthday and order."""
    birthday = f"{2003 + serial // 9000 % 6}{1 + serial // 500 % 12:02d}{1 + random.randrange(28):02d}"
    order = serial % 500 * 2 + (sex == "男")
    return with_check_digit(f"{REGIONS[serial // 6000 % len(REGIONS)]}{birthday}{order % 1000:03d}")


def with_check_digit(body: str) -> str:
    return body + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


def _phone(random: Random) -> str:
    return f"1{random.choice('3578')}{random.randrange(10):d}{random.randrange(10**8):08d}"
