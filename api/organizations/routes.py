"""Everything under /api/organizations, and the table of roles."""

from fastapi import APIRouter

from api.organizations import invitations, members, organizations

router = APIRouter()
router.include_router(organizations.router)
router.include_router(members.router)
router.include_router(invitations.router)
