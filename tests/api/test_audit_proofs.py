"""Proofs over HTTP: checked by an implementation that shares nothing with the one that made them."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.evidence import verify
from adapters.merkle.note import Checkpoint, Note, is_signed
from adapters.merkle.signing import SignerFile
from adapters.merkle.tree import verify_consistency
from tests.api.house import House
from tests.evidence.clinic import Clinic
from tests.evidence.ground import anchor

PROOFS, GROWTH = "/api/audit/proofs", "/api/audit/consistency"


async def lived(house: House, folder: Path, signer: SignerFile, lives: int = 1) -> int:
    """Let patients live in the house's tenant and sign a checkpoint; return its size."""
    clinic = Clinic(house.services, house.tenant)
    for number in range(lives):
        await clinic.life(number)
    await asyncio.to_thread(house.project)
    await asyncio.to_thread(anchor, house.database_url, folder / "anchors", signer)
    with psycopg.connect(house.database_url) as connection:
        row = connection.execute("SELECT size FROM merkle.logs WHERE tenant_id = %s", (house.tenant,)).fetchone()
    return int(row[0]) if row else 0


def rows(house: House) -> list[Any]:
    with psycopg.connect(house.database_url) as connection:
        query = "SELECT position, stream_id, version FROM event_store.events WHERE tenant_id = %s ORDER BY position"
        return connection.execute(query, (house.tenant,)).fetchall()


def signed_root(note: str, signer: SignerFile) -> tuple[int, bytes]:
    parsed = Note.parse(note)
    checkpoint = Checkpoint.parse(parsed.text)
    assert is_signed(parsed, checkpoint.origin, signer.public_key)
    return checkpoint.size, checkpoint.root


@pytest.mark.requirement("R007")
class TestAProofOfAnEvent:
    async def test_leads_from_its_columns_to_the_signed_root(self, house: House, tmp_path: Path) -> None:
        signer = SignerFile(tmp_path / "signer.key")
        size = await lived(house, tmp_path, signer, 2)
        auditor = house.client("auditor")
        for index, (position, stream, version) in enumerate(rows(house)):
            answer = await auditor.get(f"{PROOFS}/{position}")
            assert answer.status_code == 200, answer.text
            data = answer.json()["data"]
            leaf = verify.leaf(data["event"])
            assert (data["leaf"], data["index"]) == (leaf.hex(), index)
            root = verify.root_by_proof(leaf, index, size, data["proof"])
            assert (size, root) == signed_root(data["checkpoint"], signer)
            if index % 7 == 0:
                by_version = await auditor.get(f"{PROOFS}/{stream}/{version}")
                assert by_version.json()["data"] == data

    async def test_waits_for_the_checkpoint_that_covers_it(self, house: House, tmp_path: Path) -> None:
        await lived(house, tmp_path, SignerFile(tmp_path / "signer.key"))
        await Clinic(house.services, house.tenant).life(2)
        refused = await house.client("auditor").get(f"{PROOFS}/{rows(house)[-1][0]}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "not-yet-covered")
        assert refused.headers["retry-after"]

    async def test_is_not_given_for_an_event_that_was_changed(self, house: House, tmp_path: Path) -> None:
        await lived(house, tmp_path, SignerFile(tmp_path / "signer.key"))
        position = rows(house)[4][0]
        with psycopg.connect(house.database_url, autocommit=True) as connection:
            edit = "UPDATE event_store.events SET recorded_at = recorded_at - interval '1 day' WHERE position = %s"
            connection.execute(edit, (position,))
        refused = await house.client("auditor").get(f"{PROOFS}/{position}")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not-proven")
        assert (await house.client("auditor").get(f"{PROOFS}/{rows(house)[5][0]}")).status_code == 200

    async def test_is_not_there_for_another_clinic(self, house: House, tmp_path: Path) -> None:
        await lived(house, tmp_path, SignerFile(tmp_path / "signer.key"))
        position, stream, version = rows(house)[0]
        stranger = house.client("auditor", tenant=uuid4())
        for path in (f"{position}", f"{stream}/{version}"):
            assert (await stranger.get(f"{PROOFS}/{path}")).status_code == 404

    @pytest.mark.parametrize("name", ["-1", "x", str(2**63), "01990000-0000-7000-8000-000000000001/x", "1/1"])
    async def test_is_refused_for_what_names_no_event(self, house: House, name: str) -> None:
        assert (await house.client("auditor").get(f"{PROOFS}/{name}")).status_code == 422

    async def test_is_for_those_who_may_prove(self, house: House) -> None:
        for role in ("doctor", "patient", "analyst", "receptionist"):
            assert (await house.client(role).get(f"{PROOFS}/1")).status_code == 403


class TestAProofOfGrowth:
    async def test_shows_that_the_signed_log_begins_with_the_one_signed_before(
        self, house: House, tmp_path: Path
    ) -> None:
        signer = SignerFile(tmp_path / "signer.key")
        old, new = await lived(house, tmp_path, signer), await lived(house, tmp_path, signer, 2)
        answer = await house.client("auditor").get(GROWTH, params={"from": old})
        data = answer.json()["data"]
        before, now = (signed_root(data[end]["checkpoint"], signer) for end in ("from", "to"))
        assert (before[0], now[0]) == (old, new)
        assert verify_consistency(old, before[1], new, now[1], [bytes.fromhex(step) for step in data["proof"]])

    async def test_goes_between_any_two_sizes(self, house: House, tmp_path: Path) -> None:
        new = await lived(house, tmp_path, SignerFile(tmp_path / "signer.key"))
        auditor = house.client("auditor")
        for old, end in ((0, new), (1, 2), (3, 7), (new, new), (0, 0), (5, new - 1)):
            data = (await auditor.get(GROWTH, params={"from": old, "to": end})).json()["data"]
            roots = [bytes.fromhex(data[which]["root"]) for which in ("from", "to")]
            assert verify_consistency(old, roots[0], end, roots[1], [bytes.fromhex(step) for step in data["proof"]])

    @pytest.mark.parametrize("sizes", [{"from": 5, "to": 3}, {"from": 0, "to": 10**6}, {"from": -1}, {}])
    async def test_is_refused_for_sizes_that_are_none(
        self, house: House, tmp_path: Path, sizes: dict[str, int]
    ) -> None:
        await lived(house, tmp_path, SignerFile(tmp_path / "signer.key"))
        assert (await house.client("auditor").get(GROWTH, params=sizes)).status_code == 422

    async def test_is_not_there_before_the_first_checkpoint(self, house: House) -> None:
        assert (await house.client("auditor").get(GROWTH, params={"from": 0})).status_code == 404
