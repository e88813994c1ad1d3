"""What the OpenAPI document says beyond the routes: they take a bearer token, so that the pages at /docs ask for it."""

from typing import Any

from fastapi import FastAPI

SCHEME: dict[str, Any] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Names tenant, actor and roles.",
    }
}


def describe(app: FastAPI) -> None:
    """State the token in the document. It is verified elsewhere (Ask), so a request pays nothing for this."""
    plain = app.openapi

    def document() -> dict[str, Any]:
        made = plain()
        made.setdefault("components", {})["securitySchemes"] = SCHEME
        for path, operations in made["paths"].items():
            if path.startswith("/api/"):
                for operation in operations.values():
                    operation["security"] = [{name: [] for name in SCHEME}]
        return made

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way of extending the document
