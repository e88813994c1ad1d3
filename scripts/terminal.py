"""How every command speaks: facts on stdout (text or JSON), progress and complaints on stderr, exit codes named."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

OK, FAILED, UNUSABLE = 0, 1, 2

AsJson = Annotated[bool, typer.Option("--json", help="Print the figures as JSON on stdout.")]


def commands() -> typer.Typer:
    """Return the container a command module fills and exposes as ``app``."""
    return typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)


def manual(*examples: str, exits: Mapping[int, str]) -> str:
    """Return the end of a command's help: how it is called, and what its exit codes mean."""
    shown = "\n\n".join(f"    {example}" for example in examples)
    codes = ", ".join(f"{code} {meaning}" for code, meaning in exits.items())
    return f"Example:\n\n{shown}\n\nExit code: {codes}."


def report(facts: object, *, as_json: bool, text: str = "") -> None:
    """Print ``facts`` as JSON, or else ``text``."""
    if as_json:
        sys.stdout.write(json.dumps(facts, indent=2, default=str) + "\n")
    elif text:
        out.print(text, markup=False, soft_wrap=True)
    sys.stdout.flush()


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show on stderr that something longer goes on."""
    if err.is_terminal:
        with err.status(doing):
            yield
    else:
        err.print(f"{doing} …", markup=False, soft_wrap=True)
        yield


def fail(message: str, code: int = FAILED) -> typer.Exit:
    """Say on stderr what went wrong; raise what is returned to leave with ``code``."""
    err.print(message, markup=False, soft_wrap=True, style="red")
    return typer.Exit(code)


def one_line(error: BaseException) -> str:
    """Return an error's type and first line: enough to act on, without the data it may quote further down."""
    lines: list[Any] = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
