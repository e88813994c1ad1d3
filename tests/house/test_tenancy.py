"""Who opens connections past the one helper, and which questions name no tenant: both by hand, each with its reason."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from adapters.settings import ROOT
from tests.house.tree import modules

#: Modules of the running house that take a connection without naming a tenant, and what they touch.
WITHOUT = {
    "adapters/bootstrap.py": "bookmarks, which belong to no tenant, and figures of the whole installation",
    "adapters/identity/table.py": "secrets of people, wherever they act",
    "adapters/identity/withdrawals.py": "the function that tells of withdrawals of every tenant",
    "adapters/jobs/performer.py": "the function that tells whose an effect is",
    "adapters/postgres/durability.py": "the server's settings",
    "adapters/postgres/recorder.py": "the library's interface, which knows no tenants; tools and its own tests use it",
    "adapters/postgres/tenancy.py": "the helper itself",
}
#: Modules that open connections of their own, and as whom.
OPENED = {
    "adapters/deid/keeping.py": "projector: counts over all tenants",
    "adapters/embedded/databases.py": "administrator: tests' databases",
    "adapters/embedded/postgres.py": "administrator: whether it answers",
    "adapters/identity/housekeeping.py": "app: deletes people's secrets that are over",
    "adapters/merkle/behind.py": "app, projector: the notes over all logs",
    "adapters/merkle/keeping.py": "projector: hands out notes of all logs",
    "adapters/postgres/lanes.py": "app: names the tenant with each question",
    "adapters/postgres/line.py": "app: the doors, which take rows of several tenants",
    "adapters/postgres/migrate.py": "administrator",
    "adapters/postgres/roles.py": "whoever is being checked",
    "adapters/privacy/restored.py": "keys: destroys again what the journal of all tenants names",
    "adapters/processes.py": "projector: the clock",
    "adapters/rebuilding.py": "projector",
    "adapters/rotating.py": "keys: rotates every tenant's",
    "adapters/runners.py": "projector, and keys to index people",
    "adapters/verifying.py": "auditor: verifies all logs",
    "adapters/watch/keeping.py": "projector: looks at rules that hold over all tenants",
    "scripts/database.py": "an operator's commands",
    "scripts/demonstration/ground.py": "administrator",
    "scripts/demonstration/house.py": "app: names its clinic",
    "scripts/examination.py": "auditor: figures of the whole installation, and where rules are broken",
    "scripts/reviews.py": "whether another database answers",
}
#: Modules that say that they mean every tenant.
EVERY = {
    "adapters/deid/keeping.py", "adapters/privacy/restored.py", "adapters/rotating.py", "adapters/runners.py",
    "scripts/database.py", "scripts/examination.py",
}  # fmt: skip
HOUSE = [path for path in modules() if path.parts[0] in {"adapters", "api", "application", "projections", "scripts"}
         and "benches" not in path.parts]  # fmt: skip


def using(pattern: str) -> set[str]:
    wanted = re.compile(pattern)
    return {path.as_posix() for path in HOUSE if wanted.search((ROOT / path).read_text())}


class TestConnections:
    def test_of_pools_are_taken_without_a_tenant_where_it_is_listed(self) -> None:
        assert using(r"\.connection\(\) as") == set(WITHOUT)

    @pytest.mark.requirement("R251")
    def test_are_opened_where_it_is_listed(self) -> None:
        assert using(r"psycopg\.connect\(|AsyncConnection\.connect\(") == set(OPENED)

    def test_mean_every_tenant_where_it_is_listed(self) -> None:
        assert using(r"(?<!def )every_tenant\(") == EVERY

    @pytest.mark.requirement("R251")
    def test_of_pools_are_made_by_the_helper_alone(self) -> None:
        assert using(r"ConnectionPool\(") == {"adapters/postgres/tenancy.py"}


def questions(path: Path) -> Iterator[str]:
    """Yield the statements and parts of statements of a queries module, put together."""
    module = import_module(".".join(path.with_suffix("").parts))
    for name, value in vars(module).items():
        if isinstance(value, str) and not name.startswith("__") and re.search(r"\bread\.\w", value):
            yield value


def asks_for_a_tenant(question: str) -> bool:
    """Whether a statement asks for one tenant's rows, and a part of one joins on the tenant at least."""
    whole = question.lstrip().startswith(("SELECT", "WITH"))
    return bool(re.search(r"tenant_id\b[^=]*=[^=]*%\(tenant\)s" if whole else r"\btenant_id\b", question))


def said_inside_functions(path: Path) -> list[str]:
    tree = ast.parse((ROOT / path).read_text())
    inside = [n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) for n in ast.walk(f)]
    return [n.value for n in inside if isinstance(n, ast.Constant) and isinstance(n.value, str)
            and re.search(r"FROM read\.", n.value)]  # fmt: skip


QUERIES = [path for path in HOUSE if path.parts[0] == "projections" and path.name == "queries.py"]


@pytest.mark.requirement("R016")
class TestEveryQuestionToAReadModel:
    @pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.parts[1])
    def test_asks_for_one_tenants_rows(self, path: Path) -> None:
        assert [question for question in questions(path) if not asks_for_a_tenant(question)] == []
        assert said_inside_functions(path) == []

    @pytest.mark.parametrize(
        "question",
        [
            "SELECT * FROM read.plans WHERE plan_id = %(plan)s",
            "SELECT tenant_id FROM read.plans WHERE plan_id = %(plan)s",
            "FROM read.plans WHERE plan_id = %(plan)s",
        ],
    )
    def test_would_be_caught_if_it_did_not(self, question: str) -> None:
        assert not asks_for_a_tenant(question)
