"""The auditors' routes."""

from fastapi import APIRouter

from api.audit import history, proofs

router = APIRouter()
for part in (history, proofs):
    router.include_router(part.router)
