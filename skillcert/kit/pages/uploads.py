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


class UploadsField(UploadField):
    """Several files at once. ``clean`` gives a list of ``Upload``."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, **options)
        self.widget.allow_multiple_selected = True
        self.widget.attrs["multiple"] = True

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:  # type: ignore[override]
        uploads = [super(UploadsField, self).clean(one) for one in data or ()]
        return [one for one in uploads if one is not None]


def files_of(page: Page, data: QueryDict | None) -> MultiValueDict:
    """What was uploaded with this form, and for a field without a new file what an earlier refusal kept."""
    files = page.request.FILES.copy()
    for key, values in data.lists() if data is not None else ():
        name = key.removesuffix("_kept")
        kept = [_kept(str(value), page.actor) for value in values] if name != key and name not in files else []
        found: list[UploadedFile] = [SimpleUploadedFile(file.name, file.read(), file.content_type) for file in kept if file]
        if found:
            files.setlist(name, found)
    return files


def keep(form: forms.Form, actor: Actor) -> list[tuple[str, str]]:
    """Keep the files of a refused form whose own fields are right; the hidden fields that find them again."""
    hidden = []
    for name, field in form.fields.items():
        chosen = form.files.getlist(name) if form.files else []
        if not isinstance(field, UploadField) or not chosen or name in form.errors or any((f.size or 0) > field.most for f in chosen):
            continue
        given = form.data.getlist(f"{name}_kept") if isinstance(form.data, QueryDict) else []
        before = [_kept(str(value), actor) for value in given]
        named = {file.name: file for file in before if file}
        known = [named.get(file.name or "") or _keep_one(file, actor) for file in chosen]
        titles = "”“".join(escape(file.name) for file in known)
        form[name].help_text = f"已保留“{titles}”，不必重选；重选则替换。{field.help_text}"
        field.required, field.widget.is_required = False, False
        hidden += [(f"{name}_kept", str(file.pk)) for file in known]
    return hidden


def _keep_one(file: UploadedFile, actor: Actor) -> StoredFile:
    file.seek(0)
    title = clean_name(file.name or "")
    return store(file.read(), shelf=SHELF, name=title, content_type=file.content_type or "", actor=actor, days=1)


def _kept(key: str, actor: Actor) -> StoredFile | None:
    try:
        number = UUID(key)
    except ValueError:
        return None
    return StoredFile.objects.filter(pk=number, shelf=SHELF, user_id=actor.id).first()
