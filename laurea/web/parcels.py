"""A holder's parcel, for the officer: what lies in it and where it is; the letter, the list and the labels it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from evaluators.award_kit import State, pieces
from evaluators.permissions import Deed, Field, Role, may
from laurea import papers
from laurea.actions import hand_out
from laurea.documents.handing_out import Table
from laurea.documents.papers.engine import NoSuchSign
from laurea.documents.papers.lists import AddressLabel, labels
from laurea.errors import BadInput, LaureaError
from laurea.ledger import Actor
from laurea.store import kits, rounds
from laurea.store import papers as records
from laurea.store.engine import reading
from laurea.store.kits import Kit, Parcel
from laurea.store.pages_round import RoundPage
from laurea.web.api_files import download, one_table
from laurea.web.bundles import in_words
from laurea.web.forms import Form, Who, first, whole
from laurea.web.looks import noted
from laurea.web.office_frame import frame, round_of, seen
from laurea.web.reader import Reader
from laurea.web.render import go, in_thread, page
from notifications.catalogues import LANGUAGES
from rules.plan import Plan

OPT = {"role": Role.OFFICER}
EVERYWHERE = "*"


@dataclass(frozen=True)
class Filter:
    """Which parcels are wanted. `address`: missing, known, or nothing."""

    q: str = ""
    state: str = ""
    region: str = EVERYWHERE
    address: str = ""

    def takes(self, one: Parcel) -> bool:
        """Whether a parcel is wanted."""
        named = (one.ref, one.holder, one.unit_name, one.institution, one.name, one.number)
        word = self.q.strip().casefold()
        return (
            (not word or any(word in text.casefold() for text in named))
            and (not self.state or one.state.value == self.state)
            and self.region in (EVERYWHERE, one.region)
            and (not self.address or bool(one.address) == (self.address == "known"))
        )

    @property
    def asked(self) -> dict[str, str]:
        """As a query of an address."""
        return {"q": self.q, "state": self.state, "region": self.region, "address": self.address}


def wanted(asked: Mapping[str, Any]) -> Filter:
    """A filter out of an address or a form; what is none of its words asks nothing."""
    q, state, region, address = (str(asked.get(name, "")) for name in ("q", "state", "region", "address"))
    return Filter(
        q[:200],
        state if state in set(State) else "",
        region if "region" in asked else EVERYWHERE,
        address if address in ("missing", "known") else "",
    )


def kit_round(
    request: Request[Any, Any, Any], reader: Reader, code: str, *, deed: bool = False
) -> tuple[RoundPage, Plan]:
    """A round whose kit the officer sees and, if `deed`, may change now."""
    record, plan = round_of(request, reader, code, Deed.HAND_OUT if deed else None)
    if Field.KIT not in seen(record, reader):
        raise NotFoundException
    return record, plan


def parcels_of(request: Request[Any, Any, Any], record: RoundPage) -> tuple[Kit, list[Parcel]]:
    """The kit of a round and all its parcels."""
    with reading(request.app.state.engine) as connection:
        held = kits.kit(connection, record.id)
        return held, kits.parcels(connection, record.id, held)


@get("/rounds/{code:str}/parcels/{number:str}", opt=OPT)
@noted("label")
def parcel(request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[str]) -> Response[Any]:
    """One parcel: what lies in it, where it goes, where it is."""
    return _parcel(request, reader, code, number)


@post("/rounds/{code:str}/parcels/{number:str}", opt=OPT)
@in_thread
def change(
    request: Request[Any, Any, Any], reader: Who, code: FromPath[str], number: FromPath[str], data: Form
) -> Response[Any]:
    """Say all about one parcel."""
    record, _plan = kit_round(request, reader, code, deed=True)
    state, version = first(data, "state"), whole(first(data, "version"))
    if state not in set(State) or version is None:
        raise NotFoundException
    typed = {"state": state, "address": first(data, "address"), "note": first(data, "note")}
    try:
        hand_out.change(
            request.app.state.engine, record.id, number, version=version, state=State(state),
            address=typed["address"], note=typed["note"], actor=Actor.person(reader.person_id), now=reader.now,
        )  # fmt: skip
    except BadInput as wrong:
        return _parcel(request, reader, code, number, wrong=wrong, typed=typed, status=422)
    return go(f"/rounds/{code}/kit#n-{number}")


@get("/rounds/{code:str}/parcels/{number:str}/letter", opt=OPT)
@noted("label")
def cover(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    number: FromPath[str],
    language: FromQuery[str] = "",
) -> Response[Any]:
    """The letter that goes with the award, in the holder's language or another."""
    record, _plan = kit_round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        grants = records.granted(connection, record.id, [number])
        found = kits.parcels(connection, record.id, kits.kit(connection, record.id), [number])
        if not found:
            raise NotFoundException
        settings = request.app.state.settings
        spoken = language if language in LANGUAGES else papers.language_of(grants[0], LANGUAGES)
        drawn = papers.paper(
            connection, grants[0], kind=papers.COVER, language=spoken, settings=settings,
            style=papers.style(settings, grants[0].authority_code, grants[0].award), pieces=in_words(found[0].pieces),
        )  # fmt: skip
    return download(drawn, f"{papers.COVER}-{number}-{spoken}.pdf")


