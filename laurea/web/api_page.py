"""The description of the API: OpenAPI 3.1 at /api/openapi.json, and the same in plain words at /api."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag
from markupsafe import Markup, escape

from laurea.web.api_gate import PER_MINUTE
from laurea.web.api_words import PROBLEMS
from laurea.web.reader import Reader
from laurea.web.render import ENVIRONMENT, text

DESCRIPTION = f"""What a round's officers do with files, programs do here.

An officer of the round makes a token on the round's page “Programs”, or with `laurea round token new`; every request \
carries it as `Authorization: Bearer TOKEN`. A token opens one round, for what its scopes say, until it expires or is \
revoked. It may ask {PER_MINUTE} times a minute. Problems come as application/problem+json (RFC 9457) with a remedy.
"""


def marked(text: str) -> Markup:
    """A text whose `words between backticks` are code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


ENVIRONMENT.filters["marked"] = marked


class PlainPage(OpenAPIRenderPlugin):
    """The description as a page of the portal: no script, no other host."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page for whoever reads it."""
        reader: Reader = request.scope["laurea_reader"]  # type: ignore[typeddict-item]
        operations = [
            (method.upper(), path, one)
            for path, item in openapi_schema["paths"].items()
            for method, one in item.items()
            if isinstance(one, dict) and "operationId" in one
        ]
        return text(
            "api/page.html",
            reader,
            info=openapi_schema["info"],
            operations=operations,
            schemas=openapi_schema["components"]["schemas"],
            problems=PROBLEMS,
        ).encode()


CONFIG = OpenAPIConfig(
    title="Laurea",
    version="1",
    description=DESCRIPTION,
    path="/api",
    render_plugins=[PlainPage(path="/"), JsonRenderPlugin(path="/openapi.json")],
    components=Components(
        security_schemes={"token": SecurityScheme(type="http", scheme="bearer", description="A token of one round.")}
    ),
    tags=[
        Tag(name="import", description="Files in"),
        Tag(name="read", description="Where the round stands"),
        Tag(name="export", description="Files out"),
    ],
    use_handler_docstrings=True,
)
