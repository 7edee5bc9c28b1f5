"""Files that are written once and never change: keys and certificates."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def keep_once(path: Path, content: bytes, *, mode: int = 0o600) -> bytes:
    """Write the file unless it is there, and answer what it then holds.

    Written apart, synced and linked into place: of several processes the first one wins, nobody reads half a file,
    and an existing key is never replaced.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if mode == 0o600 else 0o755)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_bytes()
