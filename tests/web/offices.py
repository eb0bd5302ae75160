"""A central office and two national ones in one installation, each with an officer and rounds of its own.

The national rounds are released; the central round takes applications. Everything is done by the deeds that officers
use. Projects P1 to P5 are labelled in both countries, each under a title of its own, and the others in one.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from laurea import intake, steps
from laurea.actions import hand_back, hand_over, import_jury, imports, nominate, open_round, release
from laurea.ledger import Actor
from laurea.settings import Settings
from laurea.store import rounds
from laurea.store.engine import open_engine, reading
from rules.library import load, named
from rules.ruleset import RuleSet
from tests.web import seeding
from tests.web.seeding import Place

NATIONAL = Path(__file__).parent / "national.yaml"
CENTRAL_RULES = "etwinning-eql/eql-4"
ANSWERS = {
    "nomination": "organisation", "averaging": "mean_of_labels", "base": "all_nql_projects", "ties": "both_out",
}  # fmt: skip
CODES = {"ge": "ge-national-2026", "lv": "lv-national-2026", "css": "european-2026"}
OFFICES = {
    "css": intake.NewAuthority(
        "css", "Central Service", "desk@css.example.org", timezone="Europe/Brussels", kind="central"
    ),
    "ge": intake.NewAuthority("ge-nso", "Georgian Office", "desk@ge.example.org", "GE", "ka", "Asia/Tbilisi"),
    "lv": intake.NewAuthority("lv-nso", "Latvian Office", "desk@lv.example.org", "LV", "lv", "Europe/Riga"),
}  # fmt: skip
PEOPLE = {"css": "Claire Dumont", "ge": "Nino Kapanadze", "lv": "Elza Vanaga"}
TITLES = {
    "ge": ("Vardzia by night", "The salt road", "Kites over Rustavi", "Old bridges", "Letters in stone", "Tea hills",
           "A choir of schools", "The lost orchard"),
    "lv": ("Amber lines", "Storks return", "Winter market", "Bridges of Gauja", "Carved letters", "Forest school",
           "Seven lighthouses", "Rye and honey"),
}  # fmt: skip
PROJECTS = {
    "ge": ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"),
    "lv": ("P1", "P2", "P3", "P4", "P5", "P9", "P10", "P11"),
}
SCORES = {
    "ge": ("24", "23", "22.5", "21", "17", "24.5", "18", "17"),
    "lv": ("24", "22", "23", "22", "18", "25", "19", "16"),
}


@dataclass
class Year(Place):
    """The installation. `officers`, `rounds`: ids by office."""

    officer: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, int] = field(default_factory=dict)

    def actor(self, office: str) -> Actor:
        return Actor.person(self.officer[office])

    def round_of(self, office: str) -> rounds.RoundRecord:
        with reading(self.engine) as connection:
            return rounds.round_by_id(connection, self.rounds[office])


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> Path:
    every = list(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.DictWriter(stream, list(every[0]))
        out.writeheader()
        out.writerows(every)
    return path


def seed(workspace: Path, *, port: int = 8780, now: datetime | None = None, database_url: str = "") -> Year:
    """The installation before anything is handed over."""
    now = now or datetime.now(UTC).replace(microsecond=0)
    register = workspace / "register.jsonl"
    units = sorted({unit for units in PROJECTS.values() for unit in units})
    register.write_text(
        "".join(json.dumps({"unit_id": unit, "facts": {"national_origin": False}}) + "\n" for unit in units)
    )
    settings = Settings(
        workspace=workspace, public_url=f"http://127.0.0.1:{port}", port=port, show_links=True,
        sources={"esep-register": f"file://{register}"}, database_url=database_url,
    )  # fmt: skip
    engine = seeding.with_tables(settings.url)
    central, national = named(CENTRAL_RULES), load(NATIONAL)
    year = Year(engine, settings, central, now)
    for office, authority in OFFICES.items():
        year.officer[office] = open_round.ensure_officer(
            engine, authority, name=PEOPLE[office], email=f"{office}@example.org", language="en", now=now
        )
    for office in ("ge", "lv"):
        _national(year, office, national, workspace)
    new = open_round.NewRound(
        CODES["css"], "European label 2026", "css", None, now - timedelta(days=5), now + timedelta(days=5),
        now + timedelta(days=9), (now + timedelta(days=12)).date(), ANSWERS, languages=("en", "ka", "lv"),
    )  # fmt: skip
    year.rounds["css"] = open_round.open_round(
        engine, new, OFFICES["css"], central, actor=year.actor("css"), now=now - timedelta(days=5)
    )
    year.round_id, year.officers = year.rounds["css"], [year.officer[office] for office in OFFICES]
    return year


def _national(year: Year, office: str, ruleset: RuleSet, workspace: Path) -> None:
    """A round of one office from its files to its release, a month ago."""
    engine, actor, country = year.engine, year.actor(office), str(OFFICES[office].country)
    opens, closes, over = (year.now - timedelta(days=days) for days in (60, 40, 25))
    new = open_round.NewRound(
        CODES[office], f"National label 2026, {country}", OFFICES[office].code, country, opens, closes, over,
        (over + timedelta(days=2)).date(), languages=("en",),
    )  # fmt: skip
    round_id = open_round.open_round(engine, new, OFFICES[office], ruleset, actor=actor, now=opens)
    refs = [f"{country}-{number}" for number in range(len(TITLES[office]))]
    folder = workspace / office
    folder.mkdir()
    applications = _write(folder / "applications.csv", (
        {"application_id": ref, "applicant_id": f"T-{ref}", "applicant_name": f"Teacher {ref}",
         "applicant_email": f"{ref.lower()}@example.org", "unit_id": unit, "unit_name": title, "country": country,
         "submitted_at": (opens + timedelta(days=3)).isoformat(), "finished": "true"}
        for ref, unit, title in zip(refs, PROJECTS[office], TITLES[office], strict=True)
    ))  # fmt: skip
    jury = _write(folder / "jurors.csv", [
        {"juror_id": f"J-{country}", "name": f"Juror of {country}", "email": f"juror-{office}@example.org",
         "country": country, "languages": "en", "max_load": 20},
    ])  # fmt: skip
    sheets = _write(folder / "sheets.csv", (
        {"application_id": ref, "juror_id": f"J-{country}", "criterion": "quality", "points": points,
         "submitted_at": over.isoformat()}
        for ref, points in zip(refs, SCORES[office], strict=True)
    ))  # fmt: skip
    at = closes + timedelta(hours=1)
    imports.import_applications(engine, round_id, applications, {}, actor=actor, now=at)
    import_jury.import_jurors(engine, round_id, jury, actor=actor, now=at)
    steps.advance(engine, round_id, settings=year.settings, now=at)
    import_jury.import_sheets(engine, round_id, sheets, assigns=True, actor=actor, now=at)
    steps.advance(engine, round_id, settings=year.settings, now=over)
    year.rounds[office] = round_id
    let_go(year, office, over + timedelta(days=1))


def let_go(year: Year, office: str, now: datetime) -> None:
    """Release what is proposed, as the office's officer."""
    digest = year.round_of(office).digest or ""
    release.release(
        year.engine, year.rounds[office], actor=year.actor(office), expected_digest=digest, settings=year.settings,
        now=now,
    )  # fmt: skip


def copied(year: Year, workspace: Path) -> Year:
    """The same installation in another folder, for a test of its own; the first one must be at rest."""
    year.engine.dispose()
    shutil.copytree(year.settings.workspace, workspace)
    settings = year.settings.model_copy(update={"workspace": workspace})
    return replace(year, engine=open_engine(settings.url), settings=settings)


def up(year: Year) -> None:
    """Both offices hand their labels over, and the central office takes them in and sends the lists."""
    for office in ("ge", "lv"):
        hand_over.hand_over_round(year.engine, year.rounds[office], "css", actor=year.actor(office), now=year.now)
    hand_over.take_in(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)
    nominate.send_lists(year.engine, year.rounds["css"], actor=year.actor("css"), now=year.now)


def down(year: Year) -> None:
    """After nominations: the central office takes them in, decides, releases and hands the awards over."""
    central, actor = year.rounds["css"], year.actor("css")
    nominate.take_nominations(year.engine, central, actor=actor, now=year.now)
    steps.advance(year.engine, central, settings=year.settings, now=year.now + timedelta(days=10))
    let_go(year, "css", year.now + timedelta(days=11))
    hand_back.hand_back(year.engine, central, actor=actor, now=year.now + timedelta(days=12))
