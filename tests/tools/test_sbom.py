"""The bill of materials says what the lock says, always in the same bytes; the audit says plainly what it knows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import audit, sbom

LOCK = (Path(__file__).parents[2] / "requirements.lock").read_text(encoding="utf-8")


def test_every_pin_of_the_lock_is_a_component_with_its_digests() -> None:
    found = sbom.bill(LOCK, "laurea", "0.1.0")
    pins = set(re.findall(r"^([\w.-]+==[^\s;\\]+)", LOCK, re.MULTILINE))
    assert {f"{one['name']}=={one['version']}" for one in found["components"]} == pins
    told = [note for one in found["components"] for note in one["properties"] if note["name"] == "laurea:sha256"]
    assert sorted(note["value"] for note in told) == sorted(re.findall(r"sha256:(\w{64})", LOCK))


def test_needs_are_those_of_the_lock_and_everything_is_reached() -> None:
    found = sbom.bill(LOCK, "laurea", "0.1.0")
    needs = {one["ref"]: one["dependsOn"] for one in found["dependencies"]}
    assert set(needs) == {one["bom-ref"] for one in found["components"]} | {"laurea@0.1.0"}
    seen, todo = set(), ["laurea@0.1.0"]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += needs[one]
    assert seen == set(needs)


def test_same_lock_same_bytes_and_no_host_of_a_registry() -> None:
    once, again = (json.dumps(sbom.bill(LOCK, "laurea", "0.1.0"), sort_keys=True) for _ in range(2))
    assert once == again
    assert re.findall(r"https?://[^/\"]+", once) == ["http://cyclonedx.org"]
    other = sbom.bill(LOCK + "# other\n", "laurea", "0.1.0")
    assert other["serialNumber"] != json.loads(once)["serialNumber"]


def test_a_file_that_is_no_lock_is_refused() -> None:
    with pytest.raises(ValueError, match="no pinned package"):
        sbom.bill("jinja2>=3\n", "laurea", "0.1.0")


def says(tmp_path: Path, dependencies: object) -> list[str]:
    """A pip-audit that answers this."""
    script = tmp_path / "pip_audit.py"
    script.write_text(f"print({json.dumps({'dependencies': dependencies})!r})", encoding="utf-8")
    return [sys.executable, str(script)]


KNOWN = {"name": "a", "version": "1", "vulns": []}
WEAK = {"name": "b", "version": "2", "vulns": [{"id": "X-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("found", "code", "words"),
    [
        ([KNOWN], 0, "1 packages audited, 0 known"),
        ([KNOWN, WEAK], 1, "b 2: X-1, mended in 3"),
        ([KNOWN, UNKNOWN], 2, "nothing is known of them: c"),
        (None, 2, "Nothing was audited"),
    ],
)
def test_the_audit_says_what_it_knows_and_what_not(
    found: list[dict[str, object]] | None, code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.report(found) == code
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("dependencies", [[UNKNOWN], "nonsense", []])
def test_where_there_is_no_data_nothing_more_is_asked(tmp_path: Path, dependencies: object) -> None:
    command = [sys.executable, audit.__file__, *says(tmp_path, dependencies)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "Nothing was audited" in done.stdout) == (2, True)
