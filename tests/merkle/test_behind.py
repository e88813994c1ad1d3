"""A database that does not know the newest note outside was restored from before, and is not served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from adapters.logins import Role, url_for
from adapters.merkle.behind import RestoredBehind, refuse_behind
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.note import Checkpoint, Note, sign_checkpoint
from adapters.merkle.signing import SignerFile
from adapters.settings import Settings
from tests.merkle.ground import Anchored


@pytest.fixture
def anchored(database_url: str, tmp_path: Path) -> Iterator[Anchored]:
    ground = Anchored(database_url, tmp_path)
    for _ in range(2):
        ground.append(uuid7(), 1, 2)
        ground.anchor()
    yield ground
    for connection in ground.open:
        connection.close()


def serve(ground: Anchored) -> None:
    settings = Settings(state=ground.folder.parent, database_url=ground.url)
    for role in (Role.APP, Role.PROJECTOR):
        refuse_behind(url_for(settings, role), settings)


def newest(ground: Anchored) -> tuple[int, str]:
    *_, (path, note) = ground.anchors.notes(TOP_KIND, TOP_TENANT)
    return int(path.stem), note


class TestDatabase:
    def test_that_knows_every_note_outside_is_served(self, anchored: Anchored) -> None:
        serve(anchored)

    def test_that_does_not_know_the_newest_is_not_served_until_notes_have_another_folder(
        self, anchored: Anchored
    ) -> None:
        anchored.sql("DELETE FROM merkle.checkpoints WHERE kind = 'top' AND size = %s", newest(anchored)[0])
        with pytest.raises(RestoredBehind, match=f"note {newest(anchored)[0]}"):
            serve(anchored)
        anchored.folder.rename(anchored.folder.with_name("evidence"))
        serve(anchored)

    def test_that_knows_another_of_that_size_is_not_served(self, anchored: Anchored) -> None:
        anchored.sql("UPDATE merkle.checkpoints SET note = note || ' ' WHERE size = %s", newest(anchored)[0])
        with pytest.raises(RestoredBehind):
            serve(anchored)

    def test_is_not_kept_from_serving_by_a_note_somebody_forged(self, anchored: Anchored, tmp_path: Path) -> None:
        size, note = newest(anchored)
        told = Checkpoint.parse(Note.parse(note).text)._replace(size=size + 5)
        forged = str(sign_checkpoint(told, SignerFile(tmp_path / "another.key")))
        anchored.anchors.add_note(TOP_KIND, TOP_TENANT, size + 5, forged)
        anchored.anchors.add_note(TOP_KIND, TOP_TENANT, size + 6, "no note")
        serve(anchored)
        (tmp_path / "signer.key").unlink()
        with pytest.raises(RestoredBehind):
            serve(anchored)
