"""Whether weaknesses are known of what is pinned. Who answers has first to name one that everybody knows:
a mirror that knows no weakness looks like a clean bill."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adapters.settings import ROOT
from scripts.supply_chain.outcome import Outcome, State, concluded, tool
from scripts.supply_chain.requirements import EVERYTHING, SHIPPED, pinned

#: Services to ask, as arguments of pip-audit; the first that passes the control is believed.
SERVICES: tuple[tuple[str, ...], ...] = (("--vulnerability-service", "pypi"), ("--vulnerability-service", "osv"))
#: A version whose weakness (a way out of the sandbox) has been published since 2019.
CONTROL = "jinja2==2.10"
SECONDS = 300


def check(folder: Path = ROOT, services: Sequence[tuple[str, ...]] = SERVICES) -> Outcome:
    """Ask about every pinned package, once a service has shown that it knows the control."""
    reached = next((service for service in services if _knows_the_control(service)), None)
    if reached is None:
        said = "no service of known weaknesses answers here (none knows the control): nothing is known, good or bad"
        return Outcome(State.NOT_REACHED, said, [], {"audited": 0})
    answered = _ask(reached, "--require-hashes", "--requirement", str(folder / EVERYTHING))
    if answered is None:
        return Outcome(State.NOT_REACHED, "the service broke off its answer", [], {"audited": 0})
    shipped = pinned(SHIPPED, folder)
    findings = [
        f"{package['name']} {package['version']} ({'shipped' if package['name'] in shipped else 'development only'}):"
        f" {weakness['id']}, mended in {', '.join(weakness['fix_versions']) or 'no version yet'}"
        for package in answered
        for weakness in package.get("vulns", [])
    ]
    skipped = sorted(package["name"] for package in answered if "skip_reason" in package)
    audited = len(answered) - len(skipped)
    if skipped and not findings:
        said = f"{audited} packages audited, {len(skipped)} not: {', '.join(skipped[:5])} …"
        return Outcome(State.NOT_REACHED, said, [], {"audited": audited, "skipped": skipped})
    return concluded(findings, f"{audited} packages audited", audited=audited, skipped=skipped)


def _knows_the_control(service: tuple[str, ...]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        control = Path(folder) / "control.txt"
        control.write_text(CONTROL + "\n")
        answered = _ask(service, "--no-deps", "--requirement", str(control))
    return any(package.get("vulns") for package in answered or [])


def _ask(service: tuple[str, ...], *arguments: str) -> list[dict[str, Any]] | None:
    """Return what pip-audit knows of each package; None when it ended without an answer."""
    with tempfile.TemporaryDirectory() as cache:
        fixed = (
            "--disable-pip",
            "--progress-spinner",
            "off",
            "--format",
            "json",
            "--desc",
            "off",
            "--cache-dir",
            cache,
        )
        try:
            done = tool("pip_audit", *fixed, *service, *arguments, seconds=SECONDS)
            answered: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError):
            return None
    return answered
