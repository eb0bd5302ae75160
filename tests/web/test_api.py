"""The API for programs: tokens, what they open and when, imports once, files out, problems in the house's words."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import func, select, update

from evaluators.permissions import Scope
from laurea.actions import tokens
from laurea.ledger import SYSTEM, Actor, Event
from laurea.store import tables as t
from laurea.store.engine import reading, writing
from laurea.web.api_gate import Meter
from laurea.web.app import create_app
from tests.web import seeding
from tests.web.conftest import Browser
from tests.web.seeding import Place

BASE = "/api/v1/rounds/example-2026"
JUROR = {"juror_id": "J77", "name": "A. Person", "email": "a@example.org", "languages": ["en"], "max_load": 3}
ALL = [scope.value for scope in Scope]


class Program:
    """A client with a token."""

    def __init__(self, client: TestClient[Litestar], place: Place, scopes: list[str], days: int = 9) -> None:
        self.client, self.place = client, place
        self.number, self.token = tokens.give(
            place.engine, place.round_id, name="Test", scopes=scopes, days=days, actor=SYSTEM, now=place.now
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"authorization": f"Bearer {self.token}", **headers})

    def send(self, kind: str, name: str, content: bytes, query: str = "", **headers: str) -> Any:
        return self.client.post(
            f"{BASE}/imports/{kind}{query}",
            files={"file": (name, content)},
            headers={"authorization": f"Bearer {self.token}", **headers},
        )


@pytest.fixture
def client(app: Litestar, place: Place) -> Iterator[TestClient[Litestar]]:
    with TestClient(app, base_url=place.settings.public_url) as made:
        yield made


@pytest.fixture
def program(client: TestClient[Litestar], place: Place) -> Callable[..., Program]:
    return lambda *scopes, **more: Program(client, place, list(scopes), **more)


def audited(place: Place, event: Event) -> list[str]:
    with reading(place.engine) as connection:
        query = select(t.audit.c.actor).where(t.audit.c.event == event.value).order_by(t.audit.c.id)
        return list(connection.execute(query).scalars())


def count(place: Place, table: Any) -> int:
    return int(place.value(select(func.count()).select_from(table)))


def records(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


# --- Who may come in -----------------------------------------------------------------------------------------


def test_the_token_is_nowhere_in_the_records(program: Callable[..., Program], place: Place) -> None:
    token = program("read").token
    with reading(place.engine) as connection:
        for table in t.metadata.sorted_tables:
            for row in connection.execute(select(table)):
                assert token not in repr(row)


def test_without_a_living_token_there_is_nothing(
    client: TestClient[Litestar], program: Callable[..., Program], place: Place
) -> None:
    one, other = program("read"), program("read", days=1)
    assert one.get(BASE).status_code == 200
    tokens.revoke(place.engine, place.round_id, one.number, actor=SYSTEM, now=place.now)
    with writing(place.engine) as connection:
        past = update(t.tokens).where(t.tokens.c.id == other.number).values(expires_at=place.now - timedelta(days=1))
        connection.execute(past)
    answers = [
        one.get(BASE),
        other.get(BASE),
        client.get(BASE),
        client.get(BASE, headers={"authorization": "Bearer x"}),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.content for answer in answers} == {answers[0].content}
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    assert answers[0].headers["content-type"] == "application/problem+json"


def test_a_token_opens_its_own_round_and_no_other(program: Callable[..., Program], place: Place) -> None:
    with writing(place.engine) as connection:
        row = dict(connection.execute(select(t.rounds)).one()._mapping)
        connection.execute(t.rounds.insert().values({**row, "id": 99, "code": "other-2026"}))
    mine = program("read")
    known, unknown = mine.get("/api/v1/rounds/other-2026"), mine.get("/api/v1/rounds/no-such-round")
    assert known.status_code == unknown.status_code == 404
    assert known.content == unknown.content


@pytest.mark.parametrize(
    ("scope", "path"),
    [("read", ""), ("read", "/applications"), ("read", "/results"), ("export", "/exports/applications.csv")],
)
def test_each_scope_opens_what_it_says(program: Callable[..., Program], scope: str, path: str) -> None:
    others = [one for one in ("import", "read", "export") if one != scope]
    refused = program(*others).get(BASE + path)
    assert refused.status_code == 403
    assert scope in refused.json()["remedy"]
    assert program(scope).get(BASE + path).status_code in (200, 409)


def test_import_needs_its_scope(program: Callable[..., Program], place: Place) -> None:
    assert program("read", "export", "proposals").send("jurors", "j.jsonl", records(JUROR)).status_code == 403
    assert count(place, t.jurors) == 4


@pytest.fixture
def _still(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock stands, so that no minute ends between two requests."""
    (tmp_path / "clock").write_text(place.now.isoformat())
    monkeypatch.setenv("LAUREA_CLOCK_FILE", str(tmp_path / "clock"))


