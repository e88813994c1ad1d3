"""Keeps each invitation until it ends, and how it did."""

from pathlib import Path

from domain.identity.events import InvitationEnded, InvitationMade
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

TABLE = Table("invitations", ("tenant_id", "invitation_id"))


def made(rows: Rows, event: InvitationMade, recorded: Recorded) -> None:
    """Someone is asked."""
    values: dict[str, object] = {
        "version": recorded.version,
        "roles": list(event.roles),
        "invited_by": event.invited_by,
        "made_at": recorded.recorded_at,
        "expires_at": event.expires_at,
        **sealed_columns(recorded),
    }
    rows.insert(TABLE.name, (recorded.tenant_id, event.invitation_id), values)


def ended(rows: Rows, event: InvitationEnded, recorded: Recorded) -> None:
    """It is over."""
    values: dict[str, object] = {
        "version": recorded.version,
        "how": event.how.value,
        "ended_at": recorded.recorded_at,
    }
    rows.change(TABLE.name, (recorded.tenant_id, event.invitation_id), values)


READ_MODEL = ReadModel(
    name="invitations",
    tables=(TABLE,),
    on={InvitationMade: made, InvitationEnded: ended},
    schema=Path(__file__).with_name("schema.sql"),
)
