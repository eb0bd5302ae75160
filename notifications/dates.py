"""Days and moments as an official letter of each language writes them: month in words, place of the clock named.

Month names and patterns are CLDR's (Babel, long format). Some languages add what CLDR leaves out: Georgian names the
year with its noun (2025 წლის 2 ივნისი), Azerbaijani gives it its ordinal ending (2 iyun 2025-ci il), French its first
of a month (1er juin 2025); Armenian letters write the day without a leading nought.
"""

from __future__ import annotations

import functools
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_timezone_location

from notifications.errors import BadData

_LOCALES = {"en": "en_GB", "pt": "pt_PT"}  # English with the day first; CLDR's plain Portuguese is Brazil's
_LONG = {"ka": "y 'წლის' d MMMM", "hy": "d MMMM, y թ."}
_SHORT = {"en": "d MMM y", "az": "d MMM y", "ka": "d MMM y", "lv": "d MMM y", "pt": "d MMM y"}
_OWN_NAMES = {"az": "Azərbaycanca", "lv": "Latviešu", "pt": "Português"}
_TENS = {0: "ci", 1: "cu", 2: "ci", 3: "cu", 4: "cı", 5: "ci", 6: "cı", 7: "ci", 8: "ci", 9: "cı"}
_UNITS = {1: "ci", 2: "ci", 3: "cü", 4: "cü", 5: "ci", 6: "cı", 7: "ci", 8: "ci", 9: "cu"}


@functools.cache
def locale(language: str) -> Locale:
    """CLDR's locale for one of our languages."""
    return Locale.parse(_LOCALES.get(language, language))


@functools.cache
def own_name(language: str) -> str:
    """What a language calls itself, as it stands in a list: Français, Українська."""
    name = _OWN_NAMES.get(language) or str(locale(language).languages[language])
    return name if language == "ka" else name[0].upper() + name[1:]  # Georgian has no capitals a font must know


def _azerbaijani_year(year: int) -> str:
    # The ending follows the last word of the number: 2026 ends in altı, hence 2026-cı; 2030 in otuz, hence 2030-cu.
    ending = _UNITS.get(year % 10) or (_TENS[year // 10 % 10] if year % 100 else "cü" if year % 1000 else "ci")
    return f"{year}-{ending} il"


@functools.lru_cache(maxsize=4096)
def day(when: date, language: str) -> str:
    """A calendar day in words: 2 June 2025 · 2 iyun 2025-ci il · 2025 წლის 2 ივნისი · 2025. gada 2. jūnijs."""
    if language == "az":
        return f"{format_date(when, 'd MMMM', locale=locale(language))} {_azerbaijani_year(when.year)}"
    # CLDR's narrow space (2 червня 2025 р.) is in few fonts, the other space that does not break is in all.
    said = format_date(when, _LONG.get(language, "long"), locale=locale(language)).replace("\u202f", "\u00a0")
    return said.replace("1 ", "1er ", 1) if language == "fr" and when.day == 1 else said


@functools.lru_cache(maxsize=4096)
def short_day(when: date, language: str) -> str:
    """A calendar day for a page, its month short: 2 Jun 2025 · 2. Juni 2025 · 2025-06-02 (CLDR's yMMMd)."""
    if pattern := _SHORT.get(language):
        return format_date(when, pattern, locale=locale(language))
    return format_skeleton("yMMMd", when, locale=locale(language)).replace("\u202f", "\u00a0")


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes >= 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


def in_zone(when: datetime, timezone: str) -> datetime:
    """The same moment on the clock of `timezone` (an IANA name, such as Asia/Baku). Raises BadData if there is none."""
    try:
        return when.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadData(
            f"There is no time zone called {timezone!r}.", "Use a name such as Asia/Baku or Europe/Riga."
        ) from None


@functools.lru_cache(maxsize=4096)
def moment(when: datetime, timezone: str, language: str) -> str:
    """A moment on the clock of `timezone`, with its place and distance from UTC: 2 June 2025, 18:00 (Baku, UTC+4)."""
    local = in_zone(when, timezone)
    clock = format_time(local, "HH:mm", locale=locale(language))
    offset = local.utcoffset() or timedelta()
    if timezone in {"UTC", "Etc/UTC"}:
        place = "UTC"
    else:
        city = get_timezone_location(timezone, locale=locale(language), return_city=True)
        place = f"{city}, {_offset(offset)}"
    return f"{day(local.date(), language)}, {clock} ({place})"
