"""One JSON question over HTTP by the standard library, with a time limit and one kind of failure."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

MOST_BYTES = 4 * 1024 * 1024


class OutOfReach(Exception):
    """The other side did not give a usable answer: no connection, too late, an HTTP error, or no JSON."""


def post_json(url: str, body: object, *, headers: Mapping[str, str] | None = None, timeout: float = 10.0) -> Any:
    """POST `body` as JSON and read a JSON answer of at most 4 MiB; `timeout` in seconds. Raises OutOfReach.

    The address comes from the operator's settings; anything but http and https is refused all the same.
    """
    if not url.startswith(("https://", "http://")):
        raise OutOfReach(f"地址 {url!r} 不是 http 或 https")
    request = urllib.request.Request(  # noqa: S310 (the scheme was checked above)
        url,
        data=json.dumps(body, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310
            answer = response.read(MOST_BYTES + 1)
    except urllib.error.HTTPError as error:
        raise OutOfReach(f"对方返回 HTTP {error.code}") from error
    except (OSError, ValueError) as error:
        raise OutOfReach(f"无法连接（{error}）") from error
    if len(answer) > MOST_BYTES:
        raise OutOfReach("应答过长")
    try:
        return json.loads(answer)
    except ValueError as error:
        raise OutOfReach("应答不是 JSON") from error
