"""How long what is kept, and who clears it: the table that the notice shows and the jobs go by.

The lengths are ours where no law names one [assumption]; the log's half year is 网络安全法 21(3), the papers of an exam and of a
certificate are kept for whoever must prove them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Kept:
    """A kind of data, how long it is kept, and what happens then. ``years`` where our own job counts them."""

    what: str
    how_long: str
    then: str
    years: int = 0

    @property
    def reason(self) -> str:
        """What the audit says of a deletion."""
        return f"保存期满（{self.how_long}）"


CANDIDATES = Kept("考生信息与照片（从未报考）", "最后一次改动后 3 年", "连同照片自动删除", years=3)
REQUESTS = Kept("个人信息申请中的姓名、手机号、要求与答复", "答复后 2 年", "自动清除，只留事项与时间", years=2)

RETENTION: tuple[Kept, ...] = (
    CANDIDATES,
    Kept("报考、成绩与证书", "长期", "供本人与用人单位核验；本人可申请更正"),
    REQUESTS,
    Kept("上传的 Excel 与照片压缩包", "30 天", "自动删除"),
    Kept("导出与下载的文件", "7 天", "自动删除"),
    Kept("消息", "180 天", "自动删除"),
    Kept("短信验证码", "1 天", "自动删除，只存其加密摘要"),
    Kept("公众查询次数（不含姓名与证件号）", "1 天", "自动删除"),
    Kept("操作与登录审计", "长期，不少于 6 个月", "只增不改；其中的个人信息可依申请清除"),
)


def years_before(now: datetime, years: int) -> datetime:
    """The same moment ``years`` ago; the 28th for a 29 February that there was not."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)
