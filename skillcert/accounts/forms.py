"""The forms of signing in and of one's own account."""

from __future__ import annotations

from django import forms

from skillcert.kit.pages import KitForm, TextField

PHONE = r"^1[3-9]\d{9}$"


class LoginForm(forms.Form):
    username = TextField(
        label="登录账号", max_length=80, widget=forms.TextInput({"autocomplete": "username", "autofocus": True}),
        error_messages={"required": "请输入登录账号。"},
    )  # fmt: skip
    password = forms.CharField(
        label="密码", max_length=200, strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}),
        error_messages={"required": "请输入密码。"},
    )  # fmt: skip


class OwnForm(KitForm):
    name = TextField(label="姓名", max_length=40)
    phone = forms.RegexField(
        PHONE, label="手机号", help_text="签字验证码发到这个号码。", error_messages={"invalid": "手机号须为 1 开头的 11 位数字。"}
    )


class PasswordForm(KitForm):
    old = forms.CharField(label="原密码", strip=False, widget=forms.PasswordInput({"autocomplete": "current-password"}))
    new = forms.CharField(
        label="新密码", strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text="8 至 64 位，不限字符种类；四个不相干的词连在一起最好记。",
    )  # fmt: skip
    again = forms.CharField(label="再输一次新密码", strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}))

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("new"):
            raise forms.ValidationError("两次输入的新密码不一致，请重新输入。")
        return self.cleaned_data["again"]
