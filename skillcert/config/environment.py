"""What the environment says, read once and without Django, so that the supervisor and the settings agree.

========================  ==========================================================================
SKILLCERT_DATA            folder of everything that the platform keeps (default: ``var`` in the checkout)
SKILLCERT_DATABASE_URL    ``postgres://user:password@host/name`` (default: SQLite in the data folder)
SKILLCERT_BASE_URL        the address that goes into QR codes and messages
SKILLCERT_HOSTS           further host names and addresses that are answered, by comma
SKILLCERT_DEMO            1: the demo season, its guide, its clock and its one-click logins exist
SKILLCERT_PRODUCTION      1: the public Internet's settings; demands an https base address, refuses a demo
SKILLCERT_SMS_HTTP        JSON with the url and the template of the provider of text messages; production needs it
SKILLCERT_BEHIND_PROXY    1: a proxy ends the TLS, says so in X-Forwarded-Proto, and appends who asks to X-Forwarded-For
SKILLCERT_DEBUG           1: Django's debug pages, for developers on their own machine
========================  ==========================================================================
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def flag(name: str) -> bool:
    """True where the variable is 1, true, yes or on; empty and absent are False."""
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def data_folder() -> Path:
    """The data folder: as told, or ``var`` in the checkout, or ``var`` here for an installed package."""
    told = os.environ.get("SKILLCERT_DATA")
    if told:
        return Path(told).expanduser().resolve()
    return (ROOT if (ROOT / "manage.py").exists() else Path.cwd()) / "var"


def kept_secret(path: Path) -> str:
    """The secret in this file (0600); at the first start a new one of 256 bits.

    Several processes may start at once: the file is written apart and linked into place, so that the first one wins
    and nobody reads half of it.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