@get("/rounds/{code:str}/kit/files/{name:str}", opt=OPT)
@noted()
def files(
    request: Request[Any, Any, Any],
    reader: Who,
    code: FromPath[str],
    name: FromPath[str],
    skip: FromQuery[str] = "",
) -> Response[Any]:
    """The parcels of a filter as a shipping list (CSV or XLSX) or as address labels (PDF)."""
    record, _plan = kit_round(request, reader, code)
    if name not in ("shipping.csv", "shipping.xlsx", "labels.pdf"):
        raise NotFoundException
    which = wanted(request.query_params)
    found = [one for one in parcels_of(request, record)[1] if which.takes(one)]
    if name == "labels.pdf":
        sheets = [AddressLabel(one.address.splitlines(), one.ref) for one in found if one.address]
        with reading(request.app.state.engine) as connection:
            house = rounds.authority_of(connection, record.authority_id).name
        today = reader.now.astimezone(reader.zone).date()
        try:
            drawn = labels(sheets, house, reader.language, on=today, skip=whole(skip, 2) or 0)
            return download(drawn, f"{code}-{name}")
        except NoSuchSign as wrong:
            ref = next((one.ref for one in sheets if wrong.sign in "".join(one.lines)), "")
            _ = reader.words.gettext
            says = _("The address of {ref} cannot be printed: no font has its sign {sign}.")
            back = ((f"/rounds/{code}/kit", _("Back")),)
            return page(request, "error.html", status=422, code=422, says=says.format(ref=ref, sign=wrong.sign),
                        remedy=_("Correct the address."), back=back)  # fmt: skip
    return one_table(_table(found), f"{code}-{name}", reader.now, [("round", record.code), ("title", record.title)])


def _table(found: Sequence[Parcel]) -> Table:
    things = list(pieces(one.pieces for one in found))
    columns = ("region", "application_id", "holder", "title", "institution", "unit_name", "country", "contact",
               "email", "address", "state", "since", "note", "certificate")  # fmt: skip

    def rows() -> Iterator[Sequence[Any]]:
        for one in found:
            lies = {piece.name: piece for piece in one.pieces}
            yield (
                one.region, one.ref, one.holder, one.title, one.institution, one.unit_name, one.country, one.name,
                one.email, one.address, one.state.value, one.since, one.note, one.number,
                *(lies[name].quantity if name in lies else None for name in things),
                *(lies[name].engraved if name in lies else None for name in things),
            )  # fmt: skip

    return Table("shipping", (*columns, *things, *(f"{name}: engraving" for name in things)), rows)


def _parcel(
    request: Request[Any, Any, Any], reader: Reader, code: str, number: str, *, wrong: LaureaError | None = None,
    typed: dict[str, str] | None = None, status: int = 200,
) -> Response[Any]:  # fmt: skip
    record, plan = kit_round(request, reader, code)
    with reading(request.app.state.engine) as connection:
        found = kits.parcels(connection, record.id, kits.kit(connection, record.id), [number])
    if not found:
        raise NotFoundException
    one = found[0]
    return page(
        request,
        "office/parcel.html",
        status=status,
        **frame(record, plan, reader),
        one=one,
        typed=typed or {"state": one.state.value, "address": one.address, "note": one.note},
        states=list(State),
        wrong=wrong,
        may_hand_out=may(Role.OFFICER, Deed.HAND_OUT, record.timetable, reader.now),
    )


HANDLERS = [parcel, change, cover, files]
