"""Chapter 6: the verbs. How often (settings), what an institution does (filling), what a province does (review, reminders)."""

from .filling import (
    SUFFIXES,
    Attachments,
    delete_reports,
    existing_report,
    keep_upload,
    kept_uploads,
    refuse_second,
    save_report,
    submit_reports,
    withdraw_reports,
)
from .reminders import fillers, missing, remind, remindable
from .review import approve_reports, return_reports
from .settings import cycle_of, province_of, set_cycle, settings_of

__all__ = [
    "SUFFIXES",
    "Attachments",
    "approve_reports",
    "cycle_of",
    "delete_reports",
    "existing_report",
    "fillers",
    "keep_upload",
    "kept_uploads",
    "missing",
    "province_of",
    "refuse_second",
    "remind",
    "remindable",
    "return_reports",
    "save_report",
    "set_cycle",
    "settings_of",
    "submit_reports",
    "withdraw_reports",
]
