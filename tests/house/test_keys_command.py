"""`caretrail keys` shows and rotates the keys of a running installation."""

import json
from pathlib import Path
from typing import Any

from uuid_utils.compat import uuid7

from tests.adapters.sample import OTHER_TENANT, TENANT, Noted, commit, context, opened
from tests.house.test_command_line import caretrail


def keys(database_url: str, state: Path, *arguments: str, code: int = 0) -> Any:
    """Run the command; return its figures."""
    said = caretrail("keys", *arguments, "--json", DATABASE_URL=database_url, CARETRAIL_STATE=str(state))
    assert said.returncode == code, said.stderr
    return json.loads(said.stdout) if said.stdout else None


class TestKeysCommand:
    async def test_rotates_one_tenant_all_and_the_root_key_while_the_store_is_in_use(
        self, database_url: str, tmp_path: Path
    ) -> None:
        async with opened(database_url, tmp_path) as its:
            stream = uuid7()
            for tenant, where in ((TENANT, stream), (OTHER_TENANT, uuid7())):
                event = Noted(person_id=uuid7(), note="private")
                await its.store.append(commit(where, event, on=context(tenant=tenant)))
            one = keys(database_url, tmp_path, "rotate", "--tenant", str(TENANT))
            assert one == {"data_keys": 1, "tenant_keys": 0, "epochs": 1, "root_keys": 0}
            every = keys(database_url, tmp_path, "rotate")
            assert (every["data_keys"], every["epochs"]) == (2, 2)
            assert keys(database_url, tmp_path, "rotate", "--root")["tenant_keys"] == 2
            status = keys(database_url, tmp_path, "status")
            assert (status["epochs_in_use"], status["epochs_ended"], status["data_keys"]) == (2, 3, 2)
            assert status["late"] is False
            listed = {
                (e["tenant_id"], e["epoch"], e["data_keys"]) for e in keys(database_url, tmp_path, "list")["epochs"]
            }
            assert {(str(TENANT), 3, 1), (str(TENANT), 1, 0), (str(OTHER_TENANT), 2, 1)} <= listed
            its.vault.forget()
            (read,) = await its.streams.read(TENANT, stream, opened=True)
            assert getattr(read.event, "note", None) == "private"

    def test_is_refused_for_a_tenant_without_keys(self, database_url: str, tmp_path: Path) -> None:
        keys(database_url, tmp_path, "rotate", "--tenant", str(uuid7()), code=2)
