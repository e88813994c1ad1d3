"""A user: one person's account, keyed by nothing personal. It lives in the platform's own tenant."""

from typing import ClassVar
from uuid import UUID

from domain.identity.events import (
    PasswordChanged,
    ProfileChanged,
    RecoveryCodeUsed,
    SecondFactorEnrolled,
    SignedOutEverywhere,
    UserLinked,
    UserRegistered,
    UserUnlinked,
)
from domain.identity.kinds import LinkEnd, Method, PasswordChange
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition, NotFound
from domain.kernel.unique import UniqueKey


class AlreadyRegistered(IllegalTransition):
    """The account is there already."""

    code = "already-registered"


class IdentityTaken(IllegalTransition):
    """The identity leads to an account already."""

    code = "identity-taken"


class LastWayIn(IllegalTransition):
    """Without it nobody could sign in to the account any more."""

    code = "last-way-in"


def link_key(link_id: UUID) -> UniqueKey:
    """Return the unique key, in the platform's tenant, by which an identity leads to one account at most."""
    return UniqueKey("identity", str(link_id))


class User(Aggregate):
    """``organization_id``: the one of their own; ``second_factor``: asked for at every sign-in.

    ``links``: identities elsewhere that lead here, with their providers; ``by_email``: whether an address does too.
    """

    NAME: ClassVar[str] = "account"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.organization_id: UUID
        self.second_factor = False
        self.by_email = False
        self.links: dict[UUID, str] = {}

    def register(
        self,
        *,
        organization_id: UUID,
        method: Method,
        email: str,
        name: str,
        phone: str | None = None,
        locale: str | None = None,
    ) -> None:
        """Begin the account. Raises AlreadyRegistered."""
        if self.version:
            raise AlreadyRegistered("This account is there already.")
        self.record(
            UserRegistered(
                user_id=self.id, organization_id=organization_id, method=method, locale=locale, email=email, name=name,
                phone=phone,
            )
        )  # fmt: skip

    def change_profile(self, *, name: str, phone: str | None, locale: str | None) -> None:
        """Let the details read as given, as a whole."""
        self.record(ProfileChanged(user_id=self.id, locale=locale, name=name, phone=phone))

    def change_password(self, how: PasswordChange) -> None:
        """Note that another password holds."""
        self.record(PasswordChanged(user_id=self.id, how=how))

    def sign_out_everywhere(self) -> None:
        """End what every session may do."""
        self.record(SignedOutEverywhere(user_id=self.id))

    def enrol_second_factor(self, recovery_codes: int) -> None:
        """Ask for a code of the authenticator from now on; enrolled again, it is another authenticator."""
        self.record(SecondFactorEnrolled(user_id=self.id, method=Method.TOTP, recovery_codes=recovery_codes))

    def use_recovery_code(self, left: int) -> None:
        """Note that one was used up and how many are left."""
        self.record(RecoveryCodeUsed(user_id=self.id, left=left))

    def link(self, *, link_id: UUID, provider: str, issuer: str, subject: str) -> None:
        """Let an identity elsewhere lead here. Raises IdentityTaken."""
        if link_id in self.links:
            raise IdentityTaken("This sign-in is linked with an account already.")
        self.record(UserLinked(user_id=self.id, link_id=link_id, provider=provider, issuer=issuer, subject=subject))

    def unlink(self, link_id: UUID, reason: LinkEnd) -> None:
        """Let it lead here no more. Raises NotFound; LastWayIn when it is the user's own wish and no other is left."""
        if link_id not in self.links:
            raise NotFound("There is no such link here.", id=str(link_id))
        if reason is LinkEnd.REMOVED and len(self.links) == 1 and not self.by_email:
            raise LastWayIn("This is the only way into the account: link another before.")
        self.record(UserUnlinked(user_id=self.id, link_id=link_id, reason=reason))

    @evolves
    def _on_registered(self, event: UserRegistered) -> None:
        self.organization_id = event.organization_id
        self.by_email = event.method is not Method.FEDERATED

    @evolves
    def _on_linked(self, event: UserLinked) -> None:
        self.links[event.link_id] = event.provider

    @evolves
    def _on_unlinked(self, event: UserUnlinked) -> None:
        del self.links[event.link_id]

    @evolves
    def _on_enrolled(self, event: SecondFactorEnrolled) -> None:
        self.second_factor = True

    @evolves
    def _on_noted(self, event: ProfileChanged | PasswordChanged | SignedOutEverywhere | RecoveryCodeUsed) -> None: ...
