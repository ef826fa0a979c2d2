"""The documents of the API, made from the declarations, and a page to read and try them."""

from importlib import resources

from pydantic import BaseModel, ConfigDict
from quart import Blueprint, Response, current_app, request

from hub.asyncapi import asyncapi_bytes
from hub.errors import NotFound
from hub.openapi import openapi_bytes
from hub.operation import Limit, operation

blueprint = Blueprint("documents", __name__)

FILES = Limit(600, shared=False)
ASSETS = {"swagger_bundle.js": "text/javascript", "swagger_preset.js": "text/javascript", "swagger_style.css": "text/css"}

# Swagger UI writes style attributes and inlines its icons; scripts stay our own.
DOCS_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Takt API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger_style.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/assets/swagger_bundle.js"></script>
<script src="/docs/assets/swagger_preset.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
START = """window.ui = SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis], layout: "BaseLayout", validatorUrl: null,
});
"""


class Document(BaseModel):
    """A document in its own format."""

    model_config = ConfigDict(extra="allow")


@blueprint.get("/openapi.json")
@operation("documents.openapi", role=None, limit=FILES, answers={200: Document})
async def openapi() -> Response:
    """The REST operations as OpenAPI 3.1."""
    # The provider keeps a weak reference, which a proxy cannot have.
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return await _cached(openapi_bytes(app), "application/json")


@blueprint.get("/asyncapi.json")
@operation("documents.asyncapi", role=None, limit=FILES, answers={200: Document})
async def asyncapi() -> Response:
    """The sockets as AsyncAPI 3."""
    return await _cached(asyncapi_bytes(), "application/json")


@blueprint.get("/docs")
@operation("documents.page", role=None, limit=FILES, answers={200: "text/html"})
async def page() -> Response:
    """Swagger UI, served from this hub alone."""
    response = await _cached(PAGE.encode(), "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = DOCS_CSP
    return response


@blueprint.get("/docs/assets/<name>")
@operation("documents.asset", role=None, limit=FILES, answers={200: "text/javascript"})
async def asset(name: str) -> Response:
    """A script or style of the page."""
    if name == "start.js":
        return await _cached(START.encode(), "text/javascript; charset=utf-8")
    if name not in ASSETS:
        raise NotFound("There is nothing at this address.")
    return await _cached((resources.files("offapi") / name).read_bytes(), f"{ASSETS[name]}; charset=utf-8")


async def _cached(content: bytes, content_type: str) -> Response:
    response = Response(content, content_type=content_type)
    await response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    await response.make_conditional(request)
    return response
