"""What `laurea doctor` finds about the identity provider officers may sign in with."""

from __future__ import annotations

from collections.abc import Iterator

from laurea.cli.ailments import Check
from laurea.errors import SetupMissing
from laurea.settings import Settings


def identity(settings: Settings) -> Iterator[Check]:
    """Asks the provider where its doors are and what it can do; nobody is signed in."""
    if not settings.oidc_issuer:
        return
    from laurea.actions.open_id import BACK
    from laurea.sources import openid

    try:
        found = openid.discover(settings.oidc_issuer)
    except SetupMissing as error:
        yield Check("Identity provider", "wrong", error.says, error.remedy)
        return
    back = settings.public_url.rstrip("/") + BACK
    says = f"{settings.oidc_issuer} answers; it must know {back} as the address it sends people back to."
    if found.problems:
        remedy = "Ask whoever runs it. Signing in may work all the same: PKCE is sent in any case."
        yield Check("Identity provider", "note", f"{says} {' '.join(found.problems)}", remedy)
    elif settings.public_url.startswith("http://") and settings.oidc_issuer.startswith("https://"):
        remedy = "Put the portal behind a proxy with TLS and set LAUREA_PUBLIC_URL to https://…"
        yield Check("Identity provider", "note", f"{says} Few providers take an address without TLS.", remedy)
    else:
        yield Check("Identity provider", "ok", says)
