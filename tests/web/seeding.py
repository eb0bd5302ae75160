"""A small round for the portal's tests and pictures: one authority, officers, jurors, applications with evidence."""

from __future__ import annotations

import functools
import hashlib
import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, make_url, select, update

from laurea.actions import sign_in
from laurea.settings import Settings
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading, writing
from rules.library import load
from rules.ruleset import RuleSet, say

LABEL = Path(__file__).parent / "label.yaml"
TOPICS = (
    "Rivers that remember", "The bread we share", "Night sky diaries", "Our town in 2050", "Letters without stamps",
    "A garden in two climates", "Sounds of the market", "The mathematics of carpets", "Songs our grandparents sang",
    "Robots with manners", "Museum in a shoebox", "Water counts", "Comics for peace", "Invisible borders",
    "Pocket weather station", "The long way to school", "Feathers and forecasts", "Recipes in four alphabets",
)  # fmt: skip
SCHOOLS = (
    "School No. 6, Sumqayıt", "Lyceum No. 20, Bakı", "School-lyceum T. Ismayılov", "Gymnasium No. 2, Gəncə",
    "School No. 41, Mingəçevir", "Village school Xınalıq", "Lyceum of humanities, Şəki", "School No. 187, Bakı",
)  # fmt: skip
NAMES = (
    "Aygün Məmmədova", "Rəşad Quliyev", "Nigar Hüseynli", "Tural Əliyev", "Sevda Kərimova", "Elçin Abbasov",
    "Günel Rzayeva", "Kamran Səfərov", "Lalə İsmayılova", "Orxan Babayev", "Vüsalə Nəsirova", "Fərid Cəfərov",
)  # fmt: skip
PARTNERS = ("GE", "LV", "TR", "PL", "IT", "UA")


@dataclass
class Place:
    """A seeded database and who is in it."""

    engine: Engine
    settings: Settings
    ruleset: RuleSet
    now: datetime
    round_id: int = 0
    officers: list[int] = field(default_factory=list)
    jurors: list[int] = field(default_factory=list)  # ids of their people
    applications: list[int] = field(default_factory=list)

    def link(self, person_id: int, target: str = "") -> str:
        """A fresh sign-in link for somebody, as the letter would hold it."""
        with reading(self.engine) as connection:
            row = connection.execute(select(t.people).where(t.people.c.id == person_id)).one()
        links = sign_in.request_link(self.engine, row.email, row.role, self.now, self.settings, target)
        return next(link for link in links)

    def assignments(self, person_id: int) -> list[int]:
        """A juror's assignments, in the order they were made."""
        a = t.assignments.c
        query = select(a.id).join(t.jurors, t.jurors.c.id == a.juror_id).where(t.jurors.c.person_id == person_id)
        with reading(self.engine) as connection:
            return list(connection.execute(query.order_by(a.id)).scalars())

    def value(self, query: Any) -> Any:
        """The one value a query gives."""
        with reading(self.engine) as connection:
            return connection.execute(query).scalar_one()


