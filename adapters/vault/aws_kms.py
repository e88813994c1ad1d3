"""The root key in AWS KMS, which wraps and unwraps and never gives it out."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from application.ports.key_management import KeyManagementUnavailable, WrongRootKey

SCHEME = b"\x02"
ID_BYTES = 8
HEAD = len(SCHEME) + ID_BYTES
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 2, 5, 3
#: Answers of KMS that say: this was not wrapped here, or not so.
WRONG = {"InvalidCiphertextException", "IncorrectKeyException"}


class AwsKms:
    """KeyManagement over one KMS key (its ARN); the context travels as encryption context, and so into CloudTrail.

    Whoever may call Decrypt on the key opens old copies of what it wrapped, for as long as KMS has it: root keys are
    made and ended by the owner of the account. A wrapped key is: scheme, digest of the ARN, KMS's ciphertext.
    """

    def __init__(self, arn: str) -> None:
        import boto3
        from botocore.config import Config

        self._arn = arn
        self._head = SCHEME + sha256(arn.encode()).digest()[:ID_BYTES]
        retries = {"max_attempts": ATTEMPTS, "mode": "standard"}
        config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries=retries)
        self._client: Any = boto3.client("kms", region_name=region(arn), config=config)

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """Return ``key`` wrapped."""
        answer = _asked(self._client.encrypt, KeyId=self._arn, Plaintext=key, EncryptionContext=dict(context))
        return self._head + bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the key, or raise WrongRootKey."""
        if self.outdated(wrapped):
            raise WrongRootKey("a stored key was not wrapped by this KMS key")
        answer = _asked(
            self._client.decrypt, KeyId=self._arn, CiphertextBlob=wrapped[HEAD:], EncryptionContext=dict(context)
        )
        return bytes(answer["Plaintext"])

    def outdated(self, wrapped: bytes) -> bool:
        """Whether something else wrapped this."""
        return not wrapped.startswith(self._head)

    def renew(self, older_than: datetime) -> bool:
        """Do nothing: another key is made in KMS and named in the settings."""
        return False

    def retire(self, live: Collection[bytes]) -> int:
        """Do nothing: a key is disabled and deleted in KMS, by who owns it."""
        return 0

    def renewed_at(self) -> datetime | None:
        """Never by us."""
        return None


def region(arn: str) -> str:
    """Return the region an ARN names. Raises ValueError for what is no ARN of a KMS key."""
    parts = arn.split(":")
    if len(parts) != 6 or (parts[0], parts[2]) != ("arn", "kms") or not parts[3] or not parts[5].startswith("key/"):
        raise ValueError("a KMS key is named by its ARN, arn:aws:kms:REGION:ACCOUNT:key/ID")
    return parts[3]


def _asked(call: Callable[..., Any], **parameters: object) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return call(**parameters)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in WRONG:
            raise WrongRootKey("a stored key does not belong to this KMS key, or not to this place") from None
        raise KeyManagementUnavailable("The key management refuses us now.") from error
    except BotoCoreError as error:
        raise KeyManagementUnavailable("The key management cannot be reached now.") from error
