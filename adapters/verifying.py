"""Verification as the command line asks for it: whose key, which connections, which timestamps."""

from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from adapters.merkle import timestamps
from adapters.merkle.anchors import Anchors
from adapters.merkle.findings import Act, Finding, LogReport, Report
from adapters.merkle.kinds import TOP_KIND, TOP_TENANT
from adapters.merkle.note import NotANote, parse_verifier_key
from adapters.merkle.signing import SignerFile
from adapters.merkle.timestamps import NotStamped
from adapters.merkle.verify import Progress, Verification
from adapters.settings import Settings
from projections.kernel.stretch import unswept


class NoKey(Exception):
    """There is no public key to hold notes against."""


def public_key(settings: Settings, given: str | None) -> bytes:
    """Return the public key: the one given (hex, or a verifier key), else the one of this installation's signer.

    Raises NoKey.
    """
    if given is not None:
        try:
            key = parse_verifier_key(given)[1] if "+" in given else bytes.fromhex(given)
        except (NotANote, ValueError):
            key = b""
        if len(key) != 32:
            raise NoKey("That is no public key: 64 hexadecimal digits, or a verifier key, are wanted.")
        return key
    if not settings.signer_key_path.exists():
        raise NoKey("Nothing was signed here yet: name the signer's public key by --key.")
    return SignerFile(settings.signer_key_path).public_key


def run(
    settings: Settings,
    connection: psycopg.Connection[Any],
    tenant_id: UUID | None,
    anchors: Anchors | None,
    key: str | None,
    tsa_root: Path | None,
    progress: Progress,
) -> Report:
    """Verify, and hold timestamps against the roots given. Raises NoKey, OSError."""
    public = public_key(settings, key)
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as asking, unswept():
        report = Verification(connection, asking, public, anchors, progress).run(tenant_id)
    if tsa_root is None or anchors is None:
        return report
    return report._replace(logs=[*report.logs, _stamped(anchors, tsa_root.read_bytes())])


def _stamped(anchors: Anchors, pem: bytes) -> LogReport:
    """Return what is to be said of the timestamps over the top log's notes."""
    roots, findings, count = timestamps.certificates(pem), [], 0
    for path, text in anchors.notes(TOP_KIND, TOP_TENANT):
        response = anchors.timestamp(TOP_KIND, TOP_TENANT, int(path.stem))
        if response is None:
            continue
        count += 1
        try:
            timestamps.stamped_at(response, text.encode(), roots)
        except NotStamped as error:
            findings.append(Finding(Act.NOTE_FORGED, TOP_KIND, TOP_TENANT, detail=f"{path.name}: {error}"))
    return LogReport("timestamps", TOP_TENANT, 0, count, 0, 0, findings)
