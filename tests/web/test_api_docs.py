"""The examples of docs/api.md, run as they stand there."""

from __future__ import annotations

import json
import re
import shlex
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from evaluators.search import FIELDS
from laurea.actions import tokens
from laurea.actions.export import TABLES
from laurea.ledger import SYSTEM
from notifications import webhooks
from tests.web import seeding
from tests.web.seeding import Place

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")
JURORS = b"juror_id,name,email,languages,max_load\nJ50,One,one@example.org,en,3\nJ51,Two,,en,3\n"


def examples(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def curl(client: TestClient[Litestar], line: str, token: str) -> Any:
    """The answer to a curl command of the page."""
    words = iter(shlex.split(line.replace("$TOKEN", token).replace("$URL", "")))
    headers, files, address = {}, {}, ""
    assert next(words) == "curl"
    for word in words:
        if word == "-H":
            name, value = next(words).split(": ", 1)
            headers[name] = value
        elif word == "-F":
            part, name = next(words).split("=@")
            files[part] = (name, JURORS)
        elif word == "-o":
            assert next(words)
        else:
            address = word
    if files:
        return client.post(address, headers=headers, files=files)
    return client.get(address, headers=headers)


def test_every_example_works_as_it_stands(app: Litestar, place: Place) -> None:
    seeding.fill(place, 1.0, settle=True)
    _, token = tokens.give(
        place.engine, place.round_id, name="x", scopes=["import", "read", "export", "proposals"], days=1, actor=SYSTEM,
        now=place.now,
    )  # fmt: skip
    lines = [line for block in examples("sh") for line in block.splitlines()]
    assert len(lines) == 8
    with TestClient(app) as client:
        told = {line: curl(client, line, token) for line in lines}
    assert {line: answer.status_code for line, answer in told.items()} == dict.fromkeys(lines, 200)
    tried = next(answer.json() for line, answer in told.items() if "dry_run" in line)
    assert tried == json.loads(next(one for one in examples("json") if '"jurors"' in one))


def test_the_check_of_a_signature_is_right() -> None:
    names: dict[str, Any] = {}
    exec(examples("python")[0], names)
    secret, body, now = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"a":1}', datetime.fromtimestamp(time.time(), UTC)
    headers = webhooks.headers(secret, "msg_1", body, now)
    assert names["genuine"](secret, headers, body)
    assert not names["genuine"](secret, headers, body + b" ")
    assert not names["genuine"](secret, {**headers, "webhook-timestamp": "1614265330"}, body)


@pytest.mark.parametrize(
    "names", [FIELDS, TABLES, ["import", "read", "export", "proposals"]], ids=["fields", "tables", "scopes"]
)
def test_the_page_names_all_there_is(names: Any) -> None:
    assert [name for name in names if f"`{name}`" not in PAGE] == []
