"""The codes promised to clients: what is new is added, what was promised stays, whatever the code says now."""

from adapters.settings import ROOT
from api.errors import STATUS
from scripts.generate.errors import refusals

PROMISES = ROOT / "tests" / "contract" / "errors.txt"


def promised() -> dict[str, int]:
    """Return every code that was ever promised, with its status."""
    lines = (line.split() for line in PROMISES.read_text().splitlines())
    return {code: int(status) for code, status in lines}


def page() -> str:
    """Return the promises with what is new."""
    every = {code: STATUS[kinds[0].kind] for code, kinds in refusals().items()} | promised()
    return "".join(f"{code} {status}\n" for code, status in sorted(every.items()))
