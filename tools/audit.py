"""Known weaknesses of what requirements.lock pins, told by pip-audit where its data can be reached.

    make audit

pip-audit calls a package it knows nothing of "skipped" and ends well; here that is said plainly. One package is asked
for first, so that nothing more is asked where there is no data.
Ends with 0 when every package was audited and none has a known weakness, 1 when one has, 2 when nobody knows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
SECONDS = 600


def main() -> int:
    """Audit the lock with the pip-audit that is named, or the one on the path."""
    command = sys.argv[1:] or ["pip-audit"]
    pins = [line.partition(" ")[0] for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line[:80]]
    with tempfile.TemporaryDirectory(prefix="laurea-") as folder:
        probe = Path(folder) / "probe.txt"
        probe.write_text(pins[0] + "\n", encoding="utf-8")
        tried = ask(command, probe)
        if tried is None or not told(tried)[0]:
            print("Nothing was audited: pip-audit is not there, or reaches no data about weaknesses.")
            return 2
    return report(ask(command, LOCK))


def ask(command: list[str], requirements: Path) -> list[dict[str, Any]] | None:
    """What pip-audit says of each package; None where it says nothing that can be read."""
    asked = [*command, "--requirement", str(requirements), "--no-deps", "--disable-pip", "--format", "json"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=SECONDS, check=False)
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else None


def told(found: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """The packages it has data of, and the names of those it has none of."""
    return [one for one in found if "skip_reason" not in one], [one["name"] for one in found if "skip_reason" in one]


def report(found: list[dict[str, Any]] | None) -> int:
    """Say what was found; the code to end with."""
    if found is None:
        print("Nothing was audited: pip-audit gave no answer.")
        return 2
    known, unknown = told(found)
    weak = [(one, note) for one in known for note in one.get("vulns", [])]
    for one, note in weak:
        better = ", ".join(note.get("fix_versions") or ["no version yet"])
        print(f"{one['name']} {one['version']}: {note['id']}, mended in {better}")
    print(f"{len(known)} packages audited, {len(weak)} known weaknesses.")
    if unknown:
        print(f"{len(unknown)} not audited, nothing is known of them: {', '.join(unknown[:10])}")
    return 1 if weak else 2 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
