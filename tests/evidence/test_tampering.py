"""Tampering is found and located, by a superuser who knows everything but the signer's key and the notes outside."""

from collections import Counter
from random import Random
from uuid import UUID

import psycopg
import pytest

from adapters.embedded.databases import Databases
from adapters.evidence.bundle import Choice
from tests.evidence.acts import ACTS, Scene
from tests.evidence.conftest import Past
from tests.evidence.forger import cover_up
from tests.evidence.ground import Auditor, Signer, rows_of

RESTORE = "restore an old backup"
SHORT, LONG, CLEAN_SHORT, CLEAN_LONG = 2, 50, 3, 50


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
            cover_up(connection, self.tenant, Signer())


def tried(databases: Databases, past: Past, act: str, times: int, auditor: Auditor) -> Counter[str]:
    found: Counter[str] = Counter()
    for number in range(times):
        dice = Random(f"{act} {number}")
        restored = act == RESTORE
        url = databases.copy(past.other_life if restored else past.url)
        try:
            trial = Trial(past, url, dice)
            hit = trial.commit(act)
            for strength in ("naive", "consistent"):
                if strength == "consistent":
                    trial.cover_up()
                bundle, _ = auditor.export(url, Choice(tenant_id=trial.tenant), past.outside)
                checked = auditor.check(bundle)
                located = auditor.located(checked.said)
                assert checked.code == 1, (act, number, strength, hit, checked.said)
                assert located, (act, number, strength, hit, checked.said)
                assert located[0] < hit <= located[1], (act, number, strength, hit, checked.said)
                found[strength] += 1
        finally:
            databases.drop(url)
    return found


class TestTampering:
    @pytest.mark.parametrize("act", [*ACTS, RESTORE])
    def test_is_found_and_located(self, prepared_databases: Databases, past: Past, auditor: Auditor, act: str) -> None:
        assert tried(prepared_databases, past, act, SHORT, auditor) == {"naive": SHORT, "consistent": SHORT}
