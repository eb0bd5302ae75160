"""The signed head of an authority's audit: what its chains had come to on a day, for somebody outside to keep.

Chains show that a line was changed or taken out; that one was cut off at its end, or written anew from some line on,
shows only against a head that lies where nobody of the house can reach it. The clock writes one a day into the
workspace, `heads/<authority>/<day>.jwt`; its worth comes from being sent elsewhere.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from evaluators import seals
from laurea import credentials
from laurea.documents import credentials as made
from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.store import audit, rounds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.rounds import AuthorityRecord


def head(connection: Connection, authority: AuthorityRecord, *, settings: Settings, now: datetime) -> str:
    """Where the chains of an authority end now, as text signed with its key."""
    who = credentials.issuer(settings, authority.code, authority.name)
    chains = {chain: [number, seal] for chain, (number, seal) in audit.heads(connection, authority.id).items()}
    claims = {"iss": who.did, "iat": int(now.timestamp()), "authority": authority.code, "chains": chains}
    return made.sign(claims, who, credentials.signing_key(settings, authority.code))


def waiting(connection: Connection, *, settings: Settings, now: datetime) -> list[tuple[AuthorityRecord, Path]]:
    """The authorities whose day has no head yet, and where it is to lie; none for those without a line."""
    found = []
    for one in rounds.authorities(connection):
        day = now.astimezone(ZoneInfo(one.timezone)).strftime("%Y-%m-%d")
        path = settings.workspace / "heads" / quote(one.code, safe="").replace(".", "%2E") / f"{day}.jwt"
        if not path.exists() and audit.begun(connection, one.id):
            found.append((one, path))
    return found


def write_daily(connection: Connection, *, settings: Settings, now: datetime) -> int:
    """Write the heads that wait; how many."""
    found = waiting(connection, settings=settings, now=now)
    for authority, path in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{os.getpid()}-{path.name}")
        part.write_text(head(connection, authority, settings=settings, now=now) + "\n", encoding="ascii")
        part.replace(path)
    return len(found)


def faults(connection: Connection) -> list[seals.Fault]:
    """Every line of the audit that is not what was written."""
    return [
        fault for chain in audit.chains(connection) for fault in seals.faults(chain, audit.chained(connection, chain))
    ]


def against(connection: Connection, text: str, *, settings: Settings) -> tuple[datetime, list[seals.Fault]]:
    """When a kept head was signed, and what the records lack or have changed since.

    Raises BadInput where the text is no head that an authority of this installation signed.
    """
    try:
        told, _code = credentials.proven(text, settings=settings)
        moment = datetime.fromtimestamp(told["iat"], UTC)
        chains = {str(chain): (int(number), str(seal)) for chain, (number, seal) in told["chains"].items()}
    except (made.Unsound, KeyError, TypeError, ValueError, AttributeError) as wrong:
        why = wrong.reason if isinstance(wrong, made.Unsound) else "unreadable"
        raise BadInput(
            f"This is no head of an audit that this installation signed ({why}).",
            remedy="Give a file of the folder heads as it was written; its keys must lie in this workspace.",
        ) from None
    found = [
        seals.against(chain, number, seal, audit.seal_at(connection, chain, number))
        for chain, (number, seal) in sorted(chains.items())
    ]
    return moment, [fault for fault in found if fault is not None]
