"""The command line. Commands are loaded when they are called, so that help answers at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cyclopts import App

app = App(
    name="laurea",
    help="""Run rounds of awards and quality labels, and be able to defend every decision.

    Try it: laurea demo runs whole rounds on sample data and leaves the portal open. laurea alone says what comes next.
    """,
    version_flags=["--version"],
)

EVALUATE = """Decide a file of applications without a database; CSV, JSONL or Parquet in and out.

Example: `laurea evaluate AWARD/EDITION applications.csv --policy ties=both_out -o decisions.csv`

Rows that cannot be used are named with file, row, field and remedy, and left out; the command then ends with 1.
Where the rules look at all applications together, a row with a value that cannot be read stays with that value
unknown, so that nobody is ranked or refused a place as if it were not there.
"""

SCORE = """Scores from jurors' sheets, how sure they are, and the cut line.

Example: `laurea score examples/score-sheets.csv --cut 25% --scale 0:10 --report scores.html -o scores.csv`

Sheets are compared with each other: where a row cannot be used, it is named with its remedy and nothing is written.
All figures advise; a decision follows from a rule set (`laurea evaluate`).
"""

ASSIGN = """Route a file of applications to jurors without a database, and prove how good the plan is.

Example: `laurea assign examples/assign-applications.csv examples/assign-jurors.csv --per-application 2 -o plan.csv`

A row that cannot be used is named with file, row, field and remedy, and nothing is written: who is left out of an
assignment changes everybody's. A review that nobody can give is told with its reason; the command then ends with 1.
"""

OUTBOX = """The letters of a round: look, hold, let go, cancel, send now.

Example: `laurea outbox spring-2024 --state held --q 'kind:decision country:LV'`

The search is that of the portal's list of letters. A deed on many says first how many it would be; --yes does it.
"""

for name, place, says in (
    ("demo", "laurea.cli.demo.run:demo", "Whole rounds on sample data, in a temporary workspace."),
    ("up", "laurea.cli.operate:up", "Portal, clock and post together, on this machine."),
    ("web", "laurea.cli.operate:web", "The portal alone."),
    ("worker", "laurea.cli.operate:worker", "The clock alone: advances rounds, sends letters, renews labels."),
    ("round", "laurea.cli.round:app", "Open a round, import into it, advance, release."),
    ("rules", "laurea.cli.rules:app", "The statute book: list, show, check and test rule sets."),
    ("evaluate", "laurea.cli.evaluate:evaluate", EVALUATE),
    ("score", "laurea.cli.score:app", SCORE),
    ("assign", "laurea.cli.assign:assign", ASSIGN),
    ("certificates", "laurea.cli.certificates:certificates", "The certificates of a released round, as PDF files."),
    ("explain", "laurea.cli.explaining:explain", "A decision in sentences, with its clauses."),
    ("outbox", "laurea.cli.outbox:app", OUTBOX),
    ("bounces", "laurea.cli.bounces:bounces", "What mail servers say of letters that have left."),
    ("post", "laurea.cli.post:post", "Send the letters that are due, in this process."),
    ("notices", "laurea.cli.notices:app", "The letters' templates: check every one, look at one."),
    ("renewals", "laurea.cli.renewals:app", "What the clock does about labels with a term, and decisions about them."),
    ("figures", "laurea.cli.figures:figures", "What an office publishes about its programme, by year and place."),
    ("officer", "laurea.cli.operate:officer", "Let a person in as an officer of an authority."),
    ("office", "laurea.cli.offices:app", "The offices of this installation, and what they hand to each other."),
    ("personal", "laurea.cli.personal:app", "What is stored of people: hand it out, take it out, say how long."),
    ("audit", "laurea.cli.audit:app", "Check that nothing in the audit was changed, and sign what it has come to."),
    ("backup", "laurea.cli.backup:backup", "The whole installation in one file, while it runs."),
    ("restore", "laurea.cli.backup:restore", "An installation out of such a file; or only look whether it is whole."),
    ("db", "laurea.cli.db:app", "Migrate and check the database."),
    ("doctor", "laurea.cli.doctor:doctor", "What is missing on this machine, and the way out."),
):
    app.command(place, name=name, help=says)
app.register_install_completion_command()


def in_full(command: App) -> None:
    """Have a command show its whole docstring where it is asked about itself; in a list it stays one line."""
    told = getattr(command.default_command, "__doc__", None) or ""
    if "Example" in told and "Example" not in command.help:
        command.help = None


def _asked_about(words: Sequence[str]) -> App:
    """The command whose help is asked for."""
    found = app
    for word in words:
        if word.startswith("-") or word not in set(found):
            break
        found = found[word]
    return found


def main(words: Sequence[str] | None = None) -> None:
    """Run a command; without `words`, the one this process was called with. None says what to do next here.

    A problem a person can mend is told in words and ends with its exit code.
    """
    # One thread for products of matrices, before NumPy is there: several wait for each other, and on a busy machine
    # comparing a large jury then takes three to five times the time of one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    said = sys.argv[1:] if words is None else words
    # The list of commands is plain text: to load what sets Markdown takes a third of the time of showing it.
    app.help_format = "markdown" if any(not word.startswith("-") for word in said) else "plaintext"
    try:
        try:
            if said:
                if "--help" in said or "-h" in said:
                    in_full(_asked_about(said))
                app(said)
            else:
                from laurea.cli.first import first

                first()
        finally:
            sys.stdout.flush()  # little is written only now, and must not fail after everything
    except BrokenPipeError:  # whoever reads our output has seen enough (`| head`); nothing is left to flush at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(141) from None
    except Exception as error:
        from laurea.cli.mending import mended
        from rules.errors import RuleSetError

        told = error if isinstance(error, RuleSetError) else mended(error)
        if told is None:
            raise
        print(told, file=sys.stderr)
        raise SystemExit(getattr(told, "exit_code", 1)) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
