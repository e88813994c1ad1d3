"""Those who keep notes outside get every one, sooner or later; one that fails holds up neither signing nor the rest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from uuid_utils.compat import uuid7

from adapters.merkle.checkpoints import Checkpointer
from adapters.merkle.deliveries import Deliveries
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.timestamps import HttpTimestamper, NotStamped, TimestampAnchor, certificates, stamped_at
from adapters.merkle.webhook import WebhookAnchor, set_webhook
from application.ports.anchor import Anchor, SignedCheckpoint
from tests.adapters.sample import OTHER_TENANT, TENANT
from tests.merkle.authority import HAVE_OPENSSL, Authority, Posted, listening
from tests.merkle.ground import Anchored


@pytest.fixture
def ground(database_url: str, tmp_path: Path) -> Iterator[Anchored]:
    made = Anchored(database_url, tmp_path)
    made.checkpointer = Checkpointer(made.connection, made.signer, 10, 10_000, ["folder"], ["timestamp"])
    yield made
    for connection in made.open:
        connection.close()


def sign(ground: Anchored) -> list[SignedCheckpoint]:
    ground.append(uuid7(), 1)
    ground.append(uuid7(), 1, tenant=OTHER_TENANT)
    ground.grow()
    return ground.checkpointer.sign(datetime.now(UTC))


def waiting(ground: Anchored, anchor: str) -> int:
    query = b"SELECT count(*) FROM merkle.deliveries WHERE anchor = %s"
    found = ground.connection.execute(query, (anchor,)).fetchone()
    return int(found[0]) if found else 0


def deliver(ground: Anchored, anchor: Anchor) -> int:
    """Let everything be due, and hand it over."""
    ground.sql("UPDATE merkle.deliveries SET due_at = now()")
    return Deliveries(ground.connection, anchor).once()


class TestDeliveries:
    def test_bring_every_note_to_the_folder(self, ground: Anchored) -> None:
        signed = [*sign(ground), *sign(ground)]
        assert deliver(ground, ground.anchor_folder) == 6
        assert waiting(ground, "folder") == 0
        logs = {(s.kind, s.tenant_id) for s in signed}
        kept = {text for kind, tenant in logs for _, text in ground.anchors.notes(kind, tenant)}
        assert kept == {s.note for s in signed}
        assert ground.verify().clean

    def test_that_fail_are_made_again_later_and_hold_up_nothing(self, ground: Anchored) -> None:
        sign(ground)
        set_webhook(ground.connection, TENANT, "http://127.0.0.1:9/nobody-listens")
        sign(ground)
        assert deliver(ground, WebhookAnchor(ground.connection)) == 1
        assert Deliveries(ground.connection, WebhookAnchor(ground.connection)).once() == 0
        row = ground.connection.execute(
            "SELECT error, attempts, due_at - now() FROM merkle.deliveries WHERE anchor = 'webhook'"
        ).fetchone()
        assert row is not None
        assert row[:2] == ("ConnectError", 1)
        assert timedelta(0) < row[2] < timedelta(seconds=5)
        assert len(sign(ground)) == 3
        assert deliver(ground, ground.anchor_folder) == 9
        with listening(Posted()) as posted:
            set_webhook(ground.connection, TENANT, posted.url)
            deliver(ground, WebhookAnchor(ground.connection))
        assert len(posted.bodies) == 2
        assert waiting(ground, "webhook") == 0

    def test_taken_up_by_one_that_died_are_taken_up_again(self, ground: Anchored) -> None:
        sign(ground)

        class Dying:
            name = "folder"

            def receive(self, checkpoint: SignedCheckpoint) -> None:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Deliveries(ground.connection, Dying()).once()
        assert waiting(ground, "folder") == 3
        assert deliver(ground, ground.anchor_folder) == 3


class TestTheWebhook:
    def test_gets_the_tenants_notes_and_no_others(self, ground: Anchored) -> None:
        with listening(Posted()) as posted:
            set_webhook(ground.connection, TENANT, posted.url)
            signed = sign(ground)
            deliver(ground, WebhookAnchor(ground.connection))
        mine = [s.note.encode() for s in signed if s.tenant_id == TENANT]
        assert posted.bodies == mine
        assert posted.headers[0]["X-Caretrail-Log"] == f"caretrail/events/{TENANT}"

    def test_that_answers_with_an_error_is_asked_again(self, ground: Anchored) -> None:
        with listening(Posted()) as posted:
            posted.status = 500
            set_webhook(ground.connection, TENANT, posted.url)
            sign(ground)
            deliver(ground, WebhookAnchor(ground.connection))
            assert waiting(ground, "webhook") == 1
            posted.status = 204
            deliver(ground, WebhookAnchor(ground.connection))
        assert len(posted.bodies) == 2
        assert waiting(ground, "webhook") == 0

    @pytest.mark.parametrize("url", ["", "file:///etc/passwd", "clinic.example", "http://"])
    def test_is_a_url_of_the_web(self, ground: Anchored, url: str) -> None:
        with pytest.raises(ValueError, match="webhook"):
            set_webhook(ground.connection, TENANT, url)


class Stamping(Posted):
    def __init__(self, authority: Authority) -> None:
        super().__init__()
        self.authority = authority

    def answer(self, body: bytes) -> bytes:
        return self.authority.stamp(body)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.skipif(not HAVE_OPENSSL, reason="needs the openssl command, which makes the authority")
class TestTheTimestamp:
    def test_over_the_top_note_holds_by_the_authoritys_certificate(
        self, ground: Anchored, authority: Authority
    ) -> None:
        top = sign(ground)[-1]
        with listening(Stamping(authority)) as posted:
            assert deliver(ground, TimestampAnchor(ground.anchors, HttpTimestamper(posted.url))) == 1
        response = ground.anchors.timestamp(TOP_KIND, TOP_TENANT, top.size)
        assert response is not None
        roots = certificates(authority.root.read_bytes())
        at = stamped_at(response, top.note.encode(), roots)
        assert abs(at.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=1)
        assert authority.confirms(top.note.encode(), response)
        with pytest.raises(NotStamped):
            stamped_at(response, b"another note", roots)

    def test_of_another_authority_does_not_hold(self, authority: Authority, tmp_path: Path) -> None:
        with listening(Stamping(authority)) as posted:
            response = HttpTimestamper(posted.url).stamp(b"a note")
        with pytest.raises(NotStamped):
            stamped_at(response, b"a note", certificates(Authority(tmp_path).root.read_bytes()))

    def test_about_something_else_is_not_taken(self, authority: Authority) -> None:
        with listening(Stamping(authority)) as posted:
            HttpTimestamper(posted.url).stamp(b"one")
            replay = authority.stamp(posted.bodies[0])

            def answer(body: bytes) -> bytes:
                return replay

            posted.answer = answer  # type: ignore[method-assign]
            with pytest.raises(NotStamped, match="something else"):
                HttpTimestamper(posted.url).stamp(b"another")

    def test_from_what_is_no_authority_is_not_taken(self) -> None:
        with listening(Posted()) as posted, pytest.raises(NotStamped):
            HttpTimestamper(posted.url).stamp(b"one")
