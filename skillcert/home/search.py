"""Ctrl+K: people by name, pinyin or the last six of the ID, records by their numbers. All through ``visible_to``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import Q

from skillcert.candidates.models import Candidate
from skillcert.fees.models import PaymentRequest
from skillcert.issuing.models import Certificate
from skillcert.issuing.states import ISSUE
from skillcert.kit.access import Actor
from skillcert.kit.crypto import last_six_index, mask_id
from skillcert.kit.pages import PAGES, state_badge, url_of
from skillcert.kit.pages.filters import starts_with
from skillcert.registrations.models import Registration

FOUND = 6
LAST_SIX = re.compile(r"^\d{5}[\dXx]$")
Group = tuple[str, int, list[dict[str, Any]]]


def search(text: str, actor: Actor) -> list[Group]:
    """Groups of (label, count, rows) as kit/palette_results.html draws them; IDs masked.

    A surname is enough; of letters and digits it takes two.
    """
    text = text.strip()
    if len(text) < (2 if text.isascii() else 1):
        return []
    return [(label, len(rows), rows) for label, rows in _groups(text, actor) if rows]


def _groups(text: str, actor: Actor) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    person = _person_q(text)
    if _open("candidates.CandidateDetail", actor):
        rows = Candidate.visible_to(actor).filter(person | Q(number=text)).order_by("pinyin_key", "pk")[:FOUND]
        yield (
            "考生",
            [
                _row("candidates.CandidateDetail", one, one.name, f"{mask_id(one.id_number)} ・ {one.number}", "user")
                for one in rows
            ],
        )
    if _open("registrations.RegistrationDetail", actor):
        q = person | Q(ticket_number=text)
        found = (
            Registration.visible_to(actor)
            .filter(q)
            .select_related("plan", "qualification")
            .order_by("pinyin_key", "pk")[:FOUND]
        )
        yield (
            "报考",
            [
                _row(
                    "registrations.RegistrationDetail",
                    one,
                    one.name,
                    f"{one.plan} ・ {one.qualification}",
                    "clipboard-list",
                )
                for one in found
            ],
        )
    if _open("issuing.CertificateDetail", actor):
        q = person | Q(number=text.replace(" ", ""))
        certificates = (
            Certificate.visible_to(actor).filter(q).select_related("qualification").order_by("pinyin_key", "pk")[:FOUND]
        )
        yield (
            "证书",
            [
                _row(
                    "issuing.CertificateDetail",
                    one,
                    one.name,
                    f"{one.qualification} ・ {one.number or '未编号'}",
                    "certificate",
                )
                | {"badge": state_badge(ISSUE, one.state)}
                for one in certificates
            ],
        )
    if _open("fees.PaymentDetail", actor):
        requests = PaymentRequest.visible_to(actor).filter(number=text.upper())[:FOUND]
        yield "缴费申请单", [_row("fees.PaymentDetail", one, one.number, "", "receipt-yuan") for one in requests]


def _person_q(text: str) -> Q:
    """A name's beginning, its pinyin's beginning, or the last six of the ID number."""
    if LAST_SIX.match(text):
        return Q(last_six=last_six_index(text))
    pinyin = text.lower().replace(" ", "")
    return starts_with("pinyin_key", pinyin) if pinyin.isascii() and pinyin.isalpha() else starts_with("name", text)


def _open(page: str, actor: Actor) -> bool:
    return page in PAGES and PAGES[page].admits(actor)


def _row(page: str, row: Any, label: str, hint: str, icon: str) -> dict[str, Any]:
    return {"url": url_of(page, pk=row.pk), "label": label, "hint": hint, "icon": icon}