@pytest.mark.usefixtures("_still")
def test_too_many_requests_wait(app: Litestar, program: Callable[..., Program]) -> None:
    app.state.meter = Meter(per_minute=2)
    one, other = program("read"), program("read")
    assert [one.get(BASE).status_code for _ in range(3)] == [200, 200, 429]
    refused = one.get(BASE)
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert other.get(BASE).status_code == 200


@pytest.mark.usefixtures("_still")
def test_two_portals_count_together(app: Litestar, program: Callable[..., Program], place: Place) -> None:
    """A token has its minute once, at however many processes it asks."""
    one, second = program("read"), create_app(place.settings)
    app.state.meter = second.state.meter = Meter(per_minute=3)
    with TestClient(second, base_url=place.settings.public_url) as elsewhere:
        asked = [
            client.get(BASE, headers={"authorization": f"Bearer {one.token}"}).status_code
            for client in (one.client, elsewhere, one.client, elsewhere)
        ]
    assert asked == [200, 200, 200, 429]


def test_a_signed_in_officer_is_no_program(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[0])
    assert browser.get(BASE).status == 401


# --- What a program sees -------------------------------------------------------------------------------------


def test_decisions_stay_closed_until_they_are_released(program: Callable[..., Program], place: Place) -> None:
    plain, trusted = program("read", "export"), program("read", "export", "proposals")
    assert trusted.get(f"{BASE}/results").status_code == 409, "nothing is proposed yet"
    seeding.fill(place, 1.0, settle=True)
    for path in ("/results", "/exports/decisions.csv"):
        assert plain.get(BASE + path).status_code == 409
        assert trusted.get(BASE + path).status_code == 200
    assert [plain.get(BASE).json()[name] for name in ("proposed", "granted", "digest")] == [None] * 3
    assert trusted.get(BASE).json()["proposed"] == 12
    assert "decisions" not in plain.get(BASE).json()["tables"]
    assert {item["outcome"] for item in plain.get(f"{BASE}/applications").json()["items"]} == {None}
    assert "decisions" not in names_of_sheets(plain.get(f"{BASE}/exports/round.xlsx").content)
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(released_at=place.now))
    assert plain.get(f"{BASE}/results").json()["total"] == 12


def test_marks_stay_closed_while_jurors_work(program: Callable[..., Program], place: Place) -> None:
    seeding.fill(place, 1.0)
    one = program(*ALL)
    for name in ("marks.csv", "sheets.jsonl", "sheets.xlsx"):
        assert one.get(f"{BASE}/exports/{name}").json()["type"] == "/api#not-now"
    assert not {"sheets", "marks"} & names_of_sheets(one.get(f"{BASE}/exports/round.xlsx").content)


def names_of_sheets(content: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return set(re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode()))


# --- Files in ------------------------------------------------------------------------------------------------


def test_a_wrong_row_is_refused_with_its_place_and_the_others_come_in(
    program: Callable[..., Program], place: Place
) -> None:
    one = program("import")
    answer = one.send("jurors", "jury.jsonl", records(JUROR, {**JUROR, "juror_id": "J78", "email": "no address"}))
    told = answer.json()
    assert (answer.status_code, told["added"], told["known"]) == (200, 1, 0)
    assert [(place_["file"], place_["row"], place_["field"]) for place_ in told["refused"]] == [
        ("jury.jsonl", 2, "email")
    ]
    assert all(place_["problem"] and place_["remedy"] for place_ in told["refused"])
    assert audited(place, Event.JURORS_IMPORTED) == [f"token:{one.number}"]


def test_dry_run_tells_the_same_and_keeps_nothing(program: Callable[..., Program], place: Place) -> None:
    one = program("import")
    rows = records(JUROR, {"juror_id": "J78"})
    before = {table: count(place, table) for table in (t.jurors, t.people, t.refused_rows, t.audit, t.kept_answers)}
    tried = one.send("jurors", "j.jsonl", rows, "?dry_run=true", **{"idempotency-key": "k"}).json()
    assert {table: count(place, table) for table in before} == before
    done = one.send("jurors", "j.jsonl", rows, **{"idempotency-key": "k"}).json()
    assert tried == {**done, "dry_run": True}


