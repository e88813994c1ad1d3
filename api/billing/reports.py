"""Routes of balances, revenue, and the clinic's billing settings."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.asking import Asking
from api.billing import answers, schemas, views
from api.envelope import Envelope
from api.money import money_of
from api.security import permit
from application.billing.change_settings import ChangeBillingSettings, ReadBillingSettings
from domain.billing.issuer import AppointmentFee, Issuer
from domain.kernel.errors import Invalid
from projections.fact_revenue import queries as facts
from projections.fact_revenue.queries import Group
from projections.outstanding_balance import queries as balances

router = APIRouter(prefix="/api/billing", tags=["billing reports"])
MOST_DAYS = 3660


@router.get(
    "/balances/{user_id}", response_model=None, summary="Read what a person owes, per currency",
    responses={200: {"model": Envelope[list[answers.Balance]]}},
)  # fmt: skip
@permit("invoices:read")
async def balance(user_id: UUID, ask: Asking) -> Response:
    await ask.fresh("outstanding_balance")
    rows = await balances.of_person(ask.reader, ask.tenant, user_id)
    return ask.answer([views.balance(row) for row in rows])


@router.get(
    "/analytics/revenue", response_model=None, summary="Read what was invoiced and paid, per day or month",
    responses={200: {"model": Envelope[answers.Revenue]}},
)  # fmt: skip
@permit("revenue:read")
async def revenue(
    ask: Asking,
    first: Annotated[date, Query(alias="from", description="First day.")],
    last: Annotated[date, Query(alias="to", description="Last day.")],
    group: Annotated[Group, Query()] = "day",
) -> Response:
    if not timedelta(0) <= last - first <= timedelta(days=MOST_DAYS):
        raise Invalid("The last day lies before the first, or more than ten years after it.", field="to")
    await ask.fresh("fact_revenue")
    rows, position = await facts.revenue(ask.reader, ask.tenant, first, last, group)
    data = {"from": first, "to": last, "group": group, "as_of_position": position}
    return ask.answer(data | {"rows": [views.revenue(row) for row in rows]})


@router.get(
    "/settings", response_model=None, summary="Read who issues the clinic's invoices, and on what terms",
    responses={200: {"model": Envelope[answers.SettingsView]}},
)  # fmt: skip
@permit("invoices:configure")
async def read_settings(ask: Asking) -> Response:
    outcome = await ask.run(ReadBillingSettings())
    return ask.answer(outcome.answer, outcome.version)


@router.put(
    "/settings", response_model=None, summary="Say who issues the clinic's invoices, and on what terms",
    responses={200: {"model": Envelope[answers.SettingsDone]}},
)  # fmt: skip
@permit("invoices:configure")
async def change_settings(body: schemas.SettingsBody, ask: Asking) -> Response:
    issuer = Issuer(name=body.issuer.name, address=tuple(body.issuer.address), tax_number=body.issuer.tax_number)
    fees = tuple(
        AppointmentFee(
            fee.appointment_type.value, money_of(fee.amount, fee.amount_cents, fee.currency), fee.tax_basis_points
        )
        for fee in body.fees
    )
    command = ChangeBillingSettings(
        issuer=issuer, currency=body.currency, zone=body.time_zone, due_days=body.due_days, fees=fees
    )
    return await ask.command(command)
