"""Tokens that nobody of ours signed, or not for this, or not any more: all are refused, none breaks anything."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey
from uuid_utils.compat import uuid7

from adapters.identity.ring import KeyRing
from domain.identity.platform import PLATFORM
from tests.api.house import House
from tests.api.people import told, with_token

PLANS = "/api/billing/plans"
PKCS8 = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def claims(house: House, **other: Any) -> dict[str, Any]:
    now = int(time.time())
    plain: dict[str, Any] = {
        "iss": "caretrail", "aud": "caretrail-api", "sub": str(uuid7()), "tenant": str(house.tenant),
        "sid": str(uuid7()), "roles": ["clinic_admin"], "epoch": [1, 1], "amr": ["pwd"], "auth_time": now,
        "jti": str(uuid7()), "iat": now, "exp": now + 900,
    }  # fmt: skip
    return {name: value for name, value in (plain | other).items() if value is not ...}


def forged(house: House, header: dict[str, Any] | None = None, key: Any = None, **other: Any) -> str:
    """Return a token signed by the ring's own key (or ``key``), with claims and header as given (``...``: left out)."""
    kid, ours = house.services.identity.ring.signing()
    made = {"typ": "at+jwt", "alg": "HS256", "kid": kid} | (header or {})
    made = {name: value for name, value in made.items() if value is not ...}
    return jws.serialize_compact(made, json.dumps(claims(house, **other)), key or ours, algorithms=[made["alg"]])


def unsigned(house: House, header: dict[str, Any], **other: Any) -> str:
    parts = [json.dumps(header), json.dumps(claims(house, **other))]
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts) + "."


def wrong_claims() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the claims of tokens that are signed by our own key all the same."""
    now = int(time.time())
    for name in ("iss", "aud", "sub", "tenant", "sid", "roles", "epoch", "amr", "auth_time", "jti", "iat", "exp"):
        yield f"without {name}", {name: ...}
        yield f"{name} is null", {name: None}
        yield f"{name} is of another type", {name: {"x": 1}}
    others: dict[str, dict[str, Any]] = {
        "another issuer": {"iss": "https://evil.example"},
        "another audience": {"aud": "another-api"},
        "several audiences": {"aud": ["caretrail-api", "another-api"]},
        "expired": {"exp": now - 1, "iat": now - 901},
        "expires now": {"exp": now - 0},
        "expires before all time": {"exp": -1},
        "expires after all time": {"exp": 10**30},
        "not valid yet": {"nbf": now + 600},
        "issued in the future": {"iat": now + 600},
        "proven in the future": {"auth_time": now + 600},
        "proven before all time": {"auth_time": -(10**14)},
        "subject is no id": {"sub": "admin"},
        "subject is a path": {"sub": "../../etc/passwd"},
        "tenant is SQL": {"tenant": "' OR 1=1 --"},
        "roles are one text": {"roles": "clinic_admin"},
        "roles are numbers": {"roles": [1, 2]},
        "epoch is a number": {"epoch": 7},
        "epoch is too short": {"epoch": [1]},
        "epoch is not whole": {"epoch": [1.5, 2.5]},
        "expiry is a text": {"exp": str(now + 900)},
        "expiry is a truth": {"exp": True},
        "an unknown way of proof": {"amr": ["magic"]},
        "one claim more": {"admin": True},
        "scope is a list": {"scope": ["*"]},
    }
    yield from others.items()


def wrong_headers(house: House, stranger: OctKey) -> dict[str, str]:
    """Return tokens whose header or key is another's."""
    kid, _ = house.services.identity.ring.signing()
    plain = {"typ": "at+jwt", "kid": kid}
    pair = RSAKey.import_key(rsa.generate_private_key(65537, 2048).private_bytes(*PKCS8))
    return {
        "no algorithm": unsigned(house, plain | {"alg": "none"}),
        "no algorithm in capitals": unsigned(house, plain | {"alg": "None"}),
        "no algorithm and a signature": unsigned(house, plain | {"alg": "none"}) + forged(house).split(".")[2],
        "another algorithm": forged(house, {"alg": "HS512"}),
        "an asymmetric algorithm": forged(house, {"alg": "RS256"}, key=pair),
        "another type": forged(house, {"typ": "JWT"}),
        "no type": forged(house, {"typ": ...}),
        "another key": forged(house, key=stranger),
        "an unknown key id": forged(house, {"kid": "ffffffffffffffff"}),
        "no key id": forged(house, {"kid": ...}),
        "a path for a key id": forged(house, {"kid": "../../token.keys"}),
        "a key that comes along": forged(house, {"jwk": {"kty": "oct", "k": "AAAA"}}),
        "an address of keys": forged(house, {"jku": "https://evil.example/keys"}),
        "a critical extension": unsigned(house, plain | {"alg": "HS256", "crit": ["x"]}),
    }


