"""compose.yaml: one description of the machines, for Docker and for network namespaces (tools/machines.py)."""

from __future__ import annotations

from typing import Any

import pytest

from laurea.cli import app
from laurea.errors import SetupMissing
from laurea.settings import Settings
from tests.tools.loading import tool

machines = tool("machines")
ROOT = machines.ROOT
GIVEN = dict.fromkeys(machines.NEEDED, "s3cret")
# What the script understands; Docker understands more, and a key that is new here needs a line there.
SERVICE = {
    "image", "build", "command", "restart", "depends_on", "environment", "healthcheck", "hostname", "networks", "ports",
    "volumes",
}  # fmt: skip
IGNORED = {"build", "restart", "hostname", "ports"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def layout() -> dict[str, Any]:
    found: dict[str, Any] = machines.layout(GIVEN)
    return found


def test_compose_file_is_well_formed(layout: dict[str, Any]) -> None:
    services = layout["services"]
    assert {key for key in layout if not key.startswith("x-")} == {"services", "networks", "volumes"}
    for name, told in services.items():
        assert set(told) <= SERVICE, name
        assert ("image" in told) != ("build" in told), name
        assert set(told["networks"]) <= set(layout["networks"]), name
        assert all(isinstance(value, str) for value in told["environment"].values()), name
        for other, how in told.get("depends_on", {}).items():
            assert other in services
            assert how["condition"] in CONDITIONS
            assert how["condition"] != "service_healthy" or services[other]["healthcheck"]["test"][0] == "CMD"
        for volume in told.get("volumes", ()):
            place = volume.split(":")[0]
            assert place in layout["volumes"] if "/" not in place else (ROOT / place).is_file(), volume
    source = (ROOT / "tools" / "machines.py").read_text("utf-8")
    assert [key for key in SERVICE - IGNORED if f'"{key}"' not in source] == []


def test_settings_and_commands_of_the_layout_exist(layout: dict[str, Any]) -> None:
    for name, told in layout["services"].items():
        ours = {key.removeprefix("LAUREA_").lower() for key in told["environment"] if key.startswith("LAUREA_")}
        assert ours <= set(Settings.model_fields), name
        if told.get("command", [""])[0] == "laurea":
            assert told["command"][1] in app.resolved_commands(), name


def test_only_workers_and_the_records_share_a_network_with_the_engine(layout: dict[str, Any]) -> None:
    services = layout["services"]
    assert services["engine"]["networks"] == ["engine"]
    with_it = {name for name, told in services.items() if "engine" in told["networks"]}
    assert with_it == {"engine", "database", "worker-1", "worker-2"}
    assert layout["networks"]["engine"] == layout["networks"]["records"] == {"internal": True}
    assert "front" not in services["database"]["networks"]
    assert services["engine"]["environment"]["PREFECT_SERVER_API_AUTH_STRING"] == "laurea:s3cret"
    helpers = {told["environment"].get("LAUREA_HELPERS") for name, told in services.items() if "worker" in name}
    assert helpers == {str(sum("worker" in name for name in services) - 1)}


def test_two_portals_each_behind_an_address_of_its_own(layout: dict[str, Any]) -> None:
    portals = [told for name, told in layout["services"].items() if name.startswith("portal")]
    assert len(portals) == 2
    assert len({port for told in portals for port in told["ports"]}) == 2
    first, second = ({key: told[key] for key in ("command", "environment", "networks", "volumes")} for told in portals)
    assert first == second


@pytest.mark.parametrize("missing", machines.NEEDED)
def test_a_secret_without_a_value_is_refused(missing: str) -> None:
    with pytest.raises(SetupMissing, match=missing):
        machines.layout(GIVEN | {missing: ""})
