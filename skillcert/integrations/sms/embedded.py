"""Messages kept in a file of this machine instead of being sent: the demo shows them, an operator can read them.

One JSON object a line, appended by a single write of at most one block, so that several processes may append
at once; readable by the platform's user alone, since it holds codes.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from skillcert.integrations.sms.client import SmsFailed, checked

MOST_READ = 256 * 1024  # bytes from the end that `recent` looks at


@dataclass(frozen=True)
class Message:
    """One message, by real time."""

    at: datetime
    phone: str
    text: str


class Outbox:
    """The file `messages.jsonl` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "messages.jsonl"

    def send(self, phone: str, text: str) -> None:
        """Append one message."""
        phone, text = checked(phone, text)
        line = json.dumps({"at": datetime.now(UTC).isoformat(), "phone": phone, "text": text}, ensure_ascii=False)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(handle, f"{line}\n".encode())
            finally:
                os.close(handle)
        except OSError as error:
            raise SmsFailed(f"短信未能写入发件箱（{error.strerror}），请平台运维检查数据目录") from error

    def recent(self, count: int = 20) -> list[Message]:
        """The newest messages, newest first. A line cut off by a crash is left out."""
        try:
            with self.file.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - MOST_READ))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return []
        messages: list[Message] = []
        for line in reversed(lines):
            if len(messages) == count:
                break
            try:
                kept = json.loads(line)
                messages.append(Message(datetime.fromisoformat(kept["at"]), kept["phone"], kept["text"]))
            except (ValueError, KeyError, TypeError):
                continue
        return messages


def open_outbox(data: Path) -> Outbox:
    """The outbox of a data folder, for the sender and for the page that shows it."""
    return Outbox(data / "outbox")
