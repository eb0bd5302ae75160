"""How far a rehearsal is: a bar on a terminal, else one line for each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@dataclass(frozen=True)
class Telling:
    """`say` what is being done now; `advance` when one of the parts is done."""

    say: Callable[[str], None]
    advance: Callable[[], None]


@contextmanager
def telling(console: Console, first: str, parts: int) -> Iterator[Telling]:
    """Tell of work in `parts`, beginning with `first`."""
    if not console.is_terminal:
        said: list[str] = []

        def line(what: str) -> None:
            if said[-1:] != [what]:
                said.append(what)
                console.print(what, highlight=False, markup=False, soft_wrap=True)

        line(first)
        yield Telling(line, lambda: None)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as progress:
        bar = progress.add_task(first, total=parts)
        yield Telling(lambda what: progress.update(bar, description=what), lambda: progress.advance(bar))
