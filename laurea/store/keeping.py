"""Bytes kept under their digest for as long as something points to them: files that wait, the text of frozen pages."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from laurea.store import tables as t

i, k, f = t.register_imports.c, t.kept_bytes.c, t.frozen_pages.c


def token_digest(token: str) -> str:
    """How a token stands in the records; 256 random bits need no slow digest."""
    return digest_of(token.encode())


def digest_of(content: bytes) -> str:
    """SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


def keep(connection: Connection, content: bytes, now: datetime) -> str:
    """Keep bytes under their digest, once; gives the digest."""
    digest = digest_of(content)
    if connection.execute(select(k.digest).where(k.digest == digest)).first() is None:
        connection.execute(insert(t.kept_bytes).values(digest=digest, content=content, kept_at=now))
    return digest


def read(connection: Connection, digest: str) -> bytes | None:
    """Bytes by their digest; None when they are not kept any more."""
    found: bytes | None = connection.execute(select(k.content).where(k.digest == digest)).scalar_one_or_none()
    return found


def drop_unused(connection: Connection) -> None:
    """Let go what nothing points to: files that were taken in or discarded, pages as they were in between."""
    used = select(i.digest).where(i.state == "waiting")
    frozen = select(f.digest).where(f.digest.is_not(None))
    now = select(f.now_digest).where(f.now_digest.is_not(None))
    connection.execute(delete(t.kept_bytes).where(k.digest.not_in(used.union(frozen, now))))
