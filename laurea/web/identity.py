"""Signing in through the identity provider of this installation: there, and back."""

from __future__ import annotations

import logging
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery, QueryParameter

from laurea import entering
from laurea.actions import open_id, sign_in
from laurea.errors import SetupMissing
from laurea.web.door import asker, welcome
from laurea.web.forms import Form, Who, first
from laurea.web.gate import browser_of
from laurea.web.render import in_thread, page

LOG = logging.getLogger("laurea.identity")
InState = Annotated[str, QueryParameter(name="state")]  # `state` itself is Litestar's own word


@post("/sign-in/provider", status_code=200)
@in_thread
def there(request: Request[Any, Any, Any], reader: Who, data: Form) -> Response[Any]:
    """Send the browser to the provider, by a page that goes on by itself.

    Not by a redirect: the pages' policy lets forms go to the portal alone (`form-action 'self'`), and browsers hold the
    redirect after a form to it too, as well as every further one that the provider makes.
    """
    state = request.app.state
    if not state.settings.oidc_issuer:
        raise NotFoundException
    sign_in.count_asker(state.engine, asker(request), reader.now, state.settings)
    target = entering.safe_target(first(data, "to"))
    try:
        address = open_id.begin(state.engine, state.settings, target, browser_of(request), reader.now)
    except SetupMissing as error:
        LOG.error("the identity provider cannot be used: %s", error)  # noqa: TRY400 - no fault of ours
        return _refused(request, 503)
    answer = page(request, "account/away.html", provider=state.settings.provider_name, address=address)
    answer.headers["refresh"] = f"0; url={address}"
    return answer


@get(open_id.BACK)
@in_thread
def back(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromQuery[str] = "",
    said: InState = "",
) -> Response[Any]:
    """Back from the provider. The state is what makes this address harmless: it is good once, in the browser sent."""
    state = request.app.state
    if not state.settings.oidc_issuer:
        raise NotFoundException
    try:
        opened = open_id.finish(state.engine, state.settings, said[:200], code[:4000], browser_of(request), reader.now)
    except SetupMissing as error:
        LOG.error("the identity provider cannot be used: %s", error)  # noqa: TRY400 - no fault of ours
        return _refused(request, 503)
    return _refused(request, 403) if opened is None else welcome(request, opened)


def _refused(request: Request[Any, Any, Any], status: int) -> Response[Any]:
    """The same for every reason: the log says more."""
    return page(
        request, "account/refused.html", status=status, provider=request.app.state.settings.provider_name,
        absent=status == 503,
    )  # fmt: skip


HANDLERS = [there, back]
