"""Letting a request in: who asks, for whom, as far as role, scope and consent reach; nothing else comes into view."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request

from adapters.bootstrap import ACTOR, Services
from api.bounds import Bounds
from api.looking import Looking, stated
from application.access.active_glasses import active_glasses
from application.identity.consent import consented
from application.kernel.context import Caller
from application.kernel.reach import limits_of, not_permitted, reach_of, reaches
from domain.identity.policy import STEP_UP, unreadable
from domain.identity.sensitivity import CHART
from domain.kernel.errors import Invalid
from domain.kernel.ownership import Limits, Owned
from domain.kernel.step_up import check_fresh


class NotReadable(Invalid):
    """The list would be ordered, or chosen, by a field that is not for the caller."""

    code = "field-not-readable"


class Admitted:
    """A request's caller, let in under the permission its route declares. ``limits``: of what they see; None: none."""

    services: Services

    def __init__(self, request: Request, caller: Caller) -> None:
        self.request = request
        self.services = request.app.state.services
        self.caller = caller
        self.permission: str = request.scope["endpoint"].permission
        self.limits: Limits | None = None
        self.looking = request.scope["looking"] = Looking(request, self.caller, self.permission)
        self.caller = self.looking.caller = stated(self.caller, request)
        ACTOR.set(caller.actor_id)

    @property
    def tenant(self) -> UUID:
        """The caller's tenant: pass it to every query."""
        return self.caller.tenant_id

    async def admit(self) -> None:
        """Let the caller in by role and scope, as far as both reach, or to one chart by an emergency access.

        Raises NotPermitted, StepUpRequired, and NotFound when the request names a person out of reach.
        """
        self.caller = self.looking.caller = await consented(self.services.store, self.caller, datetime.now(UTC))
        searching: bool = self.request.scope["endpoint"].searches
        if reach_of(self.caller, self.permission, searching=searching):
            if self.permission in STEP_UP:
                check_fresh(self.caller.authenticated_at, datetime.now(UTC))
            await self._keep_within(limits_of(self.caller, self.permission, searching=searching))
            return
        glasses = await self._glasses() if self.permission in CHART else {}
        if not glasses:
            raise not_permitted(self.permission)
        self.looking.confine(glasses)

    async def _keep_within(self, limits: Limits | None) -> None:
        """From here on nothing is seen beyond ``limits``."""
        self.limits = limits
        if limits is None:
            return
        self.looking.bounds = Bounds(limits, self.permission, self._attends)
        await self.looking.bounds.admit_named(self.looking.subjects)

    async def _attends(self, person_id: UUID) -> bool:
        """Whether a person is assigned to the caller; or their chart is open in an emergency, which is noted."""
        attendant = self.limits.attendant if self.limits else None
        if attendant is not None and await self.services.assignments.attends(self.tenant, attendant, person_id):
            return True
        return self.permission in CHART and await self._by_glass(person_id)

    async def _reaches(self, permission: str, person_id: UUID) -> bool:
        return await reaches(self.caller, permission, Owned(person_id), self.services.assignments)

    async def may_see(self, permission: str, patient_id: UUID) -> bool:
        """Whether the caller may read more of a patient's chart: by role, or by an emergency access, which is noted."""
        return await self._reaches(permission, patient_id) or await self._by_glass(patient_id)

    async def _by_glass(self, patient_id: UUID) -> bool:
        glass = (await self._glasses()).get(patient_id)
        if glass is not None:
            self.looking.grant = glass
        return glass is not None

    async def _glasses(self) -> dict[UUID, UUID]:
        if not reach_of(self.caller, "break-glass:use"):
            return {}
        return await active_glasses(self.services.store, self.caller, datetime.now(UTC))

    def may(self, permission: str) -> bool:
        """Whether the caller holds another permission too, for whichever things."""
        return bool(reach_of(self.caller, permission))

    @property
    def own_person(self) -> UUID | None:
        """The one person whose things are all the caller sees: themselves, or whom they stand in for; else None."""
        return self.limits.people[-1] if self.limits and self.limits.people and not self.limits.attendant else None

    def readable(self, resource: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return what is shown of a thing without the fields that are not for the caller."""
        hidden = unreadable(self.caller.roles, resource, self.caller.scopes)
        return data | dict.fromkeys(hidden & data.keys()) if hidden else data

    def check_fields(self, resource: str, fields: Iterable[str]) -> None:
        """Refuse to sort or filter by fields that the caller may not read: the order would tell. Raises NotReadable."""
        hidden = unreadable(self.caller.roles, resource, self.caller.scopes) & set(fields)
        self.refuse(*sorted(hidden))

    @staticmethod
    def refuse(*fields: str) -> None:
        """Refuse to choose by ``fields``, if there are any, which the caller may not read. Raises NotReadable."""
        if fields:
            raise NotReadable("You may not sort or filter by what you may not read.", fields=list(fields))
