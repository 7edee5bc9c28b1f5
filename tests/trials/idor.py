"""Another organization's objects, asked for in every way an address or a form has (trust 3).

    python -m tests.trials.idor [--requests 10000] [--seed 1]

The small world is filled with an object of every page. Then strangers (another institution, another awarding body,
another province) send generated requests: any page, by GET or POST, its route, its query, its form's fields, its batch
filled with keys, numbers and tokens of the first ones. Nothing personal may come back, and no row of theirs may change.
"""

from __future__ import annotations

import argparse
import random
import re
import time
import uuid
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.trials.ground import ground

if TYPE_CHECKING:
    from django.test import Client

    from tests.world import World

ROOMS = ("orgs", "accounts", "qualifications", "standards", "pilots", "plans", "candidates", "centers", "registrations", "fees",
         "seating", "results", "issuing", "weekly")  # fmt: skip
# What a stranger may do to itself: its own record, account, sessions, settings.
OWN = ("accounts_signin", "accounts_loginfailure", "accounts_code")
COMMON = (
    "keys", "all", "except", "selection", "list", "query", "only", "tab", "after", "before", "page", "sort", "refresh", "version",
    "where_plan", "where_qualification", "act", "record",
)  # fmt: skip


@dataclass
class Findings:
    requests: int = 0
    leaks: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def fill(world: World) -> None:
    """An object of every page; two pages that want the same one share it."""
    from django.db import IntegrityError, transaction

    from skillcert.config import urls  # noqa: F401  # every page registers itself
    from skillcert.kit.pages import PAGES
    from skillcert.kit.pages.base import names_in
    from tests.objects import Objects

    objects = Objects(world)
    for page in PAGES.values():
        if page.__module__.startswith("skillcert.") and not page.name.startswith("demo."):
            for route in page.routes():
                try:
                    with transaction.atomic():
                        objects.where(page, names_in(route))
                except IntegrityError:
                    continue
    world.certificate("released", number="2026000110133300000017")


def strangers(world: World) -> list[Client]:
    """The administrators of another institution, awarding body and province."""
    from skillcert.orgs.models import Province

    elsewhere = Province.objects.create(kind="province", name="海东省教育厅", province_code="44")
    school = world.institution("海东职业技术学院", "4144012345")
    school.province = elsewhere
    school.save()
    return [world.client_as(world.user(one)) for one in (world.other_school, school, world.other_body, elsewhere)]


def keys_of_victims() -> list[str]:
    """Every key, token and number in the database."""
    from django.apps import apps

    found: set[str] = {"0", "-1", "999999999"}
    for model in apps.get_models():
        if model._meta.app_label in (*ROOMS, "kit"):
            found |= {str(key) for key in model._default_manager.values_list("pk", flat=True)[:40]}
            texts = [f.name for f in model._meta.concrete_fields if f.name in ("token", "number", "ticket_number", "key", "code")]
            for row in model._default_manager.values_list(*texts)[:20] if texts else ():
                found |= {str(value) for value in row if value not in (None, "")}
    return sorted(found)


def secrets() -> set[str]:
    """What only the first ones may read: people's names, numbers, telephones."""
    from skillcert.candidates.models import Candidate
    from skillcert.registrations.models import Registration

    candidates = Candidate.objects.values_list("name", "id_number", "number")
    registrations = Registration.objects.values_list("name", "id_number", "ticket_number")
    return {text for row in (*candidates, *registrations) for text in row if text}


def state_of(rows_of: list[int]) -> str:
    """A digest over every row of the first ones' rooms: what organizations ``rows_of`` own of themselves is left out."""
    from django.apps import apps

    digest = sha256()
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS or model._meta.db_table in OWN:
            continue
        rows = model._default_manager.order_by("pk")
        names = {one.name for one in model._meta.concrete_fields}
        for owner in ("institution", "organization", "awarding_body", "province"):
            if owner in names:
                rows = rows.exclude(**{f"{owner}__in": rows_of})
        if model._meta.label_lower.startswith("orgs."):
            rows = rows.exclude(pk__in=rows_of)
        if model._meta.label_lower == "accounts.user":
            rows = rows.exclude(organization__in=rows_of)
        fields = [one.attname for one in model._meta.concrete_fields if one.name not in ("updated_at", "last_login")]
        digest.update(repr((model._meta.label, list(rows.values_list(*fields)))).encode())
    return digest.hexdigest()


