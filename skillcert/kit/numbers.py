"""Serial numbers that never repeat: one locked row a series.

A series is taken inside the caller's transaction, so a rollback gives its numbers back; gaps can still appear when
rows are deleted later, and are allowed (the numbers say order, not completeness).
"""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import F


class NumberSeries(models.Model):
    name = models.CharField(max_length=60, primary_key=True)
    last = models.PositiveBigIntegerField(default=0)


@transaction.atomic
def take(name: str, count: int = 1) -> range:
    """The next ``count`` numbers of the series ``name``, starting at 1."""
    NumberSeries.objects.get_or_create(name=name)
    series = NumberSeries.objects.select_for_update().get(name=name)
    NumberSeries.objects.filter(name=name).update(last=F("last") + count)
    return range(series.last + 1, series.last + 1 + count)
