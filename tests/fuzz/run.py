"""Coverage-guided fuzzing of the loader and of the reader of conditions, with atheris (which is not in the lock).

    python -m venv fuzzing && fuzzing/bin/pip install atheris -e .
    fuzzing/bin/python tests/fuzz/run.py --minutes 10

Each target gets its share of the time in a process of its own; a crash, an input that takes longer than 10 seconds
or more than 2 GB ends that process, and the input is kept under --keep. Ends with 1 when anything was found.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="for all targets together")
    parser.add_argument("--keep", type=Path, default=None, help="folder for inputs that were found")
    parser.add_argument("--target", default="", help="only this one")
    asked, rest = parser.parse_known_args()
    if rest and rest[0] == "--inside":
        return _inside(asked.target, rest[1:])
    from tests.fuzz.targets import TARGETS, examples

    keep = asked.keep or Path(tempfile.mkdtemp(prefix="laurea-fuzz-"))
    names = [asked.target] if asked.target else list(TARGETS)
    bad = []
    for name in names:
        corpus = keep / name
        corpus.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(examples(name)):
            (corpus / f"example-{number}").write_bytes(data)
        seconds = int(60 * asked.minutes / len(names))
        command = [sys.executable, __file__, "--target", name, "--inside", str(corpus)]
        command += [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=20000"]
        command += [f"-artifact_prefix={keep}/{name}-found-", "-print_final_stats=1", "-verbosity=0"]
        print(f"{name}: {seconds} s", flush=True)
        if subprocess.run(command, check=False).returncode:
            bad.append(name)
    print(f"found something in {', '.join(bad)}; see {keep}" if bad else "nothing was found")
    return 1 if bad else 0


def _inside(target: str, arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: python -m venv fuzzing && fuzzing/bin/pip install atheris -e .")
        return 2
    with atheris.instrument_imports(include=["rules"]):
        from tests.fuzz.targets import TARGETS
    atheris.Setup([sys.argv[0], *arguments], TARGETS[target])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
