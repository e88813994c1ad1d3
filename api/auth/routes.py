"""Everything under /api/auth, and what identity providers come to by themselves."""

from fastapi import APIRouter

from api.auth import door, federation, news, own

router = APIRouter()
router.include_router(door.router)
router.include_router(own.router)
router.include_router(federation.router)
router.include_router(federation.callback)
router.include_router(news.router)
