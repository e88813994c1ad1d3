"""Reads the policy as people keep it, in ``matrix/*.txt``: a line per route, and below it who gets which answer."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "matrix"
CASES = ("own", "other", "elsewhere", "deleted")
DENIED = (403, 403, 403, 403)
Statuses = tuple[int, int, int, int]


class Line(NamedTuple):
    """What the policy says of a route: statuses by role; ``anonymous``: the status for everyone instead."""

    method: str
    path: str
    statuses: dict[str, Statuses]
    anonymous: int | None = None

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


class Unsound(Exception):
    """The file says what cannot be."""


def every_line(folder: Path = FOLDER) -> dict[str, Line]:
    """Return all lines by route. Raises Unsound for a route that is there twice."""
    groups = _groups((folder / "roles.txt").read_text().splitlines(), {})
    found: dict[str, Line] = {}
    for file in sorted(folder.glob("*.txt")):
        for line in lines(file.read_text().splitlines(), groups):
            if line.name in found:
                raise Unsound(f"{line.name} is there twice")
            found[line.name] = line
    return found


def every_role(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the roles the policy speaks of."""
    return _groups((folder / "roles.txt").read_text().splitlines(), {})["@everyone"]


def _groups(text: list[str], known: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    groups = dict(known)
    for line in text:
        if line.startswith("@"):
            name, _, members = line.partition("=")
            groups[name.strip()] = _roles(members.split(), groups)
    return groups


def _roles(words: list[str], groups: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(role for word in words for role in (groups[word] if word.startswith("@") else (word,)))


def lines(text: list[str], known: dict[str, tuple[str, ...]]) -> Iterator[Line]:
    """Yield the lines of one file, each route of a path with alternatives for itself. Raises Unsound.

        GET /api/appointments/{appointment_id}
            200 200 404 200   doctor nurse
            200 404 404 200   patient

    The figures are the statuses for one's own thing, another's in the same organisation, another organisation's, and
    one that was deleted; a single figure stands for all four. Roles that are not named are refused by 403, whatever is
    asked for. ``@name = roles`` gives a group of roles a name; ``(a|b)`` in a path stands for several routes;
    ``anonymous`` behind a route means that it asks nobody who they are: the figure below holds for everyone.
    """
    groups, routes = _groups(text, known), list[Line]()
    for line in text:
        bare = line.split("#")[0].rstrip()
        if not bare or bare.startswith("@"):
            continue
        if not bare.startswith(" "):
            yield from routes
            routes = list(_begun(bare))
        else:
            _say(bare.split(), routes, groups)
    yield from routes


def _begun(line: str) -> Iterator[Line]:
    parts = re.split(r"\(([^)]*\|[^)]*)\)", line)
    choices = [part.split("|") if number % 2 else [part] for number, part in enumerate(parts)]
    for chosen in itertools.product(*choices):
        method, path, *rest = "".join(chosen).split()
        yield Line(method, path, {}, 0 if rest == ["anonymous"] else None)


def _say(words: list[str], routes: list[Line], groups: dict[str, tuple[str, ...]]) -> None:
    figures = [int(word) for word in words if word.isdigit()]
    roles = _roles([word for word in words if not word.isdigit()], groups)
    if len(figures) not in (1, 4) or not routes:
        raise Unsound(" ".join(words))
    statuses: Statuses = tuple(figures * 4 if len(figures) == 1 else figures)  # type: ignore[assignment]
    for number, route in enumerate(routes):
        if route.anonymous is not None:
            routes[number] = route._replace(anonymous=statuses[0])
        for role in roles:
            if role in route.statuses:
                raise Unsound(f"{route.name} speaks of {role} twice")
            route.statuses[role] = statuses
