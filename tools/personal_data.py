"""Write docs/personal-data.md out of the register of personal data: `python tools/personal_data.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evaluators.personal import SETTABLE, Keep, Kind, Way, Whose  # noqa: E402
from laurea.store.personal_register import REGISTER  # noqa: E402
from laurea.web import personal_words  # noqa: E402

PAGE = ROOT / "docs" / "personal-data.md"
HEAD = """# Personal data

What Laurea stores of whom, what for, how long, and what becomes of it. This page is written out of the one register
that the program itself works by, `laurea/store/personal_register.py`, by `python tools/personal_data.py`; a test holds
the page to the register, and the register to the tables: a column without an entry fails. `laurea personal register`
prints it, and the portal shows it to everybody at `/personal-data` and to officers under *Personal data*.

## What an officer can do

| | on the portal, *Personal data* | on the command line |
|---|---|---|
| find a person | by a part of the name or address | |
| hand out what is stored of them | *Take the file* | `laurea personal export WHO -o FILE.zip` |
| correct a name or address | *Correct name or address* | |
| make somebody anonymous | *Make anonymous*, with a reason | `laurea personal anonymise WHO`, then `--why … --yes` |
| say how long what is kept | *How long what is kept* | `laurea personal keep OFFICE --of CLASS --days N` |
| see what is due | *What is due to be erased* | `laurea personal due OFFICE` |
| see who looked at whose data | *Who looked at whose data* | |

Whoever signed in takes their own file at `/personal-data`. Every one of these deeds leaves a line in the audit, with
numbers in place of names.

**The file for a person** holds every row that is about them as `data.json`, the letters to them, and `log.csv`: what
they did, what was done to what is theirs, and who took files of their rounds away. Of an application it holds the
jurors' marks and words once its round is released; the jurors are numbered by lot, anew for each application, and when
or in which order they worked is left out. Names and addresses in rows that are not the person's own are left out too.
What a juror wrote may itself name somebody: read the file before you hand it on.

**Who looked.** Every page and file that names somebody and that an officer or a program is shown leaves a line: who,
when, which page, and of which person or application; a list or a file is noted with its round. The line is written
before the page leaves, and where it cannot be, nothing is shown. Lines are only ever added: the database refuses to
change one, and to delete one unless the office has set days for the class `looks`. Officers read them under *Who looked
at whose data*, also of one person, or of one application with the lists of its round; the file for a person holds those
about them, without the officer's name. Jurors' own pages write none: what a juror had is in the round's assignment. Nor
do commands on the machine: whoever may run them reads the database anyway.

**A correction** changes the person's record. Labels made out to the old name are made out anew under their number, as
when a name is corrected on a certificate; what stood there before is kept. With another address every session ends and
every mailed link is void. Letters that have not left go to the address they were written for: the page counts them.

**Whoever is made anonymous** is a number from then on. Name, address, answers and free text go, from the person's own
record, their applications, letters, evidence and the jury's words about them, and from letters that lie about as files.
Scores, decisions, ranks, figures and the audit stay, and of the facts those that a rule can have read, so that the
bundle of a round (see [Checking results](checking-results.md)) still follows from what it holds. The audit of the round
says of which applications something was taken out; a bundle written before holds it still, and so do back-ups. Schools
stay named: the figures count them. Rows of other portals' exports stay as long as those portals give them: have it
changed there. It is refused, with whom to ask, while {needed}.

**Retention.** An office sets days for each class of the table below. There is no number of ours: *not set* means that
nothing is erased. Once a day the clock writes down what is due; an officer confirms the list, or the office lets the
clock do it alone. It is done a piece a transaction, and goes on where it stood if the machine stops. A list names the
moments before which its records began, so that nothing younger is ever taken. Log files are of the whole installation
and go only when every office has set days for them.

| class | what | counted | in the end |
|---|---|---|---|
"""
MIDDLE = """
## What is stored, table by table

`stays` is what holds no name, or what results rest on. Columns that only number rows or hold settings are named last.

"""
TAIL = """
## Beside the database

| where | what | how long |
|---|---|---|
| `outbox/` in the workspace | letters as files, where no relay is set | with the letter, or with the person |
| `sender.journal` | numbers of letters | until the next batch |
| `logs/` | what went wrong; numbers, no names or addresses | the class *Log files on disk* |
| `prefect/` | runs of the clock; numbers, no names or addresses | as Prefect is told; it can be deleted at any time |
| back-ups | everything as it was | you decide; restoring one makes anonymous again whoever the list beside it names |

A test goes through a whole round and looks for every name and address in the logs, in Prefect's records, in the
arguments of processes and in the audit: none may be there.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD.format(needed=_needed())]
    classes = personal_words.keeps(str)
    for keep in (*SETTABLE, Keep.PERSON, Keep.ALWAYS):
        says, counted = classes[keep]
        parts.append(f"| `{keep.value}` | {says} | {counted} | {_end(keep)} |\n")
    parts.append(MIDDLE)
    whose, purposes, bases = personal_words.whose(str), personal_words.purposes(str), personal_words.BASES
    for name, entry in sorted(REGISTER.items()):
        parts.append(f"### {name}\n\n")
        if entry.whose == (Whose.NOBODY,):
            parts.append("Nothing about a person. ")
        else:
            parts.append(f"Of {', '.join(whose[one] for one in entry.whose)}. ")
        article = bases[entry.purpose].value
        parts.append(f"{purposes[entry.purpose]} (GDPR 6(1)({article})). Kept as `{entry.keep.value}`.\n\n")
        rest = []
        for column, one in entry.columns.items():
            if one.kind in (Kind.ID, Kind.WORKINGS, Kind.TIME) and one.way in (Way.STAYS, Way.GOES):
                rest.append(column)
            else:
                parts.append(
                    f"- `{column}`: {personal_words.kinds(str)[one.kind]}; {personal_words.ways(str)[one.way]}\n"
                )
        parts.append(f"- numbers, states and times: {', '.join(f'`{one}`' for one in rest)}\n\n" if rest else "\n")
    return "".join(parts).rstrip() + "\n" + TAIL


def _needed() -> str:
    return (
        "a round of theirs is not released, an appeal is open,\na label is in force, a letter has not left, a "
        "ceremony is still to come, or they are the office's last officer"
    )


def _end(keep: Keep) -> str:
    if keep in (Keep.APPLICANTS, Keep.HOLDERS, Keep.JURORS):
        return "made anonymous"
    if keep is Keep.LOGS:
        return "deleted"
    if keep in (Keep.PERSON, Keep.ALWAYS):
        return "–"
    mine = {name: entry for name, entry in REGISTER.items() if entry.keep is keep}
    goes = ", ".join(sorted(name for name, entry in mine.items() if entry.goes))
    stays = any(
        not entry.goes and any(one.way is Way.EMPTY for one in entry.columns.values()) for entry in mine.values()
    )
    return "; ".join(filter(None, ["emptied" if stays else "", f"deleted: {goes}" if goes else ""]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
