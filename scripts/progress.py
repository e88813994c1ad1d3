"""Progress of longer work, on stderr, and only for people."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.terminal import err


@contextmanager
def counting(doing: str, *, silent: bool = False) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function ``(done, of)`` that moves a bar (``of`` None: nobody knows how many there are).

    It is silent where stderr is not a terminal, or when told to be: a bar would break what is printed beside it.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=silent or not err.is_terminal) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
