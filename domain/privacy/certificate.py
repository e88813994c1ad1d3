"""What a person, or an auditor, is given as proof of an erasure: the same facts as JSON and as text."""

import hashlib
import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.kernel.event import Retention
from domain.kernel.ids import derived_id

METHOD = "The AES-256 data key of each class was destroyed; what was sealed under it cannot be read again."


class Destroyed(NamedTuple):
    """One class whose key is gone."""

    retention: Retention
    key_id: UUID
    destroyed_at: datetime


class LogHead(NamedTuple):
    """Where the tamper-evident log stood: its size and root (base64); both None when there was none."""

    size: int | None = None
    root: str | None = None


class Certificate(NamedTuple):
    """``position`` is the last event it speaks of; from ``stale_until`` on no old copy of a key can be opened."""

    erasure_id: UUID
    tenant_id: UUID
    person_id: UUID
    requested_at: datetime
    completed_at: datetime
    destroyed: tuple[Destroyed, ...]
    position: int
    log: LogHead
    stale_until: datetime

    @property
    def id(self) -> UUID:
        """The certificate's id, derived from the erasure's."""
        return derived_id("erasure-certificate", self.erasure_id)

    def document(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "certificate": str(self.id),
            "erasure": str(self.erasure_id),
            "organisation": str(self.tenant_id),
            "person": str(self.person_id),
            "requestedAt": self.requested_at.isoformat(),
            "completedAt": self.completed_at.isoformat(),
            "method": METHOD,
            "destroyed": [
                {"class": str(gone.retention), "key": str(gone.key_id), "at": gone.destroyed_at.isoformat()}
                for gone in sorted(self.destroyed)
            ],
            "log": {"position": self.position, "size": self.log.size, "root": self.log.root},
            "staleCopiesUnreadableFrom": self.stale_until.isoformat(),
        }

    def canonical(self) -> bytes:
        """Return the bytes that are digested and signed: JSON, keys sorted, no blanks, UTF-8."""
        return json.dumps(self.document(), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def digest(self) -> str:
        """Return the SHA-256 of the canonical bytes, in hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def text(self) -> str:
        """Return it for a person to read."""
        gone = [f"  {d.retention}: key {d.key_id}, destroyed {d.destroyed_at:%Y-%m-%d %H:%M:%S} UTC"
                for d in sorted(self.destroyed)]  # fmt: skip
        log = f", log size {self.log.size}, root {self.log.root}" if self.log.size is not None else ""
        return "\n".join(
            [
                f"Certificate of erasure {self.id}",
                f"Organisation {self.tenant_id}, person {self.person_id}, erasure {self.erasure_id}",
                f"Requested {self.requested_at:%Y-%m-%d %H:%M:%S} UTC, completed {self.completed_at:%Y-%m-%d %H:%M:%S}"
                " UTC",
                METHOD,
                *gone,
                f"Log position {self.position}{log}",
                f"Old copies (backups) cannot be opened from {self.stale_until:%Y-%m-%d %H:%M} UTC on.",
                f"SHA-256 {self.digest()}",
            ]
        )
