"""The settings: every variable of the environment that is read, what it means, and what holds where it is not given."""

from pathlib import Path
from typing import Any

from pydantic import AliasChoices

from adapters.settings import ROOT, Settings, is_secret, variable
from adapters.vendors import Vendors
from scripts.generate.markdown import document, table

HEAD = ["variable", "meaning", "default", "secret"]


def _names(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    names = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [variable(field)]
    return ", ".join(f"`{name}`" for name in names)


def _default(value: Any) -> str:
    if value is None or value in ({}, frozenset()):
        return ""
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}` in the source"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rows(fields: list[str]) -> list[tuple[str, str, str, str]]:
    return [
        (
            _names(field),
            Settings.model_fields[field].description or "",
            _default(Settings.model_fields[field].default),
            "secret" if is_secret(field) else "",
        )
        for field in fields
    ]


def page() -> str:
    """Return the page: our own settings, then those of other services."""
    others = list(Vendors.model_fields)
    own = [field for field in Settings.model_fields if field not in others]
    introduction = (
        "Read from the environment once, when a process begins; one that is wrong or missing stops it there, and all"
        " that are wrong are named together. What is secret is never shown, logged or repeated in an error."
    )
    return document(
        "Settings", introduction, table(HEAD, _rows(own)), "## Services of others", table(HEAD, _rows(others))
    )
