"""API keys: how many secrets are alive, and what is said of them."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from uuid_utils.compat import uuid7

from domain.identity.api_key import GRACE, ApiKey, ApiKeyOver, TwoSecretsAlive
from domain.identity.events import ApiKeyCreated, ApiKeyReminded, ApiKeyRevoked, ApiKeyRotated
from domain.kernel.errors import Invalid
from tests.domain.story import STREAM, given

USER, ADMIN, CLINIC = uuid7(), uuid7(), uuid7()
NOW = datetime(2026, 3, 29, 9, 30, tzinfo=UTC)
LATER, MUCH_LATER = NOW + timedelta(hours=1), NOW + timedelta(days=400)
FIRST, SECOND = uuid7(), uuid7()
KEY: dict[str, Any] = {"organization_id": CLINIC, "owner_id": USER, "name": "lab", "roles": ["nurse"], "scopes": []}
KEY_MADE = ApiKeyCreated(
    key_id=STREAM, organization_id=CLINIC, owner_id=USER, name="lab", roles=("nurse",), scopes=(), credential_id=FIRST,
    prefix="ctk_one", expires_at=NOW + timedelta(days=90),
)  # fmt: skip
ROTATED = ApiKeyRotated(
    key_id=STREAM, credential_id=SECOND, prefix="ctk_two", expires_at=LATER + timedelta(days=90), previous_id=FIRST,
    previous_until=LATER + GRACE, rotated_by=ADMIN,
)  # fmt: skip


class TestApiKey:
    def test_begins_with_one_secret_of_a_day_to_a_year(self) -> None:
        given(ApiKey).when(lambda k: k.create(**KEY, credential_id=FIRST, prefix="ctk_one", now=NOW)).then(KEY_MADE)
        for days in (0, 367):
            odd = partial(
                ApiKey.create, **KEY, credential_id=FIRST, prefix="ctk_one", now=NOW, length=timedelta(days=days)
            )
            given(ApiKey).when(odd).refused(Invalid)

    def test_has_two_secrets_alive_at_most(self) -> None:
        def rotate(now: datetime) -> Any:
            return lambda k: k.rotate(credential_id=SECOND, prefix="ctk_two", rotated_by=ADMIN, now=now)

        key = given(ApiKey, KEY_MADE).when(rotate(LATER)).then(ROTATED)
        assert key.alive(LATER) == {FIRST, SECOND}
        assert key.alive(LATER + GRACE) == {SECOND}
        given(ApiKey, KEY_MADE, ROTATED).when(rotate(LATER)).refused(TwoSecretsAlive)
        again = ApiKeyRotated(
            key_id=STREAM, credential_id=SECOND, prefix="ctk_two", expires_at=LATER + GRACE + timedelta(days=90),
            previous_id=SECOND, previous_until=LATER + 2 * GRACE, rotated_by=ADMIN,
        )  # fmt: skip
        given(ApiKey, KEY_MADE, ROTATED).when(rotate(LATER + GRACE)).then(again)

    def test_revoked_opens_nothing(self) -> None:
        revoked = ApiKeyRevoked(key_id=STREAM, revoked_by=ADMIN)
        key = given(ApiKey, KEY_MADE, ROTATED).when(lambda k: k.revoke(ADMIN)).then(revoked)
        assert key.alive(LATER) == frozenset()
        given(ApiKey, KEY_MADE, revoked).when(lambda k: k.revoke(ADMIN)).refused(ApiKeyOver)
        given(ApiKey, KEY_MADE, revoked).when(lambda k: k.remind(FIRST, LATER)).then()

    def test_is_reminded_of_its_newest_secret_alone(self) -> None:
        reminded = ApiKeyReminded(key_id=STREAM, credential_id=FIRST, due_at=LATER)
        given(ApiKey, KEY_MADE).when(lambda k: k.remind(FIRST, LATER)).then(reminded)
        given(ApiKey, KEY_MADE).when(lambda k: k.remind(FIRST, MUCH_LATER)).then()
        given(ApiKey, KEY_MADE, ROTATED).when(lambda k: k.remind(FIRST, LATER)).then()
