"""Who is there before the season begins: organizations, people with accounts, majors, qualifications, approvals.

Names and levels of the qualifications are public; organizations, people and seals are invented (domain 2.1).
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from skillcert.accounts.actors import actor_of
from skillcert.accounts.models import Role, User
from skillcert.centers.models import ExamCenter
from skillcert.centers.states import CenterState
from skillcert.config.roles import ROLES
from skillcert.kit.access import SYSTEM, Actor
from skillcert.kit.documents import seal_pdf, signature_stamp_pdf
from skillcert.kit.files import store
from skillcert.orgs.codes import credit_code_of
from skillcert.orgs.models import AwardingBody, Institution, Kind, Organization, Province
from skillcert.pilots.models import PilotApplication, PilotMajor, PilotRound
from skillcert.pilots.rules import note_approval
from skillcert.pilots.states import ApplicationState, RoundState
from skillcert.plans.models import RoomType, Subject
from skillcert.plans.states import SubjectState
from skillcert.qualifications.models import Grade, Major, MajorLevel, Qualification, QualificationOwner
from skillcert.qualifications.rules import (
    TERMS,
    map_majors,
    publish_qualification,
    return_qualification,
    start_revision,
    submit_revision,
)
from skillcert.qualifications.states import QualificationState

from .crowd import build_crowd
from .standards import build_standards

PASSWORD = "Yunzhou#2026"  # noqa: S105  # shown on the demo's own pages, exists nowhere else
PROVINCES = [
    ("33", "浙江省"), ("32", "江苏省"), ("42", "湖北省"), ("51", "四川省"), ("44", "广东省"), ("37", "山东省"), ("61", "陕西省"),
]  # fmt: skip
BODIES = [
    ("beichen", "北辰数字职业教育评价中心", "方启明", ["管理员", "考务", "成绩", "财务", "签发人", "证书发放"]),
    ("nanhu", "南湖智造技能评价研究院", "顾承志", ["管理员"]),
    ("yunling", "云岭现代物流职业评价中心", "董立诚", ["管理员"]),
    ("qinghe", "清禾健康照护评价协会", "苏清妍", ["管理员"]),
    ("tianqiong", "天穹新能源汽车评价中心", "韩修远", ["管理员"]),
    ("lanzhu", "澜渚财税技能评价中心", "汪以宁", ["管理员"]),
    ("mingche", "明澈数控技术评价研究院", "秦致和", ["管理员"]),
    ("tuyuan", "图远界面设计评价中心", "叶清扬", ["管理员"]),
    ("feilu", "飞鹭无人机职业评价协会", "罗云起", ["管理员"]),
    ("dunxin", "敦信网络安全评价中心", "邵守拙", ["管理员"]),
    ("zhiheng", "智衡大数据评价研究院", "孟知行", ["管理员"]),
    ("huixing", "惠行智能网联汽车评价中心", "傅景明", ["管理员"]),
    ("youmiao", "幼苗婴幼儿照护评价协会", "柳如茵", ["管理员"]),
    ("shihe", "食和食品合规评价中心", "龚敬之", ["管理员"]),
    ("yanlv", "研旅文化职业评价中心", "舒望远", ["管理员"]),
    ("guidao", "轨达轨道交通职业评价中心", "雷震川", ["管理员"]),
    ("zhujing", "筑境装配式建筑评价研究院", "石安澜", ["管理员"]),
    ("nongsheng", "农笙现代农业职业评价中心", "田牧野", ["管理员"]),
    ("xiangyun", "享云数字影像评价中心", "白明溪", ["管理员"]),
    ("hangying", "航盈跨境贸易评价中心", "尹思齐", ["管理员"]),
]  # fmt: skip
SCHOOLS = [
    ("yunzhou", "云州职业技术学院", "33"), ("linjiang", "临江职业学院", "33"), ("haining", "海宁湾信息工程学校", "33"),
    ("songyang", "松阳谷职业学院", "33"), ("jinling", "金陵湖职业技术学院", "32"), ("taihu", "太湖湾交通职业学院", "32"),
    ("guangling", "广陵科技职业学院", "32"), ("jianghan", "江汉口职业学院", "42"), ("wudang", "武当山工业职业学院", "42"),
    ("jinsha", "锦沙职业技术学院", "51"), ("minjiang", "岷江源职业学院", "51"), ("qingcheng", "青城山中等专业学校", "51"),
]  # fmt: skip
SCHOOL_ROLES = ["院校管理员", "考生信息员", "考务管理员", "财务", "签发人", "只读", "周报填报员", "证书负责人"]
LATIN = {
    "管理员": "admin", "院校管理员": "admin", "考生信息员": "info", "考务管理员": "exam", "考务": "exam", "成绩": "score", "财务": "fee",
    "签发人": "sign", "证书发放": "cert", "只读": "read", "标准与证书": "catalogue", "申报审核": "review", "系统": "system",
    "安全": "security", "审计": "audit", "目录与机构": "catalogue", "周报填报员": "weekly", "周报审核": "weekly",
    "证书负责人": "owner",
}  # fmt: skip
NATURES = list(AwardingBody.Nature)
STAFF = [
    "林知遥", "陈嘉树", "沈佳怡", "罗一凡", "王一川", "何雨桐", "徐静姝", "赵明轩",
    "杜俊杰", "梁婉清", "田宇航", "蒋雨欣", "汤博文", "苏晓彤", "范思远", "韩子墨",
]  # fmt: skip
NAMED = {
    "yunzhou-admin": "林知遥", "yunzhou-info": "沈佳怡", "yunzhou-exam": "罗一凡", "yunzhou-sign": "王一川",
    "beichen-sign": "方启明", "beichen-cert": "梁婉清", "beichen-exam": "田宇航", "beichen-score": "徐静姝", "beichen-admin": "范思远",
}  # fmt: skip
MAJORS = [
    ("软件技术", "510203"), ("计算机网络技术", "510202"), ("物联网应用技术", "510102"), ("云计算技术应用", "510206"),
    ("大数据技术", "510205"), ("人工智能技术应用", "510209"), ("信息安全技术应用", "510207"), ("数字媒体技术", "510204"),
    ("计算机应用技术", "510201"), ("移动应用开发", "510213"), ("现代物流管理", "530802"), ("电子商务", "530701"),
    ("大数据与会计", "530302"), ("市场营销", "530605"), ("建筑工程技术", "440301"), ("工程造价", "440501"),
    ("机电一体化技术", "460301"), ("工业机器人技术", "460305"), ("数控技术", "460103"), ("新能源汽车技术", "460702"),
    ("汽车检测与维修技术", "500211"), ("护理", "520201"), ("智慧健康养老服务与管理", "590302"), ("学前教育", "570102K"),
    ("旅游管理", "540101"), ("酒店管理与数字化运营", "540106"), ("园艺技术", "410105"), ("畜牧兽医", "410303"),
]  # fmt: skip
QUALIFICATIONS = [
    ("beichen", "Web前端开发", (1, 2, 3), ["软件技术", "计算机应用技术", "移动应用开发", "数字媒体技术", "计算机网络技术"]),
    ("beichen", "云计算平台运维与开发", (1, 2, 3), ["云计算技术应用", "计算机网络技术", "大数据技术"]),
    ("beichen", "传感网应用开发", (1, 2, 3), ["物联网应用技术", "计算机网络技术", "人工智能技术应用"]),
    ("beichen", "电子商务数据分析", (1, 2, 3), ["电子商务", "市场营销", "大数据技术"]),
    ("nanhu", "工业机器人操作与运维", (1, 2, 3), ["工业机器人技术", "机电一体化技术"]),
    ("nanhu", "工业机器人应用编程", (1, 2, 3), ["工业机器人技术", "机电一体化技术"]),
    ("nanhu", "特殊焊接技术", (1, 2), ["数控技术", "机电一体化技术"]),
    ("nanhu", "建筑信息模型(BIM)", (1, 2, 3), ["建筑工程技术", "工程造价"]),
    ("yunling", "物流管理", (1, 2, 3), ["现代物流管理", "电子商务"]),
    ("yunling", "网店运营推广", (1, 2, 3), ["电子商务", "市场营销"]),
    ("yunling", "智能财税", (1, 2, 3), ["大数据与会计"]),
    ("qinghe", "老年照护", (1, 2, 3), ["护理", "智慧健康养老服务与管理"]),
    ("qinghe", "失智老年人照护", (1, 2), ["护理", "智慧健康养老服务与管理"]),
    ("qinghe", "母婴护理", (1, 2), ["护理"]),
    ("tianqiong", "汽车运用与维修", (1, 2, 3), ["汽车检测与维修技术", "新能源汽车技术"]),
    ("tianqiong", "智能新能源汽车", (1, 2, 3), ["新能源汽车技术", "汽车检测与维修技术"]),
    ("lanzhu", "财务共享服务", (1, 2, 3), ["大数据与会计"]),
    ("mingche", "数控车铣加工", (1, 2, 3), ["数控技术", "机电一体化技术"]),
    ("tuyuan", "界面设计", (1, 2, 3), ["数字媒体技术", "软件技术"]),
    ("feilu", "无人机驾驶", (1, 2), ["机电一体化技术"]),
    ("dunxin", "网络安全评估", (1, 2, 3), ["信息安全技术应用", "计算机网络技术"]),
    ("zhiheng", "大数据平台运维", (1, 2, 3), ["大数据技术", "云计算技术应用"]),
    ("huixing", "智能网联汽车检测与运维", (1, 2), ["汽车检测与维修技术", "新能源汽车技术"]),
    ("youmiao", "幼儿照护", (1, 2, 3), ["学前教育"]),
    ("shihe", "食品合规管理", (1, 2), ["酒店管理与数字化运营"]),
    ("yanlv", "研学旅行策划与管理", (1, 2, 3), ["旅游管理"]),
    ("guidao", "城市轨道交通乘务", (1, 2), ["机电一体化技术"]),
    ("zhujing", "装配式建筑构件制作与安装", (1, 2), ["建筑工程技术", "工程造价"]),
    ("nongsheng", "设施蔬菜生产", (1, 2), ["园艺技术"]),
    ("xiangyun", "数字影视特效制作", (1, 2, 3), ["数字媒体技术"]),
    ("hangying", "跨境电商B2B数据运营", (1, 2, 3), ["电子商务", "市场营销"]),
]  # fmt: skip
# What stands before its publication: body, name, level, state, weights, reason of the return.
UNPUBLISHED = [
    ("beichen", "人工智能数据处理", 1, QualificationState.DRAFT, [["理论知识", 40], ["实操考核", 50]], ""),
    ("beichen", "人工智能数据处理", 2, QualificationState.IN_REVIEW, [["理论知识", 40], ["实操考核", 60]], ""),
    ("nanhu", "工业视觉系统运维", 2, QualificationState.IN_REVIEW, [["理论知识", 30], ["实操考核", 70]], ""),
    ("qinghe", "家庭照护", 1, QualificationState.RETURNED, [["理论知识", 50], ["实操考核", 50]], "适用人群未写明，请补充后再提交"),
    ("lanzhu", "业财税融合应用", 1, QualificationState.RETURNED, [["理论知识", 50], ["实操考核", 50]], "取证要求与通过规则不一致，请核对"),
    ("tuyuan", "交互设计", 1, QualificationState.DRAFT, [], ""),
]  # fmt: skip
DEMO_MAJORS = 1400
PARTS = [["理论知识", 50], ["实操考核", 50]]


class Catalogue:
    """Builds the standing data; keeps the organizations by their short names and the accounts by user name."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.random = Random(2026)
        self.schools: dict[str, Institution] = {}
        self.crowd: list[Institution] = []
        self.bodies: dict[str, AwardingBody] = {}
        self.actors: dict[str, Actor] = {}
        self.majors: dict[str, Major] = {}
        self.qualifications: dict[tuple[str, int], Qualification] = {}

    def build(self) -> None:
        self._platform_and_provinces()
        self._bodies()
        self._schools()
        self._majors()
        self._qualifications()
        self._unpublished()
        self._revision()
        build_standards(self.qualifications.values())
        self._approvals()

    # --- organizations and accounts ------------------------------------------------------------------
    def _account(self, short: str, organization: Organization, role: str) -> None:
        username = f"{short}-{LATIN[role]}"
        held = Role.objects.get(organization_kind=organization.kind, organization=None, name=role)
        name = NAMED.get(username) or STAFF[len(self.actors) % len(STAFF)]
        user = User(username=username, name=name, phone=f"138{len(self.actors):08d}", organization=organization, role=held)
        user.password = self._hashed
        user.save()
        self.actors[username] = actor_of(user)

    def _platform_and_provinces(self) -> None:
        from django.contrib.auth.hashers import make_password

        self._hashed = make_password(PASSWORD)
        platform = Organization.objects.create(kind=Kind.PLATFORM, name="平台运行管理中心", contact="程景行", phone="010-00000000")
        for role in ROLES[Kind.PLATFORM]:
            self._account("platform", platform, role)
        for code, name in PROVINCES:
            province = Province.objects.create(kind=Kind.PROVINCE, name=name, province_code=code, contact="职成处")
            for role in ROLES[Kind.PROVINCE] if code == PROVINCES[0][0] else ["管理员"]:
                self._account(f"province{code}", province, role)

    def _bodies(self) -> None:
        for number, (short, name, head, roles) in enumerate(BODIES, 1):
            credit_code = credit_code_of("330100", f"MA2DEM{number:02d}")
            body = AwardingBody.objects.create(
                kind=Kind.AWARDING_BODY, name=name, number=312 + number, org_code=credit_code[8:17], credit_code=credit_code,
                nature=NATURES[number % len(NATURES)], batch=number % 4 + 1, contact=head,
                phone="0571-00001111", bank="云州银行示范区支行", account=f"02000045092012345{number:02d}", head=head,
            )  # fmt: skip
            body.seal = self._file(body, seal_pdf(name, f"33010000{number:05d}"), "公章.pdf")
            body.signature_stamp = self._file(body, signature_stamp_pdf(head), "签名章.pdf")
            body.save()
            self.bodies[short] = body
            for role in roles:
                self._account(short, body, role)

    def _file(self, owner: Organization, data: bytes, name: str) -> Any:
        return store(data, shelf="seal", name=name, content_type="application/pdf", actor=SYSTEM, organization_id=owner.pk)

    def _schools(self) -> None:
        provinces = {row.province_code: row for row in Province.objects.all()}
        for number, (short, name, code) in enumerate(SCHOOLS, 1):
            secondary = "学校" in name
            school = Institution.objects.create(
                kind=Kind.INSTITUTION, name=name, school_code=f"{36 if secondary else 41}{code}{number:06d}",
                province=provinces[code], region=f"{code}0100",
                school_kind="secondary_vocational" if secondary else "higher_vocational",
                address=f"云州市文澜路 {number} 号", contact=STAFF[number % len(STAFF)], phone="0571-00002222",
                email=f"office@{short}.example",
            )  # fmt: skip
            self.schools[short] = school
            for role in SCHOOL_ROLES if short == "yunzhou" else SCHOOL_ROLES[:1]:
                self._account(short, school, role)
        self.crowd = build_crowd(provinces, self._hashed)

    # --- majors and qualifications -------------------------------------------------------------------
    def _majors(self) -> None:
        rows = [
            Major(name=name, code=code[:6], version="2021", level=MajorLevel.HIGHER, source="示例") for name, code in MAJORS
        ]
        rows += [
            Major(name=f"演示专业{n:04d}", code=f"{990000 + n}", version="2021", level=MajorLevel.HIGHER, source="演示")
            for n in range(1, DEMO_MAJORS - len(rows) + 1)
        ]
        Major.objects.bulk_create(rows, batch_size=500)
        self.majors = {row.name: row for row in Major.objects.filter(source="示例")}

    def _qualifications(self) -> None:
        reviewer = self.actors["platform-catalogue"]
        for number, (body, name, grades, majors) in enumerate(QUALIFICATIONS, 1):
            for grade in grades:
                row = Qualification.objects.create(
                    awarding_body=self.bodies[body], code=f"{self.bodies[body].number}{number:03d}", number=number, name=name,
                    grade=grade, description=f"面向{majors[0]}等专业的职业技能等级证书。", fee=(20000, 30000, 40000)[grade - 1],
                    statement=f"经考核，具备{name}（{Grade(grade).label}）规定的职业技能，成绩合格。", start_date=self.now.date(),
                    requirements="各科目成绩均达到合格分。", pass_rule={"kind": "each", "parts": PARTS}, weights=100,
                    state=QualificationState.IN_REVIEW,
                )  # fmt: skip
                row.majors.set([self.majors[major] for major in majors])
                self.qualifications[name, grade] = publish_qualification(actor=reviewer, now=self.now, qualification=row)
                self._subjects(row)

    def _unpublished(self) -> None:
        """Drafts, some waiting for the platform, some returned by it."""
        for number, (short, name, grade, state, parts, reason) in enumerate(UNPUBLISHED, 201):
            body = self.bodies[short]
            row = Qualification.objects.create(
                awarding_body=body, code=f"{body.number}{number}", number=number, name=name, grade=grade, fee=20000 + 10000 * grade,
                description=f"面向{name}岗位的职业技能等级证书。", requirements="年满 16 周岁，完成相应培训。", state=state,
                pass_rule={"kind": "weighted", "pass": 60, "parts": parts}, weights=sum(weight for _, weight in parts),
            )  # fmt: skip
            row.majors.set([self.majors["软件技术"], self.majors["大数据技术"]] if parts else [])
            if state == QualificationState.RETURNED:
                Qualification.objects.filter(pk=row.pk).update(state=QualificationState.IN_REVIEW)
                reviewer = self.actors["platform-catalogue"]
                return_qualification(actor=reviewer, now=self.now, qualification=row, reason=reason)

    def _revision(self) -> None:
        """One that waits for the platform: a major more, and another fee."""
        actor, entry = self.actors["beichen-admin"], self.qualifications["Web前端开发", 3]
        values = {name: getattr(entry, name) for name in TERMS} | {"fee": 42000, "reason": "依增补专业目录增加对应专业，并调整参考费用。"}
        row = start_revision(actor=actor, now=self.now, qualification=entry, values=values)
        map_majors(actor=actor, now=self.now, qualification=entry, add=[self.majors["人工智能技术应用"]])
        submit_revision(actor=actor, now=self.now, revision=row)

    def _subjects(self, qualification: Qualification) -> None:
        for code, name, kind, minutes in (("T1", "理论知识", RoomType.COMPUTER, 90), ("P1", "实操考核", RoomType.PRACTICAL, 150)):
            Subject.objects.create(
                awarding_body=qualification.awarding_body, qualification=qualification, code=code, name=name, room_type=kind,
                method="上机考试" if kind == RoomType.COMPUTER else "现场操作", weight=50, minutes=minutes,
                state=SubjectState.PUBLISHED,
            )  # fmt: skip

    # --- approvals -----------------------------------------------------------------------------------
    def _approvals(self) -> None:
        """Each school pilots the four qualifications of beichen at level 2, and some of the others."""
        start = self.now.replace(month=3, day=1, hour=0, minute=0, second=0)
        for province in Province.objects.all():
            made = PilotRound.objects.create(
                province=province, name=f"{self.now.year} 年 1+X 证书试点申报", year=self.now.year, by_major=True, start=start,
                end=start.replace(month=4), state=RoundState.CLOSED,
            )  # fmt: skip
            made.qualifications.set(self.qualifications.values())
        for place, school in enumerate(self.schools.values()):
            others = [q for q in self.qualifications.values() if q.awarding_body != self.bodies["beichen"]]
            own = [q for (name, grade), q in self.qualifications.items() if q.awarding_body == self.bodies["beichen"] and grade == 2]
            for qualification in own + self.random.sample(others, 3):
                self._approve(school, qualification, start, center=place % 4 != 3 or school == self.schools["yunzhou"])
        owner = User.objects.get(username="yunzhou-owner")
        owner.is_qualification_owner = True
        owner.save(update_fields=["is_qualification_owner"])
        QualificationOwner.objects.create(user=owner, qualification=self.qualifications["Web前端开发", 2])

    def _approve(self, school: Institution, qualification: Qualification, start: datetime, *, center: bool) -> None:
        made = PilotApplication.objects.create(
            round=PilotRound.objects.get(province=school.province), institution=school, qualification=qualification,
            year=self.now.year, contact=school.contact, phone=school.phone, trainees=600, faculty="专任教师 12 人，双师型 8 人。",
            venue="实训机房 4 间，工位 160 个，监控全覆盖。", state=ApplicationState.APPROVED, submitted_at=start,
        )  # fmt: skip
        majors = list(qualification.majors.all())
        PilotMajor.objects.bulk_create(
            PilotMajor(application=made, major=major, students=900, teachers=12, trainees=600 // len(majors)) for major in majors
        )
        note_approval(made)
        if center:
            ExamCenter.objects.create(
                institution=school, qualification=qualification, awarding_body=qualification.awarding_body,
                name=f"{school.name}{qualification.name}{qualification.get_grade_display()}", address=school.address,
                manager=school.contact, phone=school.phone, room_count=4, seat_count=160, equipment="机房四间，网络双链路，监控全覆盖。",
                state=CenterState.APPROVED,
            )  # fmt: skip
