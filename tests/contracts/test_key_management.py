"""What every keeper of the root key must do: a file, AWS KMS (played by moto), and one following the other."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from adapters.vault.aws_kms import AwsKms
from adapters.vault.root_key import RootKeyFile, RootKeyUnsafe
from adapters.vault.succession import Succession, key_management
from application.ports.key_management import KeyManagement, KeyManagementUnavailable, WrongRootKey

KEY = os.urandom(32)
CONTEXT = {"tenant": "one", "epoch": "1"}
Make = Callable[[], KeyManagement]


def new_arn() -> str:
    """Return the ARN of a new KMS key."""
    arn: str = boto3.client("kms", region_name="eu-west-1").create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.fixture(autouse=True)
def amazon() -> Iterator[None]:
    """AWS, played by moto."""
    with mock_aws():
        yield


@pytest.fixture(params=["file", "aws-kms", "succession"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes key managements, each with a root key of its own."""

    def made() -> KeyManagement:
        file = RootKeyFile(tmp_path / os.urandom(4).hex() / "root.key")
        match request.param:
            case "file":
                return file
            case "aws-kms":
                return AwsKms(new_arn())
            case _:
                return Succession([AwsKms(new_arn()), file])

    return made


class TestEveryKeyManagement:
    def test_gives_back_what_it_wrapped_and_shows_nothing_of_it(self, make: Make) -> None:
        management = make()
        one, two = management.wrap(KEY, CONTEXT), management.wrap(KEY, CONTEXT | {"epoch": "2"})
        assert management.unwrap(one, CONTEXT) == KEY
        assert KEY not in one
        assert one != two

    def test_gives_it_to_nobody_else(self, make: Make) -> None:
        wrapped = make().wrap(KEY, CONTEXT)
        with pytest.raises(WrongRootKey):
            make().unwrap(wrapped, CONTEXT)

    def test_gives_it_for_no_other_tenant_or_epoch(self, make: Make) -> None:
        management = make()
        wrapped = management.wrap(KEY, CONTEXT)
        for context in (CONTEXT | {"tenant": "two"}, CONTEXT | {"epoch": "2"}, {}):
            with pytest.raises(WrongRootKey):
                management.unwrap(wrapped, context)

    def test_recognises_what_was_altered(self, make: Make) -> None:
        management = make()
        wrapped = management.wrap(KEY, CONTEXT)
        for altered in (b"", wrapped[:8], wrapped[:-1] + bytes([wrapped[-1] ^ 1]), b"\x09" + wrapped[1:]):
            with pytest.raises(WrongRootKey):
                management.unwrap(altered, CONTEXT)

    def test_knows_what_lies_under_another_root_key(self, make: Make) -> None:
        management, other = make(), make()
        assert management.outdated(management.wrap(KEY, CONTEXT)) is False
        assert management.outdated(other.wrap(KEY, CONTEXT)) is True


class TestSuccession:
    def test_opens_what_the_one_before_wrapped_and_wraps_by_the_new_one(self, tmp_path: Path) -> None:
        arn = new_arn()
        before = key_management("file", tmp_path / "root.key")
        wrapped = before.wrap(KEY, CONTEXT)
        both = key_management(f"aws-kms:{arn}, file", tmp_path / "root.key")
        assert both.unwrap(wrapped, CONTEXT) == KEY
        assert both.outdated(wrapped)
        again = both.wrap(KEY, CONTEXT)
        assert AwsKms(arn).unwrap(again, CONTEXT) == KEY

    @pytest.mark.parametrize("name", ["", "files", "aws-kms:", "aws-kms:arn:aws:s3:::bucket", "file,,file"])
    def test_is_not_made_of_names_that_mean_nothing(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="named"):
            key_management(name, tmp_path / "root.key")


class TestAwsKms:
    def test_that_has_no_such_key_is_unavailable_and_not_a_wrong_key(self) -> None:
        gone = AwsKms(new_arn().rpartition("/")[0] + "/00000000-0000-0000-0000-000000000000")
        with pytest.raises(KeyManagementUnavailable):
            gone.wrap(KEY, CONTEXT)

    def test_cannot_be_reached_where_nothing_listens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        arn = new_arn()
        monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        with mock_aws(config={"core": {"passthrough": {"urls": ["http://127.0.0.1:9"]}}}):
            management = AwsKms(arn)
            with pytest.raises(KeyManagementUnavailable):
                management.wrap(KEY, CONTEXT)

    def test_leaves_the_making_and_ending_of_root_keys_to_amazon(self) -> None:
        management = AwsKms(new_arn())
        assert management.renew(datetime.now(UTC)) is False
        assert management.retire([]) == 0
        assert management.renewed_at() is None


class TestRootKeyFile:
    def test_begins_a_new_root_key_when_the_newest_is_old_enough(self, tmp_path: Path) -> None:
        file = RootKeyFile(tmp_path / "root.key")
        wrapped = file.wrap(KEY, CONTEXT)
        assert file.renew(datetime.now(UTC) - timedelta(days=1)) is False
        assert file.renew(datetime.now(UTC)) is True
        assert file.outdated(wrapped)
        assert file.unwrap(wrapped, CONTEXT) == KEY
        assert not file.outdated(file.wrap(KEY, CONTEXT))

    def test_destroys_only_what_nothing_needs_any_more(self, tmp_path: Path) -> None:
        file = RootKeyFile(tmp_path / "root.key", grace=timedelta(0))
        old = file.wrap(KEY, CONTEXT)
        file.renew(datetime.now(UTC))
        new = file.wrap(KEY, CONTEXT)
        assert file.retire([old, new]) == 0
        assert file.retire([new]) == 1
        for reader in (file, RootKeyFile(tmp_path / "root.key")):
            with pytest.raises(WrongRootKey):
                reader.unwrap(old, CONTEXT)
            assert reader.unwrap(new, CONTEXT) == KEY

    def test_lets_a_root_key_live_while_someone_may_just_be_wrapping_with_it(self, tmp_path: Path) -> None:
        file = RootKeyFile(tmp_path / "root.key")
        old = file.wrap(KEY, CONTEXT)
        file.renew(datetime.now(UTC))
        assert file.retire([]) == 0
        assert file.unwrap(old, CONTEXT) == KEY

    def test_is_read_again_by_a_process_that_began_before(self, tmp_path: Path) -> None:
        one, other = RootKeyFile(tmp_path / "root.key"), RootKeyFile(tmp_path / "root.key")
        one.renew(datetime.now(UTC))
        wrapped = one.wrap(KEY, CONTEXT)
        assert other.unwrap(wrapped, CONTEXT) == KEY
        one.renew(datetime.now(UTC))
        assert not one.outdated(other.wrap(KEY, CONTEXT))

    def test_is_closed_to_others_also_after_a_renewal(self, tmp_path: Path) -> None:
        path = tmp_path / "keys" / "root.key"
        RootKeyFile(path).renew(datetime.now(UTC))
        assert path.stat().st_mode & 0o777 == 0o600
        assert [p.name for p in path.parent.iterdir()] == ["root.key"]
        path.chmod(0o644)
        with pytest.raises(RootKeyUnsafe):
            RootKeyFile(path)

    @pytest.mark.parametrize(
        "content", [b"", b"[]", b"\x00" * 32, b'[{"id":"00","key":"00","made_at":"2026-01-01T00:00:00Z"}]']
    )
    def test_that_holds_no_key_is_refused(self, content: bytes, tmp_path: Path) -> None:
        path = tmp_path / "root.key"
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(RootKeyUnsafe):
            RootKeyFile(path)
