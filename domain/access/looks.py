"""Which entry a look leaves: a read, a refusal, or a disclosure that is accounted for."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from domain.access.events import DisclosureMade, Entry, ReadRefused, RecordRead
from domain.access.purpose import ACCOUNTED, PurposeOfUse

SHOWN, EMPTY = "shown", "empty"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A look as it went. ``refusal`` is its code if it was refused; ``release``: what was shown left the house."""

    actor: UUID
    purpose: PurposeOfUse
    action: str
    resource: str
    request_id: UUID
    subjects: Collection[UUID]
    count: int
    refusal: str | None = None
    release: bool = False
    on_behalf_of: UUID | None = None
    grant: UUID | None = None
    address: str | None = None
    agent: str | None = None

    @property
    def disclosed(self) -> bool:
        """Whether it is accounted for. What people are given of their own is not (164.528(a)(1)(ii))."""
        if self.purpose in ACCOUNTED:
            return self.count > 0
        return self.release and self.purpose is not PurposeOfUse.PATRQT

    def entry(self) -> Entry:
        """Return the entry to record."""
        common: dict[str, Any] = {
            "actor": self.actor,
            "on_behalf_of": self.on_behalf_of,
            "purpose": self.purpose,
            "action": self.action,
            "resource": self.resource,
            "request_id": self.request_id,
            "subjects": sorted(set(self.subjects), key=lambda subject: subject.int),
            "count": self.count,
            "grant": self.grant,
            "address": self.address,
            "agent": self.agent,
        }
        if self.refusal is not None:
            return ReadRefused(**common | {"count": 0}, outcome=self.refusal)
        outcome = SHOWN if self.count else EMPTY
        if self.disclosed:
            return DisclosureMade(**common, outcome=outcome, recipient=self.on_behalf_of or self.actor)
        return RecordRead(**common, outcome=outcome)
