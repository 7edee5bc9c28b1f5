"""The many institutions of the season, so that a round, a week and a year have scale: about two hundred in one province,
some in each of the others, each with an 院校管理员. All names are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from skillcert.accounts.models import Role, User
from skillcert.orgs.models import Institution, Kind, Province

# Province by its code: how many institutions, and the cities that they stand in (GB/T 2260).
CROWD = {
    "33": (196, ["330100", "330200", "330300", "330400", "330500", "330600", "330700", "330800", "330900", "331000", "331100"]),
    "32": (30, ["320100", "320200", "320500", "320600", "321000"]),
    "42": (24, ["420100", "420300", "420500", "420600"]),
    "51": (24, ["510100", "510700", "511100", "511300"]),
    "44": (16, ["440100", "440300", "440600", "441900"]),
    "37": (12, ["370100", "370200", "370600"]),
    "61": (8, ["610100", "610300"]),
}  # fmt: skip
PLACES = [
    "云栖谷", "鹿鸣湾", "枫林渡", "白鹭洲", "青石滩", "望江岭", "杏花坞", "竹溪口", "临泽桥", "梅雨潭",
    "桂香里", "兰亭坡", "松涛岭", "荷风淀", "芦花荡", "碧云峰", "落霞川", "听雨塘", "清溪源", "紫藤岗",
    "银杏坪", "石榴园", "月牙泉", "朝阳渚", "流萤谷", "星河渡", "晴川湾", "翠微山", "沧浪亭", "揽月台",
    "镜心湖", "风荷苑", "东篱坡", "西岭雪", "南烟渡", "北渚滩", "拂晓岭", "晚枫桥", "春申浦", "秋实原",
]  # fmt: skip
HIGHER = ["职业技术学院", "职业学院", "工程职业学院", "科技职业学院"]
SECONDARY = ["中等专业学校", "信息工程学校", "职业技术学校"]
UNIVERSITY = ["应用技术学院"]
FAMILY = "陈林黄张李王吴刘蔡杨许郑谢郭洪曾邱廖赖周"
GIVEN = ["志远", "雅文", "建国", "思琪", "海波", "晓燕", "立新", "佩瑶", "永康", "静怡"]


def build_crowd(provinces: dict[str, Province], password: str) -> list[Institution]:
    """Write the institutions and their accounts ``school001-admin`` and on; ``password`` is hashed already."""
    random, names = Random(33), _names()
    schools = []
    for code, (count, cities) in CROWD.items():
        for place in range(count):
            name, kind, letters = next(names)
            number = len(schools) + 1
            person = random.choice(FAMILY) + random.choice(GIVEN)
            schools.append(Institution.objects.create(
                kind=Kind.INSTITUTION, name=name, school_kind=kind, school_code=f"{letters}{code}0{10000 + number}",
                province=provinces[code], region=cities[place % len(cities)], address=f"大学路 {random.randrange(1, 900)} 号",
                contact=person, phone=f"0570-{random.randrange(10**7, 10**8)}", email=f"office@school{number:03d}.example",
            ))  # fmt: skip
    role = Role.objects.get(organization_kind=Kind.INSTITUTION, organization=None, name="院校管理员")
    User.objects.bulk_create(
        User(
            username=f"school{number:03d}-admin", name=school.contact, phone=f"139{number:08d}", organization=school,
            role=role, password=password,
        )
        for number, school in enumerate(schools, 1)
    )  # fmt: skip
    return schools


def _names() -> Iterator[tuple[str, str, str]]:
    """Each name once: (name, 办学类型, 类别码)."""
    kinds = Institution.SchoolKind
    forms = (
        [(word, kinds.HIGHER_VOCATIONAL, "41") for word in HIGHER]
        + [(word, kinds.SECONDARY_VOCATIONAL, "36") for word in SECONDARY]
        + [(word, kinds.APPLIED_UNIVERSITY, "41") for word in UNIVERSITY]
    )
    for turn in range(len(forms)):
        for place, prefix in enumerate(PLACES):
            word, kind, letters = forms[(place + turn) % len(forms)]
            yield prefix + word, kind, letters
