"""Chapter 5.2.3: keeping, verifying and deleting candidates, and what other rooms note on them."""

from __future__ import annotations

from .models import Candidate

# --- what other rooms note here ------------------------------------------------------------------------------


def count_registrations(counts: dict[int, int]) -> None:
    """registrations: 已报考证书数 of these candidates (R116 forbids deleting one above zero)."""
    rows = [Candidate(pk=key, registration_count=count) for key, count in counts.items()]
    Candidate.objects.bulk_update(rows, ["registration_count"], batch_size=500)
