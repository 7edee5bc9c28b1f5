"""知情同意: what a clerk declares when entering data, and one candidate's consents (PIPL Art. 14, 15, 29 and 31)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from skillcert.kit.gate import Outcome
from skillcert.kit.pages import Act, Dialog, KitForm, Page, ReasonField, TextField, url_of
from skillcert.kit.pages.screen import Badge, Card, Fact, Note
from skillcert.kit.sheets.records import ImportRecord
from skillcert.kit.states import ICONS, Look

from .. import rules
from ..consents import (
    DECLARED,
    NO_GUARDIAN_SENTENCE,
    NOTICE_NAME,
    NOTICE_URL,
    NOTICE_VERSION,
    PHOTO_DECLARED,
    UNDECLARED,
    UNDECLARED_PHOTO,
    WITHDRAWN_SENTENCE,
    ConsentState,
    ConsentSubject,
    ConsentWay,
    GivenBy,
)
from ..models import Candidate, Consent
from ..states import CandidateState

LOOKS: dict[str, Look] = {ConsentState.NONE: "idle", ConsentState.GIVEN: "ok", ConsentState.WITHDRAWN: "bad"}
WIZARDS = {"candidates.college": "candidates.ImportCollegeCandidates", "candidates.social": "candidates.ImportSocialCandidates"}


# --- declared by a clerk -----------------------------------------------------------------------------
def notice_link() -> SafeString:
    """The notice, in a tab of its own: the form that is being filled in stays."""
    return format_html('<a class="linked" href="{}" target="_blank" rel="noopener">《{}》</a>', NOTICE_URL, NOTICE_NAME)


class DeclarationField(forms.BooleanField):
    """The clerk's declaration to have told and asked. Its value is the version of the notice; "" when it is not ticked."""

    wide = True

    def __init__(self, sentence: str, undeclared: str, *, required: bool = True) -> None:
        label = format_html(sentence, notice=notice_link())
        super().__init__(label=label, required=required, error_messages={"required": undeclared})

    def clean(self, value: Any) -> str:  # type: ignore[override]  # what a rule is told is the version
        return NOTICE_VERSION if super().clean(value) else ""


def declaration() -> DeclarationField:
    return DeclarationField(DECLARED, UNDECLARED)


def photo_declaration(*, required: bool = True) -> DeclarationField:
    return DeclarationField(PHOTO_DECLARED, UNDECLARED_PHOTO, required=required)


class DeclaredImport(KitForm):
    """Asked before the file: one declaration for everybody in it, kept on the import's record."""

    notice = declaration()


# --- one candidate -----------------------------------------------------------------------------------
class ConsentForm(KitForm):
    subjects = forms.MultipleChoiceField(
        label="同意的内容", choices=ConsentSubject.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一项"},
    )  # fmt: skip
    given_by = forms.ChoiceField(label="同意人", choices=GivenBy.choices, widget=forms.RadioSelect)
    guardian_name = TextField(label="监护人姓名", max_length=80, required=False, help_text="由监护人同意时填写")
    relation = TextField(label="与考生的关系", max_length=20, required=False, help_text="例如“父亲”“母亲”")
    way = forms.ChoiceField(label="方式", choices=ConsentWay.choices)


class WithdrawForm(KitForm):
    subjects = forms.MultipleChoiceField(
        label="撤回的内容", choices=ConsentSubject.choices, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一项"},
    )  # fmt: skip
    reason = ReasonField("撤回说明", help_text="写明由谁、以什么方式提出，例如“本人书面申请”。")


class ConsentDialog(Dialog):
    """Of one candidate, from its page."""

    manual, permission, model, size = "5.2.3", "candidates.edit", Candidate, 640
    single = True

    def back_url(self) -> str:
        return url_of("candidates.CandidateDetail", pk=self.one.pk)


