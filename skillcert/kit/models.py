"""The kit's tables, gathered for Django."""

from .audit import AuditBlock, AuditDetail, AuditEntry, AuditLeaf
from .clock import ClockShift
from .files import StoredFile
from .jobs import Job, WorkerBeat
from .ledger import ChainBlock, ChainReceipt
from .notices import Notice, NoticeRead
from .numbers import NumberSeries

__all__ = [
    "AuditBlock",
    "AuditDetail",
    "AuditEntry",
    "AuditLeaf",
    "ChainBlock",
    "ChainReceipt",
    "ClockShift",
    "Job",
    "Notice",
    "NoticeRead",
    "NumberSeries",
    "StoredFile",
    "WorkerBeat",
]
