"""Credentials of labels out of the records, signed with their authority's key; and what one sent in is worth.

Keys lie in the workspace, `keys/<authority>/<name>.pem`, readable by nobody else and never in the records. The one
whose name comes last signs; all of them are told in the authority's did.json, so that what an earlier key signed can
still be checked.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from laurea import papers
from laurea.documents import credentials as made
from laurea.documents.papers.engine import plain
from laurea.errors import SetupMissing
from laurea.settings import Settings
from laurea.store import papers as records
from laurea.store import rounds

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.papers import Granted

FIRST_KEY = "key-1"
_CODE = re.compile(r"[\w-]+(\.[\w-]+)*")  # of an authority, as part of a path and of an address


def issuer(settings: Settings, code: str, name: str) -> made.Issuer:
    """An authority as the issuer of its credentials."""
    return made.Issuer(f"{settings.public_url.rstrip('/')}/credentials/{quote(code, safe='')}", name)


def keys(settings: Settings, code: str) -> list[made.Key]:
    """The keys of an authority by name; none before its first credential.

    Raises SetupMissing where a file in the folder is no Ed25519 key.
    """
    folder = _folder(settings, code)
    found = []
    for path in sorted(folder.glob("*.pem")):
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), None)
        except (ValueError, TypeError) as wrong:
            raise SetupMissing(f"{path} cannot be read as a key: {wrong}", "Put the right file back.") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise SetupMissing(f"{path} is not an Ed25519 key.", "Make one: openssl genpkey -algorithm ed25519")
        found.append(made.Key(path.stem, key))
    return found


def _folder(settings: Settings, code: str) -> Path:
    name = code if _CODE.fullmatch(code) else quote(code, safe="").replace(".", "%2E")
    return settings.workspace / "keys" / name


def signing_key(settings: Settings, code: str) -> made.Key:
    """The key an authority signs with; made the first time, and only once however many ask."""
    found = keys(settings, code)
    if not found:
        folder = _folder(settings, code)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        part = folder / f".{os.getpid()}-{os.urandom(8).hex()}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, folder / f"{FIRST_KEY}.pem")  # whole or not there, and never in place of another
        except FileExistsError:
            pass
        finally:
            part.unlink()
        found = keys(settings, code)
    return found[-1]


def credential(connection: Connection, grant: Granted, *, language: str, settings: Settings) -> str:
    """A label's credential as signed text. The same records and key give the same text."""
    who = issuer(settings, grant.authority_code, grant.authority)
    title = papers.title(connection, grant, language)
    _, key = rounds.rule_set_text(connection, grant.rule_set)
    base = settings.public_url.rstrip("/")
    told = made.Badge(
        address=f"{base}/certificates/{grant.number}",
        holder=grant.holder,
        title=plain(title),
        says=f"{plain(title)} ({plain(grant.round)})",
        rules=f"{key} (SHA-256 {grant.rule_set})",
        results=f"{base}/results/{quote(grant.code, safe='')}",
        outcome=grant.outcome,
        language=language,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        timezone=grant.timezone,
        index=grant.id,
    )
    return made.sign(made.badge(told, who), who, signing_key(settings, grant.authority_code))


def status_list(connection: Connection, code: str, page: int, *, settings: Settings, now: datetime) -> str | None:
    """A page of the list of an authority's withdrawn labels, signed; None where there is no such authority or page."""
    found = records.issuing(connection, code)
    if found is None or page > found.last_id // made.BITS or not (known := keys(settings, code)):
        return None
    who = issuer(settings, code, found.name)
    start = page * made.BITS
    withdrawn = records.withdrawn_ids(connection, found.authority_id, start, start + made.BITS)
    return made.sign(made.status_list(who, page, withdrawn, now.astimezone(UTC)), who, known[-1])


def did_document(connection: Connection, code: str, *, settings: Settings) -> dict[str, Any] | None:
    """An authority's did.json; None where there is no such authority, or it has no key yet."""
    found, known = records.issuing(connection, code), keys(settings, code)
    return made.did_document(issuer(settings, code, found.name), known) if found and known else None


@dataclass(frozen=True)
class Examined:
    """What a text sent in is worth. `state` is unreadable, foreign, tampered, unknown, renamed (its holder's name was
    corrected since), withdrawn, expired, later or valid; `number` is that of its certificate where one is proven.
    """

    state: str
    number: str = ""
    holder: str = ""


def examine(connection: Connection, text: str, *, settings: Settings, now: datetime) -> Examined:
    """Whether a credential is ours, as we signed it, and still holds by the records."""
    try:
        claims, code = proven(text, settings=settings)
    except made.Unsound as wrong:
        return Examined(wrong.reason)
    number = str(claims.get("id", "")).rpartition("/certificates/")[2]
    grant = records.by_number(connection, number)
    if grant is None or grant.authority_code != code:
        return Examined("unknown")
    holder = _holder(claims)
    return Examined(_state(grant, holder, now.astimezone(ZoneInfo(grant.timezone)).date()), number, holder)


def proven(text: str, *, settings: Settings) -> tuple[dict[str, Any], str]:
    """What a text says that a key of this house signed as it stands, and the authority whose key it is.

    Raises `documents.credentials.Unsound`, foreign where the key is none of ours.
    """
    kid = made.signed_by(text)
    code = _signer(settings, kid)
    key = next((one for one in keys(settings, code) if kid.endswith(f"#{one.name}")), None) if code else None
    if key is None or code is None:
        raise made.Unsound("foreign")
    return made.verify(text, key.public), code


def _signer(settings: Settings, kid: str) -> str | None:
    """The authority that a key's name belongs to, where it is one of this house's addresses."""
    base = made.Issuer(f"{settings.public_url.rstrip('/')}/credentials", "").did
    did, _, _name = kid.partition("#")
    code = did.removeprefix(f"{base}:")
    return unquote(code) if code != did and quote(unquote(code), safe="") == code else None


def _holder(claims: dict[str, Any]) -> str:
    try:
        return str(claims["credentialSubject"]["identifier"][0]["identityHash"])
    except (KeyError, IndexError, TypeError):
        return ""


def _state(grant: Granted, holder: str, today: date) -> str:
    if grant.withdrawn_at is not None:
        return "withdrawn"
    if grant.valid_until is not None and grant.valid_until < today:
        return "expired"
    if holder != grant.holder:
        return "renamed"
    return "valid" if grant.valid_from <= today else "later"
