"""演示向导 and the clock: pages that exist in a demo alone (the app is not installed elsewhere)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone

from skillcert.accounts.models import User
from skillcert.accounts.sessions import sign_in
from skillcert.kit.errors import Missing, Refused
from skillcert.kit.pages import PAGES, PUBLIC, Page, url_of
from skillcert.kit.pages.screen import ActView, GuideStep, Head

from . import plan as guide
from .files import FILES
from .guide import STEPS, Step, needed_jump
from .rules import move_clock, note_tampered
from .season.catalogue import PASSWORD
from .shell import bar_of

WHY = "The demo's own; the manual knows no demo"


class Guide(Page):
    """演示向导 (issue 2: The run)"""

    manual, why, url, permission, title = None, WHY, "demo/", PUBLIC, "演示向导"
    template = "demo/guide.html"

    def get(self) -> HttpResponseBase:
        plan = guide.guide_plan()
        done = [step.done(plan) for step in STEPS]
        current = done.index(False) if False in done else len(STEPS)
        steps = [self.step(number, step, done[number], number == current, plan) for number, step in enumerate(STEPS)]
        context: dict[str, Any] = {
            "page": Head(self.title, "八步走完从报考到核验，约 25 分钟；人名、机构、印章均为虚构"), "steps": steps, "done": sum(done),
            "password": PASSWORD, "says": "", "notes": [],
        }  # fmt: skip
        if self.actor.kind != "user":
            context |= {"demo_bar": bar_of(self.request), "shell": None}
        return self.render(**context)

    def step(self, number: int, step: Step, done: bool, current: bool, plan: Any) -> GuideStep:
        jump = needed_jump(step, plan, self.now) if current else None
        acts = [
            ActView(
                f"enter-{number}-{place}", label, url_of(Enter, step=number, place=place), "login-2", "post",
                primary=current and not place and not jump,
            )
            for place, (_, label, _) in enumerate(step.accounts)
        ]  # fmt: skip
        if not step.accounts:
            acts = [ActView("verify", "打开核验页", url_of("portal.VerifyNumber"), "shield-check", primary=current)]
        if jump:
            url = url_of(JumpTo, moment=int(jump[1].timestamp()))
            acts.append(ActView("jump", jump[0], url, "player-track-next", "post", primary=True))
        if jump and jump[0] == step.jumps[-1] and len(step.jumps) > 1:
            acts.append(ActView("score", "打开成绩查询", url_of("portal.ScoreQuery"), "report-search"))
        return GuideStep(
            label=step.label, hint=step.hint, who=step.who, accounts="、".join(dict.fromkeys(name for name, _, _ in step.accounts)),
            files=tuple((FILES[key][0], url_of(GuideFile, key=key)) for key in step.files), how=tuple(step.how) if current else (),
            state="done" if done else "current" if current else "coming", enter=acts[0] if acts else None, more=tuple(acts[1:]),
        )  # fmt: skip


class Enter(Page):
    """One click into an account of the guide, without its password: a demo only."""

    manual, why, url, permission, title = None, WHY, "demo/enter/<int:step>/<int:place>/", PUBLIC, "进入演示账号"

    def post(self) -> HttpResponseBase:
        try:
            username, _, page = STEPS[self.where["step"]].accounts[self.where["place"]]
        except IndexError:
            raise Missing() from None
        user = User.objects.select_related("organization", "role").filter(username=username).first()
        if user is None:
            raise Refused(f"演示数据中没有账号 {username}，请运行 make reset 后重新启动。")
        sign_in(self.request, user)
        return self.redirect(url_of(page) if page in PAGES else url_of("home.Desk"))


class GuideFile(Page):
    """A file of the guide, made now."""

    manual, why, url, permission, title = None, WHY, "demo/files/<slug:key>/", PUBLIC, "演示文件"

    def get(self) -> HttpResponseBase:
        if self.where["key"] not in FILES:
            raise Missing()
        name, content_type, make = FILES[self.where["key"]]
        response = HttpResponse(make(), content_type=content_type)
        if self.where["key"] == "tampered":
            note_tampered(actor=self.actor)
        response.headers["Content-Disposition"] = _attachment(name)
        response["Cache-Control"] = "no-store"
        return response


def _attachment(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name) or "attachment"


class ClockPage(Page):
    """Moves the clock and goes back to where the person was."""

    permission = PUBLIC

    def move(self, until: datetime) -> HttpResponseBase:
        try:
            moved = move_clock(actor=self.actor, now=self.now, until=until)
            messages.success(self.request, f"平台时间已拨到 {timezone.localtime(moved):%Y-%m-%d %H:%M}")
        except Refused as no:
            no.url, no.link = url_of(Guide), "返回演示向导"
            raise
        return self.redirect(self.next_url(url_of(Guide)))


class NextDay(ClockPage):
    """进 1 天"""

    manual, why, url, permission, title = None, WHY, "demo/clock/day/", PUBLIC, "进 1 天"

    def post(self) -> HttpResponseBase:
        return self.move(self.now + timedelta(days=1))


class JumpTo(ClockPage):
    """The guide's own button: to the moment that the next step needs."""

    manual, why, url, permission, title = None, WHY, "demo/clock/to/<int:moment>/", PUBLIC, "拨到本阶段"

    def post(self) -> HttpResponseBase:
        known = {int(moment.timestamp()): moment for _, moment in guide.jumps(guide.guide_plan(), self.now)}
        if self.where["moment"] not in known:
            raise Refused("这个时间已经过去，请回到演示向导查看下一步。", url=url_of(Guide), link="返回演示向导")
        return self.move(known[self.where["moment"]])


class Jump(ClockPage):
    """拨到…: one of the plan's moments, or a typed one."""

    manual, why, url, permission, title = None, WHY, "demo/clock/jump/", PUBLIC, "拨到"

    def post(self) -> HttpResponseBase:
        text = self.request.POST.get("until") or self.request.POST.get("until_typed") or ""
        try:
            until = datetime.fromisoformat(text)
        except ValueError:
            raise Refused("请选择要拨到的时间。", url=url_of(Guide), link="返回演示向导") from None
        return self.move(timezone.make_aware(until) if timezone.is_naive(until) else until)


class Reset(Page):
    """恢复初始数据: how, since no page can do it while the processes run."""

    manual, why, url, permission, title = None, WHY, "demo/reset/", PUBLIC, "恢复初始数据"

    def get(self) -> HttpResponseBase:
        sentence = "请在运行平台的终端按 Ctrl+C 停止，然后依次运行 make reset 与 make run：数据、密钥与时钟都会回到开头。"
        return self.render(
            "kit/error.html", page=Head(self.title), status=200, title=self.title, sentence=sentence, url=url_of(Guide),
            link="返回演示向导",
        )
