"""The mailbox that reports come to: a Maildir on this machine, or a folder of an IMAP server."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from notifications.errors import RelayError
from notifications.reports import LARGEST

SECONDS = 30
TROUBLE = (OSError, imaplib.IMAP4.error)
Taken = Callable[[], None]


def unread(where: str) -> Iterator[tuple[bytes, Taken]]:
    """What nobody has read yet, each with what marks it as read.

    Raises RelayError for an address that cannot be used, and what is in TROUBLE when the mailbox does not answer.
    """
    parts = urlsplit(where)
    if parts.scheme == "maildir" and parts.path.startswith("/"):
        yield from _maildir(Path(parts.path))
    elif parts.scheme in {"imap", "imaps"} and parts.hostname and parts.username and parts.password:
        yield from _imap(parts)
    else:
        raise RelayError(
            "The mailbox for reports cannot be used.",
            "LAUREA_BOUNCES_FROM is maildir:/path/of/a/Maildir or imaps://user:password@host/folder.",
        )


def _maildir(folder: Path) -> Iterator[tuple[bytes, Taken]]:
    if not (folder / "new").is_dir():
        raise RelayError(
            f"There is no Maildir at {folder}.",
            "The mail server makes it with the first report; if one has come, mend LAUREA_BOUNCES_FROM.",
        )
    fresh = [file for file in (folder / "new").iterdir() if not file.name.startswith(".")]
    opened = [file for file in (folder / "cur").iterdir() if "S" not in file.name.rpartition(":2,")[2]]
    for file in sorted([*fresh, *opened]):
        base, mark, flags = file.name.partition(":2,")
        seen = folder / "cur" / f"{base}:2,{''.join(sorted({*flags, 'S'} if mark else 'S'))}"
        with suppress(FileNotFoundError):  # somebody else has opened it just now
            with file.open("rb") as opened_file:
                content = opened_file.read(LARGEST)
            yield content, lambda file=file, seen=seen: _move(file, seen)  # type: ignore[misc]


def _move(file: Path, seen: Path) -> None:
    with suppress(FileNotFoundError):
        file.rename(seen)


def _imap(parts: SplitResult) -> Iterator[tuple[bytes, Taken]]:
    host, folder = str(parts.hostname), unquote(parts.path.strip("/")) or "INBOX"
    server: imaplib.IMAP4
    if parts.scheme == "imaps":
        server = imaplib.IMAP4_SSL(host, parts.port or 993, ssl_context=ssl.create_default_context(), timeout=SECONDS)
    elif _on_this_machine(host):
        server = imaplib.IMAP4(host, parts.port or 143, timeout=SECONDS)
    else:
        raise RelayError("A password goes over a line that anybody can read.", "Write imaps:// instead of imap://.")
    with server:
        server.login(unquote(str(parts.username)), unquote(str(parts.password)))
        quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
        state, told = server.select(f'"{quoted}"')
        if state != "OK":
            raise RelayError(f"The mailbox for reports has no folder {folder!r}.", str(told[0]))
        for number in server.uid("SEARCH", "UNSEEN")[1][0].split():
            found = server.uid("FETCH", number.decode(), f"(BODY.PEEK[]<0.{LARGEST}>)")[1]
            content = next((bytes(one[1]) for one in found if isinstance(one, tuple)), b"")
            yield content, lambda number=number: _seen(server, number)  # type: ignore[misc]


def _seen(server: imaplib.IMAP4, number: bytes) -> None:
    server.uid("STORE", number.decode(), "+FLAGS", "(\\Seen)")


def _on_this_machine(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
