"""A session: one device of one user, signed in. It lives in the platform's own tenant."""

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from domain.identity.events import SessionEnded, SessionMoved, SessionOpened, SessionSteppedUp
from domain.identity.kinds import Method, SessionEnd
from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition


class SessionOver(IllegalTransition):
    """The session has ended."""

    code = "session-over"


class Session(Aggregate):
    """``methods``: how the user proved who they are, all of them."""

    NAME: ClassVar[str] = "session"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.user_id: UUID
        self.organization_id: UUID
        self.methods: tuple[Method, ...] = ()
        self.ended = False

    def open(
        self,
        *,
        user_id: UUID,
        organization_id: UUID,
        methods: Sequence[Method],
        client: str | None,
        address: str | None,
    ) -> None:
        """Begin the session. Raises SessionOver: an id is used once."""
        if self.version:
            raise SessionOver("A session is opened once.")
        self.record(
            SessionOpened(
                session_id=self.id, user_id=user_id, organization_id=organization_id, methods=tuple(methods),
                client=client, address=address,
            )
        )  # fmt: skip

    def step_up(self, methods: Sequence[Method]) -> None:
        """Note that the user proved once more who they are. Raises SessionOver."""
        if self.ended:
            raise SessionOver("This session has ended: sign in again.")
        self.record(SessionSteppedUp(session_id=self.id, user_id=self.user_id, methods=tuple(methods)))

    def move(self, organization_id: UUID) -> None:
        """Act in another organisation from now on; in the same one, nothing happens. Raises SessionOver."""
        if self.ended:
            raise SessionOver("This session has ended: sign in again.")
        if organization_id != self.organization_id:
            self.record(SessionMoved(session_id=self.id, user_id=self.user_id, organization_id=organization_id))

    def end(self, reason: SessionEnd) -> None:
        """End the session. Raises SessionOver."""
        if self.ended:
            raise SessionOver("This session has ended already.")
        self.record(SessionEnded(session_id=self.id, user_id=self.user_id, reason=reason))

    @evolves
    def _on_opened(self, event: SessionOpened) -> None:
        self.user_id = event.user_id
        self.organization_id = event.organization_id
        self.methods = event.methods

    @evolves
    def _on_moved(self, event: SessionMoved) -> None:
        self.organization_id = event.organization_id

    @evolves
    def _on_stepped_up(self, event: SessionSteppedUp) -> None:
        self.methods += tuple(method for method in event.methods if method not in self.methods)

    @evolves
    def _on_ended(self, event: SessionEnded) -> None:
        self.ended = True
