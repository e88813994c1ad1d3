"""Checkpoints reach the outside whole, once, and whatever any one of those who keep them does."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from uuid_utils.compat import uuid7

from adapters.merkle.anchors import Anchors, Conflict
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.note import Checkpoint, Note
from adapters.merkle.signing import SignerFile, SignerKeyUnsafe
from adapters.merkle.tree import leaf_hash, root_over
from tests.adapters.sample import OTHER_TENANT, TENANT
from tests.merkle.ground import Anchored


@pytest.fixture
def ground(database_url: str, tmp_path: Path) -> Iterator[Anchored]:
    made = Anchored(database_url, tmp_path)
    yield made
    for connection in made.open:
        connection.close()


def checkpoints(ground: Anchored, kind: str = "events", tenant: object = TENANT) -> list[Checkpoint]:
    notes = ground.anchors.notes(kind, tenant)  # type: ignore[arg-type]
    return [Checkpoint.parse(Note.parse(text).text) for _, text in notes]


class TestCheckpoints:
    def test_say_what_the_tree_is_and_up_to_where(self, ground: Anchored) -> None:
        ground.append(uuid7(), *[1] * 300)
        ground.anchor()
        (found,) = checkpoints(ground)
        assert (found.origin, found.size, found.root) == (f"caretrail/events/{TENANT}", 300, root_over(ground.leaves()))
        assert (found.extension("position"), found.extension("leaf")) == ("300", "0")
        assert datetime.fromisoformat(found.extension("signed") or "") <= datetime.now(UTC)

    def test_are_verified_with_nothing_but_the_public_key(self, ground: Anchored) -> None:
        ground.append(uuid7(), 1)
        ground.anchor()
        ((_, text),) = ground.anchors.notes("events", TENANT)
        body, _, line = text.rpartition("\n\n")
        name = body.split("\n")[0]
        signature = b64decode(line.split(" ")[2])
        assert signature[:4] == sha256(name.encode() + b"\n\x01" + ground.signer.public_key).digest()[:4]
        Ed25519PublicKey.from_public_bytes(ground.signer.public_key).verify(signature[4:], f"{body}\n".encode())

    def test_are_made_only_of_logs_that_have_grown(self, ground: Anchored) -> None:
        ground.append(uuid7(), 1)
        ground.anchor()
        ground.append(uuid7(), 1, tenant=OTHER_TENANT)
        ground.anchor()
        ground.anchor()
        assert [c.size for c in checkpoints(ground)] == [1]
        assert [c.size for c in checkpoints(ground, tenant=OTHER_TENANT)] == [1]

    def test_of_all_tenants_are_the_leaves_of_the_top_log(self, ground: Anchored) -> None:
        bodies = []
        for n in range(3):
            ground.append(uuid7(), n)
            ground.append(uuid7(), n, tenant=OTHER_TENANT)
            ground.anchor()
            made = [checkpoints(ground)[-1], checkpoints(ground, tenant=OTHER_TENANT)[-1]]
            bodies += sorted(made, key=lambda c: int(c.extension("leaf") or 0))
        top = checkpoints(ground, TOP_KIND, TOP_TENANT)
        assert [c.size for c in top] == [2, 4, 6]
        assert [c.extension("leaf") for c in bodies] == [str(n) for n in range(6)]
        assert top[-1].root == root_over(leaf_hash(c.body.encode()) for c in bodies)

    def test_are_due_by_time_or_by_number(self, ground: Anchored) -> None:
        from adapters.merkle.checkpoints import Checkpointer

        patient = Checkpointer(ground.connection, ground.signer, 3600, 5)
        ground.append(uuid7(), 1)
        ground.grow()
        assert patient.tick(datetime.now(UTC)) == 2
        ground.append(uuid7(), 1, 1)
        ground.grow()
        assert patient.tick(datetime.now(UTC)) == 0
        ground.append(uuid7(), 1, 1, 1)
        ground.grow()
        assert patient.tick(datetime.now(UTC)) == 2


class TestTheFolder:
    def test_keeps_the_leaves_a_note_covers(self, ground: Anchored) -> None:
        ground.append(uuid7(), *[1] * 300)
        ground.anchor()
        full, rest = ground.anchors.tile("events", TENANT, 0, 256), ground.anchors.tile("events", TENANT, 1, 44)
        assert full is not None
        assert rest is not None
        assert full[0] + rest[0] == b"".join(ground.leaves())
        assert [place.version for place in full[1] + rest[1]] == list(range(1, 301))

    def test_takes_the_same_twice_and_nothing_else_in_its_place(self, ground: Anchored, tmp_path: Path) -> None:
        anchors = Anchors(tmp_path / "some")
        anchors.add_note("events", TENANT, 7, "a note\n")
        anchors.add_note("events", TENANT, 7, "a note\n")
        with pytest.raises(Conflict):
            anchors.add_note("events", TENANT, 7, "another note\n")
        assert [text for _, text in anchors.notes("events", TENANT)] == ["a note\n"]

    def test_leaves_no_half_written_file(self, ground: Anchored) -> None:
        ground.append(uuid7(), 1)
        ground.anchor()
        assert list(ground.folder.rglob(".new-*")) == []
        assert all(path.stat().st_mode & 0o222 == 0 for path in ground.folder.rglob("*") if path.is_file())


class TestTheSignersKey:
    def test_is_made_once_and_readable_by_its_owner_only(self, tmp_path: Path) -> None:
        path = tmp_path / "state" / "signer.key"
        first = SignerFile(path)
        assert SignerFile(path).public_key == first.public_key
        assert path.stat().st_mode & 0o777 == 0o600

    def test_that_others_can_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "signer.key"
        SignerFile(path)
        path.chmod(0o644)
        with pytest.raises(SignerKeyUnsafe):
            SignerFile(path)
