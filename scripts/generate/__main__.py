"""``python -m scripts.generate [--check]``: write the generated pages, or say which are stale."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated

import typer

from adapters.settings import ROOT
from scripts.terminal import FAILED, OK, commands, err, manual, out

#: Page, and the module whose ``page()`` returns its text.
PAGES: Mapping[str, str] = {
    "domain/EVENTS.md": "scripts.generate.events",
    "adapters/SETTINGS.md": "scripts.generate.settings",
    "api/ROUTES.md": "scripts.generate.routes",
    "api/openapi.json": "scripts.generate.openapi",
    "api/ERRORS.md": "scripts.generate.errors",
    "tests/contract/errors.txt": "scripts.generate.promises",
    "scripts/benches/FIGURES.md": "scripts.generate.benches",
    "scripts/benches/benches.svg": "scripts.generate.chart",
    "tests/REQUIREMENTS.md": "scripts.generate.requirements",
    "tests/ATTACKS.md": "scripts.generate.attacks",
}

app = commands()


@app.command(
    epilog=manual(
        "python -m scripts.generate",
        "python -m scripts.generate --check",
        exits={OK: "fresh, or written", FAILED: "--check found a stale page"},
    )
)
def generate(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; name the pages that are stale.")] = False,
) -> None:
    """Write the catalogues of events and errors, settings, routes, OpenAPI, figures, requirements and attacks."""
    stale = []
    for name, module in PAGES.items():
        make: Callable[[], str] = import_module(module).page
        path, text = ROOT / name, make()
        if path.exists() and path.read_text() == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text)
            out.print(f"wrote {name}")
    if check and stale:
        err.print(f"stale: {', '.join(stale)}. Run `python -m scripts.generate` and commit what it writes.")
        raise typer.Exit(FAILED)


if __name__ == "__main__":
    app()
