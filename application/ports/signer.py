"""Who signs checkpoints: the one secret that a database's owner must not have."""

from typing import Protocol


class Signer(Protocol):
    """Port to an Ed25519 key that lives outside the database."""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of ``message``."""
        ...
