"""A file field of a form. A browser forgets a chosen file when the form comes back refused, so the platform keeps it for a
day, for this person alone, and takes it again when the form is sent without another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import escape

from ..access import Actor
from ..files import StoredFile, store
from ..uploads import Upload, clean_name

if TYPE_CHECKING:
    from .base import Page

SHELF = "draft"


class UploadField(forms.FileField):
    """One file. ``clean`` gives an ``Upload``, read to one byte past ``most``; the rule judges it. Not chosen: None."""

    def __init__(self, label: str, *, most: int, accept: str, **options: Any) -> None:
        widget = forms.FileInput({"accept": accept})
        super().__init__(label=label, widget=widget, **{"allow_empty_file": True, **options})
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> Upload | None:  # type: ignore[override]
        file = super().clean(data)
        if not isinstance(file, UploadedFile):
            return None
        file.seek(0)
        return Upload(file.name or "", file.read(self.most + 1))


def files_of(page: Page, data: QueryDict | None) -> MultiValueDict:
    """What was uploaded with this form, and for a field without a new file what an earlier refusal kept."""
    files = page.request.FILES.copy()
    for key, value in data.items() if data is not None else ():
        name = key.removesuffix("_kept")
        if name != key and name not in files and (file := _kept(str(value), page.actor)):
            files[name] = SimpleUploadedFile(file.name, file.read(), file.content_type)
    return files


def keep(form: forms.Form, actor: Actor) -> list[tuple[str, str]]:
    """Keep the files of a refused form whose own fields are right; the hidden fields that find them again."""
    hidden = []
    for name, field in form.fields.items():
        file = form.files.get(name)
        if not isinstance(field, UploadField) or file is None or name in form.errors or (file.size or 0) > field.most:
            continue
        given = str(form.data.get(f"{name}_kept", ""))
        known = _kept(given, actor) if file.name == getattr(_kept(given, actor), "name", None) else None
        if known is None:
            file.seek(0)
            title = clean_name(file.name or "")
            known = store(file.read(), shelf=SHELF, name=title, content_type=file.content_type or "", actor=actor, days=1)
        form[name].help_text = f"已保留“{escape(known.name)}”，不必重选；重选则替换。{field.help_text}"
        field.required, field.widget.is_required = False, False
        hidden.append((f"{name}_kept", str(known.pk)))
    return hidden


def _kept(key: str, actor: Actor) -> StoredFile | None:
    try:
        number = UUID(key)
    except ValueError:
        return None
    return StoredFile.objects.filter(pk=number, shelf=SHELF, user_id=actor.id).first()
