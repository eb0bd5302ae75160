"""Settings, read from the environment (`LAUREA_…`) once per process and passed on as a value."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from evaluators.registers import KINDS

_DATABASE = r"^$|^sqlite(\+pysqlite)?:///?|^postgresql\+psycopg://"
_Watched = Annotated[str, StringConstraints(pattern=rf"^[^/]+/({'|'.join(KINDS)})$")]
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on


def own_address(host: str, port: int) -> str:
    """Where a portal that listens there is reached on its own machine."""
    here = _EVERYWHERE.get(host, host)
    return f"http://{f'[{here}]' if ':' in here else here}:{port}"


def _public_url(read: dict[str, Any]) -> str:
    """The address in force when nobody said otherwise; `read` lacks what could not be read."""
    return own_address(read.get("host", "127.0.0.1"), read.get("port", 8780))


class Settings(BaseSettings):
    """Everything that differs between installations. Every field is documented in docs/operating.md."""

    model_config = SettingsConfigDict(env_prefix="LAUREA_", frozen=True, extra="ignore", env_ignore_empty=True)

    workspace: Path = Field(
        Path("workspace"), description="Folder for the database, evidence, logs and Prefect's home."
    )
    database_url: str = Field(
        "",
        pattern=_DATABASE,
        description="SQLAlchemy URL (postgresql+psycopg://user:password@host:5432/laurea); empty means SQLite in the "
        "workspace.",
    )
    host: str = Field("127.0.0.1", description="Address the portal listens on.")
    port: int = Field(8780, ge=1, le=65535, description="Port the portal listens on.")
    public_url: str = Field(
        default_factory=_public_url,
        pattern=r"^https?://[^/]",
        description="Address under which people reach the portal, http(s)://…; empty means host and port.",
    )
    secret: SecretStr = Field(
        SecretStr(""), description="Key for cookies and CSRF tokens; empty means one kept in the workspace."
    )
    smtp_url: str = Field(
        "", description="smtp://[user:password@]host:port or smtps://…; empty means letters are written to files."
    )
    mail_from: str = Field("laurea@localhost", description="Sender address of every letter.")
    relay_log: Path | None = Field(
        None, description="The relay's log, where it can be read: tells what became of a letter after a crash."
    )
    relay_grace: float = Field(
        10.0, ge=0, description="Seconds to wait before reading the relay's log after a crash (its own time limit)."
    )
    mail_connections: int = Field(5, ge=1, le=50, description="Parallel connections to the relay.")
    mail_per_minute: int = Field(0, ge=0, description="Letters the relay is given in a minute; 0 means any number.")
    dkim: dict[str, str] = Field(
        default_factory=dict,
        description="Keys that letters are signed with, by the sender's domain, as a JSON object: "
        '{"school.example": "selector:/path/key.pem"}.',
    )
    bounces_to: str = Field(
        "",
        description="Address that reports of undelivered letters go to; its mailbox takes name+anything@… too. Empty "
        "means the sender's.",
    )
    bounces_from: SecretStr = Field(
        SecretStr(""),
        description="Where those reports are read: maildir:/path of a Maildir, or imaps://user:password@host/folder.",
    )
    bounces_secret: SecretStr = Field(
        SecretStr(""), description="Key (whsec_…) of the calls a relay service tells of bounces with."
    )
    undo_minutes: int = Field(
        0, ge=0, le=1440, description="Minutes the letters of a release wait, so that an officer can stop them."
    )
    sources: dict[str, str] = Field(
        default_factory=dict,
        description="Evidence sources by name, as a JSON object: desk: (what the evidence desk holds), "
        "file:///path/register.jsonl or http(s)://…",
    )
    watched: dict[_Watched, str] = Field(
        default_factory=dict,
        description="Exports the clock takes into the evidence desk when they change, as a JSON object: "
        '{"AZ/teachers": "file:///srv/exports/teachers.csv"}, or http(s)://…',
    )
    watch_minutes: int = Field(60, ge=1, description="Minutes between two looks at a watched export.")
    pages_private: bool = Field(
        False, description="Pages that applications point to may lie in private networks: for trials alone."
    )
    review_days: int = Field(
        7, ge=1, description="Days somebody has at least for a review, even where the review period ends sooner."
    )
    chunk: int = Field(1000, ge=1, description="Applications per Prefect task.")
    show_links: bool = Field(
        False, description="Trial mode: sign-in links are shown on the page instead of only mailed."
    )
    links_per_network: int = Field(
        60, ge=1, description="Sign-in links that one network address may ask for in ten minutes."
    )
    webhooks_private: bool = Field(
        False, description="Webhooks may call private addresses, and without TLS: for trials and networks of one's own."
    )
    clock_every: int = Field(60, ge=5, description="Seconds between two rounds of the clock.")

    def signing_key(self) -> bytes:
        """The installation's own key: from `secret`, or one made once and kept in the workspace."""
        given = self.secret.get_secret_value()
        if given:
            return hashlib.sha256(given.encode()).digest()
        file = self.workspace / "secret"
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
                new.write(secrets.token_hex(32))
        except FileExistsError:
            pass
        return hashlib.sha256(file.read_bytes()).digest()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite+pysqlite:///{(self.workspace / 'laurea.db').resolve()}"
