"""What every table rests on: moments, the naming of constraints, numbers, keys and references."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    TypeDecorator,
)


class Utc(TypeDecorator[datetime]):
    """A moment: aware going in and coming out, stored as UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def number() -> Column[int]:
    """What the records themselves number a row by."""
    return Column("id", Integer, primary_key=True)


def key(nullable: bool = False) -> Column[Any]:
    """What an applicant's page is addressed by: 128 random bits, so that nothing can be counted through."""
    return Column("key", String(40), nullable=nullable, unique=True, default=lambda: secrets.token_urlsafe(16))


def ref(name: str, target: str, nullable: bool = False, index: bool = False) -> Column[Any]:
    """A reference to a row of another table."""
    return Column(name, ForeignKey(f"{target}.id"), nullable=nullable, index=index)
