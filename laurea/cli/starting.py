"""`laurea rules new`: a rule set to begin with, and its worked cases."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

from laurea import clock
from laurea.errors import BadInput

STARTER = Path(__file__).parent / "starter"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def new(file: Path, /, *, title: str = "") -> None:
    """Write a small rule set to begin with, and worked cases beside it. It can be checked, tested and used at once.

    Example: `laurea rules new garden-label.yaml --title "Garden Label"`

    Parameters
    ----------
    file
        Where to write it; its name is the award's: small letters, digits and hyphens.
    title
        What the award is called.
    """
    if file.suffix != ".yaml" or not _NAME.fullmatch(file.stem):
        raise BadInput(
            f"{file.name} is no name for a rule set.",
            remedy="Use small letters, digits and hyphens, and .yaml at the end: garden-label.yaml",
        )
    said = title.strip() or file.stem.replace("-", " ").capitalize()
    if set(said) & set('\n\r"\\{}'):
        raise BadInput(
            "A title has no quotation marks, braces or backslashes here.", remedy="Put them in later, in the file."
        )
    year = clock.now().year
    words = {"award": file.stem, "title": f"{said} {year}", "year": year, "before": year - 1, "file": file}
    written = {file: "rules.yaml", file.with_suffix(".cases.yaml"): "cases.yaml"}
    for there in written:
        if there.exists():
            raise BadInput(f"{there} is there already.", remedy="Choose another name, or move it away.")
    for there, template in written.items():
        text = Template((STARTER / template).read_text(encoding="utf-8")).substitute(words)
        there.write_text(text, encoding="utf-8")
    print(f"Wrote {file} and {file.with_suffix('.cases.yaml')}.")
    print(f"Next: laurea rules check {file}, then laurea rules test {file}, then open {file} and make it yours.")
