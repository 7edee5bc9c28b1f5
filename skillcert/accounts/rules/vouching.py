"""trust 8: a stranger's failures keep nobody out. A code to the account's own phone makes this browser one that the account knows:
its failures are counted apart from then on. It opens nothing; the password is still asked.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from skillcert.kit.access import PUBLIC, SYSTEM
from skillcert.kit.errors import Refused
from skillcert.kit.jobs import Run, enqueue, job

from ..models import LoginFailure, User
from .codes import send_code, spend_late_code
from .login import WAIT, Attempt, one_at_a_time

# Longer than the message says, and tries are counted by address: a stranger who asks for all the codes of an hour, or guesses
# at them, leaves the owner with one that works.
LIFETIME = timedelta(hours=1)
MOST_HERE = 10  # asks and guesses of one address in ``WAIT``
PURPOSE = "vouch"


def ask_vouch(attempt: Attempt) -> None:
    """Send the code, by the worker: the answer is the same, and as fast, for an account that nobody has. Raises Refused."""
    _count(attempt)
    user = User.objects.filter(username=attempt.username.strip(), is_active=True, organization__active=True).first()
    enqueue("accounts.vouch", actor=SYSTEM, args={"user": user.pk if user else None})


@job("accounts.vouch", "发送登录核验码")
def send_vouch(run: Run) -> None:
    user = User.objects.filter(pk=run.args["user"]).first()
    if user is None or not user.phone:
        return
    try:
        send_code(
            actor=PUBLIC, phone=user.phone, title="登录核验码", more="只证明是您本人在登录，之后仍须输入密码", purpose=PURPOSE
        )
    except Refused:
        return  # the page has answered already


def check_vouch(*, attempt: Attempt, code: str) -> None:
    """The code is used up. Raises Refused at ``code``, the same whatever is wrong."""
    _count(attempt)
    user = User.objects.filter(username=attempt.username.strip()).first()
    if user is None or not spend_late_code(phone=user.phone, code=code, purpose=PURPOSE, since=timezone.now() - LIFETIME):
        raise Refused("核验码不正确或已过期，请核对账号后重新获取。", field="code")


def _count(attempt: Attempt) -> None:
    with transaction.atomic():
        one_at_a_time(attempt.address)
        here = LoginFailure.objects.filter(address=attempt.address, device=PURPOSE, at__gt=timezone.now() - WAIT)
        if here.count() >= MOST_HERE:
            raise Refused("本网络尝试次数过多，请 15 分钟后再试，或换一个网络。", field="code")
        LoginFailure.objects.create(account=attempt.account, address=attempt.address, device=PURPOSE)
