"""The bill of materials: each pinned package that is installed, with licence and digests; no place, time or number."""

import json
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from adapters.settings import ROOT
from scripts.supply_chain.outcome import Outcome, ToolFailed, concluded, tool
from scripts.supply_chain.requirements import EVERYTHING, SHIPPED, digests, pinned

_ADDRESS = re.compile(r"\b(?:https?|file|git\+\w+)://", re.IGNORECASE)
_UNSAID = ("serialNumber", "$schema")


@lru_cache(maxsize=1)
def bill() -> dict[str, Any]:
    """Return the bill: of the environment, but only what is pinned, so that it is the same wherever it is made."""
    done = tool(
        "cyclonedx_py", "environment", sys.executable, "--pyproject", str(ROOT / "pyproject.toml"),
        "--output-reproducible", "--no-validate", "--output-format", "JSON",
    )  # fmt: skip
    if done.returncode:
        raise ToolFailed("cyclonedx-py", done)
    made: dict[str, Any] = json.loads(done.stdout)
    hashes, shipped = digests((ROOT / EVERYTHING).read_text()), pinned(SHIPPED)
    parts = [part for part in made["components"] if (_name(part), part["version"]) in hashes]
    made["components"] = [_told(part, hashes, shipped) for part in parts]
    known = {part["bom-ref"] for part in parts} | {made["metadata"]["component"]["bom-ref"]}
    made["dependencies"] = [_among(known, each) for each in made["dependencies"] if each["ref"] in known]
    made["metadata"]["tools"]["components"] = [_without_addresses(t) for t in made["metadata"]["tools"]["components"]]
    made["metadata"]["component"] = _without_addresses(made["metadata"]["component"])
    return {key: value for key, value in made.items() if key not in _UNSAID}


def text() -> str:
    """Return the bill as it is written."""
    return json.dumps(bill(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def faults(made: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a bill: against the schema, or because it says what differs from run to run."""
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    written = json.dumps(made)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(written)
    findings = [f"against the schema: {wrong}"] if wrong is not None else []
    findings += [f"names an address: {hit[0]}" for hit in list(_ADDRESS.finditer(written))[:1]]
    findings += [f"says {key}" for key in ("serialNumber", "timestamp") if f'"{key}"' in written]
    bare = [part["name"] for part in made["components"] if not part.get("licenses") or not part["externalReferences"]]
    return findings + [f"{name} has no licence or no digest in it" for name in bare]


def check(target: Path | None = None) -> Outcome:
    """Make the bill, validate it, and write it to ``target`` when one is given."""
    made = bill()
    if target:
        target.write_text(text())
    count = len(made["components"])
    said = f"{count} components, CycloneDX {made['specVersion']}" + (f", written to {target.name}" if target else "")
    return concluded(faults(made), said, components=count)


def _name(part: Mapping[str, Any]) -> str:
    return canonicalize_name(part["name"])


def _told(
    part: Mapping[str, Any], hashes: Mapping[tuple[str, str], list[str]], shipped: Mapping[str, object]
) -> dict[str, Any]:
    """A component with the digests of its files; what is not shipped is there for tests and tools only."""
    files = [{"alg": "SHA-256", "content": digest} for digest in hashes[_name(part), part["version"]]]
    place = {"type": "distribution", "url": part["purl"], "hashes": files}
    scope = "required" if _name(part) in shipped else "excluded"
    return _without_addresses(part) | {"externalReferences": [place], "scope": scope}


def _without_addresses(part: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in ("externalReferences", "properties")}


def _among(known: set[str], dependency: Mapping[str, Any]) -> dict[str, Any]:
    needs = [ref for ref in dependency.get("dependsOn", []) if ref in known]
    return {"ref": dependency["ref"], **({"dependsOn": needs} if needs else {})}
