"""①②: the template, and the file or pasted cells that come back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django import forms
from django.http import HttpResponse
from django.utils import timezone

from ...errors import Refused
from ...once import once
from ...sheets import engine
from ...sheets.reader import MAX_BYTES, checked_suffix
from ...sheets.records import ImportRecord, ImportState
from ...sheets.spec import ImportRun
from ...sheets.template import XLSX, template
from ..base import url_of
from ..screen import Note
from ..uploads import UploadField, files_of, keep
from .step import ImportStep


class UploadStep(ImportStep):
    number = 1

    def get(self) -> HttpResponse:
        if "template" in self.wizard.query:
            return self.send_template()
        first = self.wizard.query.dict() if "refresh" in self.wizard.query else None
        return self.form_page(self.upload_form(first=first))

    def upload_form(self, *data: Any, first: Mapping[str, Any] | None = None) -> forms.Form:
        """File or pasted cells, after what ``params_form`` asks; ``first`` are values chosen already."""
        pasted = forms.CharField(
            label="粘贴", required=False, strip=False, widget=forms.Textarea({"class": "paste", "rows": 8})
        )
        fields = {
            "file": UploadField("文件", most=MAX_BYTES, accept=".xlsx,.xls,.csv", required=False),
            "pasted": pasted,
            "once": forms.UUIDField(widget=forms.HiddenInput, required=False),
        }
        return type("UploadForm", (self.wizard.params_form,), fields)(
            *data, initial={"once": uuid.uuid4(), **(first or {})}, page=self.wizard
        )

    def form_page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        kept = keep(form, self.wizard.actor) if status >= 400 else []
        drafts = ImportRecord.visible_to(self.wizard.actor).filter(
            kind=self.spec.name, user_id=self.wizard.actor.id, state__in=(ImportState.MATCHING, ImportState.CHECKED)
        )
        draft = drafts.select_related("file").order_by("-id").first()
        recent = []
        if draft:
            text = f"{timezone.localtime(draft.created_at):%m-%d %H:%M} 上传的“{draft.file.name}”还没有导入。"
            recent = [Note(text, "wait", url_of(type(self.wizard), pk=draft.pk), "继续导入")]
        return self.draw(
            "kit/import_upload.html", status, form=form, template_url="?template=1", hints=(*self.wizard.hints, *self.spec.notes),
            accept=".xlsx,.xls,.csv", limits="支持 .xlsx、.xls、.csv，最多 20 万行、100 MB", notes=recent,
            back=False, cancel_url=url_of(self.wizard.back), next_label="上传并校验", hidden=kept,
        )  # fmt: skip

    def send_template(self) -> HttpResponse:
        data = template(self.spec(ImportRun(self.wizard.actor, self.wizard.now, {})))
        response = HttpResponse(data, content_type=XLSX)
        response["Content-Disposition"] = (
            f"attachment; filename*=UTF-8''{quote(self.spec.label)}{quote('导入模板')}.xlsx"
        )
        return response

    def take(self, act: str) -> HttpResponse:
        form = self.upload_form(self.wizard.request.POST, files_of(self.wizard, self.wizard.request.POST))
        if form.is_valid():
            try:
                record = self.take_file(form)
            except Refused as no:
                form.add_error(no.field if no.field in form.fields else "file", no.sentence)
            else:
                return self.wizard.redirect(url_of(type(self.wizard), pk=record.pk))
        again = self.wizard.request.POST.copy()
        again["once"] = str(uuid.uuid4())
        form.data = again
        return self.form_page(form, 422)

    def take_file(self, form: forms.Form) -> ImportRecord:
        """Keep the upload as a draft (one draft, however often the form arrives) and check it, here when it is small."""
        data = dict(form.cleaned_data)
        file, pasted = data.pop("file"), data.pop("pasted")
        key = str(data.pop("once") or "")
        if file and len(file.data) > MAX_BYTES:
            chosen: Any = form.files["file"]
            raise Refused(f"文件有 {chosen.size / (1 << 20):.1f} MB，超过上限 100 MB，请拆成几个文件后再上传。")
        name, content = (file.name, file.data) if file else ("粘贴的内容.txt", pasted.encode())
        if not content.strip():
            raise Refused("请选择文件，或粘贴从 Excel、WPS 复制的内容。", field="file")
        checked_suffix(content, name)
        role = getattr(getattr(self.wizard.request.user, "role", None), "name", "")

        def keep() -> dict[str, Any]:
            made = engine.open_draft(
                self.spec, name, content, actor=self.wizard.actor, now=self.wizard.now, params=data, role=role,
                params_label=self.wizard.params_label(data),
            )  # fmt: skip
            return {"record": made.pk}

        pk = once(key, page=self.wizard.name, actor=self.wizard.actor, act=keep)["record"]
        self.wizard.where = {"pk": pk}
        if self.record.state == ImportState.UPLOADED and self.record.job_id is None:
            self.wizard.check(len(content))
        return self.record
