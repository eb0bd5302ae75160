"""Alembic's door: the connection is handed in by laurea.store.migrate."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from laurea.store.tables import Utc, metadata


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    return "Utc()" if kind == "type" and isinstance(item, Utc) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    transactional_ddl=True,
)
context.run_migrations()
