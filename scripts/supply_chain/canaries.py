"""Secrets that were made up to be looked for: one for every secret setting, and whether any text gives one away."""

import json
import re
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from adapters.settings import Settings, is_secret, variable

#: The least part of a secret whose showing counts.
PART = 12
#: Secrets of the environment that no setting of ours names.
FOREIGN = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CARETRAIL_TOKEN", "PGPASSWORD")
#: What secrets are not believed without.
_BESIDE = {
    "WORKOS_CLIENT_ID": "client",
    "GOOGLE_CLIENT_ID": "client",
    "TWILIO_ACCOUNT_SID": "account",
    "TWILIO_PHONE_NUMBER": "+351910000000",
    "SUPABASE_URL": "https://files.example.org",
}
#: Where an installation keeps the secrets it made up itself, relative to its state directory.
KEPT = ("root.key", "signer.key", "token.keys", "logins.json", "postgres.password")


def secret_settings() -> list[str]:
    """The variables of every setting that is shown to nobody."""
    return [variable(field) for field in Settings.model_fields if is_secret(field)]


def planted() -> tuple[dict[str, str], dict[str, str]]:
    """Return an environment in which every secret setting is given and formed well, and the secrets in it by name."""
    canaries = {name: secrets.token_hex(24) for name in [*secret_settings(), *FOREIGN]}
    given = {name: _formed(name, canary) for name, canary in canaries.items()}
    return given | _BESIDE, canaries


def _formed(name: str, canary: str) -> str:
    """A setting's value that holds a secret, as its kind of setting wants it. Nobody listens on port 1."""
    if name == "REDIS_URL":
        return f"redis://:{canary}@127.0.0.1:1/0"
    if "DATABASE_URL" in name:
        return f"postgresql://someone:{canary}@127.0.0.1:1/caretrail"
    if name == "CARETRAIL_TIMESTAMP_URL":
        return f"http://someone:{canary}@127.0.0.1:1/"
    if name == "CARETRAIL_VENDOR_URLS":
        return json.dumps({"stripe": f"http://someone:{canary}@127.0.0.1:1"})
    if name == "CARETRAIL_IDENTITY_PROVIDERS":
        own = {"issuer": "https://id.example.org", "client_id": "client", "client_secret": canary}
        return json.dumps({"own": own | {"webhook_secret": canary}})
    return canary


def kept(state: Path) -> dict[str, str]:
    """Return the secrets an installation made up and keeps in files, by file."""
    found = {name: (state / name).read_bytes() for name in KEPT if (state / name).exists()}
    return {f"{name}#{n}": word for name, text in found.items() for n, word in enumerate(_words(text))}


def _words(text: bytes) -> list[str]:
    """What may be secret in a file: its long words, or when it is none of text, all of it as people write bytes."""
    try:
        words = re.findall(r"[\w+/=-]+", text.decode())
    except UnicodeDecodeError:
        words = [text.hex(), b64encode(text).decode()]
    return [word for word in words if len(word) >= 2 * PART]


def given_away(texts: Mapping[str, str], canaries: Mapping[str, str]) -> list[str]:
    """Return which text shows which secret, whole or in part, plain or in base64; never the secret."""
    return [
        f"{where} shows {name}"
        for where, text in texts.items()
        for name, canary in canaries.items()
        if any(form in text for form in forms(canary))
    ]


def forms(secret: str) -> Iterator[str]:
    """Yield what a text holds when it shows a secret: a part of it, or what it becomes inside of base64."""
    yield from (secret[at : at + PART] for at in range(0, len(secret) - PART + 1, PART))
    for offset in range(3):
        yield b64encode(b"\0" * offset + secret.encode())[4:-4].decode()


def texts_below(folder: Path, besides: Iterable[str] = ()) -> dict[str, str]:
    """Return the text of every file below ``folder`` that holds no secrets on purpose."""
    left = {folder / name for name in besides}
    return {
        str(path.relative_to(folder)): path.read_text(errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path not in left
    }
