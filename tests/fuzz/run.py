"""Fuzz every target for as long as is wished, and say what was tried.

    make fuzz MINUTES=30

Each target runs in a process of its own; its last input is kept, so that a process that dies names what killed it, and
so is every input that something was found with. Ends with 1 when anything was found.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

BATCH = 100  # cases that hypothesis draws together
WEIGHTS = {"pages": 4, "api": 2, "sign_in": 2}  # of the time; a share of one for every other target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--seed", type=int, default=0, help="0: another every time")
    parser.add_argument("--keep", type=Path, default=None, help="folder for inputs that were found")
    parser.add_argument("--target", default="", help="only this one")
    parser.add_argument("--seconds", type=float, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    keep = asked.keep or Path(tempfile.mkdtemp(prefix="laurea-fuzz-"))
    keep.mkdir(parents=True, exist_ok=True)
    if asked.seconds:
        print(json.dumps(_inside(asked.target, asked.seconds, asked.seed or int(time.time()), keep)))
        return 0
    from tests.fuzz.targets import TARGETS

    names = [asked.target] if asked.target else list(TARGETS)
    share = 60 * asked.minutes * asked.jobs / sum(WEIGHTS.get(name, 1) for name in names)
    seed = asked.seed or int(time.time())
    print(f"{len(names)} targets for {asked.minutes:g} minutes, {asked.jobs} at a time, seed {seed}", flush=True)
    with ThreadPoolExecutor(asked.jobs) as pool:
        told = list(
            pool.map(lambda name: _apart(name, share * WEIGHTS.get(name, 1), seed, keep), _longest_first(names))
        )
    found = [one for one in told if one["found"]]
    print(f"{'target':<12} {'cases':>9} {'a second':>9}  found")
    for one in told:
        print(f"{one['target']:<12} {one['cases']:>9,} {one['cases'] / one['seconds']:>9.1f}  {len(one['found'])}")
    print(f"{'all':<12} {sum(one['cases'] for one in told):>9,} {'':>9}  {len(found)}")
    for one in found:
        print(f"\n== {one['target']} (kept in {keep})\n" + "\n".join(one["found"]))
    return 1 if found else 0


def _longest_first(names: list[str]) -> list[str]:
    return sorted(names, key=lambda name: -WEIGHTS.get(name, 1))


def _apart(name: str, seconds: float, seed: int, keep: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.fuzz.run", "--target", name, "--seconds", str(seconds)]
    command += ["--seed", str(seed), "--keep", str(keep)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 300, check=False)
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        told = {"found": [f"It hung; its last input is {keep / name}.last"]}
    except (json.JSONDecodeError, IndexError):
        told = {"found": [f"It died ({done.returncode}); its last input is {keep / name}.last\n{done.stderr[-2_000:]}"]}
    told = {"target": name, "cases": 0, "seconds": seconds} | told
    print(f"  {name}: {told['cases']:,} cases, {'FOUND' if told['found'] else 'nothing found'}", flush=True)
    return told


def _inside(name: str, seconds: float, seed: int, keep: Path) -> dict[str, Any]:
    import hypothesis

    from tests.fuzz import portal
    from tests.fuzz.targets import TARGETS

    strategy, check = TARGETS[name]
    last, cases, found, begun = keep / f"{name}.last", 0, dict[str, str](), time.monotonic()

    def once(case: Any) -> None:
        nonlocal cases
        if time.monotonic() - begun > seconds:
            return  # the rest of a batch
        cases += 1
        last.write_bytes(pickle.dumps(case))
        try:
            check(case)
        except BaseException as error:  # noqa: BLE001 - a reader in Rust raises no Exception where it panics
            told = "".join(traceback.format_exception(error)).strip()
            what = "\n".join(told.splitlines()[-6:])  # the same thing again counts once
            if what not in found:
                found[what] = f"{case!r:.600}\n{told[-3_000:]}"
                shutil.copy(last, keep / f"{name}-found-{len(found)}")

    while time.monotonic() - begun < seconds:
        seed += 1
        hypothesis.settings(
            max_examples=BATCH, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )(hypothesis.seed(seed)(hypothesis.given(strategy())(once)))()  # fmt: skip
    portal.close()
    return {"cases": cases, "seconds": time.monotonic() - begun, "found": list(found.values())}


if __name__ == "__main__":
    sys.exit(main())
