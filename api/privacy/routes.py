"""The privacy routes."""

from fastapi import APIRouter

from api.privacy import erasures, export, holds, retention

router = APIRouter()
for part in (erasures, holds, retention, export):
    router.include_router(part.router)
