"""What vouches for a certificate: where the tamper-evident log stands, and a signer whose key lies outside."""

from typing import NamedTuple, Protocol
from uuid import UUID

from domain.privacy.certificate import LogHead


class Signature(NamedTuple):
    """Ed25519, in base64, with the signer's name."""

    signer: str
    value: str


class Witness(Protocol):
    """Port to the log and its signer."""

    async def head(self, tenant_id: UUID) -> LogHead:
        """Return where the tenant's log stands; without figures when there is none yet."""
        ...

    def sign(self, document: bytes) -> Signature | None:
        """Return a signature over ``document``; None when no signer is at hand."""
        ...
