"""A bill of materials (CycloneDX 1.6, JSON) out of requirements.lock: the same lock gives the same bytes.

    make sbom                                   # sbom.cdx.json

What each component is needed by comes from the lock's `# via` lines. Its own lines say where our packages come from
too, so nothing is asked over the network, and the file names no registry's host.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)(?:\s*;\s*([^\\]+?))?\s*\\?$")
_DIGEST = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str, name: str, version: str) -> dict[str, Any]:
    """The bill of materials of a lock file. Raises ValueError where the lock cannot be read."""
    parts, needs = _read(lock)
    if not parts:
        raise ValueError("the lock holds no pinned package")
    own = f"{name}@{version}"
    for one in parts:
        needs.setdefault(one["bom-ref"], set())
    needs.setdefault(own, set())
    serial = uuid.UUID(bytes=hashlib.sha256(lock.encode()).digest()[:16], version=4)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": own, "name": name, "version": version}},
        "components": parts,
        "dependencies": [{"ref": one, "dependsOn": sorted(needs[one])} for one in sorted(needs)],
    }


def _read(lock: str) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
    """The components, and what each of them needs: the other way round of `# via`."""
    parts: list[dict[str, Any]] = []
    refs: dict[str, list[str]] = {}
    via: dict[str, list[str]] = {}
    digests: list[str] = []
    current, listing = "", False
    for line in lock.splitlines():
        if found := _PIN.match(line):
            purl = f"pkg:pypi/{found[1].lower()}@{found[2]}"
            current, digests, listing = purl, [], False
            refs.setdefault(found[1], []).append(purl)  # several where versions of Python differ
            via[purl] = []
            part = {"type": "library", "bom-ref": purl, "name": found[1], "version": found[2], "purl": purl}
            if found[3]:
                part["properties"] = [{"name": "laurea:marker", "value": found[3].strip()}]
            parts.append(part | {"_digests": digests})
        elif digest := _DIGEST.search(line):
            digests.append(digest[1])
        elif line.startswith("    # via"):
            named, listing = line.removeprefix("    # via").strip(), True
            via[current] += [named] if named else []
        elif listing and line.startswith("    #   "):
            via[current].append(line.removeprefix("    #   ").strip())
    for part in parts:
        told = [{"name": "laurea:sha256", "value": one} for one in sorted(part.pop("_digests"))]
        part["properties"] = [*part.get("properties", []), *told]
    return sorted(parts, key=lambda one: one["bom-ref"]), _turned(via, refs)


def _turned(via: dict[str, list[str]], refs: dict[str, list[str]]) -> dict[str, set[str]]:
    needs: dict[str, set[str]] = {}
    own = _own()
    for purl, users in via.items():
        for user in users:
            who = user.split(" ")[0]
            for one in [own] if who == own.partition("@")[0] else refs[who]:
                needs.setdefault(one, set()).add(purl)
    return needs


def _own() -> str:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{about['name']}@{about['version']}"


def main() -> int:
    """Write the bill of the lock to the file that is named."""
    name, _, version = _own().partition("@")
    found = bill((ROOT / "requirements.lock").read_text(encoding="utf-8"), name, version)
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "sbom.cdx.json")
    path.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{path}: {len(found['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
