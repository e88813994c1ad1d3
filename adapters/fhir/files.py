"""Finds and reads the files an import is given: JSON, gzipped JSON, folders of both."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from adapters.fhir.refusal import Unusable

MOST_BYTES = 256 * 1024 * 1024
SUFFIXES = (".json", ".json.gz")


def bundles_in(paths: Sequence[Path]) -> list[Path]:
    """Return the files to import: those named, and in folders (at any depth) those that end as FHIR's do, in order.

    Raises FileNotFoundError for a path that is not there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.is_file() and file.name.endswith(SUFFIXES))
        elif path.is_file():
            found.append(path)
        else:
            raise FileNotFoundError(path)
    return list(dict.fromkeys(found))


def read(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return a file's content, unpacked. Refuses what cannot be read or unpacked, or is larger than ``most`` bytes."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            content = b"".join(_bounded(gzip.GzipFile(fileobj=file) if packed else file, most))
    except (OSError, EOFError, zlib.error):
        raise Unusable("unreadable") from None
    return content


def _bounded(file: IO[bytes] | gzip.GzipFile, most: int) -> Iterator[bytes]:
    size = 0
    while part := file.read(1 << 20):
        size += len(part)
        if size > most:
            raise Unusable("too-large")
        yield part
