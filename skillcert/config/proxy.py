"""Behind a proxy every connection comes from the proxy: who asks is what the proxy noted last in X-Forwarded-For.

Without that all people would share one address, and twenty wrong passwords of a stranger would keep everybody out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase


class AddressFromProxy:
    """Only the last entry is the proxy's own; those before it were sent along by whoever asks, who may invent them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        noted = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        try:
            request.META["REMOTE_ADDR"] = str(ipaddress.ip_address(noted))
        except ValueError:
            pass  # the proxy noted none: its own address stays
        return self.get_response(request)
