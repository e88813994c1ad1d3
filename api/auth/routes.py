"""Everything under /api/auth."""

from fastapi import APIRouter

from api.auth import door, own

router = APIRouter()
router.include_router(door.router)
router.include_router(own.router)
