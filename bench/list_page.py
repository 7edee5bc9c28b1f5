"""A list page at a million rows: this platform against Django's admin, on the same table, indexes and rows.

    python -m bench.list_page [--rows 1000000] [--owners 500] [--times 60] [--rounds 2]

One SQLite database with every candidate of every institution. Both sides answer the same requests in turn (A B A B)
through their own view and templates, without middleware: a page of 20 rows of one institution, the first page of
somebody who sees all rows, and the page that ends at the last row (ours by key, the admin by number). The admin is
tuned: related rows joined, no second count. The rows shown must be the same, or the bench is void.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

SIZE = 20
LEVEL, YEARS = "higher", (2022, 2023, 2024, 2025)


def setup(folder: str) -> None:
    """Django on a fresh data folder, with the admin added."""
    os.environ["SKILLCERT_DATA"] = folder
    os.environ.pop("SKILLCERT_DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "skillcert.config.settings"
    import django
    from django.conf import settings

    settings.INSTALLED_APPS += ["django.contrib.admin"]
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"].append("django.contrib.auth.context_processors.auth")
    settings.ROOT_URLCONF = "bench.list_urls"
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.LOGGING_CONFIG = None
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def fill(rows: int, owners: int) -> None:
    """Candidates dealt out to the institutions in turn, sealed as in real life."""
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
    major = Major.objects.create(name="软件技术", code="510203", version="2021", level=LEVEL)
    schools, states = list(Institution.objects.values_list("pk", flat=True)), [s for s, _ in CandidateState.choices]
    names = (
        "institution_id", "kind", "number", "name", "pinyin_key", "id_type", "id_number", "person_index", "last_six",
        "phone", "major_id", "level", "entry_year", "state",
    )  # fmt: skip
    rng = random.Random(1)

    def line(n: int) -> tuple[Any, ...]:
        return (
            schools[n % owners], "college", f"{n:018}", f"考生{n:07}", f"kaosheng{rng.randrange(10**7):07}", "111",
            "330106200501012427", f"{n:032x}", f"{n % 10**6:032x}", "13800138000", major.pk, LEVEL, rng.choice(YEARS),
            rng.choice(states),
        )  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")  # filling is not what is measured
        cursor.execute("PRAGMA cache_size=-1000000")
    for start in range(0, rows, 50_000):
        with transaction.atomic():
            bulk.upsert(Candidate, names, map(line, range(start, min(rows, start + 50_000))))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def request_for(path: str, query: dict[str, str], organization: int | None) -> Any:
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.test import RequestFactory
    from django.utils import timezone
    from django_htmx.middleware import HtmxDetails

    from skillcert.kit.access import Actor

    request: Any = RequestFactory().get(path, query, HTTP_HOST="127.0.0.1")
    request.session, request.htmx, request.now = {}, HtmxDetails(request), timezone.localtime()
    request._messages = FallbackStorage(request)
    request.actor = Actor("user", "林知遥", 1, "institution", organization, frozenset({"candidates.view"}))
    request.user = SimpleNamespace(
        is_active=True, is_staff=True, is_superuser=True, is_authenticated=True, is_anonymous=False, pk=1, id=1,
        has_perm=lambda *_: True, has_module_perms=lambda *_: True, get_username=lambda: "林知遥", get_short_name=lambda: "林知遥",
        has_usable_password=lambda: False,
    )  # fmt: skip
    return request


def timed(answer: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    response = answer()
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    return (time.perf_counter() - start) * 1000, response


def shown(response: Any) -> list[str]:
    import re

    return re.findall(r"考生\d{7}", response.content.decode())[: 4 * SIZE]


def first_of(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


class Case:
    """One kind of request, on both sides. ``pairs`` gives a (page class or admin, query, organization) for each time."""

    def __init__(self, label: str, ours: Callable[[int], Any], theirs: Callable[[int], Any]) -> None:
        self.label, self.sides, self.times = label, {"ours": ours, "admin": theirs}, {"ours": [], "admin": []}

    def run(self, times: int, rounds: int) -> None:
        for n in range(3):  # warm
            self.compare(n)
        for _ in range(rounds):
            for side, answer in self.sides.items():
                self.times[side] += [timed(lambda n=n, answer=answer: answer(n))[0] for n in range(times)]

    def compare(self, n: int) -> None:
        found = {side: first_of(shown(timed(lambda: answer(n))[1])) for side, answer in self.sides.items()}  # noqa: B023
        if found["ours"] != found["admin"] or len(found["ours"]) != SIZE:
            raise SystemExit(f"void: {self.label} shows other rows: {found}")

    def report(self) -> None:
        for side, times in self.times.items():
            print(f"{self.label:34} {side:6} median {statistics.median(times):8.1f} ms   p95 {p95(times):8.1f} ms")


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def cases(schools: list[int], rows: int) -> Iterator[Case]:
    from bench import list_sides as sides

    yield Case(
        "one institution, first page",
        lambda n: sides.Own.view(request_for("/own/", {}, schools[n % len(schools)])),
        lambda n: sides.own_admin.changelist_view(request_for("/admin/", {}, schools[n % len(schools)])),
    )
    yield Case(
        "all rows, first page",
        lambda n: sides.Everything.view(request_for("/all/", {}, None)),
        lambda n: sides.all_admin.changelist_view(request_for("/admin/", {}, None)),
    )
    last = sides.key_before_last(SIZE)
    pages = -(-rows // SIZE)
    yield Case(
        "all rows, the page at the last row",
        lambda n: sides.Everything.view(request_for("/all/", {"after": last, "page": str(pages)}, None)),
        lambda n: sides.all_admin.changelist_view(request_for("/admin/", {"p": str(pages)}, None)),
    )


def rows_alone(schools: list[int], times: int) -> None:
    """The database's part: the rows of a page with their related rows, first page and last."""
    from bench import list_sides as sides

    places = {
        "one institution": (sides.Own, {}, schools), "all, first": (sides.Everything, {}, [None]),
        "all, last row": (sides.Everything, {"after": sides.key_before_last(SIZE)}, [None]),
    }  # fmt: skip
    for label, (page, query, owners) in places.items():
        found = []
        for n in range(times):
            request = request_for("/x/", query, owners[n % len(owners)])
            made = page(request.actor, request.now, request=request)
            found.append(timed(lambda made=made: made.fetch())[0])
        print(f"rows alone: {label:22} ours   median {statistics.median(found):8.1f} ms   p95 {p95(found):8.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--rows", 1_000_000), ("--owners", 500), ("--times", 60), ("--rounds", 2)):
        parser.add_argument(name, type=int, default=default)
    parser.add_argument("--keep", help="a folder in which the filled database stays, for the next run")
    wanted = parser.parse_args()
    with nullcontext(wanted.keep) if wanted.keep else tempfile.TemporaryDirectory(prefix="skillcert-bench-") as folder:
        setup(folder)
        import django
        from django.db import connection

        from skillcert.candidates.models import Candidate

        if not Candidate.objects.exists():
            fill(wanted.rows, wanted.owners)
        print(f"{wanted.rows:,} rows over {wanted.owners} institutions")
        from skillcert.orgs.models import Institution

        schools = list(Institution.objects.values_list("pk", flat=True))
        for case in cases(schools, wanted.rows):
            case.run(wanted.times, wanted.rounds)
            case.report()
        rows_alone(schools, wanted.times)
        import sqlite3

        print(f"Python {platform.python_version()}, Django {django.__version__}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores")
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
