"""The forms of signing in, of one's own account, and of the accounts and roles of an organization."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from skillcert.config.roles import CODES, words_of
from skillcert.kit.crypto import mask_phone
from skillcert.kit.pages import KitForm, NumberText, TextField

from .actors import scope
from .models import Profile, Role
from .rules import Sum, assignable, grantable

PHONE = r"^1[3-9]\d{9}$"
USERNAME = r"^[A-Za-z][A-Za-z0-9._-]{3,39}$"
YES_NO = (("yes", "是"), ("no", "否"))


# --- signing in ----------------------------------------------------------------------------------------------
class LoginForm(forms.Form):
    username = TextField(
        label="登录账号", max_length=80, widget=forms.TextInput({"autocomplete": "username", "autofocus": True}),
        error_messages={"required": "请输入登录账号。"},
    )  # fmt: skip
    password = forms.CharField(
        label="密码", max_length=200, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": "请输入密码。"},
    )  # fmt: skip

    def ask(self, asked: Sum | None) -> None:
        """Put the sum below the password, always a fresh one."""
        if asked is None:
            return
        widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        self.fields["answer"] = TextField(label=asked.question, required=False, widget=widget)
        self.fields["token"] = forms.CharField(widget=forms.HiddenInput, required=False)
        self.initial |= {"token": asked.token}
        if self.is_bound:
            self.data = self.data.copy()
            self.data["answer"], self.data["token"] = "", asked.token


class VouchForm(forms.Form):
    username = TextField(label="登录账号", max_length=80, widget=forms.TextInput({"autocomplete": "username"}))
    code = NumberText(
        label="短信核验码", max_length=6, required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class CodeForm(forms.Form):
    code = TextField(
        label="动态口令", max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
        error_messages={"required": "请输入动态口令。"},
    )  # fmt: skip


# --- one's own -----------------------------------------------------------------------------------------------
class PhoneField(NumberText):
    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput({"inputmode": "tel", "autocomplete": "off"})
        super().__init__(label="手机号", max_length=20, widget=widget, **options)
        self.validators = [RegexValidator(PHONE, "手机号须为 1 开头的 11 位数字，请核对。")]


class CodeInput(forms.TextInput):
    """The field of a code with 获取验证码 beside it: a button of the same form, so it works without scripts too."""

    template_name = "accounts/code_input.html"


class ProvenForm(KitForm):
    """A person, and a phone that is proven by a code."""

    name = TextField(label="姓名", max_length=40)
    phone = PhoneField()
    code = TextField(
        label="验证码", max_length=6, required=False, widget=CodeInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
        help_text="点“获取验证码”发到上面的手机号，10 分钟内有效。",
    )  # fmt: skip


class OwnForm(ProvenForm):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["phone"].help_text = "签字验证码发到这个号码。"
        self.fields["code"].help_text = "只有换了手机号才需要：点“获取验证码”发到上面的新号码，10 分钟内有效。"


class PasswordForm(KitForm):
    old = forms.CharField(label="原密码", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))
    new = forms.CharField(
        label="新密码", strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="8 至 64 位；四个不相干的词连在一起最好记。",
    )  # fmt: skip
    again = forms.CharField(label="再输一次新密码", strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("new"):
            raise forms.ValidationError("两次输入的新密码不一致，请重新输入。")
        return self.cleaned_data["again"]


class FactorForm(KitForm):
    code = TextField(
        label="动态口令", max_length=20, widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "text"})
    )


class PolicyForm(KitForm):
    profile = forms.ChoiceField(label="密码策略", choices=Profile.choices, widget=forms.RadioSelect)
    must_enrol = forms.BooleanField(
        label="管理员与签发人须绑定动态口令", required=False, help_text="还没有绑定的，下次登录时先完成绑定。"
    )


# --- the accounts of an organization ---------------------------------------------------------------------------
class RoleSelect(forms.Select):
    """The roles, and below them what the chosen one may do (R238)."""

    template_name = "accounts/role_select.html"
    rights: dict[str, list[str]] = {}

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "rights": self.rights.items()}


class Chosen(forms.CheckboxSelectMultiple):
    """Shown only while another field has a certain value: ``when`` is "field:value"."""

    template_name = "accounts/chosen.html"
    when = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "when": self.when}


class AccountForm(ProvenForm):
    """Who the account is for."""

    username = TextField(label="登录账号", max_length=40, help_text="4 至 40 位，字母开头，可用字母、数字、点、横线、下划线。")
    field_order = ["username"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].validators.append(
            RegexValidator(USERNAME, "登录账号须为 4 至 40 位，字母开头，只含字母、数字、点、横线、下划线。")
        )


class UnseenPersonForm(ProvenForm):
    """Of a person whose name and number the platform is not shown (domain 1.3): what is left empty stays."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("name", "phone"):
            self.fields[name].required, self.fields[name].help_text = False, "不显示原来的；不填则不改。"
        self.fields["code"].help_text = "填了手机号才需要：点“获取验证码”发到这个号码，10 分钟内有效。"


