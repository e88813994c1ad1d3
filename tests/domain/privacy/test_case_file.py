"""The words of a case."""

from datetime import UTC, datetime
from uuid import UUID

from domain.privacy.case_file import CaseFile, UnsoundNote
from domain.privacy.events import CaseNoted, CaseNotesErased
from tests.domain.story import given

CASE, KEY = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 3, 31, tzinfo=UTC)


class TestCaseFile:
    def test_takes_words_about_the_case_never_about_nothing(self) -> None:
        given(CaseFile).when(lambda c: c.note(CASE, " asked by letter ")).then(
            CaseNoted(case_id=CASE, words="asked by letter")
        )
        given(CaseFile).when(lambda c: c.note(CASE, "  ")).refused(UnsoundNote)
        given(CaseFile).when(lambda c: c.note(CASE, "x" * 4001)).refused(UnsoundNote)

    def test_is_sealed_under_the_key_of_the_case_and_not_of_the_person(self) -> None:
        assert CaseNoted(case_id=CASE, words="x").subject_id == CASE

    def test_notes_once_that_its_words_are_gone(self) -> None:
        gone = CaseNotesErased(case_id=CASE, key_id=KEY, destroyed_at=NOW)
        noted = CaseNoted(case_id=CASE, words="x")
        given(CaseFile, noted).when(lambda c: c.note_erased(CASE, KEY, NOW)).then(gone)
        given(CaseFile, noted, gone).when(lambda c: c.note_erased(CASE, KEY, NOW)).then()
