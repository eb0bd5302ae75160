"""One cell of a table into a value, or the sentence that says why not. Nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from notifications import addresses
from notifications.errors import BadAddress

_JOINERS = "\u200c\u200d"  # needed inside words of some scripts
_BAD = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_ADDRESS = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]+")
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]*", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class WrongCell(Exception):
    """A cell that cannot be used: `problem` and `remedy` as sentences."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def text(cell: str, longest: int = 200, lines: bool = False) -> str:
    """Text in NFC without surrounding space. Control, invisible and direction characters are refused."""
    plain = cell.strip()
    if plain.isascii() and len(plain) <= longest and plain.isprintable():
        return plain
    plain = unicodedata.normalize("NFC", plain)
    checked = plain.replace("\r\n", "\n").replace("\n", " ") if lines else plain
    if _BAD.search(checked):
        raise WrongCell("The text holds a line break or control character.", "Write it in one line, as plain text.")
    for letter in checked:
        if unicodedata.category(letter) in ("Cf", "Co", "Cs", "Cn", "Zl", "Zp") and letter not in _JOINERS:
            remedy = "Type the text again instead of pasting it."
            raise WrongCell(f"The text holds an invisible character (U+{ord(letter):04X}).", remedy)
    if len(plain) > longest:
        raise WrongCell(f"The text has {len(plain)} characters.", f"Shorten it to {longest}.")
    return plain


def needed(cell: str, longest: int = 80) -> str:
    """Text that must be there, such as an id."""
    value = text(cell, longest)
    if not value:
        raise WrongCell("The cell is empty.", "Fill it in.")
    return value


def email(cell: str) -> str:
    """One e-mail address, nothing around it."""
    value = text(cell, 254)
    if not _ADDRESS.fullmatch(value) or ".." in value:
        raise WrongCell(f"“{value[:60]}” is not an e-mail address.", "Write one address, such as name@school.example.")
    try:
        addresses.parse(value)
    except BadAddress as error:  # a letter could not go there
        raise WrongCell(error.says, error.remedy) from None
    return value


def moment(cell: str) -> datetime:
    """A moment in ISO 8601 with its offset from UTC."""
    value = cell.strip()
    try:
        read = datetime.fromisoformat(value)
        read = read if "T" in value or " " in value else read.replace(tzinfo=None)
    except ValueError:
        raise WrongCell(f"“{value[:40]}” is not a moment.", "Write it as 2023-05-31T17:45:00+04:00.") from None
    if read.tzinfo is None:
        raise WrongCell(
            f"“{value}” does not say its time zone.",
            "Write it as text, with time and offset: 2023-05-31T17:45:00+04:00.",
        )
    return read


def day(cell: str) -> date:
    """A date, YYYY-MM-DD."""
    value = cell.strip()
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass  # a day that does not exist
    raise WrongCell(f"“{value[:40]}” is not a date.", "Write it as year-month-day, such as 2023-01-09.")


def yes_no(cell: str) -> bool:
    """true/false, yes/no or 1/0, in any case."""
    value = cell.strip().casefold()
    if value in ("true", "yes", "1"):
        return True
    if value in ("false", "no", "0"):
        return False
    raise WrongCell(f"“{cell.strip()[:40]}” is neither yes nor no.", "Write true or false; leave it empty if unknown.")


def whole(cell: str, smallest: int | None = None) -> int:
    """A whole number in plain digits."""
    value = cell.strip()
    if not _WHOLE.fullmatch(value):
        raise WrongCell(f"“{value[:40]}” is not a whole number.", "Write digits only, such as 12.")
    if smallest is not None and int(value) < smallest:
        raise WrongCell(f"{value} is too small.", f"Write a number of at least {smallest}.")
    return int(value)


def decimal(cell: str, scale: int | None = None) -> str:
    """A decimal number, kept as text so that it stays exact. `scale` is the most places it may have."""
    value = cell.strip()
    if not _DECIMAL.fullmatch(value):
        raise WrongCell(f"“{value[:40]}” is not a number.", "Write it with a point and without spaces, such as 20.25.")
    if scale is not None and len(value.partition(".")[2]) > scale:
        raise WrongCell(f"{value} has more than {scale} decimal places.", f"Round it to {scale} places at its source.")
    return value


def exact_number(cell: str) -> str:
    """A decimal or a fraction such as 62/3, kept as text: averages do not always end."""
    value = cell.strip()
    if not re.fullmatch(r"[0-9]{1,15}/[1-9][0-9]{0,8}", value, re.ASCII):
        return decimal(value)
    return value


def code(cell: str) -> str:
    """A code of letters, digits and - _ . : /, such as a country or a state."""
    value = cell.strip()
    if not _CODE.fullmatch(value) or len(value) > 80:
        raise WrongCell(f"“{value[:40]}” is not a code.", "Use letters, digits and hyphens, without spaces.")
    return value


def country(cell: str) -> str:
    """A country of two letters, or empty."""
    value = cell.strip().upper()
    if value and not re.fullmatch(r"[A-Z]{2}", value, re.ASCII):
        raise WrongCell(f"“{cell.strip()[:40]}” is not a country code.", "Write two letters, such as AZ.")
    return value


def language(cell: str) -> str:
    """A language tag such as en, az or sr-latn, in small letters, or empty."""
    value = cell.strip().lower()
    if value and not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", value, re.ASCII):
        raise WrongCell(f"“{cell.strip()[:40]}” is not a language code.", "Write a code such as en, az, ka or lv.")
    return value


def languages(cell: str) -> tuple[str, ...]:
    """Several languages in one cell, divided by semicolons."""
    if "," in cell:  # what most people type first
        raise WrongCell(f"“{cell.strip()[:40]}” is not a language code.", "Put semicolons between several: en;lv.")
    return tuple(language(part) for part in words(cell))


def pin(cell: str) -> str:
    """Whether a juror must or never may review an application."""
    value = cell.strip().casefold()
    if value not in ("must", "never"):
        raise WrongCell(f"“{cell.strip()[:40]}” is no pin.", "Write must or never.")
    return value


def words(cell: str) -> tuple[str, ...]:
    """A list inside one cell, divided by semicolons."""
    return tuple(part for part in (text(piece, 80) for piece in cell.split(";")) if part)
