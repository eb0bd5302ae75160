"""Who reads a page, in which language and at what time: worked out once a request."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from babel.numbers import format_decimal

from evaluators.permissions import Role
from laurea.store.pages_people import Person, Session
from notifications.catalogues import LANGUAGES, SOURCE, STAFF, Translator, known_language, translator
from notifications.dates import locale, own_name, short_day

NAMES = dict(sorted(((one, own_name(one)) for one in LANGUAGES), key=lambda one: normalize("NFKD", one[1])))
"""What each language calls itself, as lists of them stand: by name, Latin letters first."""
EVERY_LANGUAGE = {"every_language": True}  # a handler's `opt`: its page speaks all of ours, not only those of the rooms


def choose_language(
    asked: str | None, cookie: str | None, own: str | None, accepted: str, offered: Collection[str] = LANGUAGES
) -> str:
    """The language of a page: what is asked for in the address, else the one chosen before, else the
    person's own, else the first of the browser's; of those `offered`.
    """
    for choice in (asked, cookie, own):
        if choice in offered:
            return str(choice)
    wishes = []
    for place, part in enumerate(accepted.split(",")[:20]):
        name, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        wishes.append((-weight, place, name))
    for _, _, name in sorted(wishes):
        short = known_language(name)
        if short in offered and (short != SOURCE or name.lower().startswith(SOURCE)):
            return short
    return SOURCE


class Menu(NamedTuple):
    """What the menu at the head of every page says: a language with its name and the address of this page in it, each;
    who is signed in and where; whether there are other offices, and an account to look at.
    """

    language: str
    languages: tuple[tuple[str, str, str], ...]
    signed_in: bool
    name: str
    authority: str
    offices: bool
    account: bool


@dataclass(frozen=True)
class Reader:
    """One request's reader. `csrf` is the token every form of the page must carry. `language` is the page's; `wished`
    the reader's, where the page does not speak it.
    """

    language: str
    session: Session | None
    csrf: str
    now: datetime
    path: str = "/"
    query: str = ""
    asked_language: bool = False  # the address names a language of ours
    chosen: str = ""  # the language the reader chose by hand, now or before; empty when nobody did
    wished: str = ""  # empty when it is the page's
    only_staff: bool = False  # the page speaks only the languages of the rooms

    @property
    def role(self) -> Role:
        """In which capacity somebody reads."""
        return Role(self.session.person.role) if self.session else Role.ANYONE

    @property
    def person_id(self) -> int:
        """The id of the person who signed in; 0 for nobody, which no record has."""
        return self.session.person.id if self.session else 0

    @property
    def authority_id(self) -> int:
        """The authority of the person who signed in; 0 for nobody."""
        return self.session.person.authority_id if self.session else 0

    @property
    def words(self) -> Translator:
        """The translator of pages into the reader's language."""
        return translator(self.language, "portal")

    @property
    def reads(self) -> str:
        """The language to write to this reader in."""
        return self.wished or self.language

    def on_public_page(self) -> Reader:
        """The same reader where every language is spoken."""
        return replace(self, language=self.reads, wished="", only_staff=False)

    @property
    def offered(self) -> dict[str, str]:
        """The languages this page can be had in, and what they call themselves."""
        return {code: name for code, name in NAMES.items() if code in STAFF} if self.only_staff else NAMES

    @property
    def menu(self) -> Menu:
        """What the menu at the head of the page says."""
        languages = tuple([(code, name, self.address_in(code)) for code, name in self.offered.items()])
        found = self.session
        if found is None:
            return Menu(self.language, languages, False, "", "", False, False)
        offices = self.role == Role.OFFICER and found.offices > 1
        account = found.viewer is None and not found.lacks
        return Menu(self.language, languages, True, found.person.name, found.authority, offices, account)

    @property
    def regret(self) -> str:
        """Said at the head of a page that does not speak the reader's language, in that language."""
        _ = translator(self.reads, "public").gettext
        return _("This page is not translated into your language yet.")

    @property
    def viewer(self) -> Person | None:
        """The officer who looks at the portal as this reader; None where nobody does."""
        return self.session.viewer if self.session else None

    @property
    def zone(self) -> ZoneInfo:
        """The authority's time zone; UTC for those who did not sign in."""
        return ZoneInfo(self.session.timezone if self.session else "UTC")

    def day(self, when: date | datetime, timezone: str = "") -> str:
        """A day, short: 4 Nov 2022; of a moment, the day it was in `timezone` (or else in the reader's)."""
        if isinstance(when, datetime):
            when = when.astimezone(ZoneInfo(timezone) if timezone else self.zone).date()
        return short_day(when, self.language)

    def moment(self, when: datetime) -> str:
        """A moment on the authority's clock, short: 4 Nov 2022, 14:02."""
        return self._moment(when.astimezone(self.zone))

    def deadline(self, when: datetime, timezone: str = "") -> str:
        """A moment by which something must be done or was done, its clock named: 4 Nov 2022, 14:02 (Baku, UTC+4)."""
        zone = ZoneInfo(timezone) if timezone else self.zone
        local = when.astimezone(zone)
        shown = self._moment(local)
        if zone.key in ("UTC", "Etc/UTC"):
            return f"{shown} (UTC)"
        city = get_timezone_location(zone, locale=locale(self.language), return_city=True)
        minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        return f"{shown} ({city}, UTC{'-+'[minutes >= 0]}{hours}{f':{rest:02}' if rest else ''})"

    def _moment(self, local: datetime) -> str:
        return f"{short_day(local.date(), self.language)}, {local:%H:%M}"

    def clock(self, when: datetime) -> str:
        """A time of day on the authority's clock: 14:02."""
        return f"{when.astimezone(self.zone):%H:%M}"

    def address_in(self, language: str) -> str:
        """The address of this very page in another language."""
        if not self.query:
            return f"?lang={language}"
        kept = [(name, value) for name, value in parse_qsl(self.query) if name != "lang"]
        return "?" + urlencode([*kept, ("lang", language)])

    def number(self, value: int) -> str:
        """A whole number as this language groups it."""
        return format_decimal(value, locale=locale(self.language))

    def decimal(self, value: float) -> str:
        """A number with at most one decimal, as this language writes it."""
        return format_decimal(value, format="#,##0.#", locale=locale(self.language))

    def tongue(self, code: str) -> str:
        """A language's name; the code where it has none."""
        return str(locale(self.language).languages.get(code, code))

    def country(self, code: str | None) -> str:
        """A country's name; the code where it has none."""
        return _country(code, self.language) if code else ""


@lru_cache(maxsize=4_096)
def _country(code: str, language: str) -> str:
    return locale(language).territories.get(code, code) or code
