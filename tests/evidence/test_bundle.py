"""A bundle convinces somebody who has nothing of ours: whole, of a person, of a range, timestamped, of who looked."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from adapters.embedded.databases import Databases
from adapters.evidence.bundle import Bundle
from adapters.evidence.choice import Choice
from adapters.logins import Role, url_for
from adapters.merkle.anchors import Anchors
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.runners import open_access_runner
from adapters.settings import Settings
from projections.kernel.feed import FeedRow
from tests.evidence.conftest import Past
from tests.evidence.ground import Auditor, anchor

PERSONAL = (b"Mercy Quill", b"1961-07-04", b"+351 555", b"Sodium", b"Birch pollen", b"telephone", b"Comes by bus")


@pytest.mark.requirement("R007")
class TestABundle:
    def test_of_a_clinic_shows_that_nothing_was_changed_or_left_out(self, past: Past, auditor: Auditor) -> None:
        for outside in (None, past.outside):
            bundle, (packed,) = auditor.export(past.url, Choice(tenant_id=past.tenants[0]), outside)
            checked = auditor.check(bundle)
            assert checked.code == 0, checked.said
            assert f"all {packed.size} events" in checked.said
            assert (packed.events, packed.uncovered, packed.sound) == (packed.size, 0, True)
            assert packed.size > 2 * 256

    def test_of_a_person_proves_each_of_their_events(self, past: Past, auditor: Auditor) -> None:
        for tenant in past.tenants:
            bundle, (packed,) = auditor.export(past.url, Choice(patient_id=past.patients[tenant][-1]), past.outside)
            checked = auditor.check(bundle)
            assert (checked.code, packed.events) == (0, 16), checked.said

    def test_of_a_range_shows_that_none_in_it_was_left_out(self, past: Past, auditor: Auditor) -> None:
        for span in ((100, 200), (0, 5), (1, 10**9), (300, 300)):
            bundle, packed = auditor.export(past.url, Choice(span=span))
            checked = auditor.check(bundle)
            assert checked.code == 0, checked.said
            assert checked.said.count("none of the range left out") == len(packed) == len(past.tenants)

    def test_of_a_range_keeps_the_contents_of_the_neighbours_back(self, past: Past, auditor: Auditor) -> None:
        bundle, (packed,) = auditor.export(past.url, Choice(tenant_id=past.tenants[0], span=(100, 200)))
        auditor.unpack(bundle)
        events = [json.loads(line) for line in auditor.events(past.tenants[0]).read_text().splitlines()]
        assert [("data" in event) for event in events] == [False, *[True] * packed.events, False]
        assert all("sealed" not in event and "meta" not in event for event in (events[0], events[-1]))

    def test_is_the_same_bytes_every_time(self, past: Past, auditor: Auditor) -> None:
        made = [auditor.export(past.url, Choice(tenant_id=past.tenants[1]))[0].read_bytes() for _ in range(2)]
        assert made[0] == made[1]

    def test_can_be_read_by_its_owner_only(self, past: Past, auditor: Auditor) -> None:
        bundle, _ = auditor.export(past.url, Choice(tenant_id=past.tenants[2]))
        assert bundle.stat().st_mode & 0o777 == 0o600

    def test_that_fails_leaves_no_file(self, past: Past, auditor: Auditor) -> None:
        def broken(rows: Sequence[FeedRow]) -> Sequence[Any]:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            auditor.export(past.url, Choice(tenant_id=past.tenants[2]), opener=broken)
        assert [path.name for path in auditor.folder.iterdir()] == [auditor.key.name]

    def test_holds_nothing_personal_in_the_clear(self, past: Past, auditor: Auditor) -> None:
        bundle, _ = auditor.export(past.url, Choice(tenant_id=past.tenants[0]))
        with zipfile.ZipFile(bundle) as archive:
            everything = b"".join(archive.read(name) for name in archive.namelist())
        assert [word for word in PERSONAL if word in everything] == []

    def test_of_nobody_is_empty(self, past: Past, auditor: Auditor) -> None:
        assert auditor.export(past.url, Choice(patient_id=uuid4()))[1] == []

    def test_tells_how_far_it_is(self, past: Past, tmp_path: Path) -> None:
        told: list[tuple[int, int]] = []
        with psycopg.connect(past.url, autocommit=True) as connection:
            Bundle(
                connection, Choice(tenant_id=past.tenants[0]), progress=lambda done, of: told.append((done, of))
            ).write(tmp_path / "evidence.zip", "")
        assert told[-1][0] == told[-1][1] > 0


def authority(folder: Path) -> Path:
    """Make a time-stamping authority of openssl alone; return its certificate."""
    (folder / "tsa.cnf").write_text(
        "[req]\ndistinguished_name = dn\nx509_extensions = ext\nprompt = no\n[dn]\nCN = Test TSA\n"
        "[ext]\nextendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n"
        "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n"
        "digests = sha256\nsigner_cert = tsa.pem\nsigner_key = tsa.key\ncerts = tsa.pem\n"
    )
    make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -config tsa.cnf -days 2"
    subprocess.run(make.split(), cwd=folder, check=True, capture_output=True)
    return folder / "tsa.pem"


def stamped(folder: Path, data: Path) -> bytes:
    """Return the authority's timestamp over a file."""
    for command in (
        f"openssl ts -query -data {data} -sha256 -cert -out query.tsq",
        "openssl ts -reply -queryfile query.tsq -config tsa.cnf -out reply.tsr",
    ):
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return (folder / "reply.tsr").read_bytes()


