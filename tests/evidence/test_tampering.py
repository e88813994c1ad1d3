"""Tampering is found and located, by a superuser who knows everything but the signer's key and the notes outside."""

from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID

import psycopg
import pytest

from adapters.embedded.databases import Databases
from adapters.evidence.choice import Choice
from adapters.merkle.anchors import Anchors
from adapters.merkle.findings import Finding, Report
from adapters.merkle.leaf import leaf_hash
from adapters.merkle.signing import SignerFile
from adapters.merkle.tree import root_over
from adapters.merkle.verify import Verification
from adapters.postgres.feed import COLUMNS
from projections.kernel.feed import FeedRow
from tests.evidence.acts import ACTS, Scene
from tests.evidence.conftest import Past
from tests.evidence.forger import cover_up
from tests.evidence.ground import Auditor, rows_of

RESTORE = "restore an old backup"
_ROWS = b"SELECT " + COLUMNS + b" FROM event_store.events WHERE tenant_id = %s ORDER BY position, version, stream_id"
NAIVE, CONSISTENT = "naive", "consistent"


class Trial:
    """One copy of the house for one act at one place."""

    def __init__(self, past: Past, url: str, dice: Random) -> None:
        self.past = past
        self.url = url
        self.dice = dice
        self.tenant: UUID = dice.choices(past.tenants, weights=[6, 2, 1])[0]

    def commit(self, act: str) -> int:
        """Do it; return the first position at which history is not what it was."""
        rows = rows_of(self.url, self.tenant)
        if act == RESTORE:
            return self.restore(rows)
        with psycopg.connect(self.url, autocommit=True) as connection:
            return ACTS[act](Scene(connection, self.tenant, rows, self.dice))

    def restore(self, rows: list[tuple[int, UUID, str]]) -> int:
        """Go on from an old backup: other things have happened since, up to some point."""
        known = {row[0] for row in rows_of(self.past.backup, self.tenant)}
        later = [row[0] for row in rows if row[0] not in known]
        lost = next(row[0] for row in rows_of(self.past.url, self.tenant) if row[0] not in known)
        with psycopg.connect(self.url) as connection:
            connection.execute("DELETE FROM event_store.events WHERE position > %s", (self.dice.choice(later),))
        return min(later[0], lost)

    def cover_up(self) -> None:
        with psycopg.connect(self.url) as connection:
            cover_up(connection, self.tenant, SignerFile(self.past.state / "forger.key"))


def tried(databases: Databases, past: Past, auditor: Auditor, act: str, places: Mapping[int, Sequence[str]]) -> int:
    """Do an act at so many places, with the strengths given for each; count the times it was found and located."""
    found = 0
    for number, strengths in places.items():
        url = databases.copy(past.other_life if act == RESTORE else past.url)
        try:
            trial = Trial(past, url, Random(f"{act} {number}"))
            hit = trial.commit(act)
            for strength in strengths:
                if strength == CONSISTENT:
                    trial.cover_up()
                convicted(trial, auditor, hit, f"{act} {number} {strength}")
                found += 1
        finally:
            databases.drop(url)
    return found


def convicted(trial: Trial, auditor: Auditor, hit: int, case: str) -> None:
    """Assert that a verification finds it, and that the bundle of what is left convicts by its script alone."""
    report = verified(trial)
    places = [place_of(finding) for finding in report.findings if finding.tenant_id == trial.tenant and finding.proven]
    assert any(first <= hit <= last for first, last in places), (case, hit, report.findings)
    bundle, _ = auditor.export(trial.url, Choice(tenant_id=trial.tenant), trial.past.outside)
    checked = auditor.check(bundle)
    located = auditor.located(checked.said)
    assert checked.code == 1, (case, hit, checked.said)
    assert located, (case, hit, checked.said)
    assert located[0] < hit <= located[1], (case, hit, checked.said)


def verified(trial: Trial) -> Report:
    """Verify the tenant's log against the notes outside."""
    past = trial.past
    with psycopg.connect(trial.url, autocommit=True) as one, psycopg.connect(trial.url, autocommit=True) as two:
        return Verification(one, two, past.signer.public_key, Anchors(past.outside)).run(trial.tenant)


def place_of(finding: Finding) -> tuple[int, int]:
    """Return the first and the last position at which a finding says the first wrong event stands."""
    assert finding.position is not None
    if finding.between is None:
        return finding.position, finding.position
    return finding.position, int(finding.detail.rpartition(" ")[2])


@pytest.mark.requirement("R007")
@pytest.mark.requirement("R437")
class TestTampering:
    @pytest.mark.parametrize("act", [*ACTS, RESTORE])
    def test_is_found_and_located(self, prepared_databases: Databases, past: Past, auditor: Auditor, act: str) -> None:
        assert tried(prepared_databases, past, auditor, act, {0: [NAIVE], 1: [CONSISTENT]}) == 2

    @pytest.mark.long
    @pytest.mark.parametrize("act", [*ACTS, RESTORE])
    def test_is_found_and_located_at_fifty_places(
        self, prepared_databases: Databases, past: Past, auditor: Auditor, act: str
    ) -> None:
        both = [NAIVE, CONSISTENT]
        assert tried(prepared_databases, past, auditor, act, dict.fromkeys(range(50), both)) == 100


