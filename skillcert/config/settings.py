"""Settings: one module, driven by the environment (its variables are listed in ``environment``)."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from .environment import ROOT, data_folder, flag, kept_secret
from .logs import logging_config

# --- where, and in which role ----------------------------------------------------------------------
TESTING = "pytest" in sys.modules
DEMO = flag("SKILLCERT_DEMO")
PRODUCTION = flag("SKILLCERT_PRODUCTION")
DEBUG = flag("SKILLCERT_DEBUG")
# A test run has data of its own, thrown away by tests/conftest.py.
DATA = Path(tempfile.mkdtemp(prefix="skillcert-test-")) if TESTING else data_folder()
BASE_URL = os.environ.get("SKILLCERT_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
TLS = BASE_URL.startswith("https://")

if PRODUCTION and (DEMO or DEBUG or not TLS):
    raise ImproperlyConfigured(
        "生产环境须设置 https 开头的 SKILLCERT_BASE_URL，且不能与 SKILLCERT_DEMO、SKILLCERT_DEBUG 同用 "
        "(production needs an https SKILLCERT_BASE_URL and neither demo nor debug)"
    )

# --- secrets: outside the database and the media ---------------------------------------------------
KEYS = DATA / "keys"
SECRET_KEY = kept_secret(KEYS / "secret-key")
FIELD_KEYS = KEYS / "fields.json"

# --- who is answered, and by which cookies ---------------------------------------------------------
_further_hosts = [host.strip() for host in os.environ.get("SKILLCERT_HOSTS", "").split(",") if host.strip()]
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "", *_further_hosts]
if not PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SESSION_COOKIE_NAME = "__Host-session" if TLS else "skillcert-session"
CSRF_COOKIE_NAME = "__Host-csrf" if TLS else "skillcert-csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a session's longest life (trust 10)
SESSION_IDLE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = False
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if flag("SKILLCERT_BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Nothing inline, nothing from another host; an uploaded photo is previewed as data: or blob:.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- what is installed -----------------------------------------------------------------------------
ROOMS = [
    "kit", "orgs", "accounts", "qualifications", "standards", "pilots", "plans", "candidates", "centers", "registrations", "fees",
    "seating", "results", "issuing", "weekly", "portal", "home", "privacy",
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "django_tasks",
    "django_tasks_db",
    "csp",
    *(f"skillcert.{room}" for room in ROOMS),
    *(["skillcert.demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before the static files: they are answered with it too
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "skillcert.accounts.sessions.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "skillcert.kit.web.ActorMiddleware",
]
if flag("SKILLCERT_BEHIND_PROXY"):
    MIDDLEWARE.insert(0, "skillcert.config.proxy.AddressFromProxy")
ROOT_URLCONF = "skillcert.config.urls"
WSGI_APPLICATION = "skillcert.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "skillcert.kit.web.shell",
            ],
        },
    }
]

# --- language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH: list[str] = []

# --- accounts --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["skillcert.accounts.backends.Accounts"]
LOGIN_URL = "/login/"
CSRF_FAILURE_VIEW = "skillcert.kit.web.csrf_refused"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OTP_TOTP_ISSUER = "SkillCert"
# Where an organization has not chosen: whether its administrators and signers must bind a second factor (trust 12).
SECOND_FACTOR_EXPECTED = not DEMO and not TESTING

# --- the database ----------------------------------------------------------------------------------
# No request is one transaction: on SQLite an IMMEDIATE transaction is the write lock of the whole database.
DATABASE_URL = os.environ.get("SKILLCERT_DATABASE_URL") or f"sqlite:///{DATA / 'skillcert.sqlite3'}"
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=60, conn_health_checks=True)
}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            f"PRAGMA journal_mode=WAL; PRAGMA synchronous={'OFF' if TESTING else 'FULL'}; "
            "PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;"
        ),
    }
    # A file, as in real life: an in-memory database is one connection shared between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}

# --- jobs ------------------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}

# --- files that browsers and papers read -----------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "skillcert.kit.static_packages.NamedPackageFiles",
]
_live_files = DEBUG or TESTING
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA / "media"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _live_files
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = _live_files
# In a checkout node_modules, in an installed wheel what hatch_build.py put beside the rooms.
PACKAGES = ROOT / "node_modules" if (ROOT / "node_modules").exists() else ROOT / "skillcert" / "packages"
# The manual that "?" opens: docs/manual of the checkout; a wheel carries it beside the rooms.
MANUAL = ROOT / "docs" / "manual" if (ROOT / "docs" / "manual").exists() else ROOT / "skillcert" / "manual"
FONT_PATHS = [
    PACKAGES / "@expo-google-fonts" / folder
    for folder in (
        "noto-serif-sc", "noto-sans-sc", "noto-serif-tc/400Regular", "noto-sans-tc/400Regular", "noto-serif-jp/400Regular",
    )
]  # fmt: skip

# --- uploads: a photo archive of 2,000 candidates, an xlsx of 200,000 rows -------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler", "skillcert.kit.uploads.NamelessUploadHandler",
]  # fmt: skip
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# --- the outside world: which driver, see skillcert/integrations/*/client.py ------------------------
# Messages: a provider over HTTP (integrations/sms/gateway.py says which keys), else the outbox in the data folder.
SMS_HTTP = json.loads(os.environ.get("SKILLCERT_SMS_HTTP") or "{}")
SMS = "http" if SMS_HTTP else "outbox"
if PRODUCTION and not SMS_HTTP:
    raise ImproperlyConfigured(
        "生产环境须设置 SKILLCERT_SMS_HTTP：没有短信服务，验证码只会写进数据目录 (production needs a provider of text messages)"
    )
# From which similarity on a face passes by itself. The demo's people are drawn and lie closer together than real ones.
IDENTITY_THRESHOLD = 84 if DEMO else 70

LOGGING = logging_config(as_json=PRODUCTION)
LOGGING_CONFIG = "logging.config.dictConfig"
