"""A release whose letters are stopped, one changed, and sent: by the portal's pages and the command line."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import select

from laurea.cli import main
from laurea.store import invariants, migrate
from laurea.store import tables as t
from laurea.store.engine import open_engine, reading
from laurea.web.app import create_app
from tests.web import seeding
from tests.web.conftest import Browser

ROUND = "/rounds/example-2026"


def say(*words: str) -> None:
    """A command of the command line that ends well."""
    code: object = 0
    try:
        main(words)
    except SystemExit as end:
        code = end.code
    assert not code, words


def test_the_letters_of_a_release_are_stopped_looked_at_and_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(f"sqlite+pysqlite:///{tmp_path / 'laurea.db'}")
    migrate.upgrade(engine)
    engine.dispose()
    place = seeding.seed(tmp_path)
    seeding.fill(place, 1.0, settle=True)
    for name, value in (("WORKSPACE", str(tmp_path)), ("PUBLIC_URL", place.settings.public_url), ("SMTP_URL", "")):
        monkeypatch.setenv(f"LAUREA_{name}", value)
    files = tmp_path / "outbox"

    with TestClient(create_app(place.settings), base_url=place.settings.public_url) as client:
        officer = Browser(client).sign_in(place, place.officers[0])
        officer.get(f"{ROUND}/outbox/rules")
        officer.post(f"{ROUND}/outbox/rules", {"undo_minutes": "30"})
        page = officer.get(f"{ROUND}/release").text
        digest = page.split('name="digest" value="')[1].split('"')[0]
        officer.post(f"{ROUND}/release", {"digest": digest, "sure": "on"})
        assert "letters of the release go out not before" in officer.text, "the round's page says so"
        say("post")
        assert len(list(files.rglob("*.eml"))) == 1, "the officer's link to sign in"
        officer.get(f"{ROUND}/outbox")
        officer.post(f"{ROUND}/outbox/stop")
        with reading(place.engine) as connection:
            m = t.messages.c
            held = list(connection.execute(select(m.id).where(m.state == "held").order_by(m.id)).scalars())
        assert len(held) == 12
        officer.get(f"{ROUND}/outbox/{held[0]}/edit")
        seen = officer.text.split('name="seen" value="')[1].split('"')[0]
        typed = {"subject": "A word of ours", "comment": "We looked at it once more.", "seen": seen}
        officer.post(f"{ROUND}/outbox/{held[0]}/edit", typed)
        officer.post(f"{ROUND}/outbox/{held[1]}/cancel", {"why": "Told by telephone"})

    capsys.readouterr()
    say("outbox", "example-2026", "--state", "held", "--json")
    assert len(json.loads(capsys.readouterr().out)) == 11
    say("outbox", "release", "example-2026", "--state", "held")
    assert "11 of the letters of example-2026 would be let go" in capsys.readouterr().out.replace("\n", " ")
    say("outbox", "release", "example-2026", "--state", "held", "--yes")
    say("post")
    assert len(list(files.rglob("*.eml"))) == 1, "let go, they still wait for the end of the window"
    say("outbox", "send", "example-2026", "--q", "kind:decision", "--yes")
    say("post")
    letters = [
        email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files.rglob("*.eml")
    ]
    assert len(letters) == 1 + 11
    (ours,) = [one for one in letters if one["Subject"] == "A word of ours"]
    assert ours.get_body(("plain",)).get_content().strip() == "We looked at it once more."  # type: ignore[union-attr]
    with reading(place.engine) as connection:
        assert invariants.broken(connection) == []
        events = set(connection.execute(select(t.audit.c.event)).scalars())
    assert events >= {
        "post_rules_set", "letters_held", "letter_edited", "letters_cancelled", "letters_let_go", "letters_sent_now"
    }  # fmt: skip
    place.engine.dispose()
