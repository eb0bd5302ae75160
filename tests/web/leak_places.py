"""Every page the portal can be asked for, with the fields of the permission table it may show, and how to ask for it.

A page that is not here fails tests/web/test_leaks.py: a new one gets its line, with `Field`s out of
evaluators/permissions.py, and a new word in an address its values in `fillings`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from evaluators.permissions import Field, Role
from tests.web.leak_types import OURS, SECOND, THEIRS, Viewer, World

ABSENT = "999999"
_OPEN = {Field.CALL, Field.RELEASED_GRANTS}
_OWN = {Field.ROUND, Field.OWN_APPLICATION, Field.OWN_RESULT}
_DESK = {Field.ROUND, Field.HEADING, Field.EVIDENCE, Field.OWN_SHEET}
_PLANS = {Field.ROUND, Field.HEADING, Field.ASSIGNMENT, Field.PROGRESS}
_LIST = {Field.ROUND, Field.HEADING, Field.PROGRESS, Field.PROPOSED}
_FILES = {
    Field.ROUND,
    Field.HEADING,
    Field.EVIDENCE,
    Field.ASSIGNMENT,
    Field.PROGRESS,
    Field.OTHER_SHEETS,
    Field.PROPOSED,
    Field.OUTBOX,
}
_KIT = {Field.ROUND, Field.KIT, Field.RELEASED_GRANTS, Field.HEADING}
_LETTER = {Field.ROUND, Field.OUTBOX, Field.LETTER}
_MEETING = {Field.ROUND, Field.MEETING, Field.HEADING}
_PERSON = {Field.PERSONAL, Field.HEADING, Field.ASSIGNMENT}  # what an office's people are called
_FIGURES = {Field.FIGURES, Field.HEADING}  # regions are counted, nobody is named

PLACES: Mapping[str, set[Field]] = {
    "/": _OPEN,
    "/sign-in": set(),
    "/enter/{token}": set(),
    "/sign-in/back": set(),
    "/account": set(),
    "/account/second-factor": set(),
    "/account/code": set(),
    "/results/{code}": _OPEN,
    "/gallery": _OPEN,
    "/healthz": set(),
    "/readyz": set(),
    "/metrics": set(),
    "/certificates": set(),
    "/certificates/{number}": {Field.RELEASED_GRANTS},
    "/apply/{code}": {Field.CALL},
    "/apply/{code}/start": {Field.CALL},
    "/api": set(),
    "/api/openapi.json": set(),
    "/api/{path}": set(),
    "/my": _OWN,
    "/my/{key}": _OWN,
    "/my/{key}/appeal": _OWN,
    "/drafts/{key}": {Field.ROUND, Field.OWN_APPLICATION},
    "/drafts/{key}/summary": {Field.ROUND, Field.OWN_APPLICATION},
    "/drafts/{key}/files": set(),
    "/drafts/{key}/files/{number}": {Field.OWN_APPLICATION},
    "/my/{key}/files/{number}": {Field.OWN_APPLICATION},
    "/juror": {Field.ROUND},
    "/juror/{code}": {Field.ROUND, Field.HEADING},
    "/juror/{code}/next": set(),
    "/juror/{code}/table": _DESK,
    "/juror/{code}/paper": {Field.ROUND, Field.HEADING, Field.EVIDENCE},
    "/sheets/{assignment_id}": _DESK,
    "/sheets/{assignment_id}/history": _DESK,
    "/sheets/{assignment_id}/paper": {Field.ROUND, Field.HEADING, Field.EVIDENCE},
    "/sheets/{assignment_id}/joint": _DESK | {Field.JOINT_SHEET},
    "/rounds": {Field.ROUND},
    "/rounds/{code}": {Field.ROUND, Field.ASSIGNMENT, Field.PROGRESS, Field.PROPOSED},
    "/rounds/{code}/applications": _LIST | {Field.ASSIGNMENT},
    "/rounds/{code}/applications/{application_id}": (
        _LIST | {Field.EVIDENCE, Field.ASSIGNMENT, Field.OTHER_SHEETS, Field.CONFLICTS, Field.HEARD}
    ),
    "/rounds/{code}/refused": {Field.ROUND, Field.REFUSED_ROWS},
    "/rounds/{code}/assignment": _PLANS,
    "/rounds/{code}/assignment/plan": _PLANS,
    "/rounds/{code}/assignment.csv": {Field.ASSIGNMENT},
    "/rounds/{code}/jurors": {Field.ROUND, Field.ASSIGNMENT, Field.PROGRESS},
    "/rounds/{code}/jurors/{juror_id}": _PLANS,
    "/rounds/{code}/jurors/{juror_id}/leave": _PLANS,
    "/rounds/{code}/scores": {Field.ROUND, Field.HEADING, Field.PROGRESS, Field.PROPOSED, Field.COMPARISON},
    "/rounds/{code}/decisions": {Field.ROUND, Field.HEADING, Field.PROPOSED},
    "/rounds/{code}/release": {Field.ROUND, Field.PROPOSED},
    "/rounds/{code}/outbox": {Field.ROUND, Field.OUTBOX},
    "/rounds/{code}/outbox/all": {Field.ROUND, Field.OUTBOX},
    "/rounds/{code}/outbox/rules": {Field.ROUND},
    "/rounds/{code}/outbox/returned": {Field.ROUND, Field.OUTBOX},
    "/rounds/{code}/outbox/{number}": _LETTER,
    "/rounds/{code}/outbox/{number}/sheet": {Field.LETTER},
    "/rounds/{code}/outbox/{number}/edit": _LETTER,
    "/unsubscribe/{token}": set(),
    "/letter.css": set(),
    "/rounds/{code}/letters/templates": {Field.ROUND, Field.WORDINGS},
    "/rounds/{code}/letters/templates/{kind}/{language}": {Field.ROUND, Field.WORDINGS, Field.HEADING, Field.PROPOSED},
    "/rounds/{code}/feedback": {Field.ROUND, Field.HEADING, Field.PROPOSED, Field.FEEDBACK},
    "/rounds/{code}/feedback/{application_id}": (
        {Field.ROUND, Field.HEADING, Field.PROPOSED, Field.OTHER_SHEETS, Field.FEEDBACK}
    ),
    "/rounds/{code}/heard": {Field.ROUND, Field.HEADING, Field.HEARD},
    "/rounds/{code}/programs": {Field.ROUND, Field.PROGRAMS},
    "/rounds/{code}/exports/{name}": _FILES,
    "/rounds/{code}/import": {Field.ROUND},
    "/rounds/{code}/import.csv": set(),
    "/rounds/{code}/import/{key}": {Field.ROUND},
    "/rounds/{code}/import/{key}/refused.csv": set(),
    "/rounds/{code}/meetings": {Field.ROUND, Field.MEETING, Field.ASSIGNMENT},
    "/rounds/{code}/meetings/{number}": _MEETING,
    "/rounds/{code}/meetings/{number}/screen": _MEETING,
    "/rounds/{code}/meetings/{number}/screen/now": _MEETING,
    "/juror/{code}/meetings/{number}": _MEETING,
    "/juror/{code}/meetings/{number}/now": _MEETING,
    "/rounds/{code}/certificates": {Field.ROUND, Field.CERTIFICATES, Field.RELEASED_GRANTS},
    "/rounds/{code}/certificates/{number}/{kind}": {Field.CERTIFICATES},
    "/rounds/{code}/bundles/{name}": {Field.CERTIFICATES, Field.RELEASED_GRANTS},
    "/rounds/{code}/kit": _KIT,
    "/rounds/{code}/kit/files/{name}": _KIT,
    "/rounds/{code}/parcels/{number}": _KIT,
    "/rounds/{code}/parcels/{number}/letter": {Field.KIT, Field.CERTIFICATES},
    "/rounds/{code}/ceremonies": _KIT,
    "/rounds/{code}/ceremonies/{item}": _KIT,
    "/rounds/{code}/ceremonies/{item}/files/{name}": _KIT,
    "/invitation/{token}": {Field.INVITATION},
    "/invitation/{token}/ceremony.ics": {Field.INVITATION},
    "/parcel/{token}": {Field.INVITATION},
    "/my/{key}/papers/{kind}": {Field.CERTIFICATES},
    "/rounds/{code}/handovers": {Field.ROUND, Field.HANDOVERS},
    "/handovers": {Field.HANDOVERS},
    "/handovers/{number}": {Field.HANDOVERS},
    "/handovers/{number}/rows.csv": {Field.HANDOVERS},
    "/offices": {Field.HANDOVERS},
    "/evidence": {Field.REGISTERS},
    "/evidence/files/{number}": {Field.REGISTERS},
    "/evidence/participations": {Field.REGISTERS},
    "/view/{person_id}": {Field.ROUND, Field.HEADING, Field.ASSIGNMENT},
    "/rounds/{code}/unknown": {Field.ROUND, Field.HEADING, Field.UNKNOWN},
    "/rounds/{code}/applications/{application_id}/ask": {Field.ROUND, Field.HEADING, Field.UNKNOWN},
    "/rounds/{code}/applications/{application_id}/pages/{number}": {Field.EVIDENCE},
    "/sheets/{assignment_id}/pages/{number}": {Field.EVIDENCE},
    "/rounds/{code}/applications/{application_id}/files/{number}": {Field.EVIDENCE},
    "/rounds/{code}/applications/{application_id}/pictures/{number}/{side}": {Field.EVIDENCE},
    "/sheets/{assignment_id}/files/{number}/{side}": {Field.EVIDENCE},
    "/again/{number}/files/{item}/{side}": {Field.EVIDENCE},
    "/my/{key}/ask": {Field.ROUND, Field.OWN_APPLICATION},
    "/rounds/{code}/next": {Field.ROUND},
    "/rounds/{code}/other-rules": {Field.ROUND, Field.HEADING, Field.PROPOSED},
    "/rounds/{code}/restore": {
        Field.ROUND,
        Field.HEADING,
        Field.ASSIGNMENT,
        Field.PROGRESS,
        Field.OTHER_SHEETS,
        Field.PROPOSED,
    },
    "/rounds/{code}/appeals/{item}": {Field.ROUND, Field.HEADING, Field.HEARD, Field.EVIDENCE, Field.PROPOSED},
    "/again/{number}": {Field.ROUND, Field.HEADING, Field.EVIDENCE},
    "/credentials/{code}/did.json": set(),
    "/credentials/{code}/status/{side}": set(),
    "/confirm/{token}": {Field.ASKED},
    "/calendar": {Field.TERMS, Field.ROUND, Field.HEADING, Field.RELEASED_GRANTS, Field.CERTIFICATES},
    "/calendar/{name}": {Field.TERMS, Field.ROUND, Field.HEADING, Field.RELEASED_GRANTS, Field.CERTIFICATES},
    "/rounds/{code}/terms": {Field.ROUND, Field.CERTIFICATES, Field.TERMS},
    "/personal": {Field.PERSONAL},
    "/personal/people/{person_id}": _PERSON,
    "/personal/people/{person_id}/anonymise": _PERSON,
    "/personal/looks": {Field.PERSONAL, Field.ROUND, Field.HEADING},
    "/personal-data": set(),
    "/figures": _FIGURES,
    "/figures/{name}": _FIGURES,
    "/api/v1/rounds/{code}": {Field.ROUND, Field.PROPOSED},
    "/api/v1/rounds/{code}/applications": _LIST,
    "/api/v1/rounds/{code}/results": {Field.HEADING, Field.PROPOSED},
    "/api/v1/rounds/{code}/exports/{name}": _FILES,
}

ASKED: Mapping[str, tuple[str, ...]] = {  # beside the bare address: what else a page can be asked
    "/rounds/{code}/applications": ("?reviews=missing", "?decision=none", "?state=decided", "?side=2"),
    "/rounds/{code}/decisions": ("?outcome=label",),
    "/rounds/{code}/outbox/all": ("?deed=send", "?deed=cancel&q=kind:reminder"),
    "/rounds/{code}/scores": ("?band=open",),
    "/rounds/{code}/jurors": ("?show=late",),
    "/rounds/{code}/assignment.csv": ("?of=plan",),
    "/sheets/{assignment_id}": ("?conflict=true", "?cannot=true"),
    "/results/{code}": ("?country=AZ",),
}
SEARCHES = (
    "/rounds/{code}/applications", "/rounds/{code}/decisions", "/rounds/{code}/exports/applications.csv",
    "/results/{code}", "/gallery", "/api/v1/rounds/{code}/applications", "/api/v1/rounds/{code}/results",
)  # fmt: skip
FILES = (
    "applications.csv", "applications.partners.jsonl", "assignments.csv", "sheets.csv", "marks.jsonl",
    "decisions.jsonl", "outbox.csv", "round.xlsx",
)  # fmt: skip


def fillings(world: World, assignments: list[int], drafts: list[str]) -> dict[str, list[str]]:
    """The values of every word in an address: ours, other people's, and one that nothing has. Ours come first."""
    return {
        "code": [OURS, SECOND, THEIRS, "no-such-round"],
        "assignment_id": [*map(str, assignments), ABSENT],
        "application_id": [*(str(world.apps[one]) for one in (0, 1, 3, 6, 8)), ABSENT],
        "juror_id": [*(str(world.seats[one]) for one in (0, 2, 4, 6)), ABSENT],
        "key": [*(world.keys[one] for one in (0, 1, 8)), *drafts, "A" * 22],
        "person_id": [*map(str, (world.jurors[0], world.applicants[0], world.jurors[6])), ABSENT],
        "token": ["x" * 43],
        "number": ["zqnumber" + "n" * 14, "1", "2", ABSENT],
        "name": [*FILES, "countries.csv", "calendar.csv", "certificates.zip", "shipping.csv", "guests.csv"],
        "path": ["nothing"],
        "kind": ["csv", "xlsx", "certificate", "decision"],
        "language": ["en"],
        "place": ["1"],
        "side": ["1"],
        "item": ["1"],
        "deed": ["x"],
    }


def addresses(path: str, values: Mapping[str, list[str]]) -> list[str]:
    """A route's addresses: each value of each word once, beside the first values of the others, in both rounds.

    Raises KeyError for a word that has no values.
    """
    path = re.sub(r"\{(\w+):\w+\}", r"{\1}", path)
    words = re.findall(r"\{(\w+)\}", path)
    first = {word: values[word][0] for word in words}
    if len(words) > 1 and "code" in words:
        rounds = [one for one in values["code"] if one in (OURS, THEIRS)] or values["code"]
        starts = [first | {"code": code} for code in rounds]
        varied = [word for word in words if word != "code"]
    else:
        starts, varied = [first], words
    chosen = starts + [start | {word: one} for start in starts for word in varied for one in values[word][1:]]
    filled = [path.format(**one) for one in chosen]
    return [address + more for address in filled for more in ("", *ASKED.get(path, ()))]


def enters(viewer: Viewer, room: Role | None, scope: str | None) -> bool:
    """Whether a route is for this reader at all: their room, everybody's, or a scope of the token."""
    if scope is not None:
        return scope in viewer.scopes
    return not viewer.scopes and room in (None, viewer.role)
