"""Chapter 4.2: the only writers of certificates, their files and their signing."""

from .collect import (
    DIFFERS,
    Collected,
    Filters,
    Obstacle,
    collect,
    collect_reasons,
    not_issuable,
    obstacles,
    results_to_collect,
)
from .release import re_release, release
from .sealing import SealedFile, forget_orphans, mark_failed, mark_sealed
from .signing import (
    Opened,
    need_open,
    refuse,
    refuse_by_phone,
    resume,
    scan,
    send_code,
    sign,
    start_signing,
    void,
)

__all__ = [
    "DIFFERS",
    "Collected",
    "Filters",
    "Obstacle",
    "Opened",
    "SealedFile",
    "collect",
    "collect_reasons",
    "forget_orphans",
    "mark_failed",
    "mark_sealed",
    "need_open",
    "not_issuable",
    "obstacles",
    "re_release",
    "refuse",
    "refuse_by_phone",
    "release",
    "results_to_collect",
    "resume",
    "scan",
    "send_code",
    "sign",
    "start_signing",
    "void",
]
