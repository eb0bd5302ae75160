"""`laurea notices …`: check the letters' templates, and look at one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from laurea.cli.console import engine_of, err, out, show, step
from laurea.cli.places import must_be_writable
from laurea.errors import BadInput, NotFound
from laurea.settings import Settings
from laurea.store import rounds, wordings
from laurea.store.engine import reading
from notifications import checking
from notifications.catalogue import KINDS
from notifications.catalogues import LANGUAGES
from notifications.compose import Letter
from notifications.samples import samples
from notifications.wording import Wording

app = App(name="notices", help="The letters' templates: check every one, look at one.")
ENDINGS = (".html", ".txt", ".eml")


@app.command
def check(
    *,
    round: Annotated[str, Parameter(help="Also the texts an office wrote for this round.")] = "",  # noqa: A002
    json: Annotated[bool, Parameter(name="--json", help="Print JSON.")] = False,
) -> None:
    """Write every letter in every language with sample data, and name what is wrong by file and line.

    Undefined names, placeholders that differ, missing translations, subjects that are too long, lines no relay takes,
    HTML without the same in plain text, links that lead elsewhere. Ends with 1 where anything is wrong.

    Example: laurea notices check --round spring-2024
    """
    found: list[checking.Fault] = []
    with step(err, f"Writing {len(KINDS)} letters in {len(LANGUAGES)} languages"):
        if round:
            own = _own(round)
            found += checking.check_own(((kind, language, text) for (kind, language), text in own.items()), round)
        found += checking.check()
    if json:
        show([asdict(one) for one in found], as_json=True)
    elif found:
        for one in found:
            out.print(str(one), highlight=False, markup=False, soft_wrap=True)
        out.print(f"{len(found)} to put right.", highlight=False)
    else:
        out.print(f"{len(KINDS)} letters in {len(LANGUAGES)} languages: nothing to put right.", highlight=False)
    if found:
        raise SystemExit(1)


@app.command(name="show")
def show_(
    kind: str,
    /,
    *,
    language: Annotated[str, Parameter(help="en, lv …")] = "en",
    round: Annotated[str, Parameter(help="In the words an office wrote for this round.")] = "",  # noqa: A002
    sample: Annotated[int, Parameter(help="Which sample of several, from 1.")] = 1,
    output: Annotated[
        Path | None, Parameter(name=("--output", "-o"), help="A file: .html, .txt or .eml (the letter as it is sent).")
    ] = None,
) -> None:
    """Write one letter with sample data, to look at it.

    Example: laurea notices show decision --language lv -o decision.html
    """
    if kind not in KINDS:
        raise NotFound(f"There is no letter {kind!r}.", f"There are: {', '.join(KINDS)}.")
    if language not in LANGUAGES:
        raise BadInput(f"Laurea has no language {language!r}.", remedy=f"It has {', '.join(LANGUAGES)}.")
    data = [one for name, one in samples(language) if name == kind]
    if not 1 <= sample <= len(data):
        raise BadInput(f"There is no sample {sample}.", remedy=f"Of {kind} there are 1 to {len(data)}.")
    letter = checking.sample(kind, data[sample - 1], language, wordings=_own(round) if round else {})
    if letter.fault:
        err.print(letter.fault, highlight=False, markup=False)
    plain, html = checking.bodies(letter)
    if output is None:
        out.print(f"{letter.subject}\n\n{plain}", highlight=False, markup=False, soft_wrap=True)
        return
    must_be_writable("--output", output, inputs=(), endings=ENDINGS)
    output.write_bytes(_as(output.suffix.lower(), letter, plain, html))
    out.print(f"{letter.subject}\n{output}", highlight=False, markup=False)


def _own(code: str) -> Mapping[tuple[str, str], Wording]:
    with reading(engine_of(Settings())) as connection:
        return wordings.standing(connection, rounds.round_by_code(connection, code).id)


def _as(ending: str, letter: Letter, plain: str, html: str) -> bytes:
    return {".html": html.encode(), ".txt": f"{letter.subject}\n\n{plain}".encode()}.get(ending, letter.content)