class RecordConsents(ConsentDialog):
    """Art. 14, 29: what the candidate, or its guardian, has agreed to."""

    url, title, label, icon, form = "candidates/consent/", "登记同意", "登记同意", "circle-check", ConsentForm

    def initial(self, row: Candidate) -> dict[str, Any]:
        giver = GivenBy.GUARDIAN if row.is_minor(self.now) else GivenBy.SELF
        return {"subjects": ConsentSubject.values, "given_by": giver, "way": ConsentWay.PAPER}

    def notes(self) -> list[Note]:
        if self.one.is_minor(self.now):
            return [Note("考生未满十四周岁，须由监护人同意。", "wait")]
        return []

    def facts(self, row: Candidate) -> list[Fact]:
        return [Fact("告知书", format_html("{} {} 版", notice_link(), NOTICE_VERSION))]

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        rules.record_consents(actor=self.actor, now=self.now, candidate=self.one, **data)
        return Outcome(done=[self.one.pk])

    def done(self, count: int) -> str:
        return f"已登记{self.one}的知情同意。"


class WithdrawConsents(ConsentDialog):
    """Art. 15: consent taken back; what that means is said before."""

    url, title, label, icon, form = "candidates/consent/withdraw/", "撤回同意", "撤回同意", "arrow-back-up", WithdrawForm
    final = True

    def warning(self) -> Note:
        row = self.one
        photo = ""
        if row.photo_id and row.state == CandidateState.ACCURATE:
            photo = "信息已准确，已核准的照片为证书所用，予以保留。"
        elif row.photo_id:
            kept = "，已报考的计划中所用的照片保留" if row.registration_count else ""
            photo = f"撤回照片的同意，考生信息中的照片随即删除{kept}。"
        return Note(f"撤回后不能认证、不能导入照片，直到再次登记同意。{photo}", "wait")

    def run(self, rows: QuerySet, data: dict[str, Any]) -> Outcome:
        rules.withdraw_consents(actor=self.actor, now=self.now, candidate=self.one, **data)
        return Outcome(done=[self.one.pk])

    def done(self, count: int) -> str:
        return f"已撤回{self.one}的同意。"


def consent_card(page: Page, row: Candidate) -> Card:
    """Each subject with who consented, how and when; the dialogs for who may change it."""
    found, declared = rules.consents_of(row), rules.declaration_of(row)
    facts = tuple(Fact(str(subject.label), _said(row, subject, found.get(subject), declared), wide=True) for subject in ConsentSubject)
    look = LOOKS[row.consent]
    acts = [Act(RecordConsents), Act(WithdrawConsents, danger=True)]
    views = tuple(act.view(pk=row.pk) for act in acts if act.shown_to(page.actor))
    return Card("知情同意", facts=facts, badge=Badge(row.get_consent_display(), look, ICONS[look]), acts=views)


def consent_notes(page: Page, row: Candidate) -> list[Note]:
    """Why the candidate cannot be verified as its consents stand, with the way to mend it."""
    if row.consent == ConsentState.WITHDRAWN:
        sentence = WITHDRAWN_SENTENCE
    elif row.state != CandidateState.ACCURATE and rules.without_guardian([row], page.now):
        sentence = NO_GUARDIAN_SENTENCE
    else:
        return []
    link = Act(RecordConsents)
    url, label = (link.view(pk=row.pk).url, "去登记") if link.shown_to(page.actor) else ("", "")
    return [Note(f"{sentence}。", "wait", url, label)]


def _said(row: Candidate, subject: ConsentSubject, consent: Consent | None, declared: ImportRecord | None) -> SafeString | str:
    if consent is None and declared and subject == ConsentSubject.ID_NUMBER:
        return format_html(
            '<a class="linked" href="{}">导入时声明</a>，{}，告知书 {} 版，声明人 {}',
            url_of(WIZARDS[declared.kind], pk=declared.pk), _at(declared.created_at), declared.params["notice"], declared.user_label,
        )  # fmt: skip
    if consent is None:
        return "还没有照片" if subject == ConsentSubject.PHOTO and not row.photo_id else str(ConsentState.NONE.label)
    if consent.withdrawn_at:
        return f"{ConsentState.WITHDRAWN.label}，{_at(consent.withdrawn_at)}，{consent.reason}，登记人 {consent.user_label}"
    guardian = f" {consent.guardian_name}（{consent.relation}）" if consent.guardian_name else ""
    return (
        f"{consent.get_given_by_display()}{guardian}同意，{consent.get_way_display()}，{_at(consent.given_at)}，"
        f"告知书 {consent.notice} 版，登记人 {consent.user_label}"
    )


def _at(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