def wrong_shapes(house: House) -> dict[str, str]:
    """Return what is cut, put together or blown up."""
    good = forged(house)
    header, payload, signature = good.split(".")
    kid, ours = house.services.identity.ring.signing()
    signed = {"typ": "at+jwt", "alg": "HS256", "kid": kid}
    return {
        "no signature": f"{header}.{payload}.",
        "a turned signature": f"{header}.{payload}.{signature[::-1]}",
        "a signature cut short": good[:-1],
        "a payload cut short": f"{header}.{payload[:-4]}.{signature}",
        "another payload": f"{header}.{forged(house).split('.')[1]}.{signature}",
        "no payload": f"{header}..{signature}",
        "two parts": f"{header}.{payload}",
        "five parts": f"{good}.a.b",
        "a payload that is no object": jws.serialize_compact(signed, b"[1]", ours),
        "a payload that is nothing": jws.serialize_compact(signed, b"\xff\xfe", ours),
        "a deep payload": jws.serialize_compact(signed, b"[" * 3000, ours),
        "a huge one": "a" * 20_000,
        "a huge one that is signed": forged(house, roles=["x" * 40] * 400),
        "letters of other scripts": "Ünïcödé.ÿÿ.þþ",
        "a space within": f"{header} .{payload}.{signature}",
        "nothing but dots": "..",
        "control characters": "\x01.\x02.\x03",
    }


class TestHostileTokens:
    @pytest.mark.requirement("R283")
    @pytest.mark.requirement("R012")
    async def test_with_wrong_claims_are_refused_though_signed_by_our_own_key(self, house: House) -> None:
        cases = dict(wrong_claims())
        assert len(cases) >= 60
        let_in = [
            name for name, other in cases.items() if not await is_refused(house, f"Bearer {forged(house, **other)}")
        ]
        assert let_in == []
        assert (await ask(house, f"Bearer {forged(house)}")).status_code == 200

    async def test_with_wrong_signatures_headers_or_shapes_are_refused(self, house: House, tmp_path: Path) -> None:
        stranger = KeyRing(tmp_path / "token.keys").signing()[1]
        cases = wrong_headers(house, stranger) | wrong_shapes(house)
        let_in = [name for name, text in cases.items() if not await is_refused(house, f"Bearer {text}")]
        assert let_in == []
        good = forged(house)
        for authorization in ("", "Bearer", "Bearer ", "Basic YTpi", f"bearer:{good}", good, f"Bearer Bearer {good}"):
            assert await is_refused(house, authorization)

    async def test_of_another_tenant_see_nothing_of_this_one(self, house: House) -> None:
        made = await house.client("clinic_admin").post(
            PLANS, json={"name": "Plan", "amountCents": 1, "currency": "EUR", "interval": "MONTHLY"}
        )
        plan = told(made, 201)["id"]
        elsewhere = with_token(house, {"accessToken": forged(house, tenant=str(uuid7()))})
        assert (await elsewhere.get(f"{PLANS}/{plan}")).status_code == 404

    async def test_of_the_platforms_own_tenant_open_nobodys_account(self, house: House) -> None:
        intruder = with_token(house, {"accessToken": forged(house, tenant=str(PLATFORM), roles=["front_door"])})
        assert (await intruder.get("/api/users/me")).status_code == 404

    async def test_expire_while_they_are_remembered(self, house: House) -> None:
        authorization = f"Bearer {forged(house, exp=int(time.time()) + 2)}"
        assert (await ask(house, authorization)).status_code == 200
        await asyncio.sleep(2.1)
        assert await is_refused(house, authorization)


async def ask(house: House, authorization: str) -> httpx.Response:
    return await house.anonymous().get(PLANS, headers={b"Authorization": authorization.encode("latin-1", "replace")})


async def is_refused(house: House, authorization: str) -> bool:
    response = await ask(house, authorization)
    return response.status_code == 401 and response.json()["error"]["code"] == "not-authenticated"
