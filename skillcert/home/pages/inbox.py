"""消息, 下载中心, 任务: what others tell, and what long tasks made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from skillcert.accounts.models import User
from skillcert.kit.crypto import mask_phone
from skillcert.kit.errors import Missing
from skillcert.kit.files import StoredFile
from skillcert.kit.jobs import Job, JobState
from skillcert.kit.notices import Notice, NoticeRead, NoticeSetting
from skillcert.kit.pages import LOGIN, Act, Choice, Col, DateRange, Figure, Go, ListPage, Open, Page, Tab, When, url_of
from skillcert.kit.pages.columns import badge_of, plain_text
from skillcert.kit.pages.screen import Badge, Head
from skillcert.kit.states import ICONS
from skillcert.kit.templatetags.kit import file_size
from skillcert.orgs.models import Kind

from .. import rules

SHELVES = ("export", "paper", "errors", "certificate")

# --- 消息 ----------------------------------------------------------------------------------------------
class MarkNoticesRead(Page):
    """全部标为已读"""

    manual, why = None, "The manual only says 请通知 (R26)"
    url, permission, title, opens = "notices/read/", LOGIN, "全部标为已读", "post"

    def post(self) -> HttpResponseBase:
        count = rules.mark_notices_read(actor=self.actor)
        messages.success(self.request, f"已将 {count:,} 条消息标为已读。" if count else "没有未读消息。")
        return self.redirect(url_of(Notices))


class ReadNotice(Page):
    """打开: marks one message as read and leads to where it is dealt with"""

    manual, why = None, "The manual only says 请通知 (R26)"
    url, permission, title, label, opens = "notices/<int:pk>/read/", LOGIN, "打开消息", "打开", "post"

    def post(self) -> HttpResponseBase:
        notice = Notice.objects.filter(Notice.seen_by(self.actor), pk=self.where["pk"]).first()
        if notice is None:
            raise Missing()
        rules.mark_notices_read(actor=self.actor, only=notice.pk)
        return self.redirect(notice.url or url_of(Notices))


class NoticeSettings(Page):
    """消息设置: which kinds count in the bell, which come by text message"""

    manual, why = None, "screens.md: per-type subscription"
    url, permission, title, help, icon = "notices/settings/", LOGIN, "消息设置", "0.3", "settings"
    template = "home/notice_settings.html"

    def offered(self) -> dict[str, str]:
        """The kinds of which this person can get any."""
        rooms = {code.partition(".")[0] for code in self.actor.codes}
        return {kind: label for kind, label in rules.KINDS.items() if kind in rooms}

    def get(self) -> HttpResponseBase:
        kept = {one.kind: one for one in NoticeSetting.objects.filter(user_id=self.actor.id)}
        usual = NoticeSetting()
        lines = [(kind, label, kept.get(kind, usual)) for kind, label in self.offered().items()]
        phone = self.request.user.phone  # type: ignore[union-attr]  # a signed-in user
        head = Head(self.title, "只影响您自己；没有勾选的消息仍在消息列表中", url_of(Notices))
        return self.render(page=head, lines=lines, phone=mask_phone(phone) if phone else "", account_url=url_of("accounts.Account"))

    def post(self) -> HttpResponseBase:
        bell, sms = self.request.POST.getlist("bell"), self.request.POST.getlist("sms")
        has_phone = bool(self.request.user.phone)  # type: ignore[union-attr]
        chosen = {kind: (kind in bell, has_phone and kind in sms) for kind in self.offered()}
        rules.keep_notice_settings(actor=self.actor, chosen=chosen)
        messages.success(self.request, "消息设置已保存。")
        return self.redirect(url_of(Notices))


class Notices(ListPage):
    """消息: what another party has told this organization, kept for half a year"""

    manual, why = None, "The manual only says 请通知 (R26)"
    url, permission, title, help = "notices/", LOGIN, "消息", "0.3"
    model = Notice
    columns = [
        Col("text", "内容", fixed=True), Col("kind", "类别", value=lambda row: rules.KINDS.get(row.kind, "其他")),
        Col("is_read", "状态", value=lambda row: badge_of(READ if row.is_read else UNREAD)), When("at", "时间"),
    ]  # fmt: skip
    filters = [Choice("类别", "kind", options=lambda page: list(rules.KINDS.items())), DateRange("时间", "at")]
    tabs = [Tab("未读", Q(is_read=False), "unread"), Tab("已读", Q(is_read=True), "read")]
    row = [Act(ReadNotice)]
    header = [Go(MarkNoticesRead, icon="checks")]
    links = [Go(NoticeSettings), Go("home.Downloads", icon="download"), Go("home.Jobs", icon="progress")]
    order = ("-id",)
    nothing_yet = "没有消息。签发、审核、缴费等等待您办理时，对方会在这里告诉您"

    def rows(self) -> QuerySet:
        mine = NoticeRead.objects.filter(notice=OuterRef("pk"), user_id=self.actor.id)
        return Notice.objects.annotate(is_read=Exists(mine))


READ, UNREAD = Badge("已读", "end", "mail-opened"), Badge("未读", "run", "mail")


# --- 下载中心 and tasks --------------------------------------------------------------------------------
class Downloads(ListPage):
    """下载中心: files that long tasks made, until they expire; to the 管理员 those of the whole organization"""

    manual, why = None, "screens.md: exports wait in 下载中心"
    url, permission, title, help = "downloads/", LOGIN, "下载中心", "0.5"
    model = StoredFile
    columns = [
        Col("name", "文件", fixed=True), Col("size", "大小", value=lambda row: file_size(row.size)),
        Col("maker", "生成人", value=lambda row: row.maker or "系统"), When("created_at", "生成时间", sort=True),
        Col("expires_at", "保留至", value=lambda row: expiry_words(row.expires_at)),
    ]  # fmt: skip
    filters = [DateRange("生成时间", "created_at")]
    row = [Act("kit.FileDownload", "下载")]
    order = ("-created_at",)
    nothing_yet = "没有可下载的文件。数据较多的导出、打印完成后会放在这里"

    def rows(self) -> QuerySet:
        """By real time, as the files' expiry."""
        maker = User.objects.filter(pk=OuterRef("user_id")).values("name")
        kept = StoredFile.objects.filter(shelf__in=SHELVES, expires_at__gt=timezone.now())
        return kept.annotate(maker=Subquery(maker))

    def row_label(self, row: StoredFile) -> str:
        return str(row.name)


