"""Mail addresses: exactly one, checked, with the domain in the form that travels (RFC 5321, RFC 5891).

The post room never reads an address out of a header line: `victim@a.example, other@b.example` is one wrong
address here, not two right ones.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

import idna

from notifications.errors import BadAddress

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_WRITTEN_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"})
_REMEDY = "Ask the person for an address of the form name@school.example."


@dataclass(frozen=True)
class Address:
    """A checked address. `domain` is ASCII, lower case, international names as A-labels (`xn--…`)."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


def _mixed(label: str) -> bool:
    """Whether letters of two scripts stand in one label, as in names made to be taken for another's (UTS 39, 5.1).

    Chinese, Japanese and Korean names mix scripts by themselves; digits and the hyphen belong to none.
    """
    scripts = {unicodedata.name(one, "").partition(" ")[0] for one in label if one.isalpha()}
    others = scripts - _WRITTEN_TOGETHER
    return len(others) > 1 or (others != scripts and not others <= {"LATIN"})


@functools.lru_cache(maxsize=2048)
def _domain(text: str) -> str:
    if text.isascii():
        domain = text.lower()
    else:
        if any(_mixed(label) for label in text.split(".")):
            raise BadAddress(
                f"The domain {text!r} mixes letters of several scripts: it may not be what it seems.", _REMEDY
            )
        try:
            domain = idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
        except idna.IDNAError as error:
            raise BadAddress(f"The domain {text!r} is not a valid name ({error}).", _REMEDY) from None
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise BadAddress(f"The domain {text!r} is not a valid name.", _REMEDY)
    return domain


def parse(text: str) -> Address:
    """The one address in `text`. Raises BadAddress for anything else: two addresses, a name, quotes, line breaks."""
    local, at, domain = text.rpartition("@")
    if not at:
        raise BadAddress(f"{text!r} is not a mail address: the @ is missing.", _REMEDY)
    if not local.isascii():
        raise BadAddress(
            f"{text!r} has letters before the @ that most mail servers cannot deliver to.",
            "Ask the person for an address in Latin letters without accents.",
        )
    if len(local) > 64 or not _LOCAL.fullmatch(local):
        raise BadAddress(f"{text!r} is not a single mail address.", _REMEDY)
    return Address(local, _domain(domain))
