"""Checkpoints are C2SP notes that any other implementation reads, and one altered character is refused."""

from base64 import b64decode
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from adapters.merkle import note as notes
from adapters.merkle.note import Checkpoint, NotANote, Note

PUBLISHED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp"
    "+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


class Key:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


KEY = Key()
CHECKPOINT = Checkpoint(notes.origin_of("events", uuid7()), 70_000, sha256(b"root").digest(), ("position 81234",))


class TestCheckpoint:
    def test_published_example_is_read_and_printed_back(self) -> None:
        note = Note.parse(PUBLISHED)
        found = Checkpoint.parse(note.text)
        assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20_852_163)
        assert str(note) == PUBLISHED
        assert found.body == note.text

    def test_is_verified_by_another_way_than_it_was_signed(self) -> None:
        text = str(notes.sign_checkpoint(CHECKPOINT, KEY))
        body, _, line = text.rpartition("\n\n")
        dash, name, encoded = line.split()
        signature = b64decode(encoded)
        assert dash == "—"
        assert name == CHECKPOINT.origin
        assert signature[:4] == sha256(name.encode() + b"\n\x01" + KEY.public_key).digest()[:4]
        Ed25519PublicKey.from_public_bytes(KEY.public_key).verify(signature[4:], f"{body}\n".encode())

    def test_keeps_its_extension_lines(self) -> None:
        at = datetime(2031, 4, 5, tzinfo=UTC).isoformat()
        again = Checkpoint.parse(CHECKPOINT._replace(extensions=("position 7", f"signed {at}")).body)
        assert again.extension("position") == "7"
        assert again.extension("signed") == at
        assert again.extension("sign") is None

    @pytest.mark.parametrize("body", [
        "", "o\n1\n", "o\n01\n" + "A" * 43 + "=\n", "o\n1\nAA==\n", "o\n-1\n" + "A" * 43 + "=\n",
        "o\n1\n" + "A" * 43 + "=\n\nx\n", "o\n1\n" + "A" * 43 + "=", "o\n" + "9" * 5000 + "\n" + "A" * 43 + "=\n",
        "o\n1\n" + "A" * 42 + "B=\n",
    ])  # fmt: skip
    def test_of_another_shape_is_refused(self, body: str) -> None:
        with pytest.raises(NotANote):
            Checkpoint.parse(body)


class TestNote:
    def test_is_signed_by_its_key_under_its_name_only(self) -> None:
        note = notes.sign_checkpoint(CHECKPOINT, KEY)
        assert notes.is_signed(note, CHECKPOINT.origin, KEY.public_key)
        assert not notes.is_signed(note, CHECKPOINT.origin, Key().public_key)
        assert not notes.is_signed(note, "caretrail/top", KEY.public_key)

    def test_with_more_signatures_is_valid_while_no_known_one_is_wrong(self) -> None:
        note, other = notes.sign_checkpoint(CHECKPOINT, KEY), Key()
        beside = notes.sign(note.text, "witness.example", other).signatures
        assert notes.is_signed(Note(note.text, beside + note.signatures), CHECKPOINT.origin, KEY.public_key)
        forged = note.signatures[0]._replace(value=bytes(64))
        both = Note(note.text, (*note.signatures, forged))
        assert not notes.is_signed(both, CHECKPOINT.origin, KEY.public_key)

    @given(st.data())
    def test_with_one_character_changed_is_refused(self, data: st.DataObject) -> None:
        text = str(notes.sign_checkpoint(CHECKPOINT, KEY))
        at = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
        other = data.draw(st.characters(codec="utf-8").filter(lambda c: c != text[at]))
        try:
            note = Note.parse(text[:at] + other + text[at + 1 :])
        except NotANote:
            return
        assert not notes.is_signed(note, CHECKPOINT.origin, KEY.public_key)

    @given(st.text())
    def test_of_any_text_is_read_or_refused(self, text: str) -> None:
        with suppress(NotANote):
            assert str(Note.parse(text)) == text


class TestVerifierKey:
    def test_is_read_back(self) -> None:
        line = notes.verifier_key("caretrail/top", KEY.public_key)
        assert notes.parse_verifier_key(line) == ("caretrail/top", KEY.public_key)

    @pytest.mark.parametrize("line", ["", "a+b", "a+00000000+AA==", "a b+00000000+" + "A" * 44])
    def test_of_another_shape_is_refused(self, line: str) -> None:
        with pytest.raises(NotANote):
            notes.parse_verifier_key(line)
