"""What the measures of lists and exports run on: a platform with many candidates, and who looks at them."""

from __future__ import annotations

import os
import platform
import random
import statistics
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

LEVEL, YEARS = "higher", (2022, 2023, 2024, 2025)
COLUMNS = (
    "institution_id", "kind", "number", "name", "pinyin_key", "id_type", "id_number", "person_index", "last_six", "phone",
    "major_id", "level", "entry_year", "state",
)  # fmt: skip


def setup(folder: str, database: str = "", *, admin: bool = False, tables: bool = True) -> None:
    """Django on a data folder and, where given, a PostgreSQL: ``tables`` made, the ``admin`` added, nothing of the demo."""
    os.environ["SKILLCERT_DATA"] = folder
    os.environ.pop("SKILLCERT_DATABASE_URL", None)
    if database:
        os.environ["SKILLCERT_DATABASE_URL"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "skillcert.config.settings"
    import django
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.LOGGING_CONFIG = None
    if admin:
        settings.INSTALLED_APPS += ["django.contrib.admin"]
        settings.TEMPLATES[0]["OPTIONS"]["context_processors"].append("django.contrib.auth.context_processors.auth")
        settings.ROOT_URLCONF = "bench.list_urls"
    django.setup()
    from django.core.management import call_command

    if tables:
        call_command("migrate", verbosity=0)


def fill(rows: int, owners: int, largest: int = 0) -> None:
    """Candidates, sealed as in real life: the first ``largest`` of one institution, the others dealt out in turn."""
    from django.db import connection, transaction

    from skillcert.candidates.models import Candidate, CandidateState
    from skillcert.kit import bulk
    from skillcert.orgs.models import Institution, Province
    from skillcert.qualifications.models import Major

    province = Province.objects.create(kind="province", name="云州省教育厅", province_code="33")
    for n in range(owners):
        Institution.objects.create(
            kind="institution", name=f"第 {n} 职业技术学院", school_code=f"{n:010}", school_kind="higher_vocational",
            province=province, region="330106",
        )  # fmt: skip
    majors = [Major.objects.create(name=f"专业 {n}", code=f"{510200 + n}", version="2021", level=LEVEL).pk for n in range(300)]
    schools, states = institutions(), [state for state, _ in CandidateState.choices]
    rng = random.Random(1)

    def line(n: int) -> tuple[Any, ...]:
        school = 0 if n < largest else n % owners
        return (
            schools[school], "college", f"{n:018}", f"考生{n:07}", f"kaosheng{rng.randrange(10**7):07}", "111",
            "330106200501012427", f"{n:032x}", f"{n % 10**6:032x}", "13800138000", majors[(school + n // owners % 9) % 300],
            LEVEL, rng.choice(YEARS), rng.choice(states),
        )  # fmt: skip

    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:  # filling is not what is measured
        for pragma in ("synchronous=OFF", "cache_size=-1000000") if sqlite else ():
            cursor.execute(f"PRAGMA {pragma}")
    for start in range(0, rows, 50_000):
        with transaction.atomic():
            bulk.upsert(Candidate, COLUMNS, map(line, range(start, min(rows, start + 50_000))))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if sqlite else "VACUUM ANALYZE")
    connection.close()


def institutions() -> list[int]:
    from skillcert.orgs.models import Institution

    return list(Institution.objects.order_by("pk").values_list("pk", flat=True))


def officer(organization: int | None) -> Any:
    """The 院校管理员 of an institution."""
    from skillcert.config.roles import ROLES
    from skillcert.kit.access import Actor

    return Actor("user", "林知遥", 1, "institution", organization, frozenset(next(iter(ROLES["institution"].values()))))


def versions(*names: str) -> str:
    """One line: Python, the packages, the machine."""
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    return f"Python {platform.python_version()}, {packages}, {os.cpu_count()} cores"


def database() -> str:
    """The database of this process and its version."""
    from django.db import connection

    if connection.vendor == "sqlite":
        import sqlite3

        return f"SQLite {sqlite3.sqlite_version}"
    connection.ensure_connection()
    return f"PostgreSQL {connection.pg_version // 10000}"  # type: ignore[attr-defined]


def spread(times: Sequence[float] | Iterable[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    times = list(times)
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]
