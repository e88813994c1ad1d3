"""Keeps who each account is, sealed."""

from pathlib import Path

from domain.identity.events import ProfileChanged, UserRegistered
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel, sealed_columns
from projections.kernel.rows import Rows, Table

ACCOUNTS = Table("accounts", ("tenant_id", "user_id"))
PROFILES = Table("account_profiles", ("tenant_id", "user_id"))


def registered(rows: Rows, event: UserRegistered, recorded: Recorded) -> None:
    """Someone has an account."""
    values = {"registered_at": recorded.recorded_at, **sealed_columns(recorded)}
    rows.insert(ACCOUNTS.name, (recorded.tenant_id, event.user_id), values)


def profile_changed(rows: Rows, event: ProfileChanged, recorded: Recorded) -> None:
    """They are called something else."""
    rows.put(PROFILES.name, (recorded.tenant_id, event.user_id), sealed_columns(recorded))


READ_MODEL = ReadModel(
    name="accounts",
    tables=(ACCOUNTS, PROFILES),
    on={UserRegistered: registered, ProfileChanged: profile_changed},
    schema=Path(__file__).with_name("schema.sql"),
)
