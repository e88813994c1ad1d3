"""Keeps each subscription as it stands. The counters come from the events as they are: nothing is computed here."""

from pathlib import Path

from domain.billing.events import (
    PeriodRenewed,
    QuotaConsumed,
    QuotaReleased,
    SubscriptionActivated,
    SubscriptionCancellationScheduled,
    SubscriptionCancelled,
    SubscriptionMarkedPastDue,
    SubscriptionPaused,
    SubscriptionRecovered,
    SubscriptionResumed,
    SubscriptionStarted,
    TrialEnded,
)
from domain.billing.states import SubscriptionStatus as Status
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

QUOTA = Table("subscription_quota", ("tenant_id", "subscription_id"))
USAGE = Table("subscription_usage", ("tenant_id", "subscription_id", "period", "appointment_type"))


def started(rows: Rows, event: SubscriptionStarted, recorded: Recorded) -> None:
    """The contract with the terms it was made on."""
    terms = event.terms
    included = None if terms.unlimited else terms.included
    rows.insert(
        QUOTA.name,
        (recorded.tenant_id, recorded.stream_id),
        {
            "person_id": event.person_id,
            "plan_id": event.plan_id,
            "plan_name": event.plan_name,
            "status": (Status.ACTIVE if event.period else Status.TRIALING).value,
            "amount": terms.amount.amount,
            "currency": terms.amount.currency,
            "interval_unit": terms.interval.value,
            "interval_count": terms.interval_count,
            "zone": event.zone,
            "covers": list(terms.covers),
            "excludes": list(terms.excludes),
            "period": event.period,
            "period_start": event.period_start,
            "period_end": event.period_end,
            "included": included,
            "used": 0,
            "remaining": included,
            "started_at": event.started_at,
            "version": recorded.version,
        },
    )


def period_began(rows: Rows, event: SubscriptionActivated | PeriodRenewed, recorded: Recorded) -> None:
    """A full quota again."""
    _change(
        rows,
        recorded,
        status=Status.ACTIVE.value,
        period=event.period,
        period_start=event.period_start,
        period_end=event.period_end,
        used=0,
        remaining=event.remaining,
    )


def trial_ended(rows: Rows, event: TrialEnded, recorded: Recorded) -> None:
    """The activation follows."""
    _change(rows, recorded)


def paused(rows: Rows, event: SubscriptionPaused, recorded: Recorded) -> None:
    """Nothing is booked."""
    _change(rows, recorded, status=Status.PAUSED.value)


def status_told(
    rows: Rows, event: SubscriptionResumed | SubscriptionMarkedPastDue | SubscriptionRecovered, recorded: Recorded
) -> None:
    """The event says how the contract stands now."""
    _change(rows, recorded, status=event.status.value)


def ending(rows: Rows, event: SubscriptionCancellationScheduled, recorded: Recorded) -> None:
    """It runs until then."""
    _change(rows, recorded, ends_on=event.ends_on)


def cancelled(rows: Rows, event: SubscriptionCancelled, recorded: Recorded) -> None:
    """It is over."""
    _change(rows, recorded, status=Status.CANCELLED.value, ended_at=event.cancelled_at)


def consumed(rows: Rows, event: QuotaConsumed, recorded: Recorded) -> None:
    """One more used."""
    _change(rows, recorded, used=event.used, remaining=event.remaining)
    rows.add(USAGE.name, _usage(event, recorded), {"booked": 1})


def released(rows: Rows, event: QuotaReleased, recorded: Recorded) -> None:
    """The counters are those of the current period; the usage is that of the period it was booked in."""
    _change(rows, recorded, used=event.used, remaining=event.remaining)
    rows.add(USAGE.name, _usage(event, recorded), {"released": 1})


def _change(rows: Rows, recorded: Recorded, **values: object) -> None:
    rows.change(QUOTA.name, (recorded.tenant_id, recorded.stream_id), {**values, "version": recorded.version})


def _usage(event: QuotaConsumed | QuotaReleased, recorded: Recorded) -> tuple[object, ...]:
    return (recorded.tenant_id, recorded.stream_id, event.period, event.appointment_type)


READ_MODEL = ReadModel(
    name="subscription_quota",
    tables=(QUOTA, USAGE),
    on={
        SubscriptionStarted: started,
        TrialEnded: trial_ended,
        SubscriptionActivated: period_began,
        PeriodRenewed: period_began,
        SubscriptionPaused: paused,
        SubscriptionResumed: status_told,
        SubscriptionMarkedPastDue: status_told,
        SubscriptionRecovered: status_told,
        SubscriptionCancellationScheduled: ending,
        SubscriptionCancelled: cancelled,
        QuotaConsumed: consumed,
        QuotaReleased: released,
    },
    schema=Path(__file__).with_name("schema.sql"),
    halts=True,
)
