"""The page of settings, out of the model that reads them."""

from __future__ import annotations

import json
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from laurea.settings import Settings

HEAD = """# Settings

Settings are environment variables. None of them has to be set for a trial; an empty one counts as not set. A value that
cannot be used is named, with what it should be, by every command and by `laurea doctor`.

| setting | default | meaning |
|---|---|---|
"""
TAIL = """
For rehearsals, `LAUREA_CLOCK_FILE` names a file with an ISO time: every process of the rehearsal lives at that moment.
Never set it where decisions count. `LAUREA_DATA` names the folder of a public data set for one round of `laurea demo`.

The worker and the engine read Prefect's own settings besides:
[more than one machine](../operating.md#more-than-one-machine).
"""
SEE = {
    "secret": "signing-in.md#the-second-factor",
    "smtp_url": "how-to/mail-relay.md",
    "relay_log": "how-to/mail-relay.md",
    "undo_minutes": "outbox.md#before-the-letters-of-a-release-go",
    "dkim": "how-to/mail-relay.md#signatures-dkim",
    "bounces_to": "how-to/mail-relay.md#letters-that-come-back",
    "bounces_from": "how-to/mail-relay.md#letters-that-come-back",
    "bounces_secret": "how-to/mail-relay.md#letters-that-come-back",
    "sources": "evidence-desk.md",
    "watched": "evidence-desk.md",
    "oidc_issuer": "how-to/identity-provider.md",
    "webhooks_private": "api.md#webhooks",
    "logs": "operating.md#logs",
    "metrics_token": "operating.md#metrics",
    "database_url": "how-to/to-postgresql.md",
    "helpers": "operating.md#more-than-one-machine",
    "lease": "operating.md#more-than-one-machine",
}
"""Where more is said of a setting."""


def page() -> str:
    """The whole page."""
    rows = []
    for name, field in Settings.model_fields.items():
        more = f" [More](../{SEE[name]})" if name in SEE else ""
        rows.append(
            f"| `LAUREA_{name.upper()}` | {_default(field.default)} | {_cell(field.description or '')}{more} |\n"
        )
    return HEAD + "".join(rows) + TAIL


def _default(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", PydanticUndefined):
        return "none"
    return f"`{json.dumps(value) if isinstance(value, bool | float | int) else value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
