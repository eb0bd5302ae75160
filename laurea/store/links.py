"""Questions of the front door about mailed links, the codes beside them, and browsers sent to an identity provider."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from laurea.store import tables as t
from laurea.store.keeping import token_digest as digest_of_text

c, p, r = t.sign_in_links.c, t.people.c, t.identity_requests.c
DAY = timedelta(days=1)


def live_links(connection: Connection, person_id: int, now: datetime) -> int:
    """How many unused links of this person still open the door."""
    query = select(func.count()).where(c.person_id == person_id, c.used_at.is_(None), c.expires_at > now)
    return int(connection.execute(query).scalar_one())


def links_since(connection: Connection, person_id: int, since: datetime) -> int:
    """How many links of this person were to expire after `since`, used or not."""
    query = select(func.count()).where(c.person_id == person_id, c.expires_at > since)
    return int(connection.execute(query).scalar_one())


def address_digest(address: str) -> str:
    """How the address a link goes to stands beside it: a link does not outlive the address of its person."""
    return digest_of_text(address.lower())


def add_link(
    connection: Connection,
    *,
    token_digest: str,
    person_id: int,
    target: str,
    expires_at: datetime,
    address: str,
    browser: str = "",
    code: str = "",
) -> None:
    """Keep the digest of a link that was mailed. `browser`: the digest of the cookie of the browser that asked for it,
    without which it opens nothing; empty: it opens in any. `code`: the digest of what can be typed there instead.
    """
    connection.execute(
        insert(t.sign_in_links).values(
            token_digest=token_digest, person_id=person_id, target=target, expires_at=expires_at,
            address=address_digest(address), browser=browser, code=code,
        )
    )  # fmt: skip


def browser_of(connection: Connection, token_digest: str, now: datetime) -> str | None:
    """The digest of the browser a link is bound to, empty for none; None where it opens nothing any more."""
    query = select(c.browser).where(c.token_digest == token_digest, c.used_at.is_(None), c.expires_at > now)
    return connection.execute(query).scalar_one_or_none()


def use_link(connection: Connection, token_digest: str, browser: str, now: datetime) -> tuple[int, str] | None:
    """Use up a link: the id of its person and the page it leads to, or None when it is unknown, used, too old, of
    another browser, or when its person has another address by now or may not sign in any more.
    """
    used = connection.execute(
        update(t.sign_in_links)
        .where(c.token_digest == token_digest, c.used_at.is_(None), c.expires_at > now, c.browser.in_(("", browser)))
        .values(used_at=now)
        .returning(c.person_id, c.target, c.address)
    ).one_or_none()
    if used is None:
        return None
    address = connection.execute(select(p.email).where(p.id == used.person_id, p.ended_at.is_(None))).scalar()
    if address is None or used.address not in ("", address_digest(address)):
        return None
    return used.person_id, used.target


def codes_of(connection: Connection, browser: str, now: datetime, most: int, daily: int) -> list[tuple[str, str]]:
    """The links a browser asked for whose codes can still be typed, as digests of link and code: fewer than `most`
    wrong codes were typed for each, and fewer than `daily` for its person in a day.
    """
    query = select(c.token_digest, c.code, c.person_id).where(
        c.browser == browser, c.browser != "", c.code != "", c.used_at.is_(None), c.expires_at > now, c.tries < most
    )
    found = connection.execute(query.order_by(c.expires_at.desc())).all()
    return [(one.token_digest, one.code) for one in found if _tries(connection, one.person_id, now) < daily]


def _tries(connection: Connection, person_id: int, now: datetime) -> int:
    query = select(func.coalesce(func.sum(c.tries), 0)).where(c.person_id == person_id, c.expires_at > now - DAY)
    return int(connection.execute(query).scalar_one())


def count_try(connection: Connection, browser: str, now: datetime) -> None:
    """Write down that a wrong code was typed in a browser, for each link it asked for."""
    mine = update(t.sign_in_links).where(c.browser == browser, c.browser != "", c.used_at.is_(None), c.expires_at > now)
    connection.execute(mine.values(tries=c.tries + 1))


def add_request(
    connection: Connection, *, state: str, browser: str, target: str, now: datetime, until: datetime
) -> None:
    """Write down that a browser was sent to the identity provider; requests that are over go."""
    connection.execute(delete(t.identity_requests).where(r.expires_at <= now))
    connection.execute(
        insert(t.identity_requests).values(state=state, browser=browser, target=target, expires_at=until)
    )


def use_request(connection: Connection, *, state: str, browser: str, now: datetime) -> str | None:
    """Use up such a request: the page that was asked for, or None where this browser is not expected back."""
    mine = delete(t.identity_requests).where(r.state == state, r.browser == browser, r.expires_at > now)
    target: str | None = connection.execute(mine.returning(r.target)).scalar_one_or_none()
    return target
