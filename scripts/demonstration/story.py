"""A story told in steps: what is done, what to look at, and whether it came out as it should."""

import textwrap
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scripts.terminal import one_line

INDENT, WIDEST, LONGEST = 3, 110, 400


class Check(NamedTuple):
    """One thing that should be so, and what was found instead when it was not."""

    says: str
    passed: bool
    expected: str
    found: str


class Step:
    """One chapter as it is told; collects its checks."""

    def __init__(self, number: int, title: str, console: Console) -> None:
        self.title = title
        self.checks: list[Check] = []
        self.seconds = 0.0
        self._console = console
        console.print()
        console.print(Text(f"{number}  {title}", style="bold"))

    @property
    def failed(self) -> list[Check]:
        """The checks that did not hold."""
        return [check for check in self.checks if not check.passed]

    def say(self, text: str) -> None:
        """Tell what happens."""
        self._line(text)

    def command(self, *words: str) -> None:
        """Show a command that is run, as one would type it."""
        self._whole(f"$ caretrail {' '.join(words)}", INDENT, "cyan")

    def look(self, text: str, *places: str) -> None:
        """Tell what to look at, and where."""
        self._line(f"Look at {text}{':' if places else '.'}", style="italic")
        for place in places:
            self._whole(place, INDENT + 2, "italic")

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Show a small table, its figures aligned to the right."""
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading, first in zip(headings, rows[0], strict=True):
            table.add_column(heading, justify="right" if isinstance(first, int) else "left", no_wrap=True)
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        self._console.print(Padding(table, (0, 0, 0, INDENT + 3), expand=False))

    def check(self, says: str, found: Any, expected: Any = True) -> bool:
        """Hold ``found`` against ``expected`` and say how it came out."""
        passed = bool(found == expected)
        self.checks.append(Check(says, passed, _short(expected), _short(found)))
        if passed:
            self._line(f"✓ {says}", style="green")
        else:
            self._line(f"✗ {says}: expected {_short(expected)}, found {_short(found)}", style="bold red")
        return passed

    def end(self) -> None:
        """Say how it came out, in one line."""
        held = len(self.checks) - len(self.failed)
        self._line(f"{held} of {len(self.checks)} checks held, {self.seconds:.1f} s", style="dim")

    def _line(self, text: str, style: str = "") -> None:
        width, first = min(self._console.width, WIDEST), " " * INDENT
        for line in textwrap.wrap(
            text, width, initial_indent=first, subsequent_indent=f"{first}  ",
            break_long_words=False, break_on_hyphens=False,
        ):  # fmt: skip
            self._whole(line, 0, style)

    def _whole(self, text: str, indent: int, style: str = "") -> None:
        """Print what is to be copied in one piece: the terminal may break it, we do not."""
        self._console.print(Text(" " * indent + text, style=style), soft_wrap=True)


class Story:
    """The steps, in order. One that breaks off ends the story."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: list[Step] = []
        self.broken = False

    @property
    def ok(self) -> bool:
        """Whether every step was told, checked something, and every check held."""
        return not self.broken and all(step.checks and not step.failed for step in self.steps)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Tell one step; an error in it becomes its failed check, and is raised as BrokenOff."""
        step = Step(len(self.steps) + 1, title, self.console)
        self.steps.append(step)
        started = time.perf_counter()
        try:
            yield step
        except Exception as error:
            self.broken = True
            step.check("the step runs to its end", f"{one_line(error)} (at {_place(error)})", "no error")
            step.say("The steps after it build on it and are not told.")
            raise BrokenOff from error
        finally:
            step.seconds += time.perf_counter() - started
            step.end()

    def facts(self) -> list[dict[str, Any]]:
        """Return every step as plain figures."""
        return [
            {
                "name": step.title,
                "seconds": round(step.seconds, 3),
                "checks": len(step.checks),
                "passed": len(step.checks) - len(step.failed),
                "failed": [{"check": c.says, "expected": c.expected, "found": c.found} for c in step.failed],
            }
            for step in self.steps
        ]


class BrokenOff(Exception):
    """A step met an error; those after it build on it and are not told."""


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"


def _place(error: BaseException) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename.rpartition('/')[2]}:{last.lineno}"
