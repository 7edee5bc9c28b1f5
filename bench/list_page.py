"""A list page at a million rows: this platform's 院校考生 against Django's admin, on the same table, indexes and rows.

    python -m bench.list_page [--rows 1000000] [--owners 500] [--largest 40000] [--times 60] [--rounds 2] [--postgresql]

One database with every candidate of every institution. Both sides answer the same requests in turn (A B A B) through
their own view and templates, the shell and the menu included, without middleware; of ours the rows alone (found,
joined, their cells and acts made) are timed as well. The requests: a page of 20 rows of one institution, of the
largest one, the first page of somebody who sees all rows, and the page that ends at the last row (ours by key, the
admin by number). The admin is tuned: related rows joined, no second count. The rows shown must be the same, or the
bench is void. ``--keep FOLDER`` leaves a filled SQLite database for the next run.
"""

from __future__ import annotations

import argparse
import gc
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from bench.platform_of_many import database, fill, institutions, officer, setup, spread, versions
from tests.postgresql import throwaway

SIZE = 20
FARTHEST = 1.5  # the page at the last row may cost so many times the first


def request_for(path: str, query: dict[str, str], organization: int | None) -> Any:
    from django.contrib.messages.storage.fallback import FallbackStorage
    from django.test import RequestFactory
    from django.utils import timezone
    from django_htmx.middleware import HtmxDetails

    request: Any = RequestFactory().get(path, query, HTTP_HOST="127.0.0.1")
    request.session, request.htmx, request.now = {}, HtmxDetails(request), timezone.localtime()
    request._messages = FallbackStorage(request)
    request.actor = officer(organization)
    request.user = SimpleNamespace(
        is_active=True, is_staff=True, is_superuser=True, is_authenticated=True, is_anonymous=False, pk=1, id=1,
        has_perm=lambda *_: True, has_module_perms=lambda *_: True, get_username=lambda: "林知遥", get_short_name=lambda: "林知遥",
        has_usable_password=lambda: False, organization=None, role=None,
    )  # fmt: skip
    return request


def timed(answer: Callable[[], Any]) -> tuple[float, float, Any]:
    """Milliseconds by the wall and by the processor, and the finished page."""
    start, cpu = time.perf_counter(), time.process_time()
    response = answer()
    if hasattr(response, "render") and not response.is_rendered:
        response.render()
    return (time.perf_counter() - start) * 1000, (time.process_time() - cpu) * 1000, response


def names_in(response: Any) -> list[str]:
    return list(dict.fromkeys(re.findall(r"考生\d{7}", response.content.decode())))[:SIZE]


def rows_alone(page: Any, request: Any) -> list[Any]:
    """The rows of our page as its template gets them, without tabs, counts, query bar and drawing."""
    listed = page(request.actor, request.now, query=request.GET)
    return listed.row_views(listed.fetch().rows, listed.shown_columns)


class Case:
    """One kind of request, on both sides, and our rows alone; each is given the number of the time."""

    def __init__(self, label: str, page: Any, ours: Callable[[int], Any], admin: Callable[[int], Any]) -> None:
        """``page``: our list; ``ours(n)`` and ``admin(n)``: the request for it and the admin's finished answer."""
        self.label = label
        self.sides = {"ours": lambda n: page.view(ours(n)), "admin": admin}
        self.parts = self.sides | {"rows": lambda n: rows_alone(page, ours(n))}
        self.times: dict[str, list[tuple[float, float]]] = {part: [] for part in self.parts}

    def run(self, times: int, rounds: int) -> None:
        for n in range(3):  # warm
            found = {side: names_in(timed(lambda answer=answer, n=n: answer(n))[2]) for side, answer in self.sides.items()}
            if found["ours"] != found["admin"] or len(found["ours"]) != SIZE:
                raise SystemExit(f"VOID: {self.label} shows other rows: {found}")
        for _ in range(rounds):
            for side, answer in self.parts.items():
                self.times[side] += [timed(lambda n=n, answer=answer: answer(n))[:2] for n in range(times)]

    def report(self) -> float:
        for side, times in self.times.items():
            (median, p95), (cpu, _) = (spread(some) for some in zip(*times, strict=True))
            print(f"{self.label:36} {side:6} median {median:8.1f} ms   p95 {p95:8.1f} ms   processor {cpu:8.1f} ms", flush=True)
        return spread(wall for wall, _ in self.times["ours"])[0]


def cases(schools: list[int], rows: int) -> Iterator[Case]:
    from bench import list_sides as sides

    def own(label: str, school: Callable[[int], int]) -> Case:
        return Case(
            label, sides.Own,
            lambda n: request_for("/candidates/college/", {}, school(n)),
            lambda n: sides.own_admin.changelist_view(request_for("/admin/", {}, school(n))),
        )

    yield own("one institution", lambda n: schools[1 + n % (len(schools) - 1)])
    yield own("the largest institution", lambda n: schools[0])
    last, pages = sides.key_before_last(SIZE), -(-rows // SIZE)
    for label, ours, theirs in (
        ("all rows, first page", {}, {}),
        ("all rows, the page at the last row", {"after": last, "page": str(pages)}, {"p": str(pages)}),
    ):
        yield Case(
            label, sides.Everything,
            lambda n, query=ours: request_for("/all/", query, None),  # type: ignore[misc]
            lambda n, query=theirs: sides.all_admin.changelist_view(request_for("/admin/", query, None)),  # type: ignore[misc]
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("rows", 1_000_000), ("owners", 500), ("largest", 40_000), ("times", 60), ("rounds", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--keep", help="a folder in which the filled SQLite database stays, for the next run")
    wanted = parser.parse_args()
    with (
        nullcontext(wanted.keep) if wanted.keep else tempfile.TemporaryDirectory(prefix="skillcert-bench-") as folder,
        throwaway() if wanted.postgresql else nullcontext("") as server,
    ):
        measure(wanted, folder, server)


def measure(wanted: argparse.Namespace, folder: str, server: str) -> None:
    setup(folder, server, admin=True)
    from django.db import connection

    from skillcert.candidates.models import Candidate

    if not Candidate.objects.exists():
        fill(wanted.rows, wanted.owners, wanted.largest)
    print(f"{versions('Django')}, {database()}")
    print(f"{wanted.rows:,} rows over {wanted.owners} institutions, the largest with {wanted.largest:,} more")
    gc.freeze()  # as the web process does when it starts; for the admin as well
    medians = {}
    for case in cases(institutions(), wanted.rows):
        case.run(wanted.times, wanted.rounds)
        medians[case.label] = case.report()
    first, last = medians["all rows, first page"], medians["all rows, the page at the last row"]
    print(f"the page at the last row costs {last / first:.2f} times the first (at most {FARTHEST})")
    connection.close()


if __name__ == "__main__":
    main()
