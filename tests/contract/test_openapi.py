"""The OpenAPI document is whole: a client, a generator or a reader finds everything in it, and every example holds."""

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from openapi_python_client.schema import OpenAPI

from api.errors import STATUS
from scripts.generate.errors import refusals
from tests.api.house import Ground
from tests.house.test_generated_pages import ANONYMOUS

JSON = "application/json"


@pytest.fixture(scope="module")
def document(ground: Ground) -> dict[str, Any]:
    return ground.app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            whole = {status: response_of(document, response) for status, response in operation["responses"].items()}
            yield f"{method.upper()} {path}", operation | {"responses": whole}


def response_of(document: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """Return a response, looked up where it is only named."""
    if "$ref" not in response:
        return response
    found: dict[str, Any] = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return found


def problems(document: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    """Return what is wrong with a value that should be of a schema."""
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        "allOf": [schema],
    }
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(value)]


class TestDocument:
    def test_is_openapi_3_1(self, document: dict[str, Any]) -> None:
        assert document["openapi"].startswith("3.1")
        OpenAPI.model_validate(document)
        assert jsonschema_rs.meta.is_valid({"$schema": "https://json-schema.org/draft/2020-12/schema",
                                            "$defs": document["components"]["schemas"]})  # fmt: skip

    def test_points_nowhere_but_into_itself(self, document: dict[str, Any]) -> None:
        assert [ref for ref in references(document) if not resolves(document, ref)] == []

    def test_describes_every_tag(self, document: dict[str, Any]) -> None:
        used = {tag for _, operation in operations(document) for tag in operation["tags"]}
        assert {tag["name"] for tag in document["tags"] if tag.get("description")} == used

    def test_leaves_no_schema_that_nothing_uses(self, document: dict[str, Any]) -> None:
        used = {ref.rpartition("/")[2] for ref in references(document) if "/schemas/" in ref}
        assert document["components"]["schemas"].keys() - used == set()


class TestEveryOperation:
    def test_has_a_name_a_summary_and_who_may(self, document: dict[str, Any]) -> None:
        every = dict(operations(document))
        assert len(every) > 180
        assert [name for name, o in every.items() if not o.get("summary") or "security" not in o] == []
        ids = [operation["operationId"] for operation in every.values()]
        assert len(set(ids)) == len(ids)
        assert [one for one in ids if not one.isidentifier()] == []

    def test_has_a_typed_answer_with_an_example_that_is_of_its_type(self, document: dict[str, Any]) -> None:
        wrong = []
        for name, operation in operations(document):
            answers = {s: r for s, r in operation["responses"].items() if s.startswith("2")}
            if not answers:
                wrong.append(f"{name}: no answer")
            for status, response in answers.items():
                for media_type, content in response["content"].items():
                    where = f"{name} {status} {media_type}"
                    wrong += [f"{where}: {p}" for p in problems(document, content["schema"], content["example"])]
        assert wrong == []

    def test_that_takes_a_body_shows_one_that_is_of_its_type(self, document: dict[str, Any]) -> None:
        wrong = []
        for name, operation in operations(document):
            if "requestBody" in operation:
                content = operation["requestBody"]["content"][JSON]
                wrong += [f"{name}: {p}" for p in problems(document, content["schema"], content["example"])]
        assert wrong == []

    def test_has_parameters_whose_examples_are_of_their_type(self, document: dict[str, Any]) -> None:
        named = document["components"]["parameters"].values()
        given = [p for _, o in operations(document) for p in o.get("parameters", []) if "example" in p]
        assert [p["name"] for p in [*named, *given] if problems(document, p["schema"], p["example"])] == []

    def test_names_its_refusals_by_codes_of_the_catalogue(self, document: dict[str, Any]) -> None:
        status_of = {code: str(STATUS[kinds[0].kind]) for code, kinds in refusals().items()}
        wrong = []
        for name, operation in operations(document):
            for status, response in operation["responses"].items():
                if status[0] in "45":
                    codes = response["content"][JSON]["examples"]
                    wrong += [f"{name} {status} {code}" for code in codes if status_of.get(code) != status]
        assert wrong == []
        shown = [example["value"] for example in document["components"]["examples"].values()]
        assert problems(document, {"type": "array", "items": {"$ref": "#/components/schemas/Refusal"}}, shown) == []

    def test_asks_for_a_token_under_api_unless_it_is_for_people_who_are_not_signed_in(
        self, document: dict[str, Any]
    ) -> None:
        asking = {name.split()[1] for name, o in operations(document) if any("bearer" in s for s in o["security"])}
        assert asking == {path for path in document["paths"] if path.startswith("/api/")} - ANONYMOUS
        assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"

    def test_that_changes_something_says_where_it_left_the_store(self, document: dict[str, Any]) -> None:
        made = document["paths"]["/api/appointments"]["post"]["responses"]["201"]["headers"]
        assert {"X-Position", "ETag", "X-Request-ID"} <= made.keys()


def references(part: object) -> Iterator[str]:
    """Yield every ``$ref`` of the document."""
    if isinstance(part, dict):
        for key, inner in part.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def resolves(document: dict[str, Any], reference: str) -> bool:
    """Whether a reference leads to something."""
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return reference.startswith("#/") and found is not None
