"""A user: one person's account, keyed by nothing personal. It lives in the platform's own tenant."""

from typing import ClassVar
from uuid import UUID

from domain.identity.events import (
    PasswordChanged,
    ProfileChanged,
    RecoveryCodeUsed,
    SecondFactorEnrolled,
    SignedOutEverywhere,
    UserRegistered,
)
from domain.identity.kinds import Method, PasswordChange
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition


class AlreadyRegistered(IllegalTransition):
    """The account is there already."""

    code = "already-registered"


class User(Aggregate):
    """``organization_id``: the one of their own; ``second_factor``: asked for at every sign-in."""

    NAME: ClassVar[str] = "account"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.organization_id: UUID
        self.second_factor = False

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

    @evolves
    def _on_registered(self, event: UserRegistered) -> None:
        self.organization_id = event.organization_id

    @evolves
    def _on_enrolled(self, event: SecondFactorEnrolled) -> None:
        self.second_factor = True

    @evolves
    def _on_noted(self, event: ProfileChanged | PasswordChanged | SignedOutEverywhere | RecoveryCodeUsed) -> None: ...
