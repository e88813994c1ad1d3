"""What proves who a user is. None of it ever stands in an event."""

from collections.abc import Collection
from typing import NamedTuple, Protocol
from uuid import UUID


class Credential(NamedTuple):
    """``password``: its hash, None when there is none; ``totp``: whether an authenticator is confirmed."""

    password: str | None = None
    totp: bool = False


class Authenticator(NamedTuple):
    """An authenticator's secret (base 32), and the last time step a code of it was taken for: none is taken twice."""

    secret: str
    confirmed: bool
    last_step: int


class Credentials(Protocol):
    """Port to the credentials of users. Secrets are kept sealed or hashed."""

    async def of(self, user_id: UUID) -> Credential:
        """Return what there is of a user's; of nobody's, an empty one."""
        ...

    async def set_password(self, user_id: UUID, hashed: str) -> None:
        """Keep a password's hash in the place of any other."""
        ...

    async def upgrade_password(self, user_id: UUID, old: str, new: str) -> None:
        """Keep ``new`` in the place of ``old``, unless another password holds by now."""
        ...

    async def authenticator(self, user_id: UUID) -> Authenticator | None:
        """Return the user's authenticator, confirmed or not."""
        ...

    async def begin_totp(self, user_id: UUID, secret: str) -> bool:
        """Keep the secret of an authenticator to be confirmed; False when a confirmed one is there."""
        ...

    async def confirm_totp(self, user_id: UUID, recovery_codes: Collection[bytes]) -> None:
        """Let the authenticator count from now on, beside the digests of recovery codes."""
        ...

    async def take_step(self, user_id: UUID, step: int) -> bool:
        """Note that a code of a time step was shown; False when that or a later one was before."""
        ...

    async def use_recovery_code(self, user_id: UUID, digest: bytes) -> int | None:
        """Use one up and return how many are left; None when there is no such code."""
        ...
