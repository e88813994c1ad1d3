"""Stored files: sealed for the person they are about, bound to their place, whole or not there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from adapters.files.sealing import FileErased
from adapters.files.storage import LocalFiles, UnsafeName
from adapters.vault.alarms import Forged
from domain.kernel.errors import NotFound
from tests.adapters.sample import OTHER_TENANT, TENANT, Opened, opened

CONTENT = b"%PDF-1.7 \x00\xff content"
NAME = "invoices/0190.pdf"


@pytest.fixture
async def its(database_url: str, tmp_path: Path) -> AsyncIterator[Opened]:
    async with opened(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def files(its: Opened, tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files", its.key_pool, its.keys)


class TestFiles:
    async def test_are_read_as_they_were_written(self, files: LocalFiles) -> None:
        person = uuid7()
        await files.write(TENANT, NAME, CONTENT, subject_id=person)
        assert await files.read(TENANT, NAME, subject_id=person) == CONTENT

    async def test_about_a_person_lie_sealed_in_the_tenants_folder(self, files: LocalFiles, tmp_path: Path) -> None:
        await files.write(TENANT, NAME, CONTENT, subject_id=uuid7())
        stored = (tmp_path / "files" / str(TENANT) / NAME).read_bytes()
        assert b"content" not in stored

    async def test_about_nobody_lie_as_they_are(self, files: LocalFiles, tmp_path: Path) -> None:
        await files.write(TENANT, "logo.svg", CONTENT, subject_id=None)
        assert (tmp_path / "files" / str(TENANT) / "logo.svg").read_bytes() == CONTENT
        assert await files.read(TENANT, "logo.svg", subject_id=None) == CONTENT

    async def test_are_replaced_whole_and_leave_nothing_behind(self, files: LocalFiles, tmp_path: Path) -> None:
        person = uuid7()
        for content in (b"a" * 100_000, b"b"):
            await files.write(TENANT, NAME, content, subject_id=person)
        assert await files.read(TENANT, NAME, subject_id=person) == b"b"
        assert [path.name for path in (tmp_path / "files" / str(TENANT) / "invoices").iterdir()] == ["0190.pdf"]

    async def test_that_are_not_there_are_not_found(self, files: LocalFiles) -> None:
        with pytest.raises(NotFound):
            await files.read(TENANT, NAME, subject_id=uuid7())

    async def test_of_another_tenant_are_not_there(self, files: LocalFiles) -> None:
        person = uuid7()
        await files.write(TENANT, NAME, CONTENT, subject_id=person)
        with pytest.raises(NotFound):
            await files.read(OTHER_TENANT, NAME, subject_id=person)

    @pytest.mark.parametrize(
        "name",
        [
            "../x",
            "/etc/passwd",
            "a/../../x",
            "a//b",
            ".hidden",
            "a/.b",
            "",
            "a/",
            "a\\b",
            "a\x00b",
            "é",
            "a" * 101,
            "a\n",
        ],
    )
    async def test_never_take_a_name_that_leads_astray(self, files: LocalFiles, name: str) -> None:
        with pytest.raises(UnsafeName):
            await files.write(TENANT, name, CONTENT, subject_id=None)
        with pytest.raises(UnsafeName):
            await files.read(TENANT, name, subject_id=None)


class TestSealedFiles:
    async def test_moved_to_another_name_do_not_open(self, files: LocalFiles, tmp_path: Path) -> None:
        person, folder = uuid7(), tmp_path / "files" / str(TENANT)
        await files.write(TENANT, NAME, CONTENT, subject_id=person)
        (folder / NAME).rename(folder / "invoices" / "0191.pdf")
        with pytest.raises(Forged):
            await files.read(TENANT, "invoices/0191.pdf", subject_id=person)

    async def test_of_another_person_do_not_open(self, files: LocalFiles) -> None:
        await files.write(TENANT, NAME, CONTENT, subject_id=uuid7())
        with pytest.raises(Forged):
            await files.read(TENANT, NAME, subject_id=uuid7())

    async def test_altered_or_cut_do_not_open(self, files: LocalFiles, tmp_path: Path) -> None:
        person, path = uuid7(), tmp_path / "files" / str(TENANT) / NAME
        await files.write(TENANT, NAME, CONTENT, subject_id=person)
        sealed = path.read_bytes()
        for damaged in (sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:10], b""):
            path.write_bytes(damaged)
            with pytest.raises(Forged):
                await files.read(TENANT, NAME, subject_id=person)

    async def test_cannot_be_read_once_the_persons_key_is_destroyed(self, files: LocalFiles, its: Opened) -> None:
        person = uuid7()
        await files.write(TENANT, NAME, CONTENT, subject_id=person)
        await its.keys.destroy(its.key_pool, TENANT, person)
        its.vault.forget()
        with pytest.raises(FileErased):
            await files.read(TENANT, NAME, subject_id=person)