def rest(trial: Trial) -> None:
    """Nothing happens."""


def clean_up(trial: Trial) -> None:
    with psycopg.connect(trial.url, autocommit=True) as connection:
        for statement in (b"VACUUM FULL event_store.events", b"REINDEX TABLE event_store.events", b"ANALYZE"):
            connection.execute(statement)


def erase(trial: Trial) -> None:
    """Destroy every key of somebody."""
    person = trial.dice.choice(trial.past.patients[trial.tenant])
    with psycopg.connect(trial.url) as connection:
        done = connection.execute(
            "UPDATE vault.data_keys SET wrapped = NULL, destroyed_at = now() WHERE subject_id = %s", (person,)
        )
        assert done.rowcount


def index(trial: Trial) -> None:
    with psycopg.connect(trial.url) as connection:
        connection.execute("CREATE INDEX more ON event_store.events (tenant_id, recorded_at)")
        connection.execute("CLUSTER event_store.events USING more")


def go_on(trial: Trial) -> None:
    """Append what no checkpoint covers yet."""
    with psycopg.connect(trial.url) as connection:
        connection.execute(
            "INSERT INTO event_store.events SELECT nextval('event_store.position_seq'), tenant_id, gen_random_uuid(),"
            " version, type, schema_version, data, sealed, key_id, subject_id, meta, now() FROM event_store.events"
            " WHERE tenant_id = %s LIMIT 5",
            (trial.tenant,),
        )


ORDINARY = (rest, erase, go_on, clean_up, index)


class TestOrdinaryLife:
    def test_raises_no_alarm(self, prepared_databases: Databases, past: Past, auditor: Auditor) -> None:
        for number in range(3):
            lived(prepared_databases, past, auditor, number)

    @pytest.mark.long
    def test_raises_no_alarm_in_fifty_runs(self, prepared_databases: Databases, past: Past, auditor: Auditor) -> None:
        for number in range(50):
            lived(prepared_databases, past, auditor, number)


def lived(databases: Databases, past: Past, auditor: Auditor, number: int) -> None:
    """Let something ordinary happen to a copy of the house; nobody may find anything."""
    happens = ORDINARY[number % len(ORDINARY)]
    url = databases.copy(past.url)
    try:
        trial = Trial(past, url, Random(f"clean {number}"))
        happens(trial)
        assert verified(trial).clean, (happens.__name__, number, verified(trial).findings)
        bundle, (packed,) = auditor.export(url, Choice(tenant_id=trial.tenant), past.outside)
        checked = auditor.check(bundle)
        assert checked.code == 0, (happens.__name__, number, checked.said)
        assert (packed.sound, packed.uncovered) == (True, 5 if happens is go_on else 0)
    finally:
        databases.drop(url)


def agrees_with_itself(url: str, tenant_id: UUID) -> bool:
    """Whether rows, tiles, tree and checkpoints of a database agree: all that one can see who asks nobody outside."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(_ROWS, (tenant_id,)).fetchall()
        leaves = [leaf_hash(FeedRow._make(row)) for row in rows]
        log = ("events", tenant_id)
        tiles = connection.execute(
            "SELECT hashes FROM merkle.tiles WHERE (kind, tenant_id, level) = (%s, %s, 0) ORDER BY index", log
        ).fetchall()
        kept = connection.execute("SELECT root FROM merkle.logs WHERE (kind, tenant_id) = (%s, %s)", log).fetchone()
        signed = connection.execute(
            "SELECT size, root FROM merkle.checkpoints WHERE (kind, tenant_id) = (%s, %s)", log
        ).fetchall()
    return (
        b"".join(tile[0] for tile in tiles) == b"".join(leaves)
        and (root_over([]) if kept is None else kept[0]) == root_over(leaves)
        and all(root_over(leaves[:size]) == root for size, root in signed)
    )


class TestACheckerThatAsksNobodyOutside:
    """The control: without what lies outside, a forger who puts everything in order is not found."""

    @pytest.mark.parametrize("act", ["edit", "insert backdated"])
    def test_is_deceived_once_the_tiles_are_forged_too(
        self, prepared_databases: Databases, past: Past, auditor: Auditor, act: str
    ) -> None:
        url = prepared_databases.copy(past.url)
        trial = Trial(past, url, Random(act))
        assert agrees_with_itself(url, trial.tenant)
        hit = trial.commit(act)
        assert not agrees_with_itself(url, trial.tenant), "without the tiles forged, it finds the act"
        trial.cover_up()
        assert agrees_with_itself(url, trial.tenant)
        convicted(trial, auditor, hit, act)
        prepared_databases.drop(url)

    def test_is_deceived_by_a_true_old_state_though_every_signature_holds(
        self, prepared_databases: Databases, past: Past, auditor: Auditor
    ) -> None:
        tenant = past.tenants[0]
        bundle, _ = auditor.export(past.backup, Choice(tenant_id=tenant))
        checked = auditor.check(bundle)
        assert checked.code == 1
        assert "not those of a checkpoint" in checked.said
        auditor.notes = None
        assert auditor.check(bundle).code == 0
