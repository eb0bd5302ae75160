"""The audit: lines that are only ever added, each sealed with the one before it (evaluators.seals)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from evaluators import seals
from laurea.store import tables as t


def hold(connection: Connection, chains: Iterable[str]) -> None:
    """Keep these chains for this transaction, in one order whoever asks: two that need the same never stop each other.

    Whoever writes lines to several chains calls this once, when all that others could be waiting for is taken.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        for chain in sorted(set(chains)):
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:chain, 0))"), {"chain": chain})


def add_line(connection: Connection, **values: Any) -> None:
    """Write one line at the end of its chain; who writes to the same chain waits until this transaction ends."""
    chain = seals.chain_of(values["authority_id"], values["round_id"])
    hold(connection, [chain])
    c = t.audit.c
    last = connection.execute(
        select(c.number, c.seal).where(c.chain == chain).order_by(c.number.desc()).limit(1)
    ).one_or_none()
    number, before = (last.number + 1, last.seal) if last else (1, "")
    sealed = {"chain": chain, "number": number, "seal": seals.seal(before, chain, number, values)}
    connection.execute(insert(t.audit).values(**values, **sealed))


def chains(connection: Connection) -> list[str]:
    """Every chain, by name."""
    return list(connection.execute(select(t.audit.c.chain).distinct().order_by(t.audit.c.chain)).scalars())


def chained(connection: Connection, chain: str) -> Iterator[Mapping[str, Any]]:
    """The lines of a chain from the first on, not all in memory at once."""
    query = select(t.audit).where(t.audit.c.chain == chain).order_by(t.audit.c.number)
    for row in connection.execute(query, execution_options={"yield_per": 1_000}):
        yield dict(row._mapping)


def _of(connection: Connection, authority_id: int) -> list[str]:
    """The names of the chains an authority can have: its own and those of its rounds."""
    its = connection.execute(select(t.rounds.c.id).where(t.rounds.c.authority_id == authority_id))
    return [seals.chain_of(authority_id, None), *(seals.chain_of(authority_id, one) for one in its.scalars())]


def begun(connection: Connection, authority_id: int) -> bool:
    """Whether an authority has a line at all; asked of the index of the chains, however long they are."""
    c = t.audit.c
    first = select(c.id).where(c.chain.in_(_of(connection, authority_id)), c.number == 1)
    return connection.execute(first.limit(1)).first() is not None


def heads(connection: Connection, authority_id: int) -> dict[str, tuple[int, str]]:
    """The last number and seal of each chain of an authority."""
    c = t.audit.c
    last = (
        select(c.chain, func.max(c.number).label("number"))
        .where(c.chain.in_(_of(connection, authority_id)))
        .group_by(c.chain)
        .subquery()
    )
    query = select(c.chain, c.number, c.seal).join(last, (last.c.chain == c.chain) & (last.c.number == c.number))
    return {row.chain: (row.number, row.seal) for row in connection.execute(query.order_by(c.chain))}


def seal_at(connection: Connection, chain: str, number: int) -> str | None:
    """The seal of a line of a chain; None where there is no such line."""
    c = t.audit.c
    return connection.execute(select(c.seal).where(c.chain == chain, c.number == number)).scalar_one_or_none()


def totals(connection: Connection, round_id: int, event: str) -> Counter[str]:
    """The figures in the details of an event, added up over a round."""
    c = t.audit.c
    found: Counter[str] = Counter()
    for details in connection.execute(select(c.details).where(c.round_id == round_id, c.event == event)).scalars():
        found.update({name: value for name, value in details.items() if isinstance(value, int)})
    return found