def test_the_same_key_does_it_once_and_tells_it_twice(program: Callable[..., Program], place: Place) -> None:
    one, key = program("import"), {"idempotency-key": "nightly-1"}
    first, second = (one.send("jurors", "j.jsonl", records(JUROR), **key) for _ in range(2))
    assert first.json() == second.json()
    assert (first.json()["added"], second.headers["idempotent-replayed"]) == (1, "true")
    assert len(audited(place, Event.JURORS_IMPORTED)) == 1
    other = one.send("jurors", "j.jsonl", records({**JUROR, "juror_id": "J79"}), **key)
    assert (other.status_code, other.json()["type"]) == (422, "/api#key-used")
    assert program("import").send("jurors", "j.jsonl", records(JUROR), **key).json()["known"] == 1, "keys are a token's"


def test_the_three_formats_say_the_same(program: Callable[..., Program], place: Place, tmp_path: Any) -> None:
    import polars as pl

    one = program("import")
    rows = [{**JUROR, "languages": "en;az", "experienced": True, "juror_id": "J90"}]
    pl.DataFrame(rows).write_parquet(tmp_path / "j.parquet")
    pl.DataFrame(rows).write_csv(tmp_path / "j.csv")
    told = []
    for name, content in (
        ("j.csv", (tmp_path / "j.csv").read_bytes()),
        ("j.jsonl", records(*rows)),
        ("j.parquet", (tmp_path / "j.parquet").read_bytes()),
    ):
        answer = one.send("jurors", name, content, "?dry_run=true")
        assert answer.status_code == 200, answer.text
        told.append(answer.json())
    assert told[0] == told[1] == told[2]
    assert told[0]["added"] == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("j.csv", b"a,b\n1,2\n", "juror_id"),
        ("j.csv", b"", "empty"),
        ("j.csv", b"PK\x03\x04....", "spreadsheet"),
        ("j.jsonl", b"not json", "No record has it"),
        ("j.parquet", b"not parquet", "Parquet"),
        ("j.csv", "juror_id,name,email,languages,max_load\nJ1,Ärna,a@example.org,en,3".encode("latin-1"), "UTF-8"),
        ("../../../etc/passwd", b"a,b", "passwd"),
    ],
)
def test_a_file_that_cannot_be_read_changes_nothing_and_says_why(
    program: Callable[..., Program], place: Place, name: str, content: bytes, says: str
) -> None:
    before = count(place, t.audit)
    answer = program("import").send("jurors", name, content)
    assert (answer.status_code, answer.json()["type"]) == (422, "/api#bad-input")
    assert says in answer.text
    assert "/tmp" not in answer.text
    assert count(place, t.audit) == before + 1, "the token's own line, and no other"


def test_applications_come_with_their_lists(program: Callable[..., Program], place: Place) -> None:
    with writing(place.engine) as connection:
        open_ = {"closes_at": place.now + timedelta(days=1), "routed_at": None, "screened_at": None}
        connection.execute(update(t.rounds).values(**open_))
    one = program("import")
    application = {
        "application_id": "NEW-1", "applicant_id": "T", "unit_id": "P", "submitted_at": place.now.isoformat(),
        "applicant_name": "Somebody", "applicant_email": "s@example.org", "pupils": 12, "consent": True,
    }  # fmt: skip
    answer = one.client.post(
        f"{BASE}/imports/applications",
        files={
            "file": ("a.jsonl", records(application)),
            "children.partners": ("p.csv", b"application_id,school,country\nNEW-1,Ausma,LV\nNEW-2,Nobody,LV\n"),
        },
        headers={"authorization": f"Bearer {one.token}"},
    )
    assert answer.json()["added"] == 1, answer.text
    assert [(wrong["file"], wrong["row"]) for wrong in answer.json()["refused"]] == [("p.csv", 3)]
    with reading(place.engine) as connection:
        row = connection.execute(select(t.applications).where(t.applications.c.ref == "NEW-1")).one()
    assert (row.facts["pupils"], row.facts["consent"], len(row.children["partners"])) == (12, True, 1)


