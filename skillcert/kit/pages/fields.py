"""Form fields that take what people type: full-width digits, stray spaces, a lower-case x."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms

# Full-width ASCII (！ to ～) and the ideographic space, as a Chinese input method leaves them in numbers.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))


def tidy(text: str) -> str:
    """NFC, invisible characters out, outer space off. Full-width punctuation of a sentence stays."""
    return unicodedata.normalize("NFC", text).translate(INVISIBLE).strip().strip("\u3000")


class TextField(forms.CharField):
    """A line or paragraph of text."""

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")


class NumberText(TextField):
    """A number kept as text (ID number, phone, code): full-width becomes half-width, x becomes X, spaces go."""

    def to_python(self, value: Any) -> str:
        return "".join(super().to_python(value).translate(NARROW).split()).upper()


class ReasonField(TextField):
    """The reason for a refusal or an exception."""

    def __init__(self, label: str = "理由", *, max_length: int = 200, **options: Any) -> None:
        super().__init__(label=label, max_length=max_length, widget=forms.Textarea({"rows": 3}), **options)


class Moment(forms.DateTimeField):
    """A date and time to the minute, by the browser's own control, in the platform's time zone."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
    input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"]


class Day(forms.DateField):
    widget = forms.DateInput({"type": "date"}, "%Y-%m-%d")


class WindowField(forms.MultiValueField):
    """From a moment to a moment; the value is the pair."""

    def __init__(self, **options: Any) -> None:
        parts = (Moment(), Moment())
        for part, name in zip(parts, ("开始时间", "结束时间"), strict=True):
            part.widget.attrs["aria-label"] = name
        widget = forms.MultiWidget({"from": parts[0].widget, "to": parts[1].widget})
        widget.decompress = lambda value: list(value) if value else [None, None]  # type: ignore[method-assign]
        super().__init__(parts, widget=widget, **options)

    def compress(self, values: list[Any]) -> tuple[Any, Any] | None:
        if not values:
            return None
        if values[0] >= values[1]:
            raise forms.ValidationError("结束时间须晚于开始时间。")
        return values[0], values[1]


class ChainedChoice(forms.ChoiceField):
    """A choice that depends on earlier ones (R139: plan, center, qualification, subject).

    ``options(page, *earlier)`` gives rows or (value, label) pairs and is asked only when every field of ``after`` has
    a value. ``KitForm`` fills it, and lets the earlier selects fetch the form again when they change.
    """

    def __init__(self, label: str, *, options: Callable[..., Iterable[Any]], after: Iterable[str] = (), **more: Any) -> None:
        super().__init__(label=label, **more)
        self.options, self.after = options, tuple(after)

    def fill(self, page: Any, earlier: list[Any]) -> None:
        options = self.options(page, *earlier) if all(earlier) else ()
        pairs = [option if isinstance(option, tuple) else (option.pk, str(option)) for option in options]
        self.choices = [("", "请选择" if all(earlier) else "请先选择上一项"), *pairs]


class ChainedChoices(ChainedChoice, forms.MultipleChoiceField):
    """Several of the last choice."""

    widget = forms.CheckboxSelectMultiple

    def fill(self, page: Any, earlier: list[Any]) -> None:
        super().fill(page, earlier)
        self.choices = list(self.choices)[1:]  # type: ignore[arg-type]  # nothing ticked needs no line of its own
        if not all(earlier):
            self.help_text = "请先选择上一项"


def name_the_missing(field: forms.Field) -> None:
    """Let the refusal of an empty field name it, where the field has no sentence of its own."""
    if not field.label or field.error_messages["required"] != forms.Field.default_error_messages["required"]:
        return
    if isinstance(field, forms.BooleanField):
        field.error_messages["required"] = f"请勾选“{field.label}”。"
    else:
        chosen = isinstance(field, (forms.ChoiceField, forms.FileField, forms.DateField, forms.DateTimeField))
        field.error_messages["required"] = f"{'请选择' if chosen else '请填写'}{field.label}。"


class KitForm(forms.Form):
    """A form that knows its page (``self.page.actor``, ``.now``) and, when it edits, the row."""

    def __init__(self, *args: Any, page: Any = None, row: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.page, self.row = page, row
        request = getattr(page, "request", None)
        if not self.is_bound and request is not None and "refresh" in request.GET:
            self.initial = {**self.initial, **{name: request.GET[name] for name in request.GET if name in self.fields}}
        for field in self.fields.values():
            if isinstance(field, ChainedChoice):
                field.fill(page, [self._present(earlier) for earlier in field.after])
                for earlier in field.after:
                    self._refresh_on_change(earlier)
            elif isinstance(field, forms.DateTimeField):
                field.widget.attrs.setdefault("step", "60")

    def full_clean(self) -> None:
        for field in self.fields.values():
            name_the_missing(field)
        super().full_clean()

    def _present(self, name: str) -> Any:
        """The value of an earlier choice: as posted, else as first shown; "" unless it is one of its options."""
        value = self.data.get(self.add_prefix(name)) if self.is_bound else self.get_initial_for_field(self.fields[name], name)
        field = self.fields[name]
        known = not isinstance(field, forms.ChoiceField) or field.valid_value(str(value))
        return str(value) if value and known else ""

    def _refresh_on_change(self, name: str) -> None:
        """What was typed goes back to this form's own address, which gives the later choices; the tokens stay behind."""
        request = getattr(self.page, "request", None)
        kept = {key: request.GET[key] for key in ("selection", "next") if key in request.GET} if request else {}
        url = f"{request.path}?{urlencode(kept)}" if request else ""
        self.fields[name].widget.attrs.update(
            {"hx-get": url, "hx-trigger": "change", "hx-include": "closest form", "hx-select": "#form-fields",
             "hx-target": "#form-fields", "hx-swap": "outerHTML", "hx-vals": '{"refresh": "1"}',
             "hx-params": "not csrfmiddlewaretoken,once"}
        )  # fmt: skip
