"""The page of the API, out of its OpenAPI description."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laurea.settings import Settings
from laurea.web.app import create_app

HEAD = """# The API, address by address

[Programs](../api.md) says how to use it, with examples, tokens and scopes. Every installation shows the
same at `/api`, and as OpenAPI 3.1 at `/api/openapi.json`.

"""


def description() -> dict[str, Any]:
    """The OpenAPI description as an installation gives it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(workspace=Path(folder)))
        found: dict[str, Any] = app.openapi_schema.to_schema()
        app.state.engine.dispose()
    return found


def page() -> str:
    """The whole page."""
    told = description()
    parts = [HEAD]
    for path, ways in told["paths"].items():
        for way, one in ways.items():
            if isinstance(one, dict) and "responses" in one:
                parts.append("".join(_operation(way.upper(), path, one)))
    parts.append("## What answers are made of\n\n")
    for name, schema in told.get("components", {}).get("schemas", {}).items():
        parts.append("".join(_schema(name, schema)))
    return "".join(parts)


def _operation(way: str, path: str, one: dict[str, Any]) -> Iterator[str]:
    yield f"## {way} {path}\n\n{one.get('summary', '')}\n\n"
    if one.get("description"):
        yield f"{one['description'].strip()}\n\n"
    if one.get("parameters"):
        yield "| parameter | in | what | |\n|---|---|---|---|\n"
        for asked in one["parameters"]:
            need = "needed" if asked.get("required") else ""
            what = f"{_kind(asked.get('schema', {}))} {_line(asked.get('description') or '')}".strip()
            yield f"| `{asked['name']}` | {asked['in']} | {what} | {need} |\n"
        yield "\n"
    for form in (one.get("requestBody") or {}).get("content", {}):
        yield f"Sent as `{form}`.\n\n"
    yield "| answer | what | as |\n|---|---|---|\n"
    for code, answer in one["responses"].items():
        for form, body in (answer.get("content") or {"": {}}).items():
            shown = _kind(body.get("schema", {})) if form.endswith("json") else ""
            sent = f"`{form}` {shown}".strip() if form else ""
            yield f"| {code} | {_line(answer.get('description') or '')} | {sent} |\n"
    yield "\n"


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}\n\n"
    if schema.get("description"):
        yield f"{schema['description'].strip()}\n\n"
    if schema.get("properties"):
        yield "| field | what |\n|---|---|\n"
        for key, one in schema["properties"].items():
            yield f"| `{key}` | {_kind(one)} {_line(one.get('description') or '')} |\n"
        yield "\n"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for many in ("oneOf", "anyOf"):
        if many in schema:
            return " or ".join(dict.fromkeys(_kind(one) for one in schema[many]))
    if schema.get("enum"):
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
