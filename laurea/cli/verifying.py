"""`laurea round verify`: check a round's bundle on any machine, without its records."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from laurea import bundle
from laurea.cli.console import err, out, show, step
from laurea.cli.places import content_of
from laurea.documents import credentials
from laurea.errors import BadInput


def verify(
    path: Path,
    /,
    *,
    did: Annotated[Path | None, Parameter(help="The authority's did.json: the key must be one of its.")] = None,
    json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False,
) -> None:
    """Check that a bundle is as it was signed, and decide every application again from what it holds.

    Needs nothing but the file. Every line that was touched is named; ends with 1 when there is one.

    Example: laurea round verify spring.bundle --did did.json
    """
    content = content_of(path, "Give the file of a bundle.")
    owner = None if did is None else _did(did)
    with step(err, "Deciding every application again"):
        found = bundle.check(content, owner)
    faults = [{"line": number, "problem": problem} for number, problem in found.faults]
    if json:
        told = {
            "round": found.about.get("code"), "digest": found.about.get("digest"), "issuer": found.issuer,
            "key": found.key, "key_proven": did is not None, "lines": found.lines, "decisions": found.decisions,
            "faults": faults,
        }  # fmt: skip
        out.print_json(json_.dumps(told, ensure_ascii=False))
    elif faults:
        show(faults, as_json=False)
    else:
        out.print(
            f"{path}: the {found.decisions} decisions of {found.about['code']} follow from the rules, facts and marks "
            f"in it; their digest is {found.about['digest'] or 'not there yet'}. Its {found.lines} lines are as they "
            "were signed.",
            highlight=False,
            markup=False,
        )
        proven = "one of the keys given with --did" if did else "its own word, until you compare it or give --did"
        out.print(f"Signed by {found.issuer}, key {found.key} ({proven}).", highlight=False, markup=False)
    if faults:
        raise SystemExit(1)


def _did(path: Path) -> dict[str, Any]:
    remedy = "Take it from the authority: /credentials/CODE/did.json"
    content = content_of(path, remedy)
    try:
        found: dict[str, Any] = json_.loads(content)
        credentials.public_keys(found)
    except (ValueError, RecursionError):
        raise BadInput(f"{path} is no did.json.", remedy=remedy) from None
    return found
