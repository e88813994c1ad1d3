"""The erasure journal: durable, without doubles, whole again after a crash in the middle of a line."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.privacy.journal import JournalDamaged, JournalFile
from application.ports.erasure_journal import JournalEntry
from domain.kernel.event import Retention

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def entry() -> JournalEntry:
    return JournalEntry(uuid4(), uuid4(), Retention.PROFILE, uuid4(), NOW)


class TestJournal:
    async def test_gives_back_what_was_noted_each_key_once(self, tmp_path: Path) -> None:
        journal, one, two = JournalFile(tmp_path / "kept" / "erasures.jsonl"), entry(), entry()
        assert journal.entries() == []
        for noted in (one, two, one):
            await journal.note(noted)
        assert JournalFile(journal.path).entries() == [one, two]
        assert journal.path.stat().st_mode & 0o077 == 0

    async def test_forgets_a_line_a_crash_left_half_written_and_goes_on_after_it(self, tmp_path: Path) -> None:
        journal, one, two = JournalFile(tmp_path / "erasures.jsonl"), entry(), entry()
        await journal.note(one)
        whole = journal.path.read_bytes()
        for cut in range(1, len(whole) - 1, 17):
            journal.path.write_bytes(whole + whole[:cut])
            assert journal.entries() == [one]
        await journal.note(two)
        assert journal.entries() == [one, two]

    async def test_is_not_believed_when_a_line_in_it_cannot_be_read(self, tmp_path: Path) -> None:
        journal = JournalFile(tmp_path / "erasures.jsonl")
        await journal.note(entry())
        journal.path.write_bytes(b"{}\n" + journal.path.read_bytes())
        with pytest.raises(JournalDamaged, match="line 1"):
            journal.entries()
