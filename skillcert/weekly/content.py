"""A report as labelled words: for the difference since a return, and for both values when two people saved."""

from __future__ import annotations

from dataclasses import dataclass

from .figures import Drafted
from .models import Measure, WeeklyReport

# (key, label) of the tabs, as in look 14; the manual asks for tabs and names 审核记录 (R231).
TABS = (
    ("basics", "基本情况"), ("training", "培训情况"), ("exams", "考核情况"), ("progress", "工作进展与典型做法"),
    ("problems", "存在问题与建议"), ("plan", "下期计划"), ("files", "附件"),
)  # fmt: skip
RECORD = ("record", "审核记录")
COUNTS = ("qualification_count", "major_count", "class_count", "trained", "trained_total", "teachers_trained")
TEXTS = ("training_note", "exam_note", "progress", "problems", "next_plan")
SHORT = 24


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str
    same: bool = False


def label_of(name: str) -> str:
    return str(WeeklyReport._meta.get_field(name).verbose_name)


def figure_label(names: dict[int, str], figure: Drafted) -> str:
    return f"{names[figure.qualification]} {Measure(figure.measure).label}"


def content_of(report: WeeklyReport) -> dict[str, str]:
    """Everything that the institution fills in, by label."""
    found = {label_of(name): f"{getattr(report, name):,}" for name in COUNTS}
    for row in report.figures.select_related("qualification").order_by("qualification__name", "qualification__grade", "pk"):
        found[f"{row.qualification} {row.get_measure_display()}"] = f"{row.value:,}"
    found |= {label_of(name): getattr(report, name) for name in TEXTS}
    found["附件"] = "、".join(str(one.file.name) for one in report.attachments.select_related("file"))
    return found


def changes_since_return(report: WeeklyReport) -> list[Change]:
    """退回后改了什么: old and new of what differs; the attachments are named even when they are the same."""
    old = report.returned_content
    if not old:
        return []
    new = content_of(report)
    return [
        Change(label, *_words(label, old.get(label, ""), new.get(label, "")), same=old.get(label, "") == new.get(label, ""))
        for label in dict.fromkeys([*old, *new])
        if old.get(label, "") != new.get(label, "") or label == "附件"
    ]


def _words(label: str, before: str, after: str) -> tuple[str, str]:
    """Long texts by their length; files by their number."""
    if label == "附件":
        counts = [len([name for name in text.split("、") if name]) for text in (before, after)]
        return f"{counts[0]} 个", "未变" if before == after else f"{counts[1]} 个"
    if max(len(before), len(after)) > SHORT:
        return f"{len(before)} 字", f"{len(after)} 字"
    return before or "空", after or "空"
