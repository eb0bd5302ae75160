"""The few statements every page asks, put to the driver directly.

SQLAlchemy takes eight times as long to run a statement it has compiled already as SQLite takes to answer it. What is
asked with every page is therefore compiled once a process, by SQLAlchemy and for the dialect at hand, and then given
to the driver as it is; types are converted by SQLAlchemy's own processors. All of it happens inside the caller's
transaction, and who listens to the engine's statements hears of these too.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.engine import Compiled, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Processor = Callable[[Any], Any]
Statement = Select[Any] | Insert | Update


@dataclass(frozen=True)
class _Ready:
    """A statement as the driver takes it. `order`: names of the positional parameters; None where they go by name."""

    sql: str
    given: Mapping[str, Any]  # parameters the statement brings along
    into: tuple[tuple[str, Processor], ...]  # what is done to a parameter
    order: tuple[str, ...] | None
    row: Any
    out: tuple[tuple[int, Processor], ...]  # what is done to a column

    def parameters(self, values: Mapping[str, Any]) -> Any:
        """The parameters of one execution."""
        filled = {**self.given, **values}
        for name, process in self.into:
            filled[name] = process(filled[name])
        return filled if self.order is None else tuple([filled[name] for name in self.order])


_ready: dict[tuple[Statement, str], _Ready] = {}  # statements are built once a process, so there are few


def ask(connection: Connection, statement: Select[Any], **values: Any) -> list[Any]:
    """The rows of a query, each a named tuple. The query must be built once a process: it is never forgotten."""
    one = _of(connection, statement)
    parameters = one.parameters(values)
    cursor = run(connection, one.sql, parameters)
    try:
        rows = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _said(connection, error, cursor, one.sql, parameters) from error
    cursor.close()
    if not one.out:
        return [one.row._make(row) for row in rows]
    found = []
    for row in rows:
        cells = list(row)
        for place, process in one.out:
            if cells[place] is not None:
                cells[place] = process(cells[place])
        found.append(one.row._make(cells))
    return found


def tell(connection: Connection, statement: Insert | Update, *rows: Mapping[str, Any]) -> int:
    """Carry out a statement that writes, built once a process, for each of these rows of values; how many rows of the
    records it touched.
    """
    if not rows:
        return 0
    one = _of(connection, statement)
    parameters = [one.parameters(values) for values in rows]
    several = len(parameters) > 1
    cursor = run(connection, one.sql, parameters if several else parameters[0], several=several)
    touched = int(cursor.rowcount)
    cursor.close()
    return touched


def run(connection: Connection, sql: str, parameters: Any = (), *, several: bool = False) -> Any:
    """Give the driver a text as it is; the cursor, to be closed. Raises DBAPIError as SQLAlchemy would.

    With `several`, `parameters` is a list, and the text is carried out for each of them.
    """
    cursor = connection.connection.cursor()
    connection.dispatch.before_cursor_execute(connection, cursor, sql, parameters, None, several)
    try:
        (cursor.executemany if several else cursor.execute)(sql, parameters)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _said(connection, error, cursor, sql, parameters) from error
    return cursor


def _said(connection: Connection, error: Exception, cursor: Any, sql: str, parameters: Any) -> BaseException:
    """A driver's error as SQLAlchemy says it; where a connection was lost, all that rest are thought lost."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
        connection.engine.dispose()
    return DBAPIError.instance(
        sql, parameters, error, dialect.loaded_dbapi.Error, connection_invalidated=lost, dialect=dialect
    )


def _of(connection: Connection, statement: Statement) -> _Ready:
    key = (statement, connection.dialect.name)
    found = _ready.get(key)
    if found is None:
        found = _ready[key] = _prepare(statement, connection.dialect)
    return found


def _prepare(statement: Statement, dialect: Dialect) -> _Ready:
    compiled: Compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    if compiled.post_compile_params or compiled.literal_execute_params or compiled.prefetch:
        raise TypeError("A list of values, or a value made by the table, must be left to SQLAlchemy.")
    into = []
    for bind, name in compiled.bind_names.items():
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            into.append((name, process))
    columns: Sequence[Any] = statement.column_descriptions if isinstance(statement, Select) else ()
    processors = [column["type"].dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return _Ready(
        sql=str(compiled),
        given={name: bind.effective_value for bind, name in compiled.bind_names.items() if not bind.required},
        into=tuple(into),
        order=tuple(compiled.positiontup) if compiled.positiontup is not None else None,
        row=_row([column["name"] for column in columns]),
        out=tuple((place, process) for place, process in enumerate(processors) if process is not None),
    )


def _row(names: Sequence[str]) -> Any:
    """A named tuple that also has a row's `_mapping`."""
    plain: Any = namedtuple("Row", names)  # type: ignore[misc] # noqa: PYI024 - the names are those of a statement
    return type("Row", (plain,), {"__slots__": (), "_mapping": property(plain._asdict)})
