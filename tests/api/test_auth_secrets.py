"""Secrets and addresses lie nowhere in the clear: not in the database, the log, the spool or an answer to a mistake."""

import asyncio
import json

import bcrypt
import psycopg
import pyotp
import pytest
from uuid_utils.compat import uuid7

from adapters.identity.passwords import HASHER
from tests.api.house import Ground, House, open_house
from tests.api.people import code, refused, signed_in, signed_up, told

LOGIN = "/api/auth/login"
JSON = {"Content-Type": "application/json"}


def everything(url: str) -> str:
    """Return every row of every table as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("""SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema')""").fetchall()
        rows = [
            row[0] for (table,) in tables for row in connection.execute(f"SELECT t::text FROM {table} t").fetchall()
        ]
    return "\n".join(rows)


def as_stored(secret: str) -> set[str]:
    """Return a secret as it might show in a table: in clear, or as bytes."""
    return {secret, secret.encode().hex(), secret.lower(), secret.upper()}


class TestSecrets:
    async def test_lie_nowhere_in_the_clear(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        email, password = f"canary-{uuid7()}@example.org", f"canary {uuid7()} password"
        body = {"email": email, "password": password, "name": "Canary Canary"}
        told(await house.anonymous().post("/api/auth/register", json=body), 202)
        sent = await code(house, email)
        told(await house.anonymous().post("/api/auth/otp/verify", json={"email": email, "code": sent}))
        tokens = told(await house.anonymous().post(LOGIN, json={"email": email, "password": password}))
        told(await house.anonymous().post("/api/auth/forgot-password", json={"email": email}), 202)
        link = await code(house, email)
        house.anonymous().headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        client = house.clients[-1]
        begun = told(await client.post("/api/auth/totp/enrol"))
        shown = {"code": pyotp.TOTP(begun["secret"]).now()}
        confirmed = told(await client.post("/api/auth/totp/confirm", json=shown))
        secrets = [email, password, "Canary Canary", tokens["refreshToken"], tokens["accessToken"], link,
                   begun["secret"], *confirmed["recoveryCodes"]]  # fmt: skip
        spool = house.services.settings.state / "spool"
        places = {
            "database": everything(house.database_url),
            "spool": "\n".join(path.read_text() for path in spool.glob("*")),
            "log": capsys.readouterr().out,
        }
        found = [
            (place, secret[:12]) for place, text in places.items() for secret in secrets
            for form in as_stored(secret) if form in text
        ]  # fmt: skip
        assert found == []
        assert str(tokens["userId"]) in places["database"], "the search finds what is there"

    async def test_are_not_repeated_by_a_refusal(self, house: House, capsys: pytest.CaptureFixture[str]) -> None:
        secret = "a-secret-canary"
        wrong = [
            ("register", {"email": "no address", "password": secret, "name": "A"}),
            ("register", {"email": "a@example.org", "password": secret, "name": ""}),
            ("login", {"email": "a@example.org", "password": {"x": secret}}),
            ("login", {"email": "a@example.org", "password": secret, "more": secret}),
            ("login", {"email": "a@example.org", "password": secret * 100}),
            ("refresh", {"refreshToken": [secret]}),
            ("refresh", {"refreshToken": secret}),
            ("reset-password", {"token": secret, "password": secret}),
            ("otp/verify", {"email": "a@example.org", "code": secret}),
        ]
        for path, body in wrong:
            response = await house.anonymous().post(f"/api/auth/{path}", json=body)
            assert response.status_code in (401, 422), (path, response.text)
            assert secret not in response.text
        malformed = await house.anonymous().post(LOGIN, content=f'{{"password": "{secret}"', headers=JSON)
        assert malformed.status_code == 400
        assert secret not in malformed.text + capsys.readouterr().out

    async def test_in_a_shape_nobody_expects_are_refused_and_nothing_breaks(self, house: House) -> None:
        for password in ("\x00" * 12, "\u202e" * 12, "🐎" * 40, "x" * 1024):
            response = await house.anonymous().post(LOGIN, json={"email": "a@example.org", "password": password})
            assert response.status_code in (401, 429)
        for name in ("email", "password", "code"):
            typed = {"email": "b@example.org", "password": "a password", "code": "123456", name: "half@a.letter"}
            lone = json.dumps(typed).replace("half", "\\ud800").encode()
            assert (await house.anonymous().post(LOGIN, content=lone, headers=JSON)).status_code == 422


class TestUpgrade:
    async def test_of_a_bcrypt_hash_happens_at_the_next_log_in(self, house: House) -> None:
        person = await signed_up(house)
        credentials = house.services.identity.credentials
        old = bcrypt.hashpw(person.password.encode(), bcrypt.gensalt(12)).decode()
        await credentials.set_password(person.id, old)
        await signed_in(house, person)
        kept = (await credentials.of(person.id)).password
        assert kept is not None
        assert HASHER.verify(kept, person.password)
        await signed_in(house, person)


class TestQueue:
    async def test_when_full_answers_later_and_everything_else_goes_on(self, ground: Ground, redis_url: str) -> None:
        async with open_house(ground, redis_url, password_threads=1, password_queue=2) as house:
            body = {"password": "correct horse battery staple", "name": "Ana"}
            asking = [
                house.anonymous().post("/api/auth/register", json=body | {"email": f"{uuid7()}@example.org"})
                for _ in range(12)
            ]
            others = [house.anonymous().get("/health") for _ in range(12)]
            answers = await asyncio.gather(*asking, *others)
            busy = [answer for answer in answers if answer.status_code == 503]
            assert busy
            refused(busy[0], 503, "passwords-busy")
            assert all(int(answer.headers["retry-after"]) >= 1 for answer in busy)
            assert {answer.status_code for answer in answers[12:]} == {200}
            assert {answer.status_code for answer in answers[:12]} == {202, 503}
