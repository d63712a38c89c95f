"""Two tables: the events, which are the truth, and one row per deal, which is what lists and filters read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, models, transaction

from django_desk.sales.rulebooks import CATALOG
from salesprocess import Deal, Process, serialization

_ATTEMPTS = 10


class StaleDeal(Exception):
    """The deal has moved on since the page was made."""


class DealManager(models.Manager["DealRecord"]):
    """Deals change by verbs, and by nothing else."""

    def add(self, deal: Deal) -> DealRecord:
        """Store a new deal."""
        with transaction.atomic():
            record = self.create(id=deal.id, **_shown(deal))
            _append(deal, 0)
        return record

    def apply(self, name: str, verb: Callable[[Deal], Deal], *, revision: int | None = None) -> Deal:
        """The deal after the verb: its new events and its row are written together, or neither is.

        When another writer was faster, the verb decides anew on what that one left; whoever names the `revision` that
        they saw is told instead.
        """
        for _ in range(_ATTEMPTS):
            before = self.get(id=name).deal
            if revision is not None and before.revision != revision:
                break
            after = verb(before)
            if after.revision == before.revision:
                return after
            try:
                with transaction.atomic():
                    _append(after, before.revision)
                    self.filter(id=name).update(**_shown(after))
            except IntegrityError:
                continue
            return after
        raise StaleDeal(name)


class DealRecord(models.Model):
    """What a list shows of a deal, as of its last event."""

    id = models.CharField("deal", primary_key=True, max_length=200)
    process = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    stage = models.CharField(max_length=100)
    status = models.CharField(max_length=10)
    owner = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=2, blank=True, null=True)
    currency = models.CharField(max_length=3, blank=True)
    expected_close = models.DateField(blank=True, null=True)
    updated_at = models.DateTimeField()
    revision = models.PositiveIntegerField()

    objects = DealManager()

    class Meta:
        verbose_name = "deal"
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.id

    @property
    def deal(self) -> Deal:
        """The record itself, folded from its events."""
        rows = DealEvent.objects.filter(deal_id=self.id).order_by("revision").values_list("row", flat=True)
        return next(serialization.load_deals(rows))

    @property
    def rulebook(self) -> Process:
        """The process that the deal follows."""
        return CATALOG.get(self.process, self.version)


class DealEvent(models.Model):
    """One event; rows are added, and never changed."""

    deal = models.ForeignKey(DealRecord, on_delete=models.PROTECT, related_name="events")
    revision = models.PositiveIntegerField()
    row = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deal", "revision"], name="one_event_a_revision")]
        ordering = ["deal", "revision"]

    def __str__(self) -> str:
        return f"{self.deal_id}, {self.revision}: {self.row['kind']}"


def _shown(deal: Deal) -> dict[str, Any]:
    return {
        "process": deal.process,
        "version": deal.version,
        "stage": deal.stage,
        "status": deal.status,
        "owner": deal.owner or "",
        "amount": None if deal.amount is None else deal.amount.amount,
        "currency": "" if deal.amount is None else deal.amount.currency,
        "expected_close": deal.expected_close,
        "updated_at": deal.updated_at,
        "revision": deal.revision,
    }


def _append(deal: Deal, stored: int) -> None:
    DealEvent.objects.bulk_create(
        DealEvent(deal_id=deal.id, revision=event.revision, row=serialization.dump(event))
        for event in deal.since(stored)
    )
