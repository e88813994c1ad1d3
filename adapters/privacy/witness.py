"""Vouches for certificates: the log as it stands, and a signature that can be verified without this program."""

import base64
from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg_pool import AsyncConnectionPool

from adapters.merkle.note import verifier_key
from adapters.postgres.event_store import unavailable
from adapters.postgres.tenancy import rows
from application.ports.signer import Signer
from application.ports.witness import Signature
from domain.privacy.certificate import LogHead

NAME = "caretrail/erasure"
_HEAD = b"SELECT size, root FROM merkle.logs WHERE (kind, tenant_id) = ('events', %s)"


class SigningWitness:
    """A certificate begins with a brace, so its signature fits no checkpoint. ``signer`` is called when one is signed:
    until then its key is not in memory."""

    def __init__(self, pool: AsyncConnectionPool[Any], signer: Callable[[], Signer]) -> None:
        self._pool = pool
        self._signer = signer

    async def head(self, tenant_id: UUID) -> LogHead:
        """Return size and root of the tenant's log of events as it has grown so far."""
        found = await unavailable(rows(self._pool, tenant_id, _HEAD, (tenant_id,), prepare=True))
        return LogHead(found[0][0], base64.b64encode(found[0][1]).decode()) if found else LogHead()

    def sign(self, document: bytes) -> Signature:
        """Return an Ed25519 signature over ``document``, with the verifier key as the signer's name."""
        signer = self._signer()
        value = base64.b64encode(signer.sign(document)).decode()
        return Signature(verifier_key(NAME, signer.public_key), value)