class TestATimestamp:
    def test_is_handed_out_with_the_place_of_the_checkpoint_under_it(
        self, past: Past, auditor: Auditor, tmp_path: Path
    ) -> None:
        outside = Path(shutil.copytree(past.outside, tmp_path / "outside"))
        certificate, note = authority(tmp_path), max((outside / "top" / "checkpoints").glob("*.note"))
        Anchors(outside).add_timestamp(TOP_KIND, TOP_TENANT, int(note.stem), stamped(tmp_path, note))
        bundle, (packed,) = auditor.export(past.url, Choice(tenant_id=past.tenants[0]), outside)
        assert "its checkpoint is in the top log" in auditor.check(bundle).said
        manual = (auditor.unpacked / "README.md").read_text()
        (command,) = [line.strip() for line in manual.splitlines() if line.startswith("    openssl ts")]
        verified = subprocess.run(
            command.replace("authority.pem", str(certificate)).split(), cwd=auditor.unpacked / packed.log,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert verified.returncode == 0, verified.stderr

    def test_that_is_over_another_log_of_checkpoints_is_found(self, past: Past, auditor: Auditor, whole: Path) -> None:
        auditor.unpack(whole)
        place = auditor.events(past.tenants[0]).with_name("top.json")
        found = json.loads(place.read_text())
        place.write_text(json.dumps(found | {"index": found["index"] + 1}))
        checked = auditor.run()
        assert (checked.code, "not in the top log" in checked.said) == (1, True)


class TestTheAccessLog:
    def test_is_handed_out_in_the_same_way(
        self, past: Past, auditor: Auditor, prepared_databases: Databases, tmp_path: Path
    ) -> None:
        url = prepared_databases.copy(past.url)
        with psycopg.connect(url) as connection:  # the tables have one shape: any row will do
            connection.execute(
                "INSERT INTO access_log.entries SELECT nextval('access_log.position_seq'), tenant_id, stream_id,"
                " version, type, schema_version, data, sealed, key_id, subject_id, meta, recorded_at"
                " FROM event_store.events WHERE tenant_id = %s",
                (past.tenants[1],),
            )
        with open_access_runner(url_for(Settings(database_url=url), Role.PROJECTOR)) as runner:
            runner.drain()
        anchor(url, tmp_path / "outside", past.signer)
        auditor.notes = tmp_path / "outside"
        bundle, (packed,) = auditor.export(url, Choice("access", past.tenants[1]), auditor.notes)
        prepared_databases.drop(url)
        checked = auditor.check(bundle)
        assert (checked.code, packed.log) == (0, f"access/{past.tenants[1]}"), checked.said
        assert f"all {packed.size} events" in checked.said
