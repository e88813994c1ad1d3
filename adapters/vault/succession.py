"""Root keys in a row, as the settings name them: the first wraps, all unwrap, so that one can follow another."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from adapters.vault.aws_kms import AwsKms
from adapters.vault.root_key import RootKeyFile
from application.ports.key_management import KeyManagement, WrongRootKey

FILE, AWS_KMS = "file", "aws-kms:"


class Succession:
    """KeyManagement of several: what the later ones wrapped is outdated."""

    def __init__(self, managements: Sequence[KeyManagement]) -> None:
        self._first = managements[0]
        self._all = managements

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """Return ``key`` wrapped by the first."""
        return self._first.wrap(key, context)

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the key from whichever wrapped it, or raise WrongRootKey."""
        for management in self._all[:-1]:
            with suppress(WrongRootKey):
                return management.unwrap(wrapped, context)
        return self._all[-1].unwrap(wrapped, context)

    def outdated(self, wrapped: bytes) -> bool:
        """Whether the first would wrap this anew."""
        return self._first.outdated(wrapped)

    def renew(self, older_than: datetime) -> bool:
        """Renew the first."""
        return self._first.renew(older_than)

    def retire(self, live: Collection[bytes]) -> int:
        """Let each retire its own."""
        return sum(management.retire(live) for management in self._all)

    def renewed_at(self) -> datetime | None:
        """When the first was renewed."""
        return self._first.renewed_at()


def key_management(names: str, file: Path) -> KeyManagement:
    """Return the key management that ``names`` means: ``file``, ``aws-kms:ARN``, or several with commas between them.

    Raises ValueError for a name that is none of these, RootKeyUnsafe.
    """
    made: list[KeyManagement] = []
    for name in names.split(","):
        if name.strip() == FILE:
            made.append(RootKeyFile(file))
        elif name.strip().startswith(AWS_KMS):
            made.append(AwsKms(name.strip().removeprefix(AWS_KMS)))
        else:
            raise ValueError("a root key is named file, or aws-kms: with the ARN of a key")
    return made[0] if len(made) == 1 else Succession(made)
