"""Whether two answers are the same, to the byte; but for what is listed here, each with its reason."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import httpx

#: Headers of an answer that are not compared.
HEADERS = {
    "ratelimit-remaining": "how often the same caller asked before",
    "ratelimit-reset": "the clock",
    "x-position": "the place in the one log: it tells how much all tenants together write, and nothing of any of them",
}
#: Fields of an answer that are not compared when one tenant asks again.
FIELDS = {"timestamp": "the clock", "exportedAt": "the clock; the ETag is a digest of it, too"}
_FIELDS = re.compile(rf'"({"|".join(FIELDS)})":"[^"]*"')
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")
_POSITION = re.compile(r'"(position|after|next|as_of_position|asOfPosition)":"?\d+"?')
_DIGEST = re.compile(r'(?<=[-"])(?:[0-9a-f]{16}|[0-9a-f]{64})(?=")')
_SIZE = re.compile(r'(?<="size":)\d+|(?<="size","from":null,"to":)\d+')


class Said(NamedTuple):
    """What is compared of an answer."""

    asked: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: str


def plain(asked: str, answer: httpx.Response) -> Said:
    """Return all of an answer that is the same whenever it is asked for."""
    body = answer.content.decode("utf-8", "backslashreplace")
    aside = HEADERS.keys() | ({"etag"} if '"exportedAt"' in body else set())
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in aside)
    return Said(asked, answer.status_code, tuple(headers), _FIELDS.sub(r'"\1":<aside>', body))


class Listener:
    """Hears what one of two twins is told, as the other is told it: ids by the order in which they come up, the times
    of the day of the play, positions in the one log, and digests and sizes of either."""

    def __init__(self) -> None:
        self.heard: list[Said] = []
        self._known: dict[str, str] = {}

    def hear(self, asked: str, answer: httpx.Response) -> None:
        """Keep an answer."""
        said = plain(asked, answer)
        headers = tuple((name, self._alike(f'"{value}"')) for name, value in said.headers if name != "content-length")
        self.heard.append(Said(self._alike(asked), said.status, headers, self._alike(said.body)))

    def _alike(self, text: str) -> str:
        text = _ID.sub(lambda found: self._known.setdefault(found[0], f"<id {len(self._known)}>"), text)
        text = _TIME.sub(lambda found: "<now>" if _recent(found[0]) else found[0], text)
        return _DIGEST.sub("<digest>", _SIZE.sub("<size>", _POSITION.sub(r'"\1":<position>', text)))


def differences(one: Sequence[Said], other: Sequence[Said]) -> list[str]:
    """Return in words where two plays part."""
    return [_parting(mine, theirs) for mine, theirs in zip(one, other, strict=True) if mine != theirs]


def changes(before: Mapping[str, Said], after: Mapping[str, Said]) -> list[str]:
    """Return in words which answers are not what they were."""
    return differences([*before.values()], [*after.values()])


def _recent(time: str) -> bool:
    """Whether a time lies within a week of the play."""
    at = datetime.fromisoformat(time)
    return abs((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)) < timedelta(days=8)


def _parting(mine: Said, theirs: Said) -> str:
    one, other = repr(mine[1:]), repr(theirs[1:])
    start = max(0, next((n for n, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0) - 40)
    return f"{mine.asked} | {theirs.asked}: {one[start : start + 120]} | {other[start : start + 120]}"
