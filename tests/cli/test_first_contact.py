"""The first minute: help at once, what to do next, errors that end with the way out, completion."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from laurea import clock
from laurea.cli import app
from laurea.cli.first import first
from laurea.settings import Settings
from laurea.store import tables as t
from laurea.store import turns
from laurea.store.engine import writing
from tests.actions.conftest import SmallRound, small  # noqa: F401 (a fixture)

Say = Callable[..., tuple[int, str, str]]
HEAVY = {
    "aiosmtplib", "alembic", "babel", "cryptography", "httpx", "jinja2", "litestar", "numpy", "ortools", "pandas",
    "polars", "prefect", "prometheus_client", "psycopg", "pydantic", "scipy", "sqlalchemy", "structlog", "typst",
    "uvicorn", "yaml",
}  # fmt: skip


def loaded(*words: str) -> set[str]:
    """The modules a command has loaded when it ends, by their first names."""
    code = (
        "import sys\nfrom laurea.cli import main\n"
        f"try: main({list(words)!r})\nexcept SystemExit: pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


def test_help_loads_little() -> None:
    """A list of names, not a time: a slow machine is not wrong."""
    found = loaded("--help")
    assert found & HEAVY == set()
    assert not found & {"markdown_it", "pygments"}, "the first page is plain text"
    ours = found & {"rules", "evaluators", "notifications", "flows"}
    assert ours == set()


def test_help_of_a_room_loads_no_records() -> None:
    assert loaded("round", "--help") & (HEAVY - {"pydantic"}) == set()
    assert loaded("rules", "--help") & HEAVY == set()


def test_a_command_asked_about_itself_shows_all_that_its_list_leaves_out(laurea: Say) -> None:
    assert "Example: laurea round release" in laurea("round", "release", "--help")[1]
    assert "Release the proposed decisions of a round, all or none. " in laurea("round", "--help")[1]


def test_checking_rules_loads_neither_tables_nor_the_engine_of_figures() -> None:
    rules = Path(__file__).parents[1] / "web/label.yaml"
    assert loaded("rules", "check", str(rules)) & (HEAVY - {"pydantic", "yaml"}) == set()


def test_alone_it_says_how_to_begin(laurea: Say, tmp_path: Path) -> None:
    code, out, _ = laurea()
    assert (code, "There is no installation" in out) == (0, True)
    assert "laurea demo" in out
    assert "laurea officer" in out
    assert not (tmp_path / "workspace").exists(), "looking makes nothing"
    laurea("db", "upgrade")
    out = laurea()[1]
    assert "Nobody can sign in as an officer yet." in out
    assert "laurea round open CODE" in out
    laurea("officer", "nino@example.org", "--name", "Nino", "--authority", "north", "--authority-name", "North")
    assert "Nobody can sign in" not in laurea()[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_alone_it_says_what_comes_next_in_each_round(
    small: Callable[..., SmallRound],  # noqa: F811
    database_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    here = small()
    code = here.scene.code
    monkeypatch.setenv("LAUREA_DATABASE_URL", database_settings.url)
    moment = here.scene.opens_at

    def said() -> str:
        monkeypatch.setattr(clock, "now", lambda: moment)
        first()
        return capsys.readouterr().out

    told = said()
    assert f"{code}: is open, until" in told
    assert f"laurea round import {code}" in told
    assert "The clock has never run here" in told
    with writing(here.engine) as connection:
        turns.note(connection, moment, moment)
    assert "The clock" not in said()
    here.bring_in()
    moment = here.after_deadline
    assert f"→ laurea round advance {code}" in said()
    assert "The clock has not run since" in said()
    here.advance()
    told = said()
    assert f"{code}: is with its jurors until" in told
    assert "0 of " in told
    here.mark()
    moment = here.scene.review_until + timedelta(seconds=1)
    assert f"→ laurea round advance {code}" in said()
    here.advance(moment)
    told = said()
    assert "decisions are proposed" in told
    assert f"laurea round release {code} --officer EMAIL --digest {here.record().digest}" in told
    with writing(here.engine) as connection:
        row = connection.execute(select(t.applications).limit(1)).one()
        connection.execute(
            insert(t.appeals).values(
                authority_id=row.authority_id, round_id=row.round_id, application_id=row.id, person_id=row.applicant_id,
                words="Look again.", facts={}, contested=[], filed_at=moment,
            )
        )  # fmt: skip
    assert f"{code}: 1 appeal waits for an answer." in said()


def test_an_unknown_command_names_those_there_are(laurea: Say) -> None:
    code, out, err = laurea("ruond", "status")
    assert code != 0
    assert "round" in (out + err).replace("ruond", "")


def test_completion_knows_the_commands() -> None:
    text = app.generate_completion(shell="bash")
    assert "second-person" in text  # of a room, too
    assert "backup" in text
