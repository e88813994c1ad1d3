"""The auditors' routes."""

from fastapi import APIRouter

from api.audit import history

router = APIRouter()
for part in (history,):
    router.include_router(part.router)
