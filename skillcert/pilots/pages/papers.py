"""打印申报表: an application as it was declared and reviewed, on paper."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from skillcert.kit.pages import Download, Made

from ..models import PilotApplication
from ..papers import application_forms

LIST = "pilots.PilotApplications"


class PrintApplications(Download):
    manual, url, permission, title = "4.3", "pilots/print/", "pilots.view", "打印申报表"
    label, unit, model, back, icon = "打印", "份", PilotApplication, LIST, "printer"
    in_request = 50

    def make(self, rows: QuerySet, data: dict[str, Any]) -> Made:
        found = list(
            rows.select_related("round", "institution__province", "qualification__awarding_body")
            .prefetch_related("majors__major", "reviews").order_by("pk")
        )
        one = f"{found[0].institution}-{found[0].qualification}" if len(found) == 1 else f"{self.now:%Y%m%d-%H%M%S}"
        reviewed = self.actor.organization_kind != "awarding_body"  # it reads the application, not its review
        content = application_forms(found, self.now, reviewed=reviewed)
        return Made(f"试点申报表-{one}.pdf", "application/pdf", content, {"applications": len(found)})
