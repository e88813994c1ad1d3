"""Codes of authenticators by pyotp, and recovery codes of 80 random bits."""

import hmac
import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256

import pyotp

ISSUER = "Caretrail"
STEP_SECONDS, AROUND = 30, 1
RECOVERY_CODES, RECOVERY_BYTES, GROUP = 10, 10, 4


class Totp:
    """Authenticators: six digits every thirty seconds."""

    def secret(self) -> str:
        """Return 160 random bits."""
        return pyotp.random_base32()

    def uri(self, secret: str, account: str) -> str:
        """Return an otpauth URI."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """Return the code's time step."""
        totp, at = pyotp.TOTP(secret), int(now.timestamp()) // STEP_SECONDS
        given = code.encode()
        found = [s for s in range(at - AROUND, at + AROUND + 1) if hmac.compare_digest(_code(totp, s), given)]
        return found[0] if found else None

    def recovery_codes(self) -> list[str]:
        """Return codes in groups of four letters and digits."""
        return [_grouped(b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()) for _ in range(RECOVERY_CODES)]

    def digest(self, recovery_code: str) -> bytes:
        """Return its SHA-256: that many random bits are not guessed."""
        return sha256(recovery_code.replace("-", "").replace(" ", "").upper().encode()).digest()


def _code(totp: pyotp.TOTP, step: int) -> bytes:
    return totp.generate_otp(step).encode()


def _grouped(text: str) -> str:
    return "-".join(text[n : n + GROUP] for n in range(0, len(text), GROUP))