class AwaitingPersonForm(UnseenPersonForm):
    """Of one that came in by the platform's own sheet: what is left empty is what the sheet said."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["name"].help_text = ""
        self.fields["phone"].help_text = f"已登记 {mask_phone(self.row.phone)}，不填就用它；号码有误时填写正确的。"
        self.fields["code"].help_text = "点“获取验证码”发到本人手机，问到后填写，10 分钟内有效。"

    def clean_name(self) -> str:
        return self.cleaned_data["name"] or self.row.name

    def clean_phone(self) -> str:
        return self.cleaned_data["phone"] or self.row.phone


class UserForm(AccountForm):
    """R237, R238, R240, R241: 用户维护."""

    role = forms.ChoiceField(label="角色", widget=RoleSelect)
    is_qualification_owner = forms.ChoiceField(label="证书负责人", choices=YES_NO, widget=forms.RadioSelect)
    qualifications = forms.MultipleChoiceField(label="负责的证书", required=False, widget=Chosen)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        actor, role, owned = self.page.actor, self.fields["role"], self.fields["qualifications"]
        roles = assignable(actor)
        role.choices = [("", "请选择"), *((str(one.pk), one.name) for one in roles)]  # type: ignore[attr-defined]
        role.widget.rights = {str(one.pk): (one.name, "、".join(words_of(one.codes))) for one in roles}  # type: ignore[attr-defined]
        role.wide = owned.wide = True  # type: ignore[attr-defined]
        owned.widget.when = "is_qualification_owner:yes"  # type: ignore[attr-defined]
        owned.choices = scope().options(actor)  # type: ignore[attr-defined]
        if (not owned.choices and not self.row) or (not owned.choices and not self.row.is_qualification_owner):  # type: ignore[attr-defined]  # other kinds answer for none
            self.drop_scope()

    def drop_scope(self) -> None:
        del self.fields["is_qualification_owner"], self.fields["qualifications"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["is_qualification_owner"] = data.get("is_qualification_owner") == "yes"
        data["qualifications"] = [int(key) for key in data.get("qualifications") or ()]
        if key := data.get("role"):
            data["role"] = Role.objects.get(pk=key)
        return data


class EditUserForm(UserForm):
    """R245: the account's name stays; it stands in the records."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["username"]
        self.fields["code"].help_text = "只有换了手机号，或手机号还没有核验时才需要。"


class RoleForm(KitForm):
    name = TextField(label="角色名称", max_length=30)
    codes = forms.MultipleChoiceField(label="权限", widget=Chosen, error_messages={"required": "请至少勾选一项权限。"})

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        codes = self.fields["codes"]
        codes.choices = [(code, CODES[code]) for code in grantable(self.page.actor)]  # type: ignore[attr-defined]
        codes.wide = True  # type: ignore[attr-defined]


class ResetForm(KitForm):
    drop_factor = forms.BooleanField(label="同时解绑动态口令（手机遗失时勾选）", required=False)
