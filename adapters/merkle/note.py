"""Signed notes and checkpoints as C2SP has them (signed-note, tlog-checkpoint): text that people and tools can read."""

import unicodedata
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import NamedTuple, Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from application.ports.signer import Signer

ED25519 = b"\x01"
DASH = "\u2014"
MOST_SIGNATURES, MOST_DIGITS = 100, 19
TOP = "caretrail/top"


class NotANote(ValueError):
    """The text is not a signed note or its body not a checkpoint."""


class Signature(NamedTuple):
    """One signature line."""

    name: str
    key_id: bytes
    value: bytes


class Note(NamedTuple):
    """A text (it ends with a newline) and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> Self:
        """Return the note. Raises NotANote."""
        head, blank, tail = note.rpartition("\n\n")
        if not blank or not tail.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in note):
            raise NotANote("a signed note is a text, an empty line, and signature lines")
        lines = tail[:-1].split("\n")
        if len(lines) > MOST_SIGNATURES:
            raise NotANote(f"more than {MOST_SIGNATURES} signatures")
        return cls(head + "\n", tuple(map(_signature, lines)))

    def __str__(self) -> str:
        lines = [f"{DASH} {s.name} {b64encode(s.key_id + s.value).decode()}\n" for s in self.signatures]
        return f"{self.text}\n{''.join(lines)}"


class Checkpoint(NamedTuple):
    """The head of a log at one size. ``extensions`` are further lines, none empty."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, body: str) -> Self:
        """Return the checkpoint a note's text is. Raises NotANote."""
        lines = body.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise NotANote("a checkpoint is an origin, a size and a root, each on its line")
        origin, size, root, *extensions = lines
        if not (size.isascii() and size.isdigit()) or len(size) > MOST_DIGITS or str(int(size)) != size:
            raise NotANote("the size of a checkpoint is a plain number")
        return cls(origin, int(size), _exactly(root, 32), tuple(extensions))

    @property
    def body(self) -> str:
        """The text that is signed."""
        return "\n".join([self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions, ""])

    def extension(self, name: str) -> str | None:
        """Return what follows ``name`` and a space on the extension line that begins so."""
        found = (line.removeprefix(f"{name} ") for line in self.extensions if line.startswith(f"{name} "))
        return next(found, None)


def origin_of(kind: str, tenant_id: UUID) -> str:
    """Return the origin line of a tenant's log."""
    return f"caretrail/{kind}/{tenant_id}"


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the four bytes that tell which Ed25519 key of that name has signed."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return the public key as a line that note tools take."""
    return f"{name}+{key_id(name, public_key).hex()}+{b64encode(ED25519 + public_key).decode()}"


def parse_verifier_key(line: str) -> tuple[str, bytes]:
    """Return the name and the 32-byte public key of such a line. Raises NotANote."""
    name, hint, key = [*line.strip().split("+", 2), "", ""][:3]
    public_key = _exactly(key, 33)[1:]
    if not _is_name(name) or hint != key_id(name, public_key).hex() or line.strip() != verifier_key(name, public_key):
        raise NotANote("not the verifier key of an Ed25519 signer")
    return name, public_key


def sign(text: str, name: str, signer: Signer) -> Note:
    """Return ``text`` as a note signed under ``name``."""
    return Note(text, (Signature(name, key_id(name, signer.public_key), signer.sign(text.encode())),))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """Return a checkpoint signed under the name of its log."""
    return sign(checkpoint.body, checkpoint.origin, signer)


def is_signed(note: Note, name: str, public_key: bytes) -> bool:
    """Whether the key has signed the note under ``name``; one wrong signature of that key makes it False."""
    ours = [s for s in note.signatures if s.name == name and s.key_id == key_id(name, public_key)]
    key, message = Ed25519PublicKey.from_public_bytes(public_key), note.text.encode()
    try:
        for signature in ours:
            key.verify(signature.value, message)
    except InvalidSignature:
        return False
    return bool(ours)


def _signature(line: str) -> Signature:
    dash, _, rest = line.partition(" ")
    name, space, encoded = rest.partition(" ")
    value = _decoded(encoded)
    if dash != DASH or not space or not _is_name(name) or len(value) < 5:
        raise NotANote("a signature line is a dash, a name and base64")
    return Signature(name, value[:4], value[4:])


def _is_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(c.isspace() or unicodedata.category(c) == "Zs" for c in name)


def _exactly(encoded: str, length: int) -> bytes:
    value = _decoded(encoded)
    if len(value) != length:
        raise NotANote(f"not the base64 of {length} bytes")
    return value


def _decoded(encoded: str) -> bytes:
    """Return the bytes, or none when this is not exactly how they are encoded."""
    try:
        value = b64decode(encoded, validate=True)
    except ValueError:
        return b""
    return value if b64encode(value).decode() == encoded else b""
