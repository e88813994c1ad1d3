"""Search tokens: keyed, truncated digests of words, equal only within one tenant and one field.

A token is short on purpose: several words share one, so it proves nothing, and what is found is looked at opened.
"""

import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TOKEN_BITS = 32
KEY_BYTES = 32


def search_key(tenant_key: bytes) -> bytes:
    """Return the key of a tenant's tokens, derived from the tenant's own data key: it lasts as long as that does."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"caretrail search tokens 1").derive(tenant_key)


def token(key: bytes, field: str, value: str, bits: int = TOKEN_BITS) -> int:
    """Return the token of a value in a field: the first ``bits`` of HMAC-SHA-256, as a signed 32-bit integer."""
    name = field.encode()
    digest = hmac.digest(key, bytes((len(name),)) + name + value.encode(), "sha256")
    return (int.from_bytes(digest[:4], "big") >> (TOKEN_BITS - bits)) - (1 << (TOKEN_BITS - 1))


def tokens_of(key: bytes | None, terms: Sequence[tuple[str, str]], bits: int = TOKEN_BITS) -> list[int]:
    """Return the tokens of terms (field, value) under a tenant's search key, in order, each once."""
    assert key is not None, "tokens are made under the tenant's own key"
    return sorted({token(key, field, value, bits) for field, value in terms})
