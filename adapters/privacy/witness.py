"""Vouches for certificates: the log's last checkpoint, and a signature that can be verified without this program."""

import base64
from uuid import UUID

from adapters.merkle.note import verifier_key
from application.ports.signer import Signer
from application.ports.witness import Signature
from domain.privacy.certificate import LogHead

NAME = "caretrail/erasure"


class SigningWitness:
    """Witness with or without a signer. A certificate begins with a brace, so its signature fits no checkpoint."""

    def __init__(self, signer: Signer | None) -> None:
        self._signer = signer

    async def head(self, tenant_id: UUID) -> LogHead:
        """Return where the log stands."""
        return LogHead()

    def sign(self, document: bytes) -> Signature | None:
        """Return an Ed25519 signature over ``document``, with the verifier key as the signer's name."""
        if self._signer is None:
            return None
        value = base64.b64encode(self._signer.sign(document)).decode()
        return Signature(verifier_key(NAME, self._signer.public_key), value)
