"""Lives through a clinic's day on this machine, and checks every step of it."""

import json
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scripts.terminal import FAILED, OK, UNUSABLE, AsJson, commands, err, fail, manual, one_line, out, report

if TYPE_CHECKING:
    from scripts.demonstration.house import House, Signals
    from scripts.demonstration.story import Story

app = commands()
WATCH_SECONDS = 0.2


@app.command(
    epilog=manual(
        "caretrail demo",
        "caretrail demo --once --json",
        "DATABASE_URL=postgresql://… REDIS_URL=redis://… caretrail demo",
        exits={OK: "every step checked itself", FAILED: "a check failed", UNUSABLE: "the house did not come up"},
    )
)
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the last step instead of staying up.")] = False,
    as_json: AsJson = False,
) -> None:
    """Start everything, make patients and import them, live a clinic's day, and show what the events remember.

    It takes a state directory, and on servers that are named a database, of its own. Stays up until Ctrl-C.
    """
    if find_spec("httpx") is None:
        raise fail("The demo speaks HTTP with httpx: install the packages of requirements-dev.txt.", UNUSABLE)
    from psycopg import Error

    from adapters.embedded.ground import ServerFailed
    from adapters.settings import settings
    from scripts.demonstration.ground import NoRoom, ground
    from scripts.demonstration.house import Interrupted, NotReady, Signals, open_house
    from scripts.processes import AlreadyUp

    signals, started = Signals(), time.perf_counter()
    try:
        with ground(settings(), passing=once) as chosen, open_house(chosen, signals) as house:
            story, figures = _play(house, signals, as_json=as_json)
            _tell(story, {"seconds": round(time.perf_counter() - started, 3), **figures}, house, once, as_json)
            ok = (once or _stay(house, signals)) and story.ok
    except (AlreadyUp, NoRoom, NotReady, ServerFailed) as error:
        raise fail(str(error), UNUSABLE) from None
    except Error as error:
        raise fail(f"The database cannot be used. {one_line(error)}", UNUSABLE) from None
    except Interrupted:
        raise fail("Ended before its end; everything is stopped.") from None
    raise typer.Exit(OK if ok else FAILED)


def _play(house: "House", signals: "Signals", *, as_json: bool) -> "tuple[Story, dict[str, int]]":
    from scripts.demonstration.play import play

    with signals.interrupting():
        return play(house, err if as_json else out)


def _tell(story: "Story", figures: dict[str, Any], house: "House", once: bool, as_json: bool) -> None:
    """Print the figures, and unless all ends here how to look further."""
    facts = {"ok": story.ok, **figures, "steps": story.facts()}
    if not once:
        facts |= {"url": house.url, "docs": f"{house.url}/docs", "clinic": str(house.clinic)}
        facts |= {"state": str(house.settings.state), "login": house.login}
    if as_json:
        report(facts, as_json=True)
        return
    _show(facts)
    if not once:
        _invite(facts)


def _show(facts: dict[str, Any]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("step", "seconds", "checks held"):
        table.add_column(heading, justify="left" if heading == "step" else "right")
    for step in facts["steps"]:
        table.add_row(step["name"], f"{step['seconds']:.1f}", f"{step['passed']} of {step['checks']}")
    verdict = "Every step checked itself." if facts["ok"] else "Not every check held: see above."
    out.print()
    out.print(table)
    out.print()
    out.print(Text(verdict, style="bold green" if facts["ok"] else "bold red"))
    if "events" in facts:
        out.print(f"{facts['events']} events, {facts['appointments']} appointments, {facts['seconds']:.1f} s.")


def _invite(facts: dict[str, Any]) -> None:
    out.print(f"\n[bold]The API, to try:[/bold] {facts['docs']}", soft_wrap=True)
    out.print("Sign in as the clinic's administrator by POST /api/auth/login, and authorize with the accessToken:\n")
    out.print(json.dumps(facts["login"]), markup=False, soft_wrap=True)
    out.print(f"\nClinic: {facts['clinic']}\nState:  {facts['state']}", markup=False, soft_wrap=True)
    out.print("In another terminal, for example:")
    command = f"CARETRAIL_STATE={facts['state']} .venv/bin/caretrail doctor"
    out.print(f"   {command}", markup=False, soft_wrap=True)
    out.print("Ctrl-C ends it.")


def _stay(house: "House", signals: "Signals") -> bool:
    """Wait for the end; return False when a process died before it was asked for."""
    while not signals:
        if died := house.run.family.dead():
            for name in died:
                err.print(house.run.family.last_words(name), markup=False, soft_wrap=True)
            fail(f"{' and '.join(died)} died: everything is stopped.")
            return False
        time.sleep(WATCH_SECONDS)
    return True
