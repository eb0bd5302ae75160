"""Settings, read from the environment (`LAUREA_…`) once per process and passed on as a value."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from evaluators.registers import KINDS

_DATABASE = r"^$|^sqlite(\+pysqlite)?:///?|^postgresql\+psycopg://"
_Watched = Annotated[str, StringConstraints(pattern=rf"^[^/]+/({'|'.join(KINDS)})$")]
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on

_TRIAL = {("http", "127.0.0.1"), ("http", "::1"), ("http", "localhost")}
SHORTEST_SECRET = 16  # signs
_DEFAULTS = re.compile(
    r"changeme|changethis|changeit|default|secret|password|example|replaceme|yourclient|12345678|abcdef"
)


def own_address(host: str, port: int) -> str:
    """Where a portal that listens there is reached on its own machine."""
    here = _EVERYWHERE.get(host, host)
    return f"http://{f'[{here}]' if ':' in here else here}:{port}"


def _public_url(read: dict[str, Any]) -> str:
    """The address in force when nobody said otherwise; `read` lacks what could not be read."""
    return own_address(read.get("host", "127.0.0.1"), read.get("port", 8780))


class Settings(BaseSettings):
    """Everything that differs between installations. docs/reference/settings.md is made of it."""

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
    host: str = Field(
        "127.0.0.1", description="Address the portal listens on. Keep it, and put a proxy with TLS in front."
    )
    port: int = Field(8780, ge=1, le=65535, description="Port the portal listens on.")
    public_url: str = Field(
        default_factory=_public_url,
        pattern=r"^https?://[^/]",
        description="Address under which people reach the portal, http(s)://…; it stands in letters. Empty means "
        "host and port.",
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Key for form tokens, codes and second factors, at least 16 signs and none that everybody knows. "
        "Set the same one when several portals run; with another one second factors must be set up anew. Empty means "
        "one kept in the workspace.",
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
    mail_connections: int = Field(
        5, ge=1, le=50, description="Connections to the relay at a time. More than five only make each letter slower."
    )
    mail_per_minute: int = Field(
        0, ge=0, description="Letters the relay is given in a minute, by all senders together; 0 means any number."
    )
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
    chunk: int = Field(1000, ge=1, description="Applications in one Prefect task.")
    helpers: int = Field(
        0,
        ge=0,
        description="Workers that are called to help where a round has several chunks to do: one less than there are.",
    )
    lease: float = Field(
        60.0, ge=1, description="Seconds after the last word of a worker until its work is given to another."
    )
    show_links: bool = Field(
        False, description="For trials on one machine: sign-in links are shown on the page. Never on an open address."
    )
    links_per_network: int = Field(
        300, ge=1, description="Sign-in links one network address may ask for in ten minutes, whomever they are for."
    )
    oidc_issuer: str = Field("", description="The identity provider officers may sign in with: its issuer, https://…")
    oidc_name: str = Field(
        "", max_length=40, description="What people call it; it stands on the button. Empty means its host."
    )
    oidc_client_id: str = Field("", description="Laurea's client id there.")
    oidc_client_secret_file: Path | None = Field(None, description="A file with Laurea's client secret there.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="The client secret itself, where it is not in a file. A short one is refused.",
    )
    oidc_acr: str = Field(
        "",
        description="Kinds of sign-in (acr) of which the provider must name one, with spaces between; it then counts "
        "as a second factor. Empty means any kind, and no second factor.",
    )
    webhooks_private: bool = Field(
        False, description="Webhooks may call private addresses, and without TLS: for trials and networks of one's own."
    )
    logs: Literal["text", "json"] = Field(
        "text",
        description="Form of the logs: text, or json with a line for each request of the portal and each turn and step "
        "of the clock; ids only.",
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="What whoever reads /metrics from another machine must send as a bearer token; empty means that "
        "only this machine may.",
    )
    clock_every: int = Field(60, ge=5, description="Seconds between two looks of the clock at what is due.")

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.hostname and (parts.scheme == "https" or (parts.scheme, parts.hostname) in _TRIAL)):
            raise ValueError("It is not an https address (http is for providers on this machine alone)")
        if parts.query or parts.fragment:
            raise ValueError("An issuer has neither ? nor #")
        return value

    @field_validator("oidc_client_id")
    @classmethod
    def _is_there_with_an_issuer(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("oidc_issuer") and not value:
            raise ValueError("The identity provider needs it")
        return value

    @field_validator("secret", "oidc_client_secret", "bounces_secret", "metrics_token")
    @classmethod
    def _is_no_default(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        """Refuse secrets that everybody knows, and a provider without the rest of what it takes."""
        said, data = value.get_secret_value(), info.data
        file = data.get("oidc_client_secret_file") if info.field_name == "oidc_client_secret" else None
        if file is not None:
            try:
                said = file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeError):
                raise ValueError("Its file cannot be read") from None
        if said and (len(said) < SHORTEST_SECRET or _DEFAULTS.search(re.sub(r"[\W_]", "", said).lower())):
            raise ValueError(f"It is too short (at least {SHORTEST_SECRET} signs) or one that everybody knows")
        if info.field_name == "oidc_client_secret" and data.get("oidc_issuer") and not said:
            raise ValueError("The identity provider needs a client secret")
        return value

    def oidc_secret(self) -> str:
        """Laurea's secret at the identity provider."""
        if self.oidc_client_secret_file is not None:
            return self.oidc_client_secret_file.read_text(encoding="utf-8").strip()
        return self.oidc_client_secret.get_secret_value()

    @property
    def provider_name(self) -> str:
        """What the identity provider is called on the sign-in page; empty where there is none."""
        return self.oidc_issuer and (self.oidc_name or str(urlsplit(self.oidc_issuer).hostname))

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
