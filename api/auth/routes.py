"""Everything under /api/auth."""

from fastapi import APIRouter

from api.auth import door, federation, own

router = APIRouter()
router.include_router(door.router)
router.include_router(own.router)
router.include_router(federation.router)
router.include_router(federation.callback)
