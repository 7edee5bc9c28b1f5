"""The two imports that bench/import_candidates.py compares: the room's own, and a resource of django-import-export.

Both use the columns and cleaning functions of skillcert.candidates.imports and refuse the same rows.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources
from import_export.instance_loaders import CachedInstanceLoader

from skillcert.candidates.imports import ID_TYPES, LEVELS, CollegeImport
from skillcert.candidates.models import Candidate
from skillcert.candidates.names import pinyin_key
from skillcert.kit.access import Actor
from skillcert.kit.crypto import last_six_index, person_index
from skillcert.kit.sheets.clean import Unclean, id_card, plain
from skillcert.orgs.models import Institution, Province
from skillcert.qualifications.models import Major, MajorLevel

MAJORS = (("软件技术", "510203"), ("物联网应用技术", "510102"), ("大数据技术", "510205"))
WRITTEN = (
    "institution_id", "kind", "number", "name", "pinyin", "pinyin_key", "id_type", "id_number", "person_index", "last_six",
    "phone", "major_id", "level", "entry_year", "student_number", "class_name", "state",
)  # fmt: skip


def prepare() -> None:
    province = Province.objects.create(kind="province", name="云州省教育厅", province_code="33")
    Institution.objects.create(
        kind="institution", name="云州职业技术学院", school_code="4133012345", school_kind="higher_vocational",
        province=province, region="330106",
    )  # fmt: skip
    for name, code in MAJORS:
        Major.objects.create(name=name, code=code, version="2021", level=MajorLevel.HIGHER)


def school() -> int:
    return Institution.objects.values_list("pk", flat=True).get()


def actor() -> Actor:
    return Actor("user", "林知遥", 1, "institution", school(), frozenset({CollegeImport.may}))


def written() -> list[list[Any]]:
    """What is in the table, opened: compared between the runs. Each run has keys of its own, so of the blind indexes
    it is compared whether they are right. The order of numbers is each one's own.
    """
    names = ("name", "pinyin_key", "phone", "major__code", "level", "entry_year", "class_name", "state", "id_type", "id_number")
    rows = Candidate.objects.values_list(*names, "person_index", "last_six")
    return [[*row, person == person_index(*row[-2:]), last == last_six_index(row[-1])] for *row, person, last in rows]


# --- the peer -----------------------------------------------------------------------------------------
class PeerResource(resources.ModelResource):
    """As its documentation would have it: derived columns in before_import_row, ValidationError for a wrong row."""

    columns = {column.label: column for column in CollegeImport.columns}
    person_index = fields.Field(attribute="person_index", column_name="person_index")

    class Meta:
        model = Candidate
        import_id_fields = ("person_index",)
        fields = WRITTEN
        clean_model_instances = False

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.majors = {(m.code, m.version): m for m in Major.objects.all()}
        self.school = school()
        self.number = 0
        self.seen: set[tuple[str, str]] = set()
        dataset.headers.extend(name for name in WRITTEN if name not in dataset.headers)
        for place, cells in enumerate(dataset._data):
            dataset._data[place] = type(cells)([*cells, *[""] * (len(dataset.headers) - len(cells))])
        if self._meta.instance_loader_class is CachedInstanceLoader:  # it reads the keys of all rows beforehand
            at = {name: dataset.headers.index(name) for name in ("证件类型", "身份证号", "person_index")}
            for row in dataset._data:
                row[at["person_index"]] = person_index(ID_TYPES.get(row[at["证件类型"]], ""), row[at["身份证号"]] or "")

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        wrong: dict[str, str] = {}
        cells: dict[str, str] = {}
        for label, column in self.columns.items():
            text = plain(row[label] or "")
            try:
                if not text and column.required:
                    raise Unclean(f"{label}不能为空")
                text = column.clean(text) if text and column.clean else text
                if column.options and text not in column.options:
                    raise Unclean("不在可选项中")
                if label == "身份证号" and text and row["证件类型"] == "居民身份证":
                    text = id_card(text)
                if len(text) > column.max_length:
                    raise Unclean("太长")
            except Unclean as no:
                wrong[label] = no.sentence
            cells[column.name] = text
        key = (cells["id_type"], cells["id_number"])
        if key in self.seen:
            wrong["身份证号"] = "重复"
        self.seen.add(key)
        major = self.majors.get((cells["major_code"], cells["major_version"]))
        if major is None or major.name != cells["major"]:
            wrong["专业代码"] = "没有这个代码和版本的专业"
        if wrong:
            raise ValidationError([f"{label}：{sentence}" for label, sentence in wrong.items()])
        self.number += 1
        row.update(
            institution_id=self.school, kind="college", number=f"{self.number:012d}", name=cells["name"], pinyin=cells["pinyin"],
            pinyin_key=pinyin_key(cells["pinyin"]), id_type=ID_TYPES[cells["id_type"]], id_number=cells["id_number"],
            person_index=person_index(ID_TYPES[cells["id_type"]], cells["id_number"]),
            last_six=last_six_index(cells["id_number"]), phone=cells["phone"], major_id=major.pk, level=LEVELS[cells["level"]],
            entry_year=cells["entry_year"], student_number=cells["student_number"], class_name=cells["class_name"], state="no_photo",
        )  # fmt: skip


def peer_resource(tuned: bool) -> PeerResource:
    for name in WRITTEN:
        PeerResource.fields[name] = fields.Field(attribute=name, column_name=name)
    if not tuned:
        return PeerResource()
    meta = PeerResource._meta
    meta.use_bulk, meta.batch_size, meta.instance_loader_class = True, 1000, CachedInstanceLoader
    meta.skip_diff, meta.report_skipped, meta.skip_html_diff = True, False, True
    return PeerResource()
