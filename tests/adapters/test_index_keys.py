"""Keys for read models of what lies sealed: while they cannot be had, no event is blamed for it."""

from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from uuid_utils.compat import uuid7

from adapters.logins import Role, url_for
from adapters.postgres.index_keys import IndexKeys
from adapters.postgres.key_store import KeyStore
from adapters.postgres.tenancy import every_tenant
from adapters.settings import Settings
from adapters.vault.root_key import RootKeyFile
from adapters.vault.vault import Vault
from application.ports.key_management import KeyManagementUnavailable
from projections.kernel.keyed import Term
from projections.kernel.poison import may_pass
from tests.adapters.sample import CODEC, TENANT


class Away(RootKeyFile):
    """Who keeps the root key cannot be reached."""

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        raise KeyManagementUnavailable("away")

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        raise KeyManagementUnavailable("away")


class TestIndexKeys:
    def test_out_of_reach_are_a_server_that_is_away_and_no_poison(self, database_url: str, tmp_path: Path) -> None:
        url = every_tenant(url_for(Settings(database_url=database_url), Role.KEYS))
        with psycopg.connect(url, autocommit=True) as connection:
            keys = IndexKeys(connection, CODEC, KeyStore(Away(tmp_path / "root.key"), Vault(), uuid7))
            with pytest.raises(psycopg.OperationalError) as failure:
                keys.tokens(TENANT, [Term("name", "Ada")])
        assert may_pass(failure.value)
