"""A licence that nobody allowed is found, whatever else it is combined with; what is named stays as it is named."""

import pytest

from scripts.supply_chain import licences
from scripts.supply_chain.licences import Rules, faults
from scripts.supply_chain.outcome import State

RULES = Rules(
    frozenset({"MIT", "Apache-2.0", "ISC License (ISCL)"}), {"pg": {"licence": "LGPL-3.0-only", "why": "a library"}}
)
NAMED = {"pg": "LGPL-3.0-only"}


class TestLicences:
    @pytest.mark.parametrize(
        "licence",
        ["GPL-3.0-only", "UNKNOWN", "", "MIT AND GPL-2.0-only", "MPL-2.0 AND (Apache-2.0 OR MIT)", "MIT; Other",
         "MIT OR GPL-3.0-only", "Apache-2.0 WITH Some-exception"],
    )  # fmt: skip
    def test_that_nobody_allowed_are_found(self, licence: str) -> None:
        assert faults({"x": licence, **NAMED}, RULES) == [f"x is under {licence}"]

    @pytest.mark.parametrize("licence", ["MIT", "MIT OR Apache-2.0", "(MIT AND Apache-2.0)", "MIT; ISC License (ISCL)"])
    def test_that_are_allowed_pass(self, licence: str) -> None:
        assert faults({"x": licence, **NAMED}, RULES) == []

    def test_that_changed_since_they_were_named_are_found(self) -> None:
        assert faults({"pg": "AGPL-3.0-only"}, RULES) == ["pg is named as LGPL-3.0-only, and is under AGPL-3.0-only"]

    def test_that_are_named_for_nothing_or_without_a_reason_are_found(self) -> None:
        assert faults({}, RULES) == ["pg is named and not installed"]
        silent = Rules(frozenset(), {"pg": {"licence": "LGPL-3.0-only", "why": " "}})
        assert faults(NAMED, silent) == ["pg is named without a reason"]

    def test_of_all_that_is_installed_are_allowed_or_named(self) -> None:
        outcome = licences.check()
        assert (outcome.state, outcome.findings) == (State.PASSED, [])
        assert {"psycopg", "dramatiq"} <= set(outcome.facts["named"])
