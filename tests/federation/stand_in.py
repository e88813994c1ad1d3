"""An OpenID Connect provider of the tests' own, on loopback: honest unless told otherwise, and then as bad as any."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import RSAKey
from uuid_utils.compat import uuid7

CLIENT, SECRET = "caretrail", "a secret / of + the client"
DISCOVERY, KEYS, TOKEN, DETAILS = "/.well-known/openid-configuration", "/keys", "/token", "/userinfo"
LATE_SECONDS = 3.0
UNSAFE = frozenset({"none", "HS256"})
Answer = tuple[int, dict[str, str], bytes]
SIGNING = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, private=True)


def as_json(content: object, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(content).encode()


class StandIn:
    """``document``, ``claims`` and ``header`` are added to what it would say (``...``: left out); ``answers`` stand in
    for whole answers by path; ``keys`` are shown, and ``key`` signs."""

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.key: Any = SIGNING
        self.algorithm = "RS256"
        self.keys: list[dict[str, Any]] = [dict(SIGNING.as_dict(private=False))]
        self.document: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.tokens: dict[str, Any] = {}
        self.details: dict[str, Any] = {}
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.subject = f"subject-{uuid7()}"
        self._codes: dict[str, dict[str, str]] = {}

    def sign_in(self, url: str) -> str:
        """Let somebody sign in who was sent here; return the code they are sent back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = str(uuid7())
        self._codes[code] = asked
        return code

    def id_token(self, nonce: str | None = None, access_token: str | None = None) -> str:
        """Return a token, signed by ``key``."""
        now = int(time.time())
        plain: dict[str, Any] = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now,
            "nonce": nonce, "email": f"{self.subject}@example.org", "email_verified": True, "name": "Ana Sousa",
        }  # fmt: skip
        if access_token:
            plain["at_hash"] = _text(sha256(access_token.encode()).digest()[:16])
        claims, header = (
            {n: value for n, value in made.items() if value is not ...}
            for made in (plain | self.claims, {"alg": self.algorithm, "kid": "one", "typ": "JWT"} | self.header)
        )
        if header["alg"] in UNSAFE:
            return _by_hand(header, claims, self.key if header["alg"] == "HS256" else b"")
        registry = jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
        return jws.serialize_compact(header, json.dumps(claims), self.key, [header["alg"]], registry)

    def answer(self, path: str, form: dict[str, str], credentials: str) -> Answer:
        """Answer one request."""
        self.asked.append(path)
        if path in self.answers:
            return self.answers[path]()
        match path:
            case "/.well-known/openid-configuration":
                return as_json(self._document())
            case "/keys":
                return as_json({"keys": self.keys})
            case "/token":
                return self._exchange(form, credentials)
            case "/userinfo":
                return as_json({"sub": self.subject} | self.details)
            case _:
                return as_json({"error": "nothing here"}, 404)

    def _document(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": self.issuer + TOKEN, "jwks_uri": self.issuer + KEYS,
        }  # fmt: skip
        return {name: value for name, value in (known | self.document).items() if value is not ...}

    def _exchange(self, form: dict[str, str], credentials: str) -> Answer:
        asked = self._codes.pop(form.get("code", ""), None)
        right = base64.b64encode(f"{CLIENT}:a%20secret%20%2F%20of%20%2B%20the%20client".encode()).decode()
        if credentials != f"Basic {right}":
            return as_json({"error": "invalid_client"}, 401)
        challenge = _text(sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or challenge != asked["code_challenge"]:
            return as_json({"error": "invalid_grant", "error_description": "canary"}, 400)
        access = str(uuid7())
        told = {"token_type": "Bearer", "access_token": access, "id_token": self.id_token(asked["nonce"], access)}
        return as_json({name: value for name, value in (told | self.tokens).items() if value is not ...})


def _by_hand(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """Return a token as the library would not make it: unsigned, or under a key that is not secret."""
    signing = ".".join(_text(json.dumps(part).encode()) for part in (header, claims))
    return f"{signing}.{_text(hmac.digest(key, signing.encode(), 'sha256')) if key else ''}"


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Run one, on a port of its own, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, form: dict[str, str]) -> None:
            status, headers, content = stand_in.answer(self.path, form, self.headers.get("Authorization", ""))
            try:
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # whoever asked has left

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stand_in = StandIn(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stand_in
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