def test_a_part_nobody_reads_is_refused(program: Callable[..., Program]) -> None:
    one = program("import")
    headers = {"authorization": f"Bearer {one.token}"}
    for parts in ({"other": ("j.csv", b"x")}, {"file": ("j.csv", b"x"), "children.x": ("c.csv", b"y")}):
        answer = one.client.post(f"{BASE}/imports/jurors", files=parts, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (422, "/api#bad-input")


# --- Files out -----------------------------------------------------------------------------------------------


def test_exports_hold_every_mark_and_leave_a_line(program: Callable[..., Program], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    one = program(*ALL)
    answer = one.get(f"{BASE}/exports/marks.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="example-2026-marks.csv"'
    marks = list(csv.DictReader(io.StringIO(answer.text)))
    with reading(place.engine) as connection:
        kept = list(connection.execute(select(t.sheets.c.marks)).scalars())
    assert sorted(row["points"] for row in marks) == sorted(points for one in kept for points in one.values())
    wide = [json.loads(line) for line in one.get(f"{BASE}/exports/sheets.jsonl").text.splitlines()]
    assert len(wide) == len(kept)
    assert audited(place, Event.ROUND_EXPORTED) == [f"token:{one.number}"] * 2


def test_what_was_exported_comes_in_again(program: Callable[..., Program], place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    one = program(*ALL)
    marks = one.get(f"{BASE}/exports/marks.csv").content
    with writing(place.engine) as connection:
        connection.execute(update(t.rounds).values(proposed_at=None, digest=None))
    answer = one.send("sheets", "marks.csv", marks, "?dry_run=true").json()
    assert (answer["added"], answer["known"], answer["refused"]) == (0, 24, [])


@pytest.mark.parametrize(
    "name", ["nothing.csv", "applications.pdf", "applications", ".csv", "round.csv", "sheets.xlsx.csv"]
)
def test_files_there_are_not_are_refused_in_words(program: Callable[..., Program], name: str) -> None:
    answer = program("export").get(f"{BASE}/exports/{name}")
    assert (answer.status_code, answer.json()["type"]) == (422, "/api#bad-input")
    assert answer.json()["remedy"]


def test_officer_downloads_what_the_phase_allows(browser: Browser, place: Place) -> None:
    browser.sign_in(place, place.officers[0])
    assert browser.get("/rounds/example-2026/exports/applications.csv").status == 200
    assert browser.get("/rounds/example-2026/exports/sheets.csv").status == 404
    assert browser.get("/rounds/example-2026/exports/decisions.csv").status == 404
    seeding.fill(place, 1.0, settle=True)
    assert browser.get("/rounds/example-2026/exports/sheets.csv").status == 200
    assert audited(place, Event.ROUND_EXPORTED) == [Actor.person(place.officers[0]).name] * 2


def test_others_download_nothing(browsers: Callable[[], Browser], place: Place) -> None:
    for person in (place.officers[2], place.jurors[0]):
        them = browsers().sign_in(place, person)
        assert them.get("/rounds/example-2026/exports/applications.csv").status == 404
        assert them.get("/rounds/example-2026/programs").status == 404


# --- The officer's page, and the description -----------------------------------------------------------------


def test_officer_makes_a_token_sees_it_once_and_revokes_it(browsers: Callable[[], Browser], place: Place) -> None:
    browser, client = browsers(), browsers()
    browser.sign_in(place, place.officers[0]).get("/rounds/example-2026/programs")
    data = {"name": "Data warehouse", "scope": ["read", "export"], "days": "30"}
    browser.post("/rounds/example-2026/programs/tokens", data)
    token = re.search(r'value="(laurea_[^"]+)"', browser.text)[1]  # type: ignore[index]
    assert client.get(BASE, headers={"authorization": f"Bearer {token}"}).status == 200
    assert token not in browser.get("/rounds/example-2026/programs").text
    number = re.search(r"/tokens/(\d+)/revoke", browser.text)[1]  # type: ignore[index]
    assert "revoked" in browser.post(f"/rounds/example-2026/programs/tokens/{number}/revoke").text
    assert client.get(BASE, headers={"authorization": f"Bearer {token}"}).status == 401
    who = [Actor.person(place.officers[0]).name]
    assert audited(place, Event.TOKEN_GIVEN) == audited(place, Event.TOKEN_REVOKED) == who


@pytest.mark.parametrize(
    "data",
    [
        {"name": "", "scope": "read", "days": "30"},
        {"name": "x", "days": "30"},
        {"name": "x", "scope": "everything", "days": "30"},
        {"name": "x", "scope": "proposals", "days": "30"},
        {"name": "x", "scope": "read", "days": "99999"},
        {"name": "x", "scope": "read", "days": "²"},
    ],
)
def test_a_token_that_cannot_be_is_not_made(browser: Browser, place: Place, data: dict[str, object]) -> None:
    browser.sign_in(place, place.officers[0]).get("/rounds/example-2026/programs")
    assert browser.post("/rounds/example-2026/programs/tokens", data).status == 422
    assert "Nothing was made." in browser.text
    assert count(place, t.tokens) == 0


def test_the_description_is_of_the_api_alone_and_needs_no_other_host(client: TestClient[Litestar]) -> None:
    found = client.get("/api/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert all(path.startswith("/api/v1/") for path in found["paths"])
    page = client.get("/api").text
    assert not re.search(r'(src|href)="(https?:)?//', page)
    assert "<script" not in page
    for item in found["paths"].values():
        for one in item.values():
            assert f'id="{one["operationId"]}"' in page
            assert {"400", "401", "403", "404", "429"} <= set(one["responses"])


def test_unknown_addresses_of_the_api_are_problems(program: Callable[..., Program]) -> None:
    answer = program("read").get("/api/v1/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
