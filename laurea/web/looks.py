"""Who looked at whose data: pages and files of officers and programs that name somebody write a line as they answer.

A juror's and an applicant's own pages write none: which applications a juror had is in the records of the round.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, ParamSpec, TypeVar

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery, QueryParameter

from evaluators.permissions import Deed, Field, Role, may_at_home, sees_at_home
from laurea import clock
from laurea.actions.look import note
from laurea.store import looks
from laurea.store.engine import reading
from laurea.store.programs import Token
from laurea.web.forms import Who
from laurea.web.metrics import route_of
from laurea.web.reader import Reader
from laurea.web.render import in_thread, page

P = ParamSpec("P")
T = TypeVar("T")
Number = Annotated[int, QueryParameter(ge=0, le=2**31 - 1)]
_NUMBERED = {
    "application": "application_id", "person": "person_id", "juror": "juror_id", "letter": "number", "appeal": "item",
    "label": "number", "round": "code",
}  # fmt: skip


def noted(of: str = "round") -> Callable[[Callable[P, T]], Callable[P, Awaitable[T]]]:
    """As `in_thread`, and write down whom the answer is about: one of `looks.WHOSE`, as the page's address names it.

    The line is written before the answer leaves; where it cannot be, nothing is shown.
    """

    def around(handler: Callable[P, T]) -> Callable[P, Awaitable[T]]:
        @functools.wraps(handler)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            answer = handler(*args, **kwargs)
            if (getattr(answer, "status_code", None) or 200) < 300:
                _note(of, kwargs)
            return answer

        run.noted = of  # type: ignore[attr-defined]
        return in_thread(run)

    return around


def _note(of: str, given: dict[str, Any]) -> None:
    request: Request[Any, Any, Any] = given["request"]
    who: Reader | Token = given.get("reader") or given["program"]
    mine = {"reader_id": who.person_id} if isinstance(who, Reader) else {"token_id": who.id}
    number = given[_NUMBERED[of]] if of in _NUMBERED else who.authority_id
    now = who.now if isinstance(who, Reader) else clock.now()
    note(request.app.state.engine, of, number, authority_id=who.authority_id, place=place_of(request), now=now, **mine)


def place_of(request: Request[Any, Any, Any]) -> str:
    """A page's address without what it numbers: `applications`, `kit/files`, `personal/people`."""
    parts = [one for one in route_of(request.scope).split("/") if one and not one.startswith("{")]
    return "/".join(parts[1:] if parts[0] == "rounds" and len(parts) > 1 else parts)


@get("/personal/looks", opt={"role": Role.OFFICER})
@in_thread
def seen(
    request: Request[Any, Any, Any],
    reader: Who,
    person: Number = 0,
    application: Number = 0,
    code: FromQuery[str] = "",
    side: FromQuery[int] = 1,
) -> Response[Any]:
    """Who of the office, and which program, looked at whose data; of one person, application or round where asked."""
    if Field.PERSONAL not in sees_at_home(reader.role) or not may_at_home(reader.role, Deed.ACCOUNT):
        raise NotFoundException
    with reading(request.app.state.engine) as connection:
        found = looks.seen(
            connection, reader.authority_id, page=side, person_id=person or None, application_id=application or None,
            code=code[:60],
        )  # fmt: skip
    asked = {"person": person, "application": application, "code": code[:60]}
    asked = {name: value for name, value in asked.items() if value}
    return page(request, "personal/looks.html", found=found, asked=asked, places=_places(reader.words.gettext))


def _places(_: Callable[[str], str]) -> dict[str, str]:
    """What pages are called, by the first part of their place."""
    return {
        "applications": _("Applications"),
        "api": _("Programs"),
        "appeals": _("Appeal"),
        "assignment": _("Assignment"),
        "assignment.csv": _("Assignment"),
        "bundles": _("Files taken away"),
        "calendar": _("Calendar of terms"),
        "ceremonies": _("Ceremonies"),
        "certificates": _("Certificates"),
        "decisions": _("Decisions"),
        "evidence": _("Evidence desk"),
        "exports": _("Files taken away"),
        "feedback": _("What the jury says"),
        "handovers": _("Hand-overs"),
        "heard": _("From applicants"),
        "import": _("Import"),
        "jurors": _("Jurors"),
        "kit": _("Award kit"),
        "meetings": _("Meetings of the jury"),
        "outbox": _("Letters"),
        "parcels": _("Parcel"),
        "personal": _("Personal data"),
        "refused": _("Refused rows"),
        "restore": _("Restore an earlier state"),
        "rounds": _("Overview"),
        "scores": _("Scores"),
        "terms": _("Terms"),
        "unknown": _("Unknown facts"),
        "view": _("Seeing the portal as somebody"),
    }


HANDLERS = [seen]
