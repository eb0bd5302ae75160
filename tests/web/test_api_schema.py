"""The API against its own description: whatever fits it, and whatever does not, is answered and never fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from laurea.actions import tokens
from laurea.ledger import SYSTEM
from laurea.web.api_gate import Meter
from laurea.web.app import create_app
from tests.web import seeding

pytestmark = pytest.mark.slow
EXAMPLES = 25  # an operation


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The description of a portal whose round is decided, and a token that may do everything."""
    workspace: Path = tmp_path_factory.mktemp("api")
    place = seeding.seed(workspace)
    seeding.fill(place, 1.0, settle=True)
    _, token = tokens.give(
        place.engine, place.round_id, name="x", scopes=["import", "read", "export", "proposals"], days=9, actor=SYSTEM,
        now=place.now,
    )  # fmt: skip
    app = create_app(place.settings)
    app.state.meter = Meter(per_minute=1_000_000)
    found = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    found.config.update(headers={"authorization": f"Bearer {token}"})
    yield found
    place.engine.dispose()
    app.state.engine.dispose()


FITTING, NOT_FITTING = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
OPERATIONS = ("status", "applications", "results", "export", "import")


@pytest.mark.parametrize(
    ("name", "mode"),
    [(one, FITTING) for one in OPERATIONS] + [(one, NOT_FITTING) for one in OPERATIONS[1:]],  # status has no parameter
)
def test_nothing_that_is_sent_makes_the_api_fail(api: Any, name: str, mode: GenerationMode) -> None:
    operations = [found.ok() for found in api.get_all_operations()]
    (operation,) = [one for one in operations if one.definition.raw["operationId"] == name]
    answers: set[int] = set()

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    def run(case: schemathesis.Case) -> None:
        case.path_parameters["code"] = "example-2026"  # another round is not there, and teaches nothing
        answer = case.call()
        answers.add(answer.status_code)
        case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])

    run()
    assert answers
    assert max(answers) < 500