@functools.cache
def _empty_file() -> bytes:
    """A SQLite file with every table in it, made once: a hundred tables take as long as a test."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "laurea.db"
        engine = open_engine(f"sqlite+pysqlite:///{path}")
        t.metadata.create_all(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


def with_tables(url: str) -> Engine:
    """An engine on a new database with every table."""
    place = make_url(url)
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).exists():
        Path(str(place.database)).write_bytes(_empty_file())
        return open_engine(url)
    engine = open_engine(url)
    t.metadata.create_all(engine)
    return engine


def seed(
    workspace: Path,
    *,
    rule_file: Path = LABEL,
    policies: Mapping[str, str] | None = None,
    applications: int = 12,
    jurors: int = 4,
    reviews: int = 2,
    facts: Mapping[str, Any] | None = None,
    port: int = 8780,
    code: str = "example-2026",
    title: str = "Example label 2026",
    now: datetime | None = None,
    open_days: int = 12,
    database_url: str = "",
) -> Place:
    """A round whose applications are with their jurors, reviews open for `open_days` more days."""
    now = now or datetime.now(UTC).replace(microsecond=0)
    settings = Settings(workspace=workspace, public_url=f"http://127.0.0.1:{port}", port=port, show_links=True)
    settings = settings.model_copy(update={"database_url": database_url})
    engine = with_tables(settings.url)
    ruleset = load(rule_file)
    place = Place(engine, settings, ruleset, now)
    with writing(engine) as connection:

        def add(table: Any, **values: Any) -> int:
            return int(connection.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())

        def person(name: str, role: str, number: int, authority: int) -> int:
            email = f"{role}{number}@example.org"
            return add(
                t.people, authority_id=authority, name=name, email=email, language="en", role=role,
                created_at=now,
            )  # fmt: skip

        office = add(t.authorities, code="AZ", name="National Support Organisation", country="AZ", timezone="Asia/Baku")
        other = add(t.authorities, code="LV", name="Another organisation", country="LV", timezone="Europe/Riga")
        place.officers = [
            person("Leyla Hacıyeva", "officer", 1, office),
            person("Murad Zeynalov", "officer", 2, office),
        ]
        place.officers.append(person("Ilze Bērziņa", "officer", 3, other))
        connection.execute(
            insert(t.rule_sets).values(
                digest=ruleset.digest, award=ruleset.award, edition=ruleset.edition, text=ruleset.text, kept_at=now
            )
        )
        place.round_id = add(
            t.rounds, authority_id=office, code=code, title=title, rule_set=ruleset.digest, country="AZ",
            opens_at=now - timedelta(days=75), closes_at=now - timedelta(days=20),
            review_until=(now + timedelta(days=open_days)).replace(hour=19, minute=59, second=0),
            award_on=date(2026, 12, 15),
            policies=dict(policies if policies is not None else {"pass_mark": "15"}), parameters={}, seed=7,
            languages=["az", "en"], screened_at=now - timedelta(days=19), routed_at=now - timedelta(days=18),
            created_at=now - timedelta(days=80),
        )  # fmt: skip
        panel = []
        for number in range(jurors):
            place.jurors.append(person(NAMES[number % len(NAMES)], "juror", number + 1, office))
            panel.append(
                add(
                    t.jurors, authority_id=office, round_id=place.round_id, person_id=place.jurors[-1],
                    ref=f"J{number + 1:02}", country="AZ", institution=SCHOOLS[-1 - number % len(SCHOOLS)],
                    languages=["az", "en"], expertise=[], max_load=applications,
                )
            )  # fmt: skip
        for number in range(applications):
            lot = random.Random(f"application {number}")
            applicant = person(NAMES[-1 - number % len(NAMES)], "applicant", number + 1, office)
            known = dict(facts) if facts is not None else _facts(lot)
            children = {} if facts is not None else {"partners": _partners(lot)}
            place.applications.append(
                add(
                    t.applications, authority_id=office, round_id=place.round_id, ref=f"AZ-{2600 + number}",
                    applicant_id=applicant, applicant_ref=f"T{number}", unit_ref=f"P{number}",
                    unit_name=TOPICS[number % len(TOPICS)] + ("" if number < len(TOPICS) else " II"),
                    country="AZ", region="Abşeron", institution=SCHOOLS[number % len(SCHOOLS)],
                    submitted_at=now - timedelta(days=40, hours=number % 9, minutes=7 * number), state="assigned",
                    facts=known,
                    children=children, gathered_at=now - timedelta(days=19),
                )
            )  # fmt: skip
            told = {"founder_one": "AZ", "founder_two": known.get("founder_two")} if facts is None else known
            content = {"facts": told, "children": children}
            add(
                t.evidence, authority_id=office, application_id=place.applications[-1], source="project-register",
                digest=hashlib.sha256(repr(content).encode()).hexdigest(), content=content,
                observed_at=now - timedelta(days=19),
            )  # fmt: skip
            for turn in range(reviews):
                add(
                    t.assignments, authority_id=office, round_id=place.round_id,
                    application_id=place.applications[-1], juror_id=panel[(number + turn) % jurors], quality=800,
                    state="open", assigned_at=now - timedelta(days=18),
                )  # fmt: skip
        for row, name, problem, remedy in (
            (14, "submitted_at", "“4 Nov” is not a moment.", "Write it as 2026-11-04T10:30:00+04:00."),
            (
                37,
                "application_id",
                "AZ-2604 stands twice; the first one counts.",
                "Give every application its own reference.",
            ),
        ):
            add(
                t.refused_rows, authority_id=office, round_id=place.round_id, file="applications.csv", row=row,
                field=name, problem=problem, remedy=remedy, refused_at=now,
            )  # fmt: skip
    return place


def _facts(lot: random.Random) -> dict[str, Any]:
    return {
        "founder_one": "AZ",
        "founder_two": lot.choice(PARTNERS),
        "finished_on": f"2026-0{lot.randint(3, 6)}-{lot.randint(10, 28)}",
        "consent": lot.random() > 0.1,
        "pupils": lot.randint(18, 140) if lot.random() > 0.2 else None,
    }


def _partners(lot: random.Random) -> list[dict[str, Any]]:
    names = ("Sākumskola Ausma", "School No. 3", "Scuola Manzoni", "Lyceum Mickiewicz", "Atatürk Ortaokulu")
    return [
        {
            "school": name,
            "country": lot.choice(PARTNERS),
            "joined_on": f"2025-1{lot.randint(0, 2)}-0{lot.randint(1, 9)}",
        }
        for name in lot.sample(names, lot.randint(2, 4))
    ]


def marks_for(place: Place, lot: random.Random) -> dict[str, str]:
    """Marks within every scale of the round's rubric."""
    from laurea.statute import plan_for

    with reading(place.engine) as connection:
        row = connection.execute(select(t.rounds).where(t.rounds.c.id == place.round_id)).one()
        plan = plan_for(connection, row.rule_set, row.policies, row.parameters)
    assert plan.rubric is not None
    return {
        one.id: str(lot.randint(int(float(one.maximum or 5) * 0.4), int(float(one.maximum or 5))))
        for one in plan.rubric.criteria
    }


def fill(place: Place, share: float, *, settle: bool = False) -> None:
    """Submit this share of each juror's sheets; with `settle`, also propose decisions by the round's own steps."""
    lot = random.Random(11)
    with writing(place.engine) as connection:
        for juror in place.jurors:
            mine = place.assignments(juror)
            for assignment in mine[: round(len(mine) * share)]:
                values = {"marks": marks_for(place, lot), "submitted_at": place.now, "saved_at": place.now}
                mine_only = t.sheets.c.assignment_id == assignment
                standing = connection.execute(select(t.sheets.c.submitted_at).where(mine_only)).one_or_none()
                if standing is None:
                    connection.execute(
                        insert(t.sheets).values(
                            authority_id=1, round_id=place.round_id, assignment_id=assignment, comment="", **values
                        )
                    )
                elif standing.submitted_at is None:
                    connection.execute(update(t.sheets).where(mine_only).values(**values))
                connection.execute(
                    update(t.assignments).where(t.assignments.c.id == assignment).values(state="submitted")
                )
    if settle:
        from laurea.actions import settle as settling

        settling.settle(place.engine, place.round_id, now=place.now)


def title_of(place: Place) -> str:
    """The award's title in English."""
    return say(place.ruleset.title)
