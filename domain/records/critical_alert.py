"""An alert stands while a record is critical: raised, acknowledged by a person, withdrawn when the record changes."""

from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import IllegalTransition
from domain.kernel.ids import derived_id
from domain.kernel.ownership import Owned
from domain.records.critical import Finding
from domain.records.entry import RecordType
from domain.records.events import AlertAcknowledged, AlertRaised, AlertWithdrawn


class AlertNotOpen(IllegalTransition):
    """The alert is acknowledged or withdrawn already."""

    code = "alert-not-open"


def alert_id(record_id: UUID) -> UUID:
    """Return the id of the alert about a record: a record has one, however often it is evaluated."""
    return derived_id("critical-alert", record_id)


class CriticalAlert(Aggregate):
    """The alert about one record. ``judged``: the record version the alert speaks of."""

    NAME = "alert"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.patient_id: UUID
        self.record_id: UUID
        self.judged = 0
        self.state = "none"

    def raise_for(
        self,
        found: list[Finding],
        *,
        record_id: UUID,
        record_version: int,
        record_type: RecordType,
        patient_id: UUID,
        effective_at: datetime,
    ) -> None:
        """Raise the alert for a critical version of the record; a version judged before changes nothing."""
        if record_version <= self.judged:
            return
        self.record(
            AlertRaised(
                record_id=record_id,
                record_version=record_version,
                record_type=record_type,
                patient_id=patient_id,
                effective_at=effective_at,
                findings=found,
            )
        )

    def withdraw(self, *, record_id: UUID, record_version: int, patient_id: UUID, last_critical: int) -> None:
        """Take the alert back: the record is no longer critical, or is retracted.

        Where version ``last_critical`` has not been judged yet, whoever is about to raise the alert for it comes too
        late. Otherwise nothing happens without an alert.
        """
        standing = self.state in {"raised", "acknowledged"}
        if record_version > self.judged and (standing or last_critical > self.judged):
            self.record(AlertWithdrawn(record_id=record_id, record_version=record_version, patient_id=patient_id))

    def acknowledge(self, *, by: UUID, now: datetime) -> None:
        """Say that someone has seen to it. Raises AlertNotOpen."""
        if self.state != "raised":
            raise AlertNotOpen("The alert is not open any more.", id=str(self.id), state=self.state)
        self.record(AlertAcknowledged(patient_id=self.patient_id, acknowledged_by=by, acknowledged_at=now))

    @evolves
    def _raised(self, event: AlertRaised) -> None:
        self.record_id = event.record_id
        self.patient_id = event.patient_id
        self.judged = event.record_version
        self.state = "raised"

    @evolves
    def _acknowledged(self, event: AlertAcknowledged) -> None:
        self.state = "acknowledged"

    @evolves
    def _withdrawn(self, event: AlertWithdrawn) -> None:
        self.record_id = event.record_id
        self.patient_id = event.patient_id
        self.judged = event.record_version
        self.state = "withdrawn"

    @property
    def owned(self) -> Owned:
        """About the patient."""
        return Owned(self.patient_id)
