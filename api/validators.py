"""ETags (RFC 9110, 8.8 and 13): a thing's version, and of what is read a digest too, for an answer may hold more than
the thing itself."""

import hashlib
import re

from api.looking import BadHeader

DIGEST_BYTES = 8
_VERSION = re.compile(r'"([0-9]{1,9})(?:-[0-9a-f]{16})?"')


def entity_tag(body: bytes, version: int | None) -> str:
    """Return the tag of what is read: version and digest, so that two of a thing are equal only byte for byte."""
    digest = hashlib.blake2b(body, digest_size=DIGEST_BYTES).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the answer a client has already (If-None-Match) is this one."""
    if if_none_match is None:
        return False
    return not {"*", tag}.isdisjoint(each.strip().removeprefix("W/") for each in if_none_match.split(","))


def expected_version(if_match: str | None) -> int | None:
    """Return the version that If-Match asks for; None for any. Raises BadHeader."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = _VERSION.fullmatch(if_match.strip().removeprefix("W/"))  # proxies that compress make tags weak
    if found is None:
        raise BadHeader("If-Match takes the ETag of an earlier answer.", header="If-Match")
    return int(found[1])
