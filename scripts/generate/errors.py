"""The error catalogue: every code a request can be refused with, its status, what it means, and what it says."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from adapters.settings import ROOT
from api.errors import STATUS
from api.reach import every_refusal
from api.refusal_responses import meaning_of
from domain.kernel.errors import Refused
from scripts.generate.markdown import document, table

SHAPE = "{success: false, data: null, meta: null, error: {code, message, details, request_id}, timestamp}"
LAYERS = ("domain", "application", "projections", "adapters", "api")


class Said(NamedTuple):
    """A message as it stands in the code, with a gap for each value, and where. ``values``: what fills the gaps."""

    refusal: str
    text: str
    values: tuple[str, ...]
    details: tuple[str, ...]
    place: str


def sources() -> Iterator[Path]:
    """Yield every module of the layers that can refuse."""
    for layer in LAYERS:
        yield from sorted((ROOT / layer).rglob("*.py"))


def refusals() -> dict[str, list[type[Refused]]]:
    """Return every refusal the code base knows, by code; several situations may share one."""
    for path in sources():
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    found: dict[str, list[type[Refused]]] = defaultdict(list)
    for _, refusal in sorted(every_refusal().items()):
        if refusal.__module__.partition(".")[0] in LAYERS:
            found[refusal.code].append(refusal)
    return dict(sorted(found.items()))


def said() -> list[Said]:
    """Return every message a refusal is made with, found without running anything."""
    names = every_refusal()
    found = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = ast.unparse(node.func).rpartition(".")[2]
                if name in names and (message := _template(node.args[0])) is not None:
                    details = tuple(keyword.arg for keyword in node.keywords if keyword.arg)
                    place = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found.append(Said(name, message[0], message[1], details, place))
    return found


def _template(node: ast.expr) -> tuple[str, tuple[str, ...]] | None:
    match node:
        case ast.Constant(value=str(text)):
            return text, ()
        case ast.JoinedStr(values=parts):
            gaps = tuple(ast.unparse(part.value) for part in parts if isinstance(part, ast.FormattedValue))
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts), gaps
        case _:
            return None


def page() -> str:
    """Return the catalogue, in the order of codes."""
    known = refusals()
    messages: dict[str, set[str]] = defaultdict(set)
    for each in said():
        messages[each.refusal].add(each.text)
    rows = []
    for code, kinds in known.items():
        statuses = sorted({STATUS[kind.kind] for kind in kinds})
        meaning = "<br>".join(dict.fromkeys(meaning_of(kind) for kind in kinds))
        says = "<br>".join(sorted(set().union(*(messages[kind.__name__] for kind in kinds))))
        rows.append((f"`{code}`", ", ".join(map(str, statuses)), meaning, says))
    introduction = (
        f"{len(rows)} codes. Every refusal has the shape `{SHAPE}`. Codes and their statuses never change and are never"
        " removed (`tests/contract/errors.txt` holds them); messages are for people, may be put better, and hold no"
        " personal data. `details` name what to act on: ids, limits, times, the field."
    )
    return document("Errors", introduction, table(["code", "status", "what it means", "what it says"], rows))
