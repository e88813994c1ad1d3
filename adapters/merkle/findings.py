"""What a verification may find, as plain values: for people, for JSON, and for tests that count."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Act(StrEnum):
    """What was done, as well as it can be told."""

    EDITED = "edited"
    DELETED = "deleted"
    STREAM_DROPPED = "stream-dropped"
    TRUNCATED = "truncated"
    ROLLED_BACK = "rolled-back"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CIPHERTEXTS_SWAPPED = "ciphertexts-swapped"
    REWRITTEN = "rewritten"
    TREE_EDITED = "tree-edited"
    NOTE_FORGED = "note-forged"
    CATALOGUE_EDITED = "catalogue-edited"


MEANING = {
    Act.EDITED: "the row is there, but not as it was",
    Act.DELETED: "the row is gone",
    Act.STREAM_DROPPED: "every row of the stream is gone",
    Act.TRUNCATED: "the end of the log is gone",
    Act.ROLLED_BACK: "the database was put back to an earlier state",
    Act.INSERTED: "the row was not there",
    Act.REORDERED: "rows have changed places",
    Act.CIPHERTEXTS_SWAPPED: "rows have changed their sealed parts",
    Act.REWRITTEN: "rows and tree were changed together, somewhere in this interval",
    Act.TREE_EDITED: "the rows are as they were; what is kept of the tree is not",
    Act.NOTE_FORGED: "the note is not one that the signer signed for this log",
    Act.CATALOGUE_EDITED: "the schema is not the one that was released",
}


class Finding(NamedTuple):
    """One kind of act on one log: the first place it shows, and how many rows are ``affected``.

    ``proven``: contradicts a signed note; otherwise it is in the unanchored tail and only the tree in the database
    speaks against it. ``between``: the sizes of the two notes around an interval that could not be narrowed down.
    """

    act: Act
    kind: str = ""
    tenant_id: UUID | None = None
    position: int | None = None
    stream_id: UUID | None = None
    version: int | None = None
    affected: int = 1
    proven: bool = True
    between: tuple[int, int] | None = None
    detail: str = ""


class LogReport(NamedTuple):
    """One log: its rows, how many of them signed notes cover, and what was found."""

    kind: str
    tenant_id: UUID
    rows: int
    notes: int
    anchored: int
    anchored_position: int
    findings: Sequence[Finding]

    @property
    def tail(self) -> int:
        """The number of rows no note covers yet."""
        return max(0, self.rows - self.anchored)


class Report(NamedTuple):
    """All that a verification found."""

    logs: Sequence[LogReport]
    catalogue: Sequence[Finding]
    seconds: float

    @property
    def rows(self) -> int:
        """The number of rows hashed."""
        return sum(log.rows for log in self.logs)

    @property
    def findings(self) -> list[Finding]:
        """Everything found, what is proven first, then by position."""
        found = [finding for log in self.logs for finding in log.findings]
        found.sort(key=lambda f: (not f.proven, f.position is None, f.position or 0))
        return [*found, *self.catalogue]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings
