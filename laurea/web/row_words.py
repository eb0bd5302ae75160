"""What is wrong with a row of a file, in the reader's language.

Such sentences are kept with the row as they were written, in English, so that a program reads them too. Here they are
recognised by their shape and said again; one that is not known stays as it is, marked as English.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

Say = Callable[[str], str]


def sentences(_: Say) -> tuple[str, ...]:
    """Every sentence that is known, as `_` says it; what differs stands in braces."""
    return (
        _("The cell is empty."),
        _("Fill it in."),
        _("There is no value."),
        _("There is no such column."),
        _("Add it."),
        _("No record has it."),
        _("No column of this name is known, so it was not read."),
        _("No columns of these names are known, so they were not read."),
        _("Check its spelling or remove it."),
        _("Check their spelling."),
        _("Did you mean {name}?"),
        _("Until then the value is unknown."),
        _("{what} already stands in row {row}."),
        _("The id already stands in row {row}."),
        _("Keep one of the two rows."),
        _("Give each application its own id."),
        _("Remove the row, or give it an id of its own if it is another application."),
        _("The application has no id."),
        _("There is no accepted application {id}."),
        _("Correct the id, or the application it belongs to."),
        _("The row has {cells} cells, the header has {columns}."),
        _("Put a cell that contains the delimiter in quotation marks, and leave no cell out."),
        _("The row has a cell where the header has none."),
        _("Name its column, or empty the cell."),
        _("The header does not name {names}; it reads: {header}."),
        _("A quotation mark in this row is opened and never closed, or stands in the middle of a cell."),
        _("The text holds a line break or control character."),
        _("Write it in one line, as plain text."),
        _("The text holds an invisible character ({code})."),
        _("Type the text again instead of pasting it."),
        _("The text has {n} characters."),
        _("Shorten it to {n}."),
        _("“{value}” is not an e-mail address."),
        _("Write one address, such as name@school.example."),
        _("“{value}” is not a moment."),
        _("'{value}' is not a moment."),
        _("Write it as {example}."),
        _("“{value}” does not say its time zone."),
        _("'{value}' has no offset from UTC."),
        _("Write it as text, with time and offset: {example}."),
        _("“{value}” is not a date."),
        _("'{value}' is not a date."),
        _("Write it as year-month-day, such as 2023-01-09."),
        _("“{value}” is neither yes nor no."),
        _("'{value}' is not yes or no."),
        _("Write true or false; leave it empty if unknown."),
        _("Write true or false."),
        _("“{value}” is not a whole number."),
        _("'{value}' is not a whole number."),
        _("Write digits only, such as 12."),
        _("Write plain digits, such as 12."),
        _("{value} is too small."),
        _("Write a number of at least {n}."),
        _("{value} is too large."),
        _("Numbers have at most nine digits."),
        _("“{value}” is not a number."),
        _("'{value}' is not a number."),
        _("Write it with a point and without spaces, such as 20.25."),
        _("Write it with a point, such as 20.5."),
        _("“{value}” is not a code."),
        _("Use letters, digits and hyphens, without spaces."),
        _("“{value}” is not a country code."),
        _("Write two letters, such as AZ."),
        _("“{value}” is not a language code."),
        _("Write a code such as en, az, ka or lv."),
        _("Put semicolons between several: en;lv."),
        _("“{value}” is no pin."),
        _("Write must or never."),
        _("The address already belongs to juror {ref}."),
        _("Give each juror an address of their own."),
        _("The least load, {least}, is above the greatest, {most}."),
        _("Lower one or raise the other."),
        _("The juror holds {held} applications, more than {most}."),
        _("Raise max_load, or give reviews to others first."),
        _("Mark only the criteria of this round's rubric."),
        _("The rubric has no such criterion."),
    )


_WORD = re.compile(r"\{(\w+)\}")


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], int], ...]:
    """The shape of each sentence with its number; those with the most words of their own first."""
    found = []
    for number, sentence in enumerate(sentences(str)):
        parts = _WORD.split(sentence)
        shape = "".join(re.escape(one) if place % 2 == 0 else f"(?P<{one}>.+?)" for place, one in enumerate(parts))
        found.append((len("".join(parts[::2])), re.compile(shape, re.DOTALL), number))
    return tuple((shape, number) for _length, shape, number in sorted(found, key=lambda one: -one[0]))


def again(text: str, say: Say) -> str | None:
    """A text of known sentences as `say` says them; None where one is not known."""
    for shape, number in _shapes():
        if found := shape.fullmatch(text):
            sentence = sentences(say)[number]
            return _WORD.sub(lambda word, found=found: found[word[1]], sentence)  # type: ignore[misc]
    for end in re.finditer(r"[.?] ", text):
        first, rest = again(text[: end.start() + 1], say), again(text[end.end() :], say)
        if first is not None and rest is not None:
            return f"{first} {rest}"
    return None


@pass_context
def row_says(context: Context, text: str) -> str | Markup:
    """Jinja filter: a problem or a way out in the language of the page."""
    reader: Any = context["reader"]
    if not text or reader.language == "en":
        return text
    said = again(text, reader.words.gettext)
    return Markup('<span lang="en">{}</span>').format(escape(text)) if said is None else said
