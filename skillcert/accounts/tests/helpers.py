"""What the tests of accounts share: the phone's newest code, forms with a key of their own, a page's text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.test import Client

from skillcert.integrations.sms.embedded import open_outbox

PASSWORD = "correct horse battery staple"
PHONE = "13912345678"


def said(response: Any) -> str:
    return response.content.decode()


def post(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, {"once": str(uuid4()), **data})


def newest_code(phone: str = PHONE) -> str:
    """The digits of the newest message to a phone."""
    texts = [one.text for one in open_outbox(Path(settings.DATA)).recent(20) if one.phone == phone]
    return re.search(r"\d{6}", texts[0])[0]  # type: ignore[index]


def shown_password(response: Any) -> str:
    """The temporary password of the page that shows it once."""
    return re.search(r'id="temporary" type="password" value="([^"]+)"', said(response))[1]  # type: ignore[index]


def read_sum(page: str) -> dict[str, str]:
    """The sum of a page of the login, answered as a person does; nothing where none is asked."""
    figures = "零一二三四五六七八九十"
    asked = re.search(r"请计算：(.)加(.)等于几", page)
    if not asked:
        return {}
    token = re.search(r'name="token" value="([^"]+)"', page)[1]  # type: ignore[index]
    return {"answer": str(figures.index(asked[1]) + figures.index(asked[2])), "token": token}


def answered(client: Client, **more: str) -> dict[str, str]:
    return {**more, **read_sum(said(client.get("/login/")))}


def sign_in(client: Client, username: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/login/", {"username": username, "password": password, **answered(client, **more)})
