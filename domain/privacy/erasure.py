"""One request to forget a person: refused, or carried out class by class, each when nothing keeps it any longer."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.event import Retention
from domain.privacy.certificate import Certificate, Destroyed, LogHead
from domain.privacy.events import (
    ClassErased,
    ClassReleased,
    ClassRestricted,
    DataReopened,
    ErasureCompleted,
    ErasureRefused,
    ErasureRequested,
)
from domain.privacy.kinds import ClassStatus, ErasureStatus, LegalBasis, RequestBasis
from domain.privacy.legal_holds import Hold
from domain.privacy.refusals import AlreadyRequested, NotAllErased, NotRefused, NotReleased
from domain.privacy.retention import Period, answer_by

Holds = Mapping[Retention, tuple[Hold, ...]]


class Holding(NamedTuple):
    """A class of which something is stored about the person; ``last`` is the day it was last added to."""

    retention: Retention
    last: date


class Completion(NamedTuple):
    """What is known when the last class is gone; ``signature`` (base64) is ``signer``'s, where there is one."""

    completed_at: datetime
    position: int
    log: LogHead
    stale_until: datetime


class Erasure(Aggregate):
    """Decides by what is clear: classes, dates, holds. It never sees what it erases."""

    NAME = "erasure"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.status = ErasureStatus.REQUESTED
        self.reopened = False
        self.classes: dict[Retention, ClassStatus] = {}
        self._restrictions: dict[Retention, ClassRestricted] = {}
        self._destroyed: list[Destroyed] = []

    def request(self, person_id: UUID, basis: RequestBasis, now: datetime) -> None:
        """Begin: from here on the person's data is closed. Raises AlreadyRequested."""
        if self.version:
            raise AlreadyRequested("This erasure has been requested already.", id=str(self.id))
        self.record(
            ErasureRequested(
                person_id=person_id, basis=basis, requested_at=now, answer_by=answer_by(basis, now.date())
            )
        )  # fmt: skip

    def decide(
        self, holdings: Iterable[Holding], holds: Holds, periods: Mapping[Retention, Period], now: datetime
    ) -> None:
        """Release, restrict or, when holds keep all there is, refuse. Decided again when a reason may have ended."""
        open_ = [held for held in holdings if self.undecided(held.retention)]
        if self.status is ErasureStatus.REQUESTED and open_ and all(held.retention in holds for held in open_):
            self._refuse(holds, now)
            return
        for held in sorted(open_):
            self._decide(held, holds.get(held.retention, ()), periods[held.retention], now)

    def _refuse(self, holds: Holds, now: datetime) -> None:
        standing = {hold.id: hold for covering in holds.values() for hold in covering}
        ids = tuple(sorted(standing))
        self.record(
            ErasureRefused(person_id=self.person_id, basis=standing[ids[0]].basis, holds=ids, refused_at=now)
        )  # fmt: skip

    def _decide(self, held: Holding, holds: tuple[Hold, ...], period: Period, now: datetime) -> None:
        until = period.ends(held.last)
        if not holds and until <= now.date():
            self.record(ClassReleased(person_id=self.person_id, retention=held.retention, released_at=now))
            return
        restricted = ClassRestricted(
            person_id=self.person_id,
            retention=held.retention,
            basis=holds[0].basis if holds else LegalBasis.LEGAL_OBLIGATION,
            source=period.source,
            until=until if until > now.date() else None,
            holds=tuple(hold.id for hold in holds),
        )
        if self._restrictions.get(held.retention) != restricted:
            self.record(restricted)

    def note_reopened(self) -> None:
        """A refused erasure's data is open again. Noted once. Raises NotRefused."""
        if self.status is not ErasureStatus.REFUSED:
            raise NotRefused("Only a refused erasure opens the data again.", id=str(self.id))
        if not self.reopened:
            self.record(DataReopened(person_id=self.person_id))

    def note_erased(self, retention: Retention, key_id: UUID, destroyed_at: datetime) -> None:
        """The key of a released class is gone. Noted once. Raises NotReleased."""
        status = self.classes.get(retention)
        if status not in {ClassStatus.RELEASED, ClassStatus.ERASED}:
            raise NotReleased("This class has not been released.", retention=retention)
        if status is ClassStatus.RELEASED:
            self.record(
                ClassErased(
                    person_id=self.person_id, retention=retention, key_id=key_id, destroyed_at=destroyed_at
                )
            )  # fmt: skip

    def certificate(self, tenant_id: UUID, completion: Completion) -> Certificate:
        """Return what completing it would certify."""
        return Certificate(
            self.id, tenant_id, self.person_id, self.requested_at, completion.completed_at, tuple(self._destroyed),
            completion.position, completion.log, completion.stale_until,
        )  # fmt: skip

    def complete(self, certificate: Certificate, signer: str | None, signature: str | None) -> None:
        """State that it is done, once. Raises NotAllErased."""
        if self.status is ErasureStatus.COMPLETED:
            return
        if not self.all_erased:
            raise NotAllErased("A class of this person's data is not erased yet.", id=str(self.id))
        self.record(
            ErasureCompleted(
                person_id=self.person_id,
                certificate_id=certificate.id,
                completed_at=certificate.completed_at,
                position=certificate.position,
                log_size=certificate.log.size,
                log_root=certificate.log.root,
                stale_until=certificate.stale_until,
                digest=certificate.digest(),
                signer=signer,
                signature=signature,
            )
        )

    @evolves
    def _requested(self, event: ErasureRequested) -> None:
        self.person_id = event.person_id
        self.requested_at = event.requested_at

    @evolves
    def _refused(self, event: ErasureRefused) -> None:
        self.status = ErasureStatus.REFUSED

    @evolves
    def _was_reopened(self, event: DataReopened) -> None:
        self.reopened = True

    @evolves
    def _restricted(self, event: ClassRestricted) -> None:
        self.status = ErasureStatus.UNDER_WAY
        self.classes[event.retention] = ClassStatus.RESTRICTED
        self._restrictions[event.retention] = event

    @evolves
    def _released(self, event: ClassReleased) -> None:
        self.status = ErasureStatus.UNDER_WAY
        self.classes[event.retention] = ClassStatus.RELEASED

    @evolves
    def _erased(self, event: ClassErased) -> None:
        self.classes[event.retention] = ClassStatus.ERASED
        self._destroyed.append(Destroyed(event.retention, event.key_id, event.destroyed_at))

    @evolves
    def _completed(self, event: ErasureCompleted) -> None:
        self.status = ErasureStatus.COMPLETED

    def undecided(self, retention: Retention) -> bool:
        """Whether it may still be decided what becomes of a class."""
        decidable = self.status in {ErasureStatus.REQUESTED, ErasureStatus.UNDER_WAY}
        return decidable and self.classes.get(retention) in {None, ClassStatus.RESTRICTED}

    @property
    def all_erased(self) -> bool:
        """Whether every class is gone."""
        return bool(self.classes) and all(status is ClassStatus.ERASED for status in self.classes.values())
