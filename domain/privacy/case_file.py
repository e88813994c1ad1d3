"""The words of a case: kept apart from the person's data and from the decision, under a key of the case's own."""

from datetime import datetime
from uuid import UUID

from domain.kernel.aggregate import Aggregate, evolves
from domain.kernel.errors import Invalid
from domain.kernel.ids import derived_id
from domain.privacy.events import CaseNoted, CaseNotesErased

LONGEST = 4000


class UnsoundNote(Invalid):
    """A note says something, in at most 4000 characters."""

    code = "unsound-note"


def file_id(case_id: UUID) -> UUID:
    """Return the stream with the words of a case (an erasure's or a hold's id)."""
    return derived_id("privacy-case", case_id)


class CaseFile(Aggregate):
    """Notes about one case, until its audit period is over."""

    NAME = "case file"

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.erased = False

    def note(self, case_id: UUID, words: str) -> None:
        """Add words. Raises UnsoundNote."""
        said = words.strip()
        if not said or len(said) > LONGEST:
            raise UnsoundNote(f"A note has 1 to {LONGEST} characters.", field="note")
        self.record(CaseNoted(case_id=case_id, words=said))

    def note_erased(self, case_id: UUID, key_id: UUID, destroyed_at: datetime) -> None:
        """The words are gone. Noted once."""
        if not self.erased:
            self.record(CaseNotesErased(case_id=case_id, key_id=key_id, destroyed_at=destroyed_at))

    @evolves
    def _noted(self, event: CaseNoted) -> None:
        """Nothing is decided by what was said."""

    @evolves
    def _erased(self, event: CaseNotesErased) -> None:
        self.erased = True
