"""Settings, read from the environment (`LAUREA_…`) once per process and passed on as a value."""

from __future__ import annotations

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

    @property
    def url(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite+pysqlite:///{(self.workspace / 'laurea.db').resolve()}"
