"""What programs are told: the shapes of answers and problems, as the description of the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat

from laurea import errors

PROBLEM = "application/problem+json"
FILES = ("text/csv", "application/x-ndjson", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PROBLEMS = {
    "incomplete": (400, "The request is not complete or not readable."),
    "no-token": (401, "A living token is needed."),
    "no-scope": (403, "The token is not for this."),
    "not-found": (404, "There is no such thing for this token."),
    "not-now": (409, "The round is in another phase."),
    "conflict": (409, "Somebody else was quicker."),
    "too-large": (413, "The request is too large."),
    "bad-input": (422, "The input cannot be used."),
    "key-used": (422, "The Idempotency-Key was used for another request."),
    "too-many": (429, "Too many requests."),
    "failed": (500, "Something went wrong on our side. Nothing was changed."),
    "not-ready": (503, "A part of the installation does not answer."),
}
"""Every problem the API tells, by the last part of its type: status and title (RFC 9457)."""

KINDS: dict[type[errors.LaureaError], str] = {
    errors.NotFound: "not-found",
    errors.NotAllowed: "not-found",
    errors.NotNow: "not-now",
    errors.Conflict: "conflict",
    errors.TooOften: "too-many",
    errors.BadInput: "bad-input",
    errors.SetupMissing: "not-ready",
}


@dataclass
class Place:
    """One thing that cannot be used: where it stands, what is wrong, what to do."""

    file: str
    row: int | None
    field: str
    problem: str
    remedy: str


@dataclass
class Problem:
    """Why a request came to nothing (RFC 9457), with the way out."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    refusals: list[Place] = field(default_factory=list)


@dataclass
class ImportAnswer:
    """What an import did, or with `dry_run` would do."""

    kind: str
    dry_run: bool
    added: int
    known: int
    completed: int
    refused: list[Place]


@dataclass
class Standing:
    """Where a round stands. What the token may not see yet is null."""

    code: str
    title: str
    rule_set: str
    phase: str
    opens_at: datetime
    closes_at: datetime
    review_until: datetime
    award_on: date
    applications: dict[str, int]
    refused_rows: int
    assigned: int
    sheets: int
    letters: dict[str, int]
    proposed: int | None
    granted: int | None
    digest: str | None
    released_at: datetime | None
    tables: list[str]


@dataclass
class ApplicationItem:
    """An application in a list."""

    application_id: str
    unit_name: str
    institution: str
    country: str | None
    applicant: str
    state: str
    submitted_at: datetime
    reviews: int
    reviews_in: int
    outcome: str | None
    points: str | None


@dataclass
class ApplicationPage:
    """One page of applications and how many there are in all."""

    items: list[ApplicationItem]
    total: int
    page: int
    pages: int


@dataclass
class ResultItem:
    """A decision: its outcome with points, rank and the first clause that was not met."""

    application_id: str
    unit_name: str
    country: str | None
    outcome: str
    title: str
    granted: bool
    points: str | None
    rank: int | None
    group: str | None
    first_failing_clause: str | None


@dataclass
class ResultPage:
    """One page of decisions and how many there are in all."""

    released: bool
    items: list[ResultItem]
    total: int
    page: int
    pages: int


def places(refusals: Sequence[errors.Refusal]) -> list[Place]:
    """Refusals as a program reads them."""
    return [Place(one.file, one.row, one.field, one.problem, one.remedy) for one in refusals]


def problem(
    kind: str, detail: str = "", remedy: str = "", refusals: Sequence[Place] = (), headers: dict[str, str] | None = None
) -> Response[Problem]:
    """A problem as an answer."""
    status, title = PROBLEMS[kind]
    told = Problem(f"/api#{kind}", title, status, detail, remedy, list(refusals))
    return Response(told, status_code=status, media_type=PROBLEM, headers=headers)


def of_house(_request: Request[Any, Any, Any], found: errors.LaureaError) -> Response[Problem]:
    """An error of the house in its own words."""
    kind = next((name for error, name in KINDS.items() if isinstance(found, error)), "bad-input")
    if kind == "not-found":
        return problem(kind, remedy="Check the address, and that the token belongs to this round.")
    told = found.refusals if isinstance(found, errors.BadInput) else ()
    return problem(kind, found.says, found.remedy, places(told))


def of_http(_request: Request[Any, Any, Any], found: HTTPException) -> Response[Problem]:
    """An error of the framework: a missing page, a parameter that cannot be read."""
    if found.status_code in (404, 405):
        return problem("not-found", remedy="The addresses are listed at /api.")
    if found.status_code == 413:
        return problem("too-large", remedy="Send the file in parts.")
    if found.status_code >= 500:
        return problem("failed", remedy="Try again in a moment.")
    extra = found.extra if isinstance(found.extra, list) else []
    wrong = [
        Place("", None, str(one.get("key", "")), str(one.get("message", "")), "See the description at /api.")
        for one in extra
        if isinstance(one, dict)
    ]
    return problem("incomplete", remedy="See the description at /api.", refusals=wrong)


@dataclass
class ImportOperation(Operation):
    """An import as it is described: a form with one file, and lists of facts beside it."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"file": file}, required=["file"], additional_properties=file)
        self.request_body = RequestBody({"multipart/form-data": OpenAPIMediaType(schema=form)}, required=True)


@dataclass
class ExportOperation(Operation):
    """An export as it is described: a file of one of three kinds."""

    def __post_init__(self) -> None:
        file = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse("The file.", content=dict.fromkeys(FILES, file)),
        }


def described(*kinds: str) -> dict[int, ResponseSpec]:
    """The problems an operation may answer with, beside those every operation has."""
    found: dict[int, list[str]] = {}
    for kind in ("incomplete", "no-token", "no-scope", "not-found", "too-many", *kinds):
        status, title = PROBLEMS[kind]
        found.setdefault(status, []).append(title)
    return {
        status: ResponseSpec(Problem, generate_examples=False, description=" ".join(titles), media_type=PROBLEM)
        for status, titles in found.items()
    }
