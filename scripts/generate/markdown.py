"""Tables of the generated pages."""

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Made by `python -m scripts.generate`: change the code, not this page. -->"


def cell(text: object) -> str:
    """Return text that stays within its cell."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; an empty one too has its head."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(cell, line))} |" for line in lines)


def document(title: str, *parts: str) -> str:
    """Return a page: title, notice, parts with a blank line between."""
    return "\n\n".join([f"# {title}", NOTICE, *parts]) + "\n"
