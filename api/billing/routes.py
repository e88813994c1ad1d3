"""All routes under /api/billing."""

from fastapi import APIRouter

from api.billing import invoices, plans, reports, subscriptions

router = APIRouter()
for _part in (plans, subscriptions, invoices, reports):
    router.include_router(_part.router)
