"""A provider reached over HTTP. Providers differ in names only, so the body is a template in the settings:

SMS_HTTP = {"url": "https://…", "headers": {"Authorization": "…"}, "template": {"mobile": "{phone}", "content": "{text}"},
"accepted": {"code": "OK"}}: `{phone}` and `{text}` are put in wherever they stand, and the answer must
hold what `accepted` says.
"""

from collections.abc import Mapping
from typing import Any

from skillcert.integrations.http import OutOfReach, post_json
from skillcert.integrations.sms.client import SmsFailed, checked


class HttpSms:
    """Posts the filled template as JSON."""

    def __init__(
        self,
        url: str,
        template: Any,
        headers: Mapping[str, str] | None = None,
        accepted: Mapping[str, Any] | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.url = url
        self.template = template
        self.headers = dict(headers or {})
        self.accepted = dict(accepted or {})
        self.timeout = timeout

    def send(self, phone: str, text: str) -> None:
        """One message, one question; any failure is SmsFailed, with the phone left out of the sentence."""
        phone, text = checked(phone, text)
        try:
            answer = post_json(self.url, _fill(self.template, phone, text), headers=self.headers, timeout=self.timeout)
        except OutOfReach as error:
            raise SmsFailed(f"短信服务暂不可用（{error}），请稍后重新获取") from error
        told = answer if isinstance(answer, dict) else {}
        for name, value in self.accepted.items():
            if told.get(name) != value:
                raise SmsFailed(f"短信服务未受理（{name}：{told.get(name)}），请稍后重新获取或联系平台运维")


def _fill(part: Any, phone: str, text: str) -> Any:
    if isinstance(part, str):
        # Two steps through a mark that `checked` forbids, so that a text with {phone} in it stays as it is.
        return part.replace("{text}", "\0").replace("{phone}", phone).replace("\0", text)
    if isinstance(part, Mapping):
        return {name: _fill(value, phone, text) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_fill(value, phone, text) for value in part]
    return part
