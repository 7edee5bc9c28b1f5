"""The kit's tables, gathered for Django."""

from .audit import AuditBlock, AuditDetail, AuditEntry, AuditLeaf
from .clock import ClockShift
from .files import StoredFile
from .jobs import Job, WorkerBeat
from .ledger import ChainBlock, ChainReceipt
from .list_settings import ListSettings
from .notices import Notice, NoticeRead, NoticeSetting
from .numbers import NumberSeries
from .once import Once
from .selection import Selection
from .sheets.records import ImportPart, ImportRecord

__all__ = [
    "AuditBlock",
    "AuditDetail",
    "AuditEntry",
    "AuditLeaf",
    "ChainBlock",
    "ChainReceipt",
    "ClockShift",
    "ImportPart",
    "ImportRecord",
    "Job",
    "ListSettings",
    "Notice",
    "NoticeRead",
    "NoticeSetting",
    "NumberSeries",
    "Once",
    "Selection",
    "StoredFile",
    "WorkerBeat",
]
