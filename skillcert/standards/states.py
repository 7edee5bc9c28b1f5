"""A standard is drafted, enabled and disabled by its awarding body [R10 names 已启用 and 已停用; 未启用: assumption]."""

from django.db import models
from django.db.models import Q

from skillcert.kit.states import Guard, Machine, Move


class StandardState(models.TextChoices):
    DRAFT = "draft", "未启用"
    ENABLED = "enabled", "已启用"
    DISABLED = "disabled", "已停用"


S = StandardState
PUBLISHED = (S.ENABLED, S.DISABLED)  # once enabled, others go on seeing it

has_file = Guard(Q(file__isnull=False), "还没有上传标准文件，请先点“编辑”上传后再启用。")


def _machine(name: str, *guards: Guard) -> Machine:
    return Machine(
        S,
        name=name,
        look={S.DRAFT: "idle", S.ENABLED: "ok", S.DISABLED: "end"},
        moves=[
            Move("enable", "启用", (S.DRAFT, S.DISABLED), S.ENABLED, by="standards.edit", guards=guards),
            Move("disable", "停用", (S.ENABLED,), S.DISABLED, by="standards.edit"),
        ],
    )


SKILL = _machine("skill_standard", has_file)
CENTER = _machine("center_standard")
