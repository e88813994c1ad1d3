"""State that everything of a person is erased, with the digest of the certificate; for the process that made it."""

from datetime import datetime
from uuid import UUID

from application.kernel.context import Outcome
from application.kernel.dispatch import Command, use_case
from application.kernel.session import Session
from domain.privacy.certificate import LogHead
from domain.privacy.erasure import Completion, Erasure


class CompleteErasure(Command, frozen=True, kw_only=True):
    """The facts of the certificate, and the signature over it where there is a signer."""

    erasure_id: UUID
    completed_at: datetime
    position: int
    log_size: int | None
    log_root: str | None
    stale_until: datetime
    signer: str | None
    signature: str | None

    @property
    def completion(self) -> Completion:
        """What the erasure did not know yet."""
        return Completion(self.completed_at, self.position, LogHead(self.log_size, self.log_root), self.stale_until)


@use_case(CompleteErasure, "privacy:carry-out")
async def handle(command: CompleteErasure, session: Session) -> Outcome:
    """Raises NotFound, NotAllErased."""
    erasure = await session.load(Erasure, command.erasure_id)
    certificate = erasure.certificate(session.context.tenant_id, command.completion)
    erasure.complete(certificate, command.signer, command.signature)
    return await session.commit(erasure, status=erasure.status)
