"""Consent to the use of ID number and photo: what a person is told and declares (PIPL Art. 14, 17, 29 and 31)."""

from __future__ import annotations

from django.db import models

# The notice at NOTICE_URL, by the day of its wording. A new wording gets a new day; consents keep the one they were given to.
NOTICE_VERSION = "2026-11-26"
NOTICE_URL = "/privacy/"
NOTICE_NAME = "个人信息处理告知书"
OF_AGE = 14  # Art. 31: below it a parent or guardian consents

DECLARED = "已向考生告知{notice}的内容，并就收集、使用其身份证件号码取得其单独同意；未满十四周岁的已取得监护人同意"
PHOTO_DECLARED = "已向考生告知{notice}的内容，并就收集、比对其照片取得其单独同意；未满十四周岁的已取得监护人同意"
UNDECLARED = "请先向考生告知并取得同意，再勾选这一项；未取得同意的信息不能录入"
UNDECLARED_PHOTO = "请先就照片取得考生的单独同意，再勾选这一项；未取得同意的照片不能上传"
WITHDRAWN_SENTENCE = (
    "考生已撤回同意，不能认证、不能导入照片；考生（未满十四周岁的为监护人）再次同意的，请院校在考生详情的“知情同意”中登记"
)
NO_GUARDIAN_SENTENCE = (
    "考生未满十四周岁，监护人的同意还没有登记，不能认证；请院校在考生详情的“知情同意”中登记监护人对证件号码和照片的同意"
)


class ConsentSubject(models.TextChoices):
    """What is consented to, each on its own (Art. 29)."""

    ID_NUMBER = "id_number", "身份证件号码"
    PHOTO = "photo", "照片"


class ConsentState(models.TextChoices):
    """Where a candidate stands: 已同意 when everything that is kept of it has a consent, 已撤回 when one was taken back."""

    NONE = "none", "未登记"
    GIVEN = "given", "已同意"
    WITHDRAWN = "withdrawn", "已撤回"


class GivenBy(models.TextChoices):
    SELF = "self", "本人"
    GUARDIAN = "guardian", "监护人"


class ConsentWay(models.TextChoices):
    PAPER = "paper", "纸质"
    DECLARED = "declared", "机构声明"
    ONLINE = "online", "网上"