class Attack:
    """Draws requests: which page, with what in its route, query and body."""

    def __init__(self, seed: int, keys: list[str]) -> None:
        from skillcert.kit.pages import PAGES

        self.random, self.keys = random.Random(seed), keys
        self.whole = [key for key in keys if key.isdecimal()]
        self.words = [key for key in keys if "/" not in key]
        self.uuids = [key for key in keys if key.count("-") == 4] or [str(uuid.UUID(int=7))]
        ours = [page for page in PAGES.values() if page.__module__.startswith("skillcert.")]
        self.pages = [page for page in ours if not page.name.startswith("demo.")]

    def one(self) -> tuple[str, str, dict[str, Any]]:
        """(method, address, data)."""
        page = self.random.choice(self.pages)
        route = self.random.choice(page.routes())
        data: dict[str, Any] = {}
        for name in self.names(page):
            if self.random.random() < 0.6:
                data[name] = [self.random.choice(self.keys) for _ in range(self.random.choice((1, 1, 3)))]
        return self.random.choice(("GET", "POST", "POST")), self.filled(route), data

    def filled(self, route: str) -> str:
        def value(match: re.Match[str]) -> str:
            kind = match[0].strip("<>").partition(":")[0]
            return self.random.choice({"int": self.whole, "uuid": self.uuids}.get(kind, self.words))

        return "/" + re.sub(r"<[^>]+>", value, route)

    def names(self, page: Any) -> list[str]:
        """The fields of its form, the parameters of its list, and what the kit reads of any request."""
        fields = list(getattr(getattr(page, "form", None), "base_fields", {}))
        filters = [one.param for one in getattr(page, "filters", ())]
        return [*fields, *filters, *self.random.sample(COMMON, 6)]


def run(world: World, *, requests: int, seed: int) -> Findings:
    """Send the requests; what came back and what changed."""
    from skillcert.accounts.models import User

    fill(world)
    people = strangers(world)
    own = list({User.objects.get(pk=client.session["_auth_user_id"]).organization_id for client in people})
    hidden, attack, found = secrets(), Attack(seed, keys_of_victims()), Findings()
    for client in people:
        client.raise_request_exception = False
        client.defaults["SERVER_NAME"] = "127.0.0.1"
    before = state_of(own)
    while found.requests < requests:
        client = attack.random.choice(people)
        method, url, data = attack.one()
        data |= {"once": str(uuid.UUID(int=attack.random.getrandbits(128)))} if method == "POST" else {}
        if url in ("/logout/", "/account/password/"):
            continue
        response = client.get(url, data) if method == "GET" else client.post(url, data)
        found.requests += 1
        content = b"".join(response.streaming_content) if response.streaming else response.content
        text = content.decode(errors="replace")
        said = f"{method} {url} {data}"[:300]
        sent = repr((url, data))  # what a stranger typed may stand in the answer
        found.leaks += [f"{said}: {secret}" for secret in hidden if secret in text and secret not in sent]
        found.failures += [said] if response.status_code >= 500 else []
        if found.requests % 200 == 0 and (after := state_of(own)) != before:
            found.writes.append(f"between request {found.requests - 200} and {found.requests}")
            before = after
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with ground() as world:
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        started = time.monotonic()
        found = run(world, requests=given.requests, seed=given.seed)
        for kind in ("leaks", "writes", "failures"):
            for line in getattr(found, kind)[:20]:
                print(f"{kind}: {line}")
        counts = f"{len(found.leaks)} leaks, {len(found.writes)} changes, {len(found.failures)} failures"
        print(f"{found.requests:,} requests in {time.monotonic() - started:.0f} s: {counts}")
    raise SystemExit(bool(found.leaks or found.writes or found.failures))


if __name__ == "__main__":
    main()
