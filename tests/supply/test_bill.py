"""The bill of materials is whole, valid, the same each time, and names no place."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from scripts.supply_chain import bill
from scripts.supply_chain.outcome import State
from scripts.supply_chain.requirements import SHIPPED, pinned

#: A bill as small as one can be.
SMALL: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "components": [
        {
            "type": "library",
            "name": name,
            "version": "1",
            "purl": f"pkg:pypi/{name}@1",
            "licenses": [{"license": {"id": "MIT"}}],
            "externalReferences": [{"type": "distribution", "url": f"pkg:pypi/{name}@1"}],
        }
        for name in ("one", "other")
    ],
}


class TestBill:
    @pytest.mark.long
    def test_names_each_shipped_package_with_its_licence_and_digests(self, tmp_path: Path) -> None:
        target = tmp_path / "bill.json"
        outcome = bill.check(target)
        assert (outcome.state, outcome.findings) == (State.PASSED, [])
        parts = {part["name"].lower().replace("_", "-"): part for part in json.loads(target.read_text())["components"]}
        missing = set(pinned(SHIPPED)) - {name.replace(".", "-") for name in parts}
        assert missing <= {"async-timeout", "colorama"}, "those are for older or other systems"
        hashes = parts["psycopg"]["externalReferences"][0]["hashes"]
        assert {(len(each["content"]), each["alg"]) for each in hashes} == {(64, "SHA-256")}
        assert (parts["psycopg"]["scope"], parts["pytest"]["scope"]) == ("required", "excluded")

    def test_that_says_too_much_or_too_little_is_refused(self) -> None:
        wrong = deepcopy(SMALL)
        wrong["serialNumber"] = "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79"
        wrong["metadata"] = {"timestamp": "2026-01-01T00:00:00Z"}
        wrong["components"][0]["externalReferences"] = [{"type": "website", "url": "https://example.org"}]
        del wrong["components"][1]["licenses"]
        bare = f"{wrong['components'][1]['name']} has no licence or no digest in it"
        found = bill.faults(wrong)
        assert found == ["names an address: https://", "says serialNumber", "says timestamp", bare]

    def test_that_says_what_it_must_and_no_more_passes(self) -> None:
        assert bill.faults(SMALL) == []

    def test_that_is_none_is_refused(self) -> None:
        (found,) = bill.faults({"bomFormat": "Other", "components": []})
        assert found.startswith("against the schema")

    @pytest.mark.long
    def test_is_the_same_each_time(self) -> None:
        first = bill.text()
        bill.bill.cache_clear()
        assert bill.text() == first
