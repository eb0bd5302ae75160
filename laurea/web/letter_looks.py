"""A letter to look at before it is anybody's: with sample data or of a real application, and the names it may use."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from litestar import Request
from markupsafe import Markup

from laurea import letters
from laurea.store import applications, feedback, outcomes
from laurea.store.engine import Connection
from laurea.store.pages_round import RoundPage
from laurea.store.rounds import RoundRecord
from laurea.web.office_frame import sees_decisions
from laurea.web.reader import Reader
from notifications import checking
from notifications.compose import Letter
from notifications.errors import LetterError
from notifications.samples import samples
from notifications.shapes import Shape, names
from notifications.wording import Wording
from rules.plan import Plan

OF_APPLICATION = frozenset({"received", "decision"})  # can be looked at with an application of the round
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_STYLE = re.compile(r' style="[^"]*"')


@dataclass(frozen=True)
class Offer:
    """A name a text may use, how it is written, and what it stands for in the sample."""

    write: str
    example: str
    kind: str  # value | link | list | part | piece | flag


@dataclass(frozen=True)
class Look:
    """A letter to look at: its subject, plain text and HTML, or why there is none."""

    subject: str = ""
    plain: str = ""
    html: Markup = Markup()  # noqa: RUF009 - cannot be changed
    trouble: str = ""


def look(
    connection: Connection, request: Request[Any, Any, Any], reader: Reader,
    found: tuple[RoundPage, Plan, RoundRecord], letter: tuple[str, str], text: Wording, of: str, sample: int,
) -> Look:  # fmt: skip
    """The letter with this text, of an application of the round where one is named, else of a sample."""
    record, plan, full = found
    desk = letters.Desk.of(connection, replace(full, languages=[letter[1]]), request.app.state.settings, reader.now)
    desk = replace(desk, wordings={letter: text})
    try:
        if of.strip():
            made = _real(connection, desk, record, plan, reader, letter, of.strip())
            if made is None:
                return Look(trouble=reader.words.gettext("There is no such letter of this application now."))
        else:
            data = [one for name, one in samples(letter[1]) if name == letter[0]]
            made = checking.sample(
                letter[0], data[min(max(sample, 1), len(data)) - 1], letter[1], wordings={letter: text},
                house=desk.authority.name, timezone=desk.authority.timezone,
            )  # fmt: skip
    except LetterError as error:
        return Look(trouble=reader.words.gettext(error.says))
    if made.fault:
        return Look(trouble=made.fault)
    plain, html = checking.bodies(made)
    body = _BODY.search(html)
    return Look(made.subject, plain, Markup(_STYLE.sub("", body[1])) if body else Markup())  # noqa: S704 - our own HTML, escaped where it was filled in


def _real(
    connection: Connection, desk: letters.Desk, record: RoundPage, plan: Plan, reader: Reader,
    letter: tuple[str, str], ref: str,
) -> Letter | None:  # fmt: skip
    """The letter to an applicant of this round, if the officer may see what it says and there is one."""
    one = next((a for a in applications.load(connection, record.id) if a.ref == ref), None)
    if one is None or one.role != "applicant" or letter[0] not in OF_APPLICATION:
        return None
    one = replace(one, reads=letter[1])
    if letter[0] == "received":
        recipient = letters.to_applicant(one, desk)
        return letters.received(desk, recipient, one.ref, one.unit_name, (one.id, "…"))
    decision = outcomes.decision_of(connection, one.id) if sees_decisions(record, reader) else None
    if decision is None:
        return None
    said = feedback.told(connection, record.id, one.id).get(one.id, ())
    return letters.decision(desk, one, decision, plan.ruleset, None, said)


def offers(kind: str, language: str, sample: int) -> list[Offer]:
    """The names of a letter with what they stand for in a sample."""
    every = checking.sample_values(kind, language)
    values = every[min(max(sample, 1), len(every)) - 1]
    return [one for name, shape in names(kind).items() for one in _offer(name, shape, values.get(name))]


def _offer(name: str, shape: Shape, value: Any) -> list[Offer]:
    match shape.sort:
        case "piece":
            return [Offer(f"{{{{ {name} }}}}", "", "piece")]
        case "list":
            inner = shape.of
            rows = value or []
            head = Offer(f"{{% for one in {name} %}} … {{% endfor %}}", "", "list")
            if inner is not None and inner.sort == "record":
                known = rows[0] if rows else {}
                return [head, *(o for n, s in inner.fields.items() for o in _offer(f"one.{n}", s, known.get(n)))]
            return [head, Offer("{{ one }}", str(rows[0]) if rows else "", "part")]
        case "record":
            head = Offer(f"{{% if {name} %}} … {{% endif %}}", "", "list")
            known = value or {}
            return [head, *(o for n, s in shape.fields.items() for o in _offer(f"{name}.{n}", s, known.get(n)))]
        case "flag":
            return [Offer(f"{{% if {name} %}} … {{% endif %}}", "", "flag")]
    if shape.choices:
        return [Offer(f"{{% if {name} == '{one}' %}} … {{% endif %}}", "", "flag") for one in shape.choices]
    return [
        Offer(f"{{{{ {name} }}}}", "" if value is None else str(value), "link" if shape.sort == "link" else "value")
    ]
