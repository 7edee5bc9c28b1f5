"""姓名拼音: what the platform proposes for a Chinese name, and the key that lists sort and search by."""

from __future__ import annotations

from functools import lru_cache

# The readings that characters take as surnames, where the dictionary gives the everyday one.
SURNAMES = {
    "单": "shan", "仇": "qiu", "解": "xie", "查": "zha", "曾": "zeng", "区": "ou", "朴": "piao", "盖": "ge", "种": "chong",
    "乐": "yue", "尉": "wei", "员": "yun", "缪": "miao", "宓": "mi", "冼": "xian", "覃": "qin", "翟": "zhai", "幺": "yao",
    "黑": "he", "折": "she", "逄": "pang", "万": "wan", "召": "shao", "晟": "cheng", "任": "ren", "华": "hua", "洗": "xian",
    "尉迟": "yuchi", "万俟": "moqi", "澹台": "tantai", "长孙": "zhangsun", "令狐": "linghu", "单于": "chanyu",
}  # fmt: skip
COMPOUND = (
    "欧阳 司马 上官 诸葛 夏侯 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 东方 独孤 南宫 司徒 司空 万俟 澹台 单于 太史 申屠 公冶"
    " 濮阳 淳于 呼延 端木 百里 东郭 西门 轩辕 钟离 闻人 拓跋 赫连 鲜于 闾丘 亓官 公羊 谷梁 宗政 司寇 子车 颛孙"
)
COMPOUND_SURNAMES = frozenset(COMPOUND.split())


@lru_cache(maxsize=20_000)
def pinyin_of(name: str) -> str:
    """The proposal in capitals, surname and given name parted: 欧阳一诺 gives OUYANG YINUO; "" when it cannot be told.

    A name with · is read part by part. A person may write it otherwise: it is never forced.
    """
    if "·" in name:
        return " ".join(part for part in (_spelled(part) for part in name.split("·")) if part)
    width = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    surname = SURNAMES.get(name[:width]) or _spelled(name[:width])
    return f"{surname.upper()} {_spelled(name[width:])}".strip()


def pinyin_key(pinyin: str) -> str:
    """zhouruoxi of ZHOU RUOXI: lower case without spaces."""
    return pinyin.lower().replace(" ", "")


def _spelled(text: str) -> str:
    from pypinyin import lazy_pinyin  # its dictionaries take 20 MiB: loaded when a name is read first

    if not text:
        return ""
    letters = "".join(lazy_pinyin(text, errors="ignore")).upper().replace("Ü", "V")
    return letters if letters.isascii() and letters.isalpha() else ""
