"""What the checker, the cache and the settings say, as JSON."""

from collections.abc import Mapping
from typing import Any

from adapters.bootstrap import Finding, Settings, figures, is_secret, variable
from adapters.bootstrap import families as kept


def part(finding: Finding) -> dict[str, Any]:
    """Return a state and how long the answer took."""
    return {"status": finding.seen.state, "responseTime": finding.milliseconds}


def parts(findings: Mapping[str, Finding]) -> dict[str, dict[str, Any]]:
    """Return every part's state."""
    return {name: part(finding) for name, finding in findings.items()}


def service(name: str, finding: Finding) -> dict[str, Any]:
    """Return one part's state, and since when it is known."""
    return {"service": name, **part(finding), "checkedAt": finding.at}


def details(findings: Mapping[str, Finding]) -> list[dict[str, Any]]:
    """Return all that is known of every part."""
    return [
        service(name, finding) | {"detail": finding.seen.detail, "facts": finding.seen.facts}
        for name, finding in findings.items()
    ]


def families() -> list[dict[str, Any]]:
    """Return the table of what is cached, with the figures of this process."""
    return [
        {
            "family": family.name,
            "seconds": family.seconds,
            "about": family.about,
            "consumers": [source.consumer for source in family.sources],
            "sealedUnder": f"the person's key ({family.retention})" if family.retention else "the clinic's key",
            "compressed": family.compressed,
            "staleWhileMade": family.stale,
            "looks": (looks := figures.looks(family.name)),
            "hitRate": figures.hit_rate(looks),
            "meanMilliseconds": figures.mean_milliseconds(family.name),
        }
        for family in kept.FAMILIES.values()
    ]


def settings(chosen: Settings) -> list[dict[str, Any]]:
    """Return every setting; of a secret only whether there is one."""
    shown = []
    for name, field in Settings.model_fields.items():
        value, secret = getattr(chosen, name), is_secret(name)
        shown.append(
            {
                "variable": variable(name),
                "meaning": field.description,
                "given": name in chosen.model_fields_set,
                "secret": secret,
                "value": None if secret or value is None else str(value),
            }
        )
    return shown
