"""The authority reached by an interface: {name, idNo, photo as base64} in, {similarity 0-100, code} out.

These are the fields and codes of the published comparison services. A provider that names them
otherwise is one more file beside this one.
"""

import base64
from collections.abc import Mapping

from skillcert.integrations.http import OutOfReach, post_json
from skillcert.integrations.identity import client


class HttpAuthority:
    """Settings IDENTITY_HTTP: `url`, `headers` (keys of the provider), `timeout` in seconds."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout: float = 15.0) -> None:
        self.url = url
        self.headers = dict(headers or {})
        self.timeout = timeout

    def compare(self, name: str, id_number: str, photo: bytes) -> client.Comparison:
        """Ask once; no answer, or one without a meaning, is IdentityUnavailable and is asked again later."""
        question = {"name": name, "idNo": id_number, "photo": base64.b64encode(photo).decode()}
        try:
            answer = post_json(self.url, question, headers=self.headers, timeout=self.timeout)
            code = int(answer["code"])
            similarity = float(answer["similarity"]) if code == client.COMPARED else 0.0
        except OutOfReach as error:
            raise client.IdentityUnavailable(f"公安比对接口暂不可用（{error}），稍后将自动重试") from error
        except (KeyError, TypeError, ValueError) as error:
            raise client.IdentityUnavailable("公安比对接口的应答缺少 code 或 similarity，请平台运维核对接口") from error
        if code != client.COMPARED:
            return client.failed(code)
        if not 0 <= similarity <= 100:
            raise client.IdentityUnavailable(f"公安比对接口的相似度 {similarity} 不在 0-100 之间，请平台运维核对接口")
        return client.Comparison(similarity, code, f"已比对，相似度 {similarity:.1f}")
