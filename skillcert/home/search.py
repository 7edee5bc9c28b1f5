"""Ctrl+K: people by name, pinyin or the last six of the ID, records by their numbers, places by their names.

All records through ``visible_to``; what is typed comes by POST and stands in no address and no log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from skillcert.candidates.models import Candidate
from skillcert.candidates.names import pinyin_key, pinyin_of
from skillcert.candidates.states import CANDIDATE
from skillcert.config.menu import MENU, Line
from skillcert.fees.models import PaymentRequest
from skillcert.issuing.models import Certificate
from skillcert.issuing.states import ISSUE
from skillcert.kit.access import Actor
from skillcert.kit.crypto import last_six_index, mask_id
from skillcert.kit.pages import PAGES, Go, ListPage, state_badge, url_of
from skillcert.kit.pages.base import names_in
from skillcert.kit.pages.filters import starts_with
from skillcert.kit.templatetags.kit import fours
from skillcert.registrations.models import Registration

FOUND = 6
LAST_SIX = re.compile(r"^\d{5}[\dXx]$")
MENU_ICON, ACT_ICON = "layout-sidebar", "arrow-right"
Hit = dict[str, Any]
Group = tuple[str, str, list[Hit]]


def search(text: str, actor: Actor) -> list[Group]:
    """Groups of (label, count, rows) as kit/palette_results.html draws them; IDs masked.

    A surname is enough; of letters and digits it takes two.
    """
    text = text.strip()
    if len(text) < (2 if text.isascii() else 1):
        return []
    groups = []
    for label, rows in _groups(text, actor):
        if rows:
            groups.append((label, f"{FOUND}+" if len(rows) > FOUND else str(len(rows)), rows[:FOUND]))
    return groups


def _groups(text: str, actor: Actor) -> Iterator[tuple[str, list[Hit]]]:
    person = _person_q(text)
    if _open("candidates.CandidateDetail", actor):
        rows = _first(Candidate.visible_to(actor).filter(person | Q(number=text)).select_related("major"))
        yield "考生", [_candidate(one, text) for one in rows]
    if _open("registrations.RegistrationDetail", actor):
        found = _first(Registration.visible_to(actor).filter(person | Q(ticket_number=text)).select_related("plan", "qualification"))
        yield "报考", [
            _row("registrations.RegistrationDetail", one, marked(one.name, text), f"{one.plan} ・ {one.qualification}", "clipboard-list")
            for one in found
        ]  # fmt: skip
    if _open("issuing.CertificateDetail", actor):
        q = person | Q(number=text.replace(" ", ""))
        certificates = _first(Certificate.visible_to(actor).filter(q).select_related("qualification"))
        yield "证书", [_certificate(one, text) for one in certificates]
    if _open("fees.PaymentDetail", actor):
        requests = PaymentRequest.visible_to(actor).filter(number=text.upper())[:FOUND]
        yield "缴费申请单", [_row("fees.PaymentDetail", one, one.number, "", "receipt-yuan") for one in requests]
    yield "菜单与办理", places(text, actor)


def _first(rows: QuerySet) -> QuerySet:
    return rows.order_by("pinyin_key", "pk")[: FOUND + 1]


def _person_q(text: str) -> Q:
    """A name's beginning, its pinyin's beginning, or the last six of the ID number."""
    if LAST_SIX.match(text):
        return Q(last_six=last_six_index(text))
    pinyin = text.lower().replace(" ", "")
    return starts_with("pinyin_key", pinyin) if pinyin.isascii() and pinyin.isalpha() else starts_with("name", text)


def _candidate(one: Candidate, text: str) -> Hit:
    hint = " ・ ".join(part for part in (mask_id(one.id_number), one.major.name if one.major else "", one.class_name) if part)
    return _row("candidates.CandidateDetail", one, marked(one.name, text), hint, "user") | {"badge": state_badge(CANDIDATE, one.state)}


def _certificate(one: Certificate, text: str) -> Hit:
    label = fours(one.number) if one.number else "未编号"
    hint = format_html("{} ・ {}", marked(one.name, text), one.qualification)
    return _row("issuing.CertificateDetail", one, label, hint, "certificate") | {"badge": state_badge(ISSUE, one.state)}


# --- places ----------------------------------------------------------------------------------------------
def places(text: str, actor: Actor) -> list[Hit]:
    """Lines of the menu by label, path, former name or pinyin; then what can be done on their lists (办理)."""
    lines = list(_lines(MENU, actor, ()))
    hits = [
        {"url": url_of(line.page), "label": marked(line.label, text), "hint": " / ".join(above), "icon": MENU_ICON, "verb": "跳转"}
        for line, above in lines if _matches(text, line.label, *above, line.alias)
    ]  # fmt: skip
    for line, above in lines:
        page = PAGES[line.page]
        for act in getattr(page, "bar", ()) if issubclass(page, ListPage) else ():
            if type(act) is Go and act.shown_to(actor) and not names_in(act.page.url) and _matches(text, act.view().label):
                view, hint = act.view(), " / ".join((*above, line.label))
                hits.append({"url": view.url, "label": marked(view.label, text), "hint": hint, "icon": ACT_ICON, "verb": "办理"})
    return hits


def _lines(lines: Sequence[Line], actor: Actor, above: tuple[str, ...]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """The menu's lines that lead somewhere the actor may go, each with the labels above it."""
    for line in lines:
        if line.page and _open(line.page, actor):
            yield line, above
        yield from _lines(line.lines, actor, (*above, line.label))


def _matches(text: str, *words: str) -> bool:
    key = text.lower().replace(" ", "")
    return any(text in word or (key.isascii() and key.isalpha() and _letters(word).startswith(key)) for word in words if word)


@lru_cache(maxsize=1000)
def _letters(label: str) -> str:
    return pinyin_key(pinyin_of(label))


# --- small things ----------------------------------------------------------------------------------------
def marked(label: str, text: str) -> SafeString:
    """The label with what was typed marked in it."""
    before, hit, after = label.partition(text)
    return format_html("{}<mark>{}</mark>{}", before, hit, after) if hit else conditional_escape(label)


def _open(page: str, actor: Actor) -> bool:
    return page in PAGES and PAGES[page].admits(actor)


def _row(page: str, row: Any, label: Any, hint: Any, icon: str) -> Hit:
    return {"url": url_of(page, pk=row.pk), "label": label, "hint": hint, "icon": icon}
