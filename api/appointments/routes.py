"""The appointment routes; those of calendars and figures are beside them."""

from fastapi import APIRouter

from api.appointments import calendars, changes, views

router = APIRouter()
for part in (views, changes, calendars):
    router.include_router(part.router)
