"""What holders see of the term of their award and of its renewal, and the way into the next round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, post
from litestar.params import FromPath
from litestar.response import Redirect

from evaluators.permissions import Role
from evaluators.renewal import Kind
from evaluators.trace import with_parameters
from laurea import renewing
from laurea.actions import apply_again
from laurea.store import pages_terms, terms
from laurea.store.engine import Connection
from laurea.web.forms import Form, Who
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread
from rules.plan import Plan
from rules.ruleset import say

OPT = {"role": Role.APPLICANT}
AHEAD = timedelta(days=183)
"""How long before the end the page says how the renewal looks, where the rules name no day on which it opens."""


@dataclass(frozen=True)
class Card:
    """The term of an award on its holder's page. `standing`: later, valid, grace, expired; `round`: its title."""

    standing: str
    valid_until: date
    grace_until: date | None
    opens: date | None
    milestones: tuple[tuple[date, str], ...]
    finding: str
    missing: tuple[str, ...]
    soon: bool
    round: str
    round_from: datetime | None
    round_until: datetime | None


def card(connection: Connection, application_id: int, plan: Plan, reader: Reader, today: date) -> Card | None:
    """The card of an award with an end; None where there is no such award, or it has no end."""
    held = terms.of_application(connection, application_id)
    if held is None or held.valid_until is None:
        return None
    kept = max(held.valid_until, held.grace_until or held.valid_until)
    opens = held.renewal_opens or held.valid_until - AHEAD
    soon = today >= opens
    ahead = renewing.ahead(connection, [held], reader.now)[held.id] if soon else None
    call = ahead.call if ahead is not None else None
    says = {one.id: one.model.says for one in plan.milestones}
    days = [
        (day, with_parameters(plan.ruleset, say(says[name], reader.language), reader.language))
        for kind, name, day, _last in pages_terms.ahead(connection, application_id)
        if kind == Kind.MILESTONE and name in says and day >= today
    ]
    return Card(
        standing="later" if today < held.valid_from else "valid" if today <= held.valid_until
        else "grace" if today <= kept else "expired",
        valid_until=held.valid_until,
        grace_until=held.grace_until if held.grace_until and held.grace_until > held.valid_until else None,
        opens=held.renewal_opens if held.renewal_opens and today < held.renewal_opens else None,
        milestones=tuple(days),
        finding=ahead.outlook.finding if ahead is not None else "",
        missing=tuple(ahead.missing(reader.language)) if ahead is not None else (),
        soon=soon,
        round=call.title if call is not None else "",
        round_from=call.opens_at if call is not None and ahead is not None and not ahead.open else None,
        round_until=call.closes_at if call is not None and ahead is not None and ahead.open else None,
    )  # fmt: skip


@post("/my/{key:str}/renew", opt=OPT)
@in_thread
def renew(request: Request[Any, Any, Any], reader: Who, key: FromPath[str], data: Form) -> Redirect:
    """Begin the application for the renewal, with what was told the last time."""
    made = apply_again.again(request.app.state.engine, person_id=reader.person_id, key=key, now=reader.now)
    return go(f"/drafts/{made}")


HANDLERS = [renew]
