"""What people leave in the world of the leak matrix, and what may happen there behind somebody's back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from evaluators.permissions import Field, Phase
from laurea.store import tables as t
from tests.web import leak_kit
from tests.web.leak_types import DAY, NOW, OURS, SECOND, THEIRS, Change, Owner, World

MARKS = {"teaching": "3", "cooperation": "4", "data": "4", "results": "6", "overall": "70"}
AWARDED = date(2026, 12, 15)


def common(connection: Connection, world: World) -> None:
    """What there is in every phase: letters, refused rows, a word to the office, a draft, programs."""
    number, mine = world.rounds[OURS], Owner(OURS)
    base = {"authority_id": 1, "round_id": number}
    connection.execute(
        insert(t.refused_rows).values(
            **base, file="zqfile.csv", row=5, field="region", problem=world.hide("Zqrefused", mine, Field.REFUSED_ROWS),
            remedy="", refused_at=NOW,
        )
    )  # fmt: skip
    letter(connection, world, world.hide("Zqletter", mine, Field.OUTBOX))
    said(connection, world, 1, world.hide("Zqsaid", Owner(OURS, world.apps[1]), Field.HEARD, Field.OWN_APPLICATION))
    draft = world.hide("Zqdraft", Owner(OURS, 0, world.applicants[1]), Field.OWN_APPLICATION)
    _draft(connection, world, world.applicants[1], draft)
    connection.execute(
        insert(t.webhooks).values(
            **base, address="https://" + world.hide("zqhook", mine, Field.PROGRAMS) + ".example.org/", secret="s" * 40,
            events=["decisions_released"], made_at=NOW,
        )
    )  # fmt: skip
    worded = {"kind": "decision", "language": "en", "version": 1, "heading": "Heading", "body": "Text"}
    connection.execute(
        insert(t.wordings).values(
            **base, **worded, subject=world.hide("Zqworded", mine, Field.WORDINGS), written_at=NOW,
            written_by=world.place.officers[0],
        )
    )  # fmt: skip
    for number, code in ((0, OURS), (6, SECOND), (8, THEIRS)):
        _file(connection, world, number, code)
        token(connection, world, code, world.hide(f"Zqtoken{number}", Owner(code), Field.PROGRAMS))


def reviews(connection: Connection, world: World) -> None:
    """Sheets, two conflicts and a hand-back of one juror each, a juror who left.

    The seeding gave application n to the jurors n and n + 1 of four.
    """
    for place, juror, state in (
        (0, 0, "draft"), (0, 1, "submitted"), (1, 1, "submitted"), (1, 2, "draft"), (4, 0, "submitted"),
        (4, 1, "submitted"), (5, 1, "draft"),
    ):  # fmt: skip
        owner = Owner(OURS, world.apps[place], world.jurors[juror])
        words = world.hide(f"Zqsheet{place}{juror}", owner, Field.OWN_SHEET, Field.OTHER_SHEETS)
        sheet(connection, world, place, juror, state, words)
    sheets = select(t.sheets.c.id).where(t.sheets.c.comment == "Zqsheet00")
    earlier = world.hide("Zqearlier", Owner(OURS, world.apps[0], world.jurors[0]), Field.OWN_SHEET)
    connection.execute(
        insert(t.sheet_versions).values(
            authority_id=1, sheet_id=sheets.scalar_subquery(), version=1, marks={}, comment=earlier, saved_at=NOW - DAY
        )
    )
    note = world.hide("Zqnote", Owner(OURS, world.apps[3]), Field.CONFLICTS)
    conflict(connection, world, 3, 3, note)  # declared, so that it went back
    _change(connection, world, 3, 3, state="handed_back", ended="conflict")
    conflict(connection, world, 2, 3, "")  # found later, while it lay with the juror
    reason = world.hide("Zqreason", Owner(OURS, world.apps[5]), Field.ASSIGNMENT)
    _change(connection, world, 5, 2, state="handed_back", ended="returned", reason=reason)
    left = world.hide("Zqleft", Owner(OURS), Field.ASSIGNMENT)
    seat = update(t.jurors).where(t.jurors.c.id == world.seats[2])
    connection.execute(seat.values(left_at=NOW - DAY, left_why=left))


def decisions(connection: Connection, world: World) -> None:
    """A decision about each application: the first gets a label, the others do not."""
    number = world.rounds[OURS]
    for place, application in enumerate(world.apps[:6]):
        owner = Owner(OURS, application)
        shown = world.hide(f"17.38{place}64", owner, Field.PROPOSED, Field.OWN_RESULT, Field.COMPARISON)
        trace = [
            {
                "clause": "pass",
                "block": "rubric", "status": "false" if place else "true",
                "measured": world.hide(f"{place + 11}.00731", owner, Field.PROPOSED, Field.OWN_RESULT),
                "threshold": "15", "operator": ">=", "facts": {}, "policies": {"pass_mark": "15"},
            }
        ]  # fmt: skip
        connection.execute(
            insert(t.decisions).values(
                authority_id=1, round_id=number, application_id=application, state="proposed",
                outcome="no_label" if place else "label", granted=not place, points=shown,
                exact_points=world.hide(f"7650{place}/4400", owner, Field.PROPOSED), rank=place + 1,
                group_name=world.hide(f"Zqgroup{place}", owner, Field.PROPOSED, Field.COMPARISON),
                first_failing="pass" if place else None, trace=trace, rule_set=world.place.ruleset.digest,
                policies={"pass_mark": "15"}, proposed_at=NOW - DAY,
            )
        )  # fmt: skip
    for place, sent in ((0, True), (4, False)):
        fields = {Field.FEEDBACK} | ({Field.OWN_RESULT} if sent else set())
        words = world.hide(f"Zqfeedback{place}", Owner(OURS, world.apps[place]), *fields)
        connection.execute(
            insert(t.feedback).values(
                authority_id=1, round_id=number, application_id=world.apps[place], source="office", original="",
                words=words, sent=sent, moderated_by=world.place.officers[0], moderated_at=NOW,
            )
        )  # fmt: skip
    of_round = t.applications.c.round_id == number
    connection.execute(update(t.applications).where(of_round).values(state="decided"))
    digest = world.hide("d16e57" * 10, Owner(OURS), Field.PROPOSED)
    connection.execute(update(t.rounds).where(t.rounds.c.id == number).values(proposed_at=NOW - DAY, digest=digest))


def labels(connection: Connection, world: World) -> None:
    """The release, its one label, and an appeal."""
    number, owner = world.rounds[OURS], Owner(OURS, world.apps[0], world.applicants[0])
    d = t.decisions.c
    granted = connection.execute(select(d.id).where(d.application_id == world.apps[0])).scalar_one()
    connection.execute(
        insert(t.grants).values(
            authority_id=1, round_id=number, decision_id=granted, application_id=world.apps[0],
            person_id=world.applicants[0], number="zqnumber" + "n" * 14, award="example-label", title="Label",
            holder=world.hide("Zqholder", owner, Field.RELEASED_GRANTS), country="AZ", valid_from=AWARDED,
        )
    )  # fmt: skip
    connection.execute(update(t.decisions).values(state="released", released_at=NOW))
    released = {"released_at": NOW, "released_by": world.place.officers[0]}
    connection.execute(update(t.rounds).where(t.rounds.c.id == number).values(**released))
    leak_kit.kit(connection, world, number)
    appeal = world.hide("Zqappeal", Owner(OURS, world.apps[1]), Field.HEARD, Field.OWN_RESULT)
    connection.execute(
        insert(t.appeals).values(
            authority_id=1, round_id=number, application_id=world.apps[1], person_id=world.applicants[1], facts={},
            words=appeal, filed_at=NOW,
        )
    )  # fmt: skip


def sheet(connection: Connection, world: World, place: int, juror: int, state: str, words: str) -> None:
    assignment = _change(connection, world, place, juror, state=state)
    connection.execute(
        insert(t.sheets).values(
            authority_id=1, round_id=world.rounds[OURS], assignment_id=assignment, marks=MARKS, comment=words,
            submitted_at=NOW - DAY if state == "submitted" else None, saved_at=NOW - DAY, version=2,
        )
    )  # fmt: skip


def conflict(connection: Connection, world: World, place: int, juror: int, note: str) -> None:
    connection.execute(
        insert(t.conflicts).values(
            authority_id=1, application_id=world.apps[place], juror_id=world.seats[juror], kind="family",
            source="declared" if note else "found", note=note, declared_at=NOW,
        )
    )  # fmt: skip


def letter(connection: Connection, world: World, words: str) -> None:
    connection.execute(
        insert(t.messages).values(
            authority_id=1, round_id=world.rounds[OURS], key=words, message_id=f"<{words}@example.org>",
            kind="reminder", person_id=world.jurors[1], address=f"{words}@example.org", language="en", subject=words,
            content=words.encode(), state="sent", not_before=NOW, created_at=NOW, sent_at=NOW,
        )
    )  # fmt: skip


def said(connection: Connection, world: World, place: int, words: str) -> None:
    connection.execute(
        insert(t.statements).values(
            authority_id=1, application_id=world.apps[place], person_id=world.applicants[place], fact="",
            kind="comment", words=words, said_at=NOW,
        )
    )  # fmt: skip


def token(connection: Connection, world: World, code: str, name: str) -> None:
    values = {"authority_id": 2 if code == THEIRS else 1, "round_id": world.rounds[code], "name": name}
    values |= {"digest": name.ljust(64, "0"), "hint": "laurea_zq", "scopes": ["read"]}
    connection.execute(insert(t.tokens).values(**values, made_at=NOW, expires_at=NOW + DAY))


def _draft(connection: Connection, world: World, person: int, words: str) -> None:
    made = insert(t.application_drafts).values(
        authority_id=1, round_id=world.rounds[OURS], key=f"{words}x".lower().ljust(22, "x"),
        heading={"unit_name": words}, facts={}, children={}, typed={}, begun_by=person, begun_at=NOW, saved_by=person,
        saved_at=NOW,
    )  # fmt: skip
    number = connection.execute(made.returning(t.application_drafts.c.id)).scalar_one()
    connection.execute(
        insert(t.application_members).values(authority_id=1, person_id=person, draft_id=number, joined_at=NOW)
    )


def _file(connection: Connection, world: World, place: int, code: str) -> None:
    """A file of an application: its name, what it says, and the picture of it."""
    owner = Owner(code, world.apps[place], world.applicants[place])
    known = (Field.EVIDENCE, Field.OWN_APPLICATION)
    name, says, copy = (world.hide(f"Zq{one}{place}q", owner, *known) for one in ("file", "says", "copy"))
    base = {"authority_id": 2 if code == THEIRS else 1, "application_id": world.apps[place]}
    draft = insert(t.application_drafts).values(
        **base, round_id=world.rounds[code], key=f"zqfiled{place}".ljust(22, "x"), heading={}, facts={}, children={},
        typed={}, begun_by=world.applicants[place], begun_at=NOW, saved_by=world.applicants[place], saved_at=NOW,
    )  # fmt: skip
    number = connection.execute(draft.returning(t.application_drafts.c.id)).scalar_one()
    connection.execute(
        insert(t.application_files).values(
            **base, draft_id=number, name=f"{name}.pdf", kind="pdf", size=len(says), digest=f"{place}" * 64,
            pages=[[3, 4, len(copy)]], copies=copy.encode(), content=says.encode(), added_by=world.applicants[place],
            added_at=NOW,
        )
    )  # fmt: skip
    connection.execute(update(t.applications).where(t.applications.c.id == world.apps[place]).values(files=1))


def _change(connection: Connection, world: World, place: int, juror: int, **values: Any) -> int:
    """Change an assignment; its id."""
    a = t.assignments.c
    mine = update(t.assignments).where(a.application_id == world.apps[place], a.juror_id == world.seats[juror])
    return int(connection.execute(mine.values(**values).returning(a.id)).scalar_one())


def changes(world: World) -> list[Change]:
    """What happens behind the backs of those who may see none of its fields."""
    number, apps = world.rounds[OURS], world.apps
    found: list[Change] = []

    def add(name: str, owner: Owner, fields: set[Field], make: Callable[[Connection], object]) -> None:
        found.append(Change(name, frozenset(fields), owner, make))

    def rows(table: Any, condition: Any, **values: Any) -> Callable[[Connection], object]:
        return lambda connection: connection.execute(update(table).where(condition).values(**values))

    ours = Owner(OURS)
    add("a letter", ours, {Field.OUTBOX}, lambda c: letter(c, world, "Zqanotherletter"))
    text = rows(t.wordings, t.wordings.c.round_id == number, subject="Another, longer subject")
    add("a text of a letter", ours, {Field.WORDINGS}, text)
    add("a program", ours, {Field.PROGRAMS}, lambda c: token(c, world, OURS, "Zqanothertoken"))
    add(
        "a word",
        Owner(OURS, apps[5]),
        {Field.HEARD, Field.OWN_APPLICATION},
        lambda c: said(c, world, 5, "Zqanotherword"),
    )
    add(
        "a refused row", ours, {Field.REFUSED_ROWS},
        rows(t.refused_rows, t.refused_rows.c.round_id == number, problem="Another, longer problem"),
    )  # fmt: skip
    add(
        "a draft", ours, {Field.OWN_APPLICATION}, lambda c: _draft(c, world, world.applicants[5], "Zqanotherdraft")
    )  # fmt: skip
    f = t.application_files.c
    other = rows(t.application_files, f.application_id == apps[0], name="Another name.pdf", copies=b"other", pages=[],
                 content=b"other content", size=99, digest="e" * 64)  # fmt: skip
    add("a file", Owner(OURS, apps[0]), {Field.EVIDENCE, Field.OWN_APPLICATION}, other)
    verdict = {Field.HEADING, Field.OWN_RESULT}
    for place in (0, 1) if world.phase not in (Phase.COLLECTING, Phase.RELEASED) else ():  # before, there is none
        shown = rows(t.applications, t.applications.c.id == apps[place], state="ineligible")
        add(f"the verdict on {place}", Owner(OURS, apps[place]), verdict, shown)
    for code in (SECOND, THEIRS):
        elsewhere = rows(t.rounds, t.rounds.c.code == code, title="Another title altogether")
        add(f"the round {code}", Owner(code), {Field.ROUND}, elsewhere)
        other = apps[7 if code == SECOND else 9]
        named = t.applications.c.id == other
        renamed = rows(t.applications, named, unit_name="Another unit", institution="Another school", facts={})
        add(f"an application of {code}", Owner(code, other), {Field.HEADING, Field.OWN_APPLICATION}, renamed)
    a = t.assignments.c
    if world.phase not in (Phase.COLLECTING, Phase.SCREENING):
        words = rows(t.sheets, t.sheets.c.comment == "Zqsheet01", comment="Other words, and more of them",
                     marks=MARKS | {"overall": "71"})  # fmt: skip
        add("another's sheet", Owner(OURS, apps[0], world.jurors[1]), {Field.OTHER_SHEETS, Field.COMPARISON}, words)
        done = rows(t.assignments, (a.application_id == apps[5]) & (a.juror_id == world.seats[1]), state="submitted")
        add("another's progress", ours, {Field.PROGRESS}, done)
        given = {"authority_id": 1, "round_id": number, "application_id": apps[3], "juror_id": world.seats[1]}
        given |= {"quality": 3, "state": "open", "assigned_at": NOW}
        add("an assignment", ours, {Field.ASSIGNMENT}, lambda c: c.execute(insert(t.assignments).values(**given)))
        add("a conflict", ours, {Field.CONFLICTS}, lambda c: conflict(c, world, 0, 2, "Another note"))
    if world.phase in (Phase.DECIDING, Phase.RELEASED):
        verdicts: dict[str, Any] = {"points": "3", "exact_points": "3", "rank": 9, "group_name": None, "trace": []}
        if world.phase is Phase.DECIDING:
            verdicts |= {"outcome": "not_eligible", "granted": True}
        for place in range(6):
            changed = rows(t.decisions, t.decisions.c.application_id == apps[place], **verdicts)
            add(f"the decision on {place}", Owner(OURS, apps[place]), {Field.PROPOSED, Field.OWN_RESULT}, changed)
        if world.phase is Phase.RELEASED:
            moved = rows(t.parcels, t.parcels.c.round_id == number, state="returned", address="Another address")
            add("a parcel", ours, {Field.KIT}, moved)
            add("an answer", ours, {Field.KIT}, rows(t.guests, t.guests.c.comes, comes=False, words="Other words"))
            add("a ceremony", ours, {Field.KIT}, rows(t.ceremonies, t.ceremonies.c.round_id == number, title="Another"))
        told = rows(t.feedback, t.feedback.c.round_id == number, words="Other words, and more of them")
        add("the feedback", Owner(OURS, apps[0]), {Field.FEEDBACK, Field.OWN_RESULT}, told)
        add("the digest", ours, {Field.PROPOSED}, rows(t.rounds, t.rounds.c.id == number, digest="e" * 64))
    return found
