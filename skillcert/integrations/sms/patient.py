"""A sender that never keeps a page waiting: the message goes out in a thread beside the request.

The caller waits a moment for the first answer. A failure within it is told at once, after one more try; a provider that
is merely slow is tried on behind, and the person asks again if nothing arrives. What failed to the end closes the way
for a while, so that the next ones are told at once.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillSending
from threading import BoundedSemaphore, Event
from time import monotonic

from skillcert.integrations.sms.client import Sms, SmsFailed, checked

log = logging.getLogger(__name__)

WAITED = 0.8  # seconds that a page waits (trust 30: it answers within one)
PAUSES = (2.0, 6.0, 20.0)  # before each further try behind the page
CLOSED = 30.0
MOST_WAITING = 40


class Patient:
    """Wraps a sender whose answer may take long."""

    def __init__(self, sender: Sms, *, waited: float = WAITED, pauses: tuple[float, ...] = PAUSES) -> None:
        self.sender, self.waited, self.pauses = sender, waited, pauses
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="sms")
        self._places = BoundedSemaphore(MOST_WAITING)
        self._closed_until = 0.0
        self.stopped = Event()

    def send(self, phone: str, text: str) -> None:
        """Hand over one message; raises SmsFailed for what is known to have failed while the page waited."""
        phone, text = checked(phone, text)
        if (left := self._closed_until - monotonic()) > 0:
            raise SmsFailed(f"短信服务暂不可用，请约 {int(left) + 1} 秒后重新获取")
        if not self._places.acquire(blocking=False):
            raise SmsFailed("短信发送繁忙，请稍后重新获取")
        left_behind = Event()
        sending = self._threads.submit(self._deliver, phone, text, left_behind)
        try:
            sending.result(self.waited)
        except StillSending:
            left_behind.set()

    def _deliver(self, phone: str, text: str, left_behind: Event) -> None:
        try:
            self._try_on(phone, text, left_behind)
        finally:
            self._places.release()

    def _try_on(self, phone: str, text: str, left_behind: Event) -> None:
        for place, pause in enumerate((0.0, *self.pauses)):
            if place and left_behind.is_set():
                self.stopped.wait(pause)
            try:
                self.sender.send(phone, text)
            except SmsFailed as failed:
                if place and not left_behind.is_set():
                    raise
                reason = str(failed)
            else:
                self._closed_until = 0.0
                return
        self._closed_until = monotonic() + CLOSED
        log.error("短信未能发出：%s", reason)
