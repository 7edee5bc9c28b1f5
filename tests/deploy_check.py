"""``python -m tests.deploy_check``: Django's ``check --deploy`` on production settings, where a warning fails."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="skillcert-check-") as data:
        settings = {
            "SKILLCERT_DATA": data,
            "SKILLCERT_PRODUCTION": "1",
            "SKILLCERT_BASE_URL": "https://certificates.example.cn",
            "SKILLCERT_SMS_HTTP": '{"url": "https://sms.example.cn", "template": {"mobile": "{phone}", "content": "{text}"}}',
        }
        # What the browser tests set for themselves in the process that calls this one.
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
        command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        return subprocess.run(command, env=environment | settings).returncode


if __name__ == "__main__":
    sys.exit(main())
