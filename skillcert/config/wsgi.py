"""The web process: gunicorn loads ``application`` from here."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skillcert.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  # every room's pages are loaded now
gc.freeze()  # and stay, so that no request waits while the collector goes through them
