"""trust 44: requests of persons about their data, and forgetting what need not be kept."""

from .asking import DAYS, ask_online, register_in_person, send_proof
from .forgetting import forget_candidates, forget_requests
from .handling import COPY_DAYS, copy_until, fulfil_request, refuse_requests

__all__ = [
    "COPY_DAYS", "DAYS", "ask_online", "copy_until", "forget_candidates", "forget_requests", "fulfil_request",
    "refuse_requests", "register_in_person", "send_proof",
]  # fmt: skip
