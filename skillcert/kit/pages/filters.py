"""The query bar: each filter is a form field and the Q that its value means."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from django import forms
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from ..crypto import last_six_index, mask_id, open_bytes, person_index, seal_bytes
from .fields import NARROW, TextField

if TYPE_CHECKING:
    from .list import ListPage

SEALED = "~"


def starts_with(field: str, text: str) -> Q:
    """The rows whose ``field`` begins with ``text``; a range on SQLite, where LIKE would not use the index."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": text, f"{field}__lt": text + "\U0010ffff"})
    return Q(**{f"{field}__startswith": text})


class Filter:
    """One entry of the query bar. ``param`` is its name in the address, by default the first field."""

    private = False

    def __init__(self, label: str, *fields: str, param: str = "", hint: str = "") -> None:
        self.label, self.fields, self.hint = label, fields, hint
        self.param = param or fields[0]

    def form_field(self, page: ListPage) -> forms.Field:
        field = TextField(label=self.label, required=False, max_length=80)
        field.widget.attrs.update({"placeholder": self.hint} if self.hint else {})
        return field

    def q(self, value: Any) -> Q:
        raise NotImplementedError


class Search(Filter):
    """The beginning of a name or of its pinyin."""

    def q(self, value: str) -> Q:
        q = Q()
        for field in self.fields:
            q |= starts_with(field, value.lower().replace(" ", "") if "pinyin" in field else value)
        return q


class Exact(Filter):
    """The whole value, as a number of something is looked for."""

    def q(self, value: str) -> Q:
        q = Q()
        for field in self.fields:
            q |= Q(**{field: value})
        return q


class IdNumber(Filter):
    """身份证号: the whole number or its last six, by the blind indexes. It is sealed before it enters an address.

    ``fields`` are the columns of ``crypto.person_index`` and ``crypto.last_six_index``; ``types`` the kinds of paper looked through.
    """

    private = True

    def __init__(
        self, label: str = "身份证号", person: str = "person_index", last_six: str = "last_six", *,
        param: str = "id_number", types: Iterable[str] = ("111", "414", "511", "516", "990"),
    ) -> None:
        super().__init__(label, person, last_six, param=param, hint="全号或后 6 位")
        self.types = tuple(types)

    def q(self, value: str) -> Q:
        text = "".join(unseal(value).translate(NARROW).split()).upper()
        if len(text) == 6:
            return Q(**{self.fields[1]: last_six_index(text)})
        return Q(**{f"{self.fields[0]}__in": [person_index(kind, text) for kind in self.types]})


class Choice(Filter):
    """One of a few: a field's own choices, a foreign key's visible rows, or what ``options(page)`` gives."""

    def __init__(
        self, label: str, field: str, *, options: Callable[[ListPage], Iterable[Any]] | None = None, param: str = ""
    ) -> None:
        super().__init__(label, field, param=param)
        self.options = options

    def form_field(self, page: ListPage) -> forms.Field:
        pairs = [option if isinstance(option, tuple) else (option.pk, str(option)) for option in self._options(page)]
        return forms.ChoiceField(label=self.label, required=False, choices=[("", "全部"), *pairs])

    def _options(self, page: ListPage) -> Iterable[Any]:
        if self.options:
            return self.options(page)
        field: Any = page.model._meta.get_field(self.fields[0])
        return field.choices or field.related_model.visible_to(page.actor)[:500]

    def q(self, value: str) -> Q:
        return Q(**{self.fields[0]: value})


class DateRange(Filter):
    """From a day to a day, both counted in."""

    def __init__(self, label: str, field: str, *, param: str = "", date_only: bool = False) -> None:
        super().__init__(label, field, param=param)
        self.date_only = date_only

    def form_field(self, page: ListPage) -> forms.Field:
        return DateRangeField(label=self.label, required=False)

    def q(self, value: tuple[Any, Any]) -> Q:
        q, (first, last) = Q(), value
        moment = (lambda day: day) if self.date_only else _midnight
        if first:
            q &= Q(**{f"{self.fields[0]}__gte": moment(first)})
        if last:
            q &= Q(**{f"{self.fields[0]}__lt": moment(last + timedelta(days=1))})
        return q


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class DateRangeWidget(forms.MultiWidget):
    template_name = "django/forms/widgets/multiwidget.html"

    def __init__(self) -> None:
        names = {"from": "起始日期", "to": "截止日期"}
        super().__init__({k: forms.DateInput({"type": "date", "aria-label": v}, "%Y-%m-%d") for k, v in names.items()})

    def decompress(self, value: Any) -> list[Any]:
        return list(value) if value else [None, None]


class DateRangeField(forms.MultiValueField):
    widget = DateRangeWidget

    def __init__(self, **options: Any) -> None:
        super().__init__((forms.DateField(required=False), forms.DateField(required=False)), require_all_fields=False, **options)

    def compress(self, values: list[Any]) -> tuple[Any, Any] | None:
        if not values or not any(values):
            return None
        if all(values) and values[0] > values[1]:
            raise forms.ValidationError("起始日期晚于结束日期，请对调。")
        return values[0], values[1]


def seal(value: str) -> str:
    """A private value as it stands in an address: sealed, so that no log and no history holds it."""
    return SEALED + base64.urlsafe_b64encode(seal_bytes(value.encode(), "query")).decode().rstrip("=")


def unseal(value: str) -> str:
    """The clear value; "" for one that does not open."""
    if not value.startswith(SEALED):
        return value
    try:
        data = base64.urlsafe_b64decode(value[1:] + "=" * (-len(value[1:]) % 4))
        return open_bytes(data, "query").decode()
    except (ValueError, InvalidTag, KeyError, IndexError):
        return ""


def masked(value: str) -> str:
    """How a sealed value shows in the query bar."""
    return mask_id(text) if len(text := unseal(value)) > 6 else "*" * len(text)
