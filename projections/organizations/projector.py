"""Keeps each organisation as it reads."""

from pathlib import Path

from domain.identity.events import (
    AdministratorNamed,
    AdministratorReleased,
    OrganizationChanged,
    OrganizationClosed,
    OrganizationCreated,
)
from domain.kernel.recorded import Recorded
from projections.kernel.read_model import ReadModel
from projections.kernel.rows import Rows, Table

TABLE = Table("organizations", ("tenant_id", "organization_id"))


def created(rows: Rows, event: OrganizationCreated, recorded: Recorded) -> None:
    """It is there."""
    values: dict[str, object] = {
        "version": recorded.version,
        "kind": event.kind.value,
        "created_at": recorded.recorded_at,
        **_details(event),
    }
    rows.insert(TABLE.name, (recorded.tenant_id, event.organization_id), values)


def changed(rows: Rows, event: OrganizationChanged, recorded: Recorded) -> None:
    """It reads differently."""
    _change(rows, recorded, **_details(event))


def keepers_changed(rows: Rows, event: AdministratorNamed | AdministratorReleased, recorded: Recorded) -> None:
    """Who keeps it is another matter; its version is not."""
    _change(rows, recorded)


def closed(rows: Rows, event: OrganizationClosed, recorded: Recorded) -> None:
    """Nobody acts in it any more."""
    _change(rows, recorded, closed_at=recorded.recorded_at)


def _change(rows: Rows, recorded: Recorded, **values: object) -> None:
    rows.change(TABLE.name, (recorded.tenant_id, recorded.stream_id), {"version": recorded.version, **values})


def _details(event: OrganizationCreated | OrganizationChanged) -> dict[str, object]:
    return {"name": event.name, "zone": event.zone, "currency": event.currency, "locale": event.locale}


READ_MODEL = ReadModel(
    name="organizations",
    tables=(TABLE,),
    on={
        OrganizationCreated: created,
        OrganizationChanged: changed,
        AdministratorNamed: keepers_changed,
        AdministratorReleased: keepers_changed,
        OrganizationClosed: closed,
    },
    schema=Path(__file__).with_name("schema.sql"),
)
