"""What `laurea doctor` finds about letters that leave through a relay: what they say of themselves, what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from laurea.cli.ailments import LOOPBACK, Check
from laurea.settings import Settings
from notifications.errors import BadKey


def letters(settings: Settings) -> Iterator[Check]:
    """Whether readers can use what is sent, and whether its fate can be found out. Silent without a relay."""
    if not settings.smtp_url:
        return
    found = [*_told_wrongly(settings), *_fate(settings)]
    yield from found or [Check("Letters", "ok", f"They come from {settings.mail_from}.")]


def _told_wrongly(settings: Settings) -> Iterator[Check]:
    if settings.mail_from.endswith("@localhost"):
        yield Check("Letters", "note", f"They come from {settings.mail_from}.", "Set LAUREA_MAIL_FROM.")
    if urlsplit(settings.public_url).hostname in LOOPBACK:
        says = f"What they link to can be opened on this machine alone: {settings.public_url}."
        yield Check("Letters", "note", says, "Set LAUREA_PUBLIC_URL.")
    if not settings.dkim:
        return
    from notifications.signing import Signer

    domain = settings.mail_from.rpartition("@")[2].lower()
    if domain not in {one.lower() for one in settings.dkim}:
        says = f"They are not signed: LAUREA_DKIM has a key of {', '.join(settings.dkim)}, and none of {domain}."
        yield Check("Letters", "note", says, "Mend LAUREA_DKIM, or LAUREA_MAIL_FROM.")
    for one, where in settings.dkim.items():
        try:
            Signer.read(one, where)
        except BadKey as error:
            yield Check("Letters", "wrong", error.says, error.remedy)


def _fate(settings: Settings) -> Iterator[Check]:
    log = settings.relay_log
    if log is not None:
        try:
            log.open("rb").close()
        except OSError as error:
            says = f"The relay's log {log} cannot be read: {error.strerror}."
            yield Check("Letters", "wrong", says, "Let Laurea's user read it, or mend LAUREA_RELAY_LOG.")
    box = urlsplit(settings.bounces_from.get_secret_value())
    if box.scheme == "maildir" and not (Path(box.path) / "new").is_dir():
        says = f"There is no Maildir at {box.path} yet: no report has come."
        yield Check("Letters", "note", says, "If one has, mend LAUREA_BOUNCES_FROM.")
