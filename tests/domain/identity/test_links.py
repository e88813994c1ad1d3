"""What leads to an account from elsewhere: linked once, unlinked by its owner only while another way in is left."""

import pytest
from uuid_utils.compat import uuid7

from domain.identity.events import UserLinked, UserRegistered, UserUnlinked, Withdrawal
from domain.identity.kinds import LinkEnd, Method
from domain.identity.user import IdentityTaken, LastWayIn, User, link_key
from domain.kernel.errors import NotFound
from tests.domain.story import STREAM, given

LINK, OTHER = uuid7(), uuid7()


def registered(method: Method) -> UserRegistered:
    return UserRegistered(
        user_id=STREAM, organization_id=uuid7(), method=method, email="ana@example.org", name="Ana"
    )  # fmt: skip


def linked(link_id: object = LINK) -> UserLinked:
    assert link_id in (LINK, OTHER)
    return UserLinked(
        user_id=STREAM, link_id=OTHER if link_id is OTHER else LINK, provider="here", issuer="https://id.example",
        subject="ana",
    )  # fmt: skip


def link(user: User) -> None:
    user.link(link_id=LINK, provider="here", issuer="https://id.example", subject="ana")


BY_EMAIL, BY_LINK = registered(Method.EMAIL_CODE), registered(Method.FEDERATED)
REMOVED = UserUnlinked(user_id=STREAM, link_id=LINK, reason=LinkEnd.REMOVED)
DELETED = UserUnlinked(user_id=STREAM, link_id=LINK, reason=LinkEnd.DELETED_AT_PROVIDER)


class TestALink:
    def test_is_made_once(self) -> None:
        assert given(User, BY_EMAIL).when(link).then(linked()).links == {LINK: "here"}
        given(User, BY_EMAIL, linked()).when(link).refused(IdentityTaken)

    def test_is_removed_where_an_address_or_another_link_is_left(self) -> None:
        given(User, BY_EMAIL, linked()).when(lambda u: u.unlink(LINK, LinkEnd.REMOVED)).then(REMOVED)
        two = given(User, BY_LINK, linked(), linked(OTHER)).when(lambda u: u.unlink(LINK, LinkEnd.REMOVED))
        assert two.then(REMOVED).links == {OTHER: "here"}

    def test_that_is_the_last_way_in_goes_only_when_it_is_gone_at_the_provider(self) -> None:
        alone = given(User, BY_LINK, linked())
        alone.when(lambda u: u.unlink(LINK, LinkEnd.REMOVED)).refused(LastWayIn)
        given(User, BY_LINK, linked()).when(lambda u: u.unlink(LINK, LinkEnd.DELETED_AT_PROVIDER)).then(DELETED)

    def test_that_is_not_there_is_not_removed(self) -> None:
        given(User, BY_EMAIL, linked()).when(lambda u: u.unlink(OTHER, LinkEnd.REMOVED)).refused(NotFound)

    @pytest.mark.parametrize("event", [REMOVED, DELETED])
    def test_that_goes_ends_what_older_tokens_allowed(self, event: UserUnlinked) -> None:
        assert isinstance(event, Withdrawal)

    def test_holds_a_key_that_says_nothing_of_who_it_is(self) -> None:
        assert link_key(LINK) == ("identity", str(LINK))
