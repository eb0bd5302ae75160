"""The words of a composed letter: read for whoever looks at it, and changed by an officer before it leaves.

Headers stay as they are but for the subject; the HTML of a changed letter is made from its text, so that both say the
same and nothing but text can be written into it.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage

from markupsafe import Markup, escape

from notifications import mime
from notifications.errors import BadData
from notifications.text import clean

LONGEST_SUBJECT = 200  # characters, as when it is composed
LONGEST_TEXT = 20_000
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_FIELD = re.compile(rb"^(?=[^ \t])", re.MULTILINE)
_OURS = (b"subject:", b"mime-version:", b"content-type:")


@dataclass(frozen=True)
class Words:
    """What a letter says: its headers in order, its text, its HTML. `plain`: it holds nothing else, such as a file."""

    headers: tuple[tuple[str, str], ...]
    subject: str
    text: str
    html: str
    plain: bool


def read(content: bytes) -> Words:
    """The words of a letter as it goes out. What cannot be read is empty; nothing is raised."""
    letter = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    headers = tuple((name, str(value).strip()) for name, value in letter.items())
    parts = [part for part in letter.walk() if not part.is_multipart()]
    kinds = [part.get_content_type() for part in parts]
    plain = letter.get_content_type() == "multipart/alternative" and kinds == ["text/plain", "text/html"]
    return Words(headers, str(letter["Subject"] or ""), _said(letter, "plain"), _said(letter, "html"), plain)


def _said(letter: EmailMessage, kind: str) -> str:
    try:
        part = letter.get_body((kind,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n").rstrip()
    except (LookupError, ValueError, KeyError):  # no text, or text that is none
        return ""


def rewrite(content: bytes, subject: str, text: str) -> bytes:
    """The letter with another subject and text. The same words give the same bytes.

    Raises BadData where something is missing or too long, or the letter holds more than text.
    """
    before = read(content)
    subject, text = clean(subject), _clean_lines(text)
    if not before.plain:
        raise BadData("This letter holds more than text.", "It goes as it is, or not at all.")
    if not subject or not text:
        raise BadData("A letter needs a subject and a text.", "Fill in both.")
    if len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
        raise BadData(
            f"A subject has at most {LONGEST_SUBJECT} characters, a text {LONGEST_TEXT}.", "Shorten what is too long."
        )
    head = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    kept = [one.decode("ascii") for one in _FIELD.split(head) if one and not one.lower().startswith(_OURS)]
    letter = email.message_from_bytes(content, policy=email.policy.default)
    language = str(letter["Content-Language"] or "en")
    return mime.message(
        [*kept, mime.text_header("Subject", subject)],
        text=text + "\n",
        html=_html(subject, text, language),
        boundary=str(letter.get_boundary()),
    )


def _clean_lines(text: str) -> str:
    lines = "\n".join(clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


_PAGE = "margin:0;padding:28px 12px 36px;background-color:#f3f1ea"
_SHEET = (
    "max-width:600px;margin:0 auto;padding:24px 36px;box-sizing:border-box;background-color:#ffffff;color:#1d2620;"
    "border:1px solid #dcd9cf;border-top:5px solid #1f4d3a;border-radius:4px;overflow-wrap:break-word;"
    "font:16px/25px 'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Noto Sans Georgian','DejaVu Sans',Arial,sans-serif"
)
"""As notifications/templates/_letter.css has letters look."""


def _html(subject: str, text: str, language: str) -> str:
    paragraphs = Markup("\n").join(
        Markup('<p style="margin:0 0 16px">{}</p>').format(Markup("<br>\n").join(map(_linked, block.split("\n"))))
        for block in text.split("\n\n")
    )
    return str(
        Markup(
            '<!doctype html>\n<html lang="{}">\n<head>\n<meta charset="utf-8">\n<title>{}</title>\n</head>\n'
            '<body style="{}">\n<div style="{}">\n{}\n</div>\n</body>\n</html>\n'
        ).format(language, subject, _PAGE, _SHEET, paragraphs)
    )


def _linked(line: str) -> Markup:
    found, place = Markup(""), 0
    for link in _LINK.finditer(line):
        found += escape(line[place : link.start()]) + Markup('<a style="color:#1f4d3a" href="{0}">{0}</a>').format(
            link.group()
        )
        place = link.end()
    return found + escape(line[place:])
