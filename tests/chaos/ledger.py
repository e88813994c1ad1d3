"""What clients wished for and what they were told, kept apart from the house: an answer is on disk before it counts."""

import json
import os
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID


class Wish(NamedTuple):
    """A command somebody sent. ``events``: how many it appends if it is done; ``position``: where, as it was told.

    ``refused``: the code it was told. Neither of the two: nobody was told anything.
    """

    command_id: UUID
    events: int
    position: int | None = None
    refused: str | None = None


class Ledger:
    """A file of lines. ``actors`` are the clients whose wishes all stand in it: they did nothing else."""

    def __init__(self, path: Path, actors: frozenset[UUID] = frozenset()) -> None:
        self.path = path
        self.actors = actors
        self._file = path.open("ab", buffering=0)

    def wish(self, command_id: UUID, events: int) -> None:
        """Note what is about to be sent."""
        self._write({"wish": str(command_id), "events": events})

    def done(self, command_id: UUID, position: int) -> None:
        """Note an acknowledgement; it is on disk when this returns."""
        self._write({"done": str(command_id), "position": position})
        os.fdatasync(self._file.fileno())

    def refused(self, command_id: UUID, code: str) -> None:
        """Note a refusal; it is on disk when this returns."""
        self._write({"refused": str(command_id), "code": code})
        os.fdatasync(self._file.fileno())

    def saw(self, request_id: UUID) -> None:
        """Note an answer that showed somebody's data; it is on disk when this returns."""
        self._write({"saw": str(request_id)})
        os.fdatasync(self._file.fileno())

    def wishes(self) -> dict[UUID, Wish]:
        """Return every wish with what came of it, from the file alone."""
        found: dict[UUID, Wish] = {}
        for line in self._lines():
            if "wish" in line:
                found[UUID(line["wish"])] = Wish(UUID(line["wish"]), line["events"])
            elif "done" in line:
                wish = found[UUID(line["done"])]
                found[wish.command_id] = wish._replace(position=line["position"])
            elif "refused" in line:
                wish = found[UUID(line["refused"])]
                found[wish.command_id] = wish._replace(refused=line["code"])
        return found

    def looks(self) -> set[UUID]:
        """Return the requests that were shown somebody's data."""
        return {UUID(line["saw"]) for line in self._lines() if "saw" in line}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, facts: dict[str, Any]) -> None:
        self._file.write(json.dumps(facts).encode() + b"\n")

    def _lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]
