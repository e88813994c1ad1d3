"""The interactive documentation at /docs, served whole from here: no page of ours loads anything from elsewhere, and
none holds a script or a style of its own, so that none has to be allowed."""

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.caution import PAGE

ASSETS = "/docs/assets"
BUNDLE, STYLE, PICTURE = (f"{ASSETS}/{name}" for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"))
BEGIN = "/docs/begin.js"


def document(app: FastAPI) -> None:
    """Add the page and what it needs."""
    app.mount(ASSETS, StaticFiles(packages=[("fastapi_offline", "static")]), name="docs")

    @app.get(BEGIN, include_in_schema=False)
    async def begin() -> Response:
        return Response(_script(app.openapi_url or "/openapi.json"), media_type="text/javascript")

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_page(f"{app.title} API"), headers={"Content-Security-Policy": PAGE})


def _page(title: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="{STYLE}">
<link rel="icon" href="{PICTURE}">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{BUNDLE}"></script>
<script src="{BEGIN}"></script>
</body>
</html>
"""


def _script(openapi_url: str) -> str:
    return f"""SwaggerUIBundle({{
  url: "{openapi_url}",
  dom_id: "#swagger-ui",
  deepLinking: true,
  layout: "BaseLayout",
  presets: [SwaggerUIBundle.presets.apis],
}});
"""
