"""What an import did, so that it adds up: per type, imported + not mapped + refused = read."""

from collections import Counter
from typing import NamedTuple


class Refusal(NamedTuple):
    """Why a file was refused whole. ``entry``: index in the bundle, ``resource`` its type, ``field`` a FHIR path."""

    file: str
    entry: int | None
    resource: str | None
    code: str
    field: str | None


class Report:
    """Counts as the import goes. ``imported`` includes what was ``already`` here."""

    def __init__(self) -> None:
        self.files = 0
        self.taken = 0
        self.position = 0
        self.read: Counter[str] = Counter()
        self.imported: Counter[str] = Counter()
        self.already: Counter[str] = Counter()
        self.not_mapped: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.refusals: list[Refusal] = []

    def refuse(self, refusal: Refusal, read: Counter[str]) -> None:
        """Count a refused file and everything in it."""
        self.refusals.append(refusal)
        self.read += read
        self.refused += read

    def take(
        self, read: Counter[str], imported: Counter[str], not_mapped: Counter[str], already: Counter[str], position: int
    ) -> None:
        """Count a file that was taken over."""
        self.taken += 1
        self.read += read
        self.imported += imported
        self.not_mapped += not_mapped
        self.already += already
        self.position = max(self.position, position)

    @property
    def balanced(self) -> bool:
        """Whether the books balance, per type."""
        return self.read == self.imported + self.not_mapped + self.refused

    def facts(self) -> dict[str, object]:
        """Return the report as plain figures."""
        columns = {
            "read": self.read,
            "imported": self.imported,
            "already": self.already,
            "not_mapped": self.not_mapped,
            "refused": self.refused,
        }
        return {
            "files": self.files,
            "taken": self.taken,
            "refused": len(self.refusals),
            "types": {name: {key: c[name] for key, c in columns.items()} for name in sorted(self.read)},
            "total": {key: counter.total() for key, counter in columns.items()},
            "balanced": self.balanced,
            "position": self.position,
            "refusals": [refusal._asdict() for refusal in self.refusals],
        }
