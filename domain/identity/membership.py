"""A membership: what one user is in one organisation. There is one stream per user and organisation, for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.identity.events import MemberJoined, MembershipEnded, RoleAssigned, RoleExpired, RoleRevoked
from domain.identity.giving import ADMINISTRATOR, known
from domain.identity.kinds import MembershipEnd
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, Invalid, NotFound


class AlreadyMember(IllegalTransition):
    """The user belongs to the organisation."""

    code = "already-member"


class LastRole(IllegalTransition):
    """A member has a role, or is none."""

    code = "last-role"


class Membership(Aggregate):
    """``roles``: each with when it expires, if it does; ``primary``: the one the member is known by.

    ``given_by``: who let them in.
    """

    NAME: ClassVar[str] = "member"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.organization_id: UUID
        self.user_id: UUID
        self.member = False
        self.roles: dict[str, datetime | None] = {}
        self.primary: str | None = None
        self.given_by: UUID | None = None

    def join(
        self,
        *,
        organization_id: UUID,
        user_id: UUID,
        roles: Sequence[str],
        given_by: UUID,
        invitation_id: UUID | None = None,
    ) -> None:
        """Begin, or begin again; the first of ``roles`` is the primary one. Raises AlreadyMember, UnknownRole."""
        if self.member:
            raise AlreadyMember("This person belongs to the organisation already.")
        given = known(roles)
        self.record(
            MemberJoined(
                organization_id=organization_id, user_id=user_id, roles=given, primary=given[0], given_by=given_by,
                invitation_id=invitation_id,
            )
        )  # fmt: skip

    def assign(
        self, role: str, *, given_by: UUID, now: datetime, expires_at: datetime | None = None, primary: bool = False
    ) -> None:
        """Give a role, or give it another end; what is so is not noted. Raises NotFound, UnknownRole, Invalid."""
        self._present()
        known([role])
        if expires_at is not None and expires_at <= now:
            raise Invalid("A role that expires does so later than now.", field="expiresAt")
        is_primary = primary or self.primary is None
        if role in self.roles and self.roles[role] == expires_at and (self.primary == role or not is_primary):
            return
        self.record(
            RoleAssigned(
                organization_id=self.organization_id, user_id=self.user_id, role=role, expires_at=expires_at,
                given_by=given_by, roles=tuple(self.roles | {role: None}),
                primary=role if is_primary else self.primary or role,
            )
        )  # fmt: skip

    def revoke(self, role: str, *, revoked_by: UUID) -> None:
        """Take a role. Raises NotFound, LastRole."""
        self._present()
        if role not in self.roles:
            raise NotFound("This member does not have that role.", role=role)
        if len(self.roles) == 1:
            raise LastRole("This is their only role: give another first, or remove the member.", role=role)
        left = self._without(role)
        self.record(
            RoleRevoked(
                organization_id=self.organization_id, user_id=self.user_id, role=role, revoked_by=revoked_by,
                roles=left, primary=self._primary(left),
            )
        )  # fmt: skip

    def expire(self, role: str, now: datetime) -> None:
        """Note that the time of a role is up. Before that, or when it is not held any more, nothing happens."""
        until = self.roles.get(role) if self.member else None
        if until is not None and now >= until:
            left = self._without(role)
            self.record(
                RoleExpired(
                    organization_id=self.organization_id, user_id=self.user_id, role=role, roles=left,
                    primary=self._primary(left),
                )
            )  # fmt: skip

    def end(self, how: MembershipEnd, *, ended_by: UUID) -> None:
        """Leave, or be removed. Raises NotFound."""
        self._present()
        self.record(
            MembershipEnded(
                organization_id=self.organization_id, user_id=self.user_id, how=how, ended_by=ended_by,
                roles=tuple(self.roles),
            )
        )  # fmt: skip

    @evolves
    def _on_joined(self, event: MemberJoined) -> None:
        self.organization_id = event.organization_id
        self.user_id = event.user_id
        self.member = True
        self.roles = dict.fromkeys(event.roles)
        self.primary = event.primary
        self.given_by = event.given_by

    @evolves
    def _on_assigned(self, event: RoleAssigned) -> None:
        self.roles[event.role] = event.expires_at
        self.primary = event.primary

    @evolves
    def _on_lost(self, event: RoleRevoked | RoleExpired) -> None:
        self.roles.pop(event.role, None)
        self.primary = event.primary

    @evolves
    def _on_ended(self, event: MembershipEnded) -> None:
        self.member = False
        self.roles = {}
        self.primary = None

    def held(self, now: datetime) -> frozenset[str]:
        """Return the roles that count at ``now``: the clock alone ends one, whether or not that is recorded yet."""
        return frozenset(role for role, until in self.roles.items() if until is None or now < until)

    def until(self, now: datetime) -> datetime | None:
        """Return when the first of the roles held at ``now`` expires."""
        return min((until for until in self.roles.values() if until is not None and now < until), default=None)

    @property
    def keeps(self) -> bool:
        """Whether the member is an administrator for good, and so keeps the organisation."""
        return ADMINISTRATOR in self.roles and self.roles[ADMINISTRATOR] is None

    def _present(self) -> None:
        if not self.member:
            raise NotFound("There is no such member here.")

    def _without(self, role: str) -> tuple[str, ...]:
        return tuple(each for each in self.roles if each != role)

    def _primary(self, left: tuple[str, ...]) -> str | None:
        return self.primary if self.primary in left else next(iter(left), None)
