"""How gunicorn begins: a connection reaches a thread once it has something to say, and the first page is quick.

Browsers open connections in advance and leave them silent. gunicorn gives each one a thread that waits five seconds
for its first byte; eight of them hold up everybody. The kernel keeps them instead.
"""

from __future__ import annotations

import socket
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.db import connections

SILENT_SECONDS = 30  # then the kernel gives a silent connection up


def when_ready(server: Any) -> None:
    """gunicorn's hook: the listening sockets are there, no worker is yet."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
    warm_up(server.app.wsgi())


def warm_up(application: Any) -> None:
    """Draw one page: addresses, templates and icons are read once, before the workers fork."""
    environ: dict[str, Any] = {"PATH_INFO": "/login/", "HTTP_HOST": "127.0.0.1"}
    setup_testing_defaults(environ)
    for _ in application(environ, lambda *_: None):
        pass
    connections.close_all()
