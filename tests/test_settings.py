"""What the environment turns on and off, and what never reaches a log."""

from __future__ import annotations

import json
import logging.config
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from skillcert.config.environment import kept_secret
from skillcert.config.logs import logging_config, masked
from skillcert.config.proxy import AddressFromProxy
from skillcert.kit.static_packages import SERVED, NamedPackageFiles, package_file

ROOT = Path(__file__).resolve().parents[1]
SMS_HTTP = '{"url": "https://sms.example.cn", "template": {"mobile": "{phone}", "content": "{text}"}}'
PRODUCTION = {
    "SKILLCERT_PRODUCTION": "1", "SKILLCERT_BASE_URL": "https://certificates.example.cn", "SKILLCERT_SMS_HTTP": SMS_HTTP,
}  # fmt: skip
SCRIPT = """
import json, sys
from skillcert.config import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def settings_with(data: Path, environment: dict[str, str], *names: str) -> dict[str, Any]:
    """These settings, as a fresh process has them. Raises CalledProcessError when it refuses to start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SKILLCERT_")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *names], cwd=ROOT, env=clean | {"SKILLCERT_DATA": str(data)} | environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def test_production_has_host_cookies_hsts_and_no_demo(tmp_path: Path) -> None:
    found = settings_with(
        tmp_path, PRODUCTION,
        "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "INSTALLED_APPS", "ALLOWED_HOSTS",
    )  # fmt: skip
    assert found["SESSION_COOKIE_NAME"] == "__Host-session" and found["SESSION_COOKIE_SECURE"]
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["ALLOWED_HOSTS"] == ["certificates.example.cn"]
    assert "skillcert.demo" not in found["INSTALLED_APPS"]


@pytest.mark.parametrize(
    "wrong", [{"SKILLCERT_DEMO": "1"}, {"SKILLCERT_DEBUG": "1"}, {"SKILLCERT_BASE_URL": "http://example.cn"}]
)
def test_production_refuses_demo_debug_and_clear_text(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_with(tmp_path, PRODUCTION | wrong, "DEMO")
    assert "生产环境须设置 https" in refused.value.stderr


def test_production_sends_real_messages_or_does_not_start(tmp_path: Path) -> None:
    found = settings_with(tmp_path, PRODUCTION, "SMS", "SMS_HTTP")
    assert (found["SMS"], found["SMS_HTTP"]["url"]) == ("http", "https://sms.example.cn")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        settings_with(tmp_path, PRODUCTION | {"SKILLCERT_SMS_HTTP": ""}, "SMS")
    assert "SKILLCERT_SMS_HTTP" in refused.value.stderr


def test_the_demo_exists_only_where_it_is_asked_for(tmp_path: Path) -> None:
    assert "skillcert.demo" in settings_with(tmp_path, {"SKILLCERT_DEMO": "1"}, "INSTALLED_APPS")["INSTALLED_APPS"]
    assert "skillcert.demo" not in settings_with(tmp_path, {}, "INSTALLED_APPS")["INSTALLED_APPS"]


def test_a_secret_is_made_once_however_many_ask_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path, found = tmp_path / "keys" / "secret", []
    asking = [threading.Thread(target=lambda: found.append(kept_secret(path))) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1 and len(found[0]) >= 43
    assert path.stat().st_mode & 0o777 == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["secret"]


def test_no_log_line_carries_a_whole_number_of_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert masked("330106199001012427 和 13812346021，编号 20261123000000012345") == (
        "330106********2427 和 138****6021，编号 20261123000000012345"
    )
    before = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(logging_config(as_json=True))
        try:
            raise ValueError("证件号 33010619900101242X 重复")
        except ValueError:
            logging.getLogger("skillcert.test").exception("row %s", "13812346021")
    finally:
        logging.root.handlers[:], logging.root.level = before
    line = capsys.readouterr().err
    assert "33010619900101242X" not in line and "13812346021" not in line
    assert json.loads(line)["event"] == "row 138****6021"


def test_only_named_package_files_are_served_and_without_source_maps() -> None:
    assert finders.find("vendor/echarts/echarts.min.js") == str(package_file(SERVED["echarts/echarts.min.js"]))
    assert finders.find("vendor/echarts/package.json") is None
    assert finders.find("vendor/../package.json") is None
    for name, storage in NamedPackageFiles().list([]):
        assert b"sourceMappingURL" not in storage.open(name).read()


@pytest.mark.parametrize(("noted", "address"), [
    ("198.51.100.7", "198.51.100.7"),
    ("127.0.0.1, 203.0.113.1, 198.51.100.7", "198.51.100.7"),  # the first ones are the asker's own words
    ("198.51.100.7, unknown", "10.0.0.1"),
    ("2001:DB8::7", "2001:db8::7"),
    ("", "10.0.0.1"),
])  # fmt: skip
def test_behind_a_proxy_the_address_is_the_one_it_noted_last(rf: Any, noted: str, address: str) -> None:
    seen: list[str] = []
    AddressFromProxy(lambda request: seen.append(request.META["REMOTE_ADDR"]))(  # type: ignore[arg-type, func-returns-value]
        rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=noted)
    )
    assert seen == [address]


def test_the_proxys_word_counts_only_where_there_is_one(tmp_path: Path) -> None:
    reader = "skillcert.config.proxy.AddressFromProxy"
    assert reader not in settings_with(tmp_path, PRODUCTION, "MIDDLEWARE")["MIDDLEWARE"]
    assert settings_with(tmp_path, PRODUCTION | {"SKILLCERT_BEHIND_PROXY": "1"}, "MIDDLEWARE")["MIDDLEWARE"][0] == reader
