"""RFC 3161: a time-stamping authority says by when a checkpoint was there, whatever the signer's own clock said."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import httpx
from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from adapters.authorities import authorities
from adapters.merkle.anchors import Anchors
from application.ports.anchor import SignedCheckpoint
from application.ports.timestamper import Timestamper

SECONDS = 20.0


class NotStamped(Exception):
    """The authority refused, or its answer is not about what was asked."""


class HttpTimestamper:
    """Timestamper over HTTP (RFC 3161, section 3.4)."""

    def __init__(self, url: str) -> None:
        self._url = url

    def stamp(self, message: bytes) -> bytes:
        """Return the response. Raises NotStamped, httpx.HTTPError."""
        request = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()
        headers = {"Content-Type": "application/timestamp-query"}
        content = request.as_bytes()
        answer = httpx.post(self._url, content=content, headers=headers, timeout=SECONDS, verify=authorities())
        answer.raise_for_status()
        try:
            response = decode_timestamp_response(answer.content)
            granted = PKIStatus(response.status) == PKIStatus.GRANTED
        except ValueError as error:
            raise NotStamped("the answer is no timestamp response") from error
        if not granted:
            raise NotStamped("the authority does not stamp this")
        info = response.tst_info
        if info.nonce != request.nonce or info.message_imprint.message != sha256(message).digest():
            raise NotStamped("the timestamp is about something else")
        return answer.content


class TimestampAnchor:
    """Anchor that has notes stamped, and keeps the responses beside them in the folder."""

    name = "timestamp"

    def __init__(self, anchors: Anchors, timestamper: Timestamper) -> None:
        self._anchors = anchors
        self._timestamper = timestamper

    def receive(self, checkpoint: SignedCheckpoint) -> None:
        """Have the note stamped, once."""
        place = (checkpoint.kind, checkpoint.tenant_id, checkpoint.size)
        if self._anchors.timestamp(*place) is None:
            self._anchors.add_timestamp(*place, self._timestamper.stamp(checkpoint.note.encode()))


def stamped_at(response: bytes, message: bytes, roots: Sequence[Certificate]) -> datetime:
    """Return when an authority below one of ``roots`` saw ``message``. Raises NotStamped."""
    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    try:
        decoded = decode_timestamp_response(response)
        builder.build().verify_message(decoded, message)
    except (VerificationError, ValueError) as error:
        raise NotStamped(f"the timestamp does not hold: {error}") from error
    return decoded.tst_info.gen_time


def certificates(pem: bytes) -> list[Certificate]:
    """Return the certificates of a PEM file."""
    return load_pem_x509_certificates(pem)