def expiry_words(moment: datetime) -> SafeString:
    """Until when, and how long that is."""
    days = (moment - timezone.now()).days
    left = f"还有 {days} 天" if days else "今天到期"
    return format_html("{} <small>{}</small>", plain_text(moment), left)


class Jobs(ListPage):
    """任务: one's own long tasks; to the 管理员 those of the whole organization"""

    manual, why = None, "Long tasks are ours; the manual's ones end within a request"
    url, permission, title, help = "jobs/", LOGIN, "任务", "0.5"
    model = Job
    columns = [
        Col("label", "任务", fixed=True), Col("state", "状态", value=lambda row: badge_of(job_badge(row))),
        Figure("done", "已处理"), Figure("total", "总数"), Col("error", "失败原因"), Col("actor_label", "发起人"),
        When("created_at", "提交时间", sort=True), When("finished_at", "结束时间"),
    ]  # fmt: skip
    row = [Open("kit.JobPage")]
    order = ("-created_at",)
    nothing_yet = "没有任务。批量导入、导出、认证等耗时的办理会列在这里，可随时查看进度"

    def rows(self) -> QuerySet:
        return Job.objects.exclude(user_id=None) if not self.actor.may("jobs.view") else Job.objects.filter(user_id=self.actor.id)

    def row_label(self, row: Job) -> str:
        return row.label


class AllJobs(ListPage):
    """任务监控: every organization's tasks, by kind and number, without anybody's data"""

    manual, why = None, "domain 1.4: the platform's 系统 sees jobs and integrations"
    url, permission, title = "system/jobs/", "jobs.view", "任务监控"
    model = Job
    columns = [
        Col("kind_label", "任务", fixed=True),
        Col("organization_kind", "发起单位", value=lambda row: KIND_WORDS.get(row.organization_kind, "系统")),
        Col("state", "状态", value=lambda row: badge_of(job_badge(row))), Figure("done", "已处理"), Figure("total", "总数"),
        Figure("attempt", "尝试次数"), Col("error", "失败原因"), When("created_at", "提交时间", sort=True), When("finished_at", "结束时间"),
    ]  # fmt: skip
    tabs = [Tab(str(state.label), Q(state=state), state.value) for state in JobState]
    order = ("-created_at",)
    nothing_yet = "没有任务"

    def row_label(self, row: Job) -> str:
        return row.kind_label


KIND_WORDS = dict(Kind.choices)


def job_badge(job: Job) -> Badge:
    looks: dict[str, Any] = {
        JobState.WAITING: "idle", JobState.RUNNING: "run", JobState.DONE: "ok", JobState.FAILED: "bad", JobState.CANCELLED: "end",
    }  # fmt: skip
    return Badge(job.get_state_display(), looks[job.state], ICONS[looks[job.state]])
