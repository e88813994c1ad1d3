"""The auditors' routes."""

from fastapi import APIRouter

from api.audit import accesses, history, proofs

router = APIRouter()
for part in (accesses, history, proofs):
    router.include_router(part.router)
