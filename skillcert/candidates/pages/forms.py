"""新增考生 (a dialog, R88) and 编辑考生 (a page, R103), with the fields that 信息准确 locks (R105)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from skillcert.kit import audit
from skillcert.kit.crypto import mask_id, mask_phone
from skillcert.kit.pages import FormPage, KitForm, NumberText, TextField, url_of
from skillcert.kit.pages.screen import Card, Event, Note, Section
from skillcert.kit.pages.uploads import UploadField
from skillcert.kit.sheets import clean
from skillcert.kit.sheets.clean import Unclean
from skillcert.qualifications.models import Major, MajorLevel

from .. import rules
from ..consents import UNDECLARED_PHOTO
from ..imports import EDUCATIONS
from ..models import Candidate, CandidateKind, IdType
from ..names import pinyin_of
from ..states import CandidateState
from .consents import declaration, photo_declaration
from .person import LISTS, CandidateDetail, photo_card, registrations_table

MOST_PHOTO = 5 * 1024 * 1024
MASKS: dict[str, Callable[[str], str]] = {"id_number": mask_id, "phone": mask_phone}


def grouped_majors() -> list[tuple[str, Any]]:
    """Every major under its level. One list, not two that depend on each other: fetching the second by what was typed
    would put ID numbers into addresses.
    """
    groups: dict[str, list[tuple[int, str]]] = {label: [] for label in MajorLevel.labels}
    for major in Major.objects.order_by("code", "-version"):
        groups[major.get_level_display()].append((major.pk, f"{major.name} {major.code}（{major.version} 版）"))
    return [("", "请选择"), *((label, options) for label, options in groups.items() if options)]


class CandidateForm(KitForm):
    """What both kinds of candidates have. A masked number that comes back unchanged means unchanged."""

    name = TextField(label="姓名", max_length=80)
    pinyin = TextField(label="姓名拼音", max_length=120, required=False, help_text="留空则按姓名生成")
    id_type = forms.ChoiceField(label="证件类型", choices=IdType.choices, initial=IdType.ID_CARD)
    id_number = NumberText(label="身份证号", max_length=30)
    phone = NumberText(label="手机号", max_length=20)

    def clean_name(self) -> str:
        return self._cleaned("name", clean.person_name)

    def clean_phone(self) -> str:
        return self._cleaned("phone", clean.phone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("name") and not data.get("pinyin"):
            data["pinyin"] = pinyin_of(data["name"])
        for name, cleaner in (
            ("pinyin", clean.pinyin),
            ("id_number", clean.id_card if data.get("id_type") == IdType.ID_CARD else clean.passport),
        ):
            if data.get(name) and name not in self.errors:
                try:
                    data[name] = self._cleaned(name, cleaner)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return data

    def _cleaned(self, name: str, cleaner: Callable[[str], str]) -> str:
        value = self.cleaned_data[name]
        if self.row is not None and name in MASKS and value == MASKS[name](getattr(self.row, name)):
            return getattr(self.row, name)
        try:
            return cleaner(value) if value else value
        except Unclean as problem:
            fix = f"，例如“{problem.fix}”" if problem.fix else ""
            raise forms.ValidationError(f"{self.fields[name].label}{problem.sentence}{fix}") from problem


class CollegeForm(CandidateForm):
    """专业层次 follows from the major of the catalogue."""

    major = forms.ChoiceField(label="就读专业", help_text="专业层次随专业自动生成")
    entry_year = forms.IntegerField(label="入学年份", widget=forms.NumberInput({"inputmode": "numeric"}))
    student_number = TextField(label="学号", max_length=30, required=False)
    class_name = TextField(label="班级", max_length=40, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["major"].choices = grouped_majors()  # type: ignore[attr-defined]

    def clean_major(self) -> Major:
        major = Major.objects.get(pk=self.cleaned_data["major"])
        self.cleaned_data["level"] = major.level
        return major


class SocialForm(CandidateForm):
    employer = TextField(label="工作单位", max_length=80, required=False)
    education = forms.ChoiceField(
        label="最高学历", choices=[("", "请选择"), *((name, name) for name in EDUCATIONS)], required=False
    )


class NewCollegeForm(CollegeForm):
    notice = declaration()


class NewSocialForm(SocialForm):
    notice = declaration()


class NewCollegeCandidate(FormPage):
    """R86, R88: 点击列表上方新增考生按钮进入弹窗."""

    manual, url, permission, title = "5.2.3", "candidates/college/new/", "candidates.edit", "新增考生"
    model, form, opens, size, icon = Candidate, NewCollegeForm, "dialog", 760, "plus"
    kind, back = CandidateKind.COLLEGE, LISTS[CandidateKind.COLLEGE]

    def save(self, row: None, data: dict[str, Any]) -> Candidate:
        notice = data.pop("notice")
        return rules.create_candidate(actor=self.actor, now=self.now, kind=self.kind, values=data, notice=notice)

    def done(self, row: Candidate) -> str:
        return f"已新增考生{row}，考生编号 {row.number}。"


class NewSocialCandidate(NewCollegeCandidate):
    """The same for trainees, who have an employer instead of a major."""

    url, form = "candidates/social/new/", NewSocialForm
    kind, back = CandidateKind.SOCIAL, LISTS[CandidateKind.SOCIAL]


class PhotoForm(CandidateForm):
    """A new photo, with its own consent; what it must be is said beside it."""

    photo = UploadField(
        "更换照片", most=MOST_PHOTO, accept="image/jpeg,image/png", required=False,
        help_text="jpg 或 png，295×413 像素，红底，5M 以内",
    )  # fmt: skip
    notice = photo_declaration(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("photo") and not data.get("notice"):
            self.add_error("notice", UNDECLARED_PHOTO)
        return data


class EditCollegeForm(PhotoForm, CollegeForm):
    pass


class EditSocialForm(PhotoForm, SocialForm):
    pass


class EditCandidate(FormPage):
    """R103-R105: everything before 信息准确; afterwards all but name, ID type, ID number and photo."""

    manual, url, permission, title = "5.2.3", "candidates/<int:pk>/edit/", "candidates.edit", "编辑考生"
    label, model, form, related, icon = "编辑", Candidate, EditCollegeForm, ("major", "photo"), "pencil"

    @property
    def locked(self) -> bool:
        return self.row.state == CandidateState.ACCURATE

    def make_form(self, data: Any = None) -> KitForm:
        self.form = EditSocialForm if self.row.kind == CandidateKind.SOCIAL else EditCollegeForm  # type: ignore[misc]
        form = super().make_form(data)
        if self.locked:
            for name in ("photo", "notice"):
                form.fields.pop(name)
            for name in rules.LOCKED:
                form.fields[name].disabled = True
        return form

    def initial(self, row: Candidate) -> dict[str, Any]:
        found = super().initial(row) | {name: mask(getattr(row, name)) for name, mask in MASKS.items()}
        return found | {"photo": None, "major": row.major_id}

    def save(self, row: Candidate, data: dict[str, Any]) -> Candidate:
        photo, notice = data.pop("photo", None), data.pop("notice", "")
        saved = rules.edit_candidate(actor=self.actor, now=self.now, candidate=row, values=data, version=self.version)
        if photo:
            rules.store_photo(actor=self.actor, now=self.now, candidate=saved, data=photo.data, notice=notice)
        return saved

    def heading(self, row: Candidate) -> str:
        return f"编辑考生：{row.name}"

    def done(self, row: Candidate) -> str:
        return f"已保存考生{row}的信息。"

    def back_url(self) -> str:
        return url_of(LISTS[self.row.kind])

    def sections(self, form: KitForm) -> list[Section]:
        identity = [form[name] for name in ("name", "id_type", "id_number", "photo", "notice") if name in form.fields]
        others = [field for field in form.visible_fields() if field.name not in (*rules.LOCKED, "photo", "notice")]
        if self.locked:
            return [Section("已锁定", "信息准确后不可修改", tuple(identity), 3), Section("可以修改", "", tuple(others), 3)]
        return [
            Section("身份信息", "修改后须重新认证", tuple(identity), 2), Section("其他信息", "", tuple(others), 3)
        ]  # fmt: skip

    def notes(self, row: Candidate) -> list[Note]:
        if not self.locked:
            return []
        moved = audit.history(row).filter(summary__to=CandidateState.ACCURATE).first()
        since = f"{moved.at:%m-%d %H:%M} {moved.sentence}通过，" if moved else ""
        return [Note(f"姓名、证件类型、身份证号、照片已锁定。{since}此后这四项不能修改，其余可以修改。")]

    def side(self, row: Candidate) -> list[Card]:
        plans = Card("已报考的证书", table=registrations_table(row), hint="这里的修改不影响计划内的信息", side=True)
        return [photo_card(row), plans] if row.registration_count else [photo_card(row)]

    def events(self, row: Candidate) -> list[Event]:
        return CandidateDetail(self.actor, self.now, request=self.request, where=self.where).events(row)[:6]
