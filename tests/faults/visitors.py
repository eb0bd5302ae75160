"""People before the portal, each with a browser of their own, who come back when they were cut off."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import httpx

TOKEN = re.compile(r'name="_csrf" value="([^"]+)"')
VERSION = re.compile(r'name="version"[^>]*value="(\d+)"')
DIGEST = re.compile(r'name="digest" value="([^"]+)"')
LINK = re.compile(r'/enter/([A-Za-z0-9_-]{20,})"')
BACK_WITHIN = 300.0
Result = TypeVar("Result")


class NotNow(Exception):
    """The portal said that something behind it does not answer."""


class Visitor:
    """One person's browser."""

    def __init__(self, address: str, seen: list[int]) -> None:
        options = {
            "follow_redirects": True,
            "trust_env": False,
            "timeout": 120,
            "verify": False,
        }  # nothing is encrypted
        self.client = httpx.Client(base_url=address, **options)  # type: ignore[arg-type]
        self.seen = seen  # what was answered while something was broken
        self.text = self.path = ""

    def get(self, path: str) -> str:
        return self._take(self.client.get(path))

    def post(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form of the page that was looked at last."""
        found = TOKEN.search(self.text)
        token = {"_csrf": found.group(1)} if found else {}
        return self._take(self.client.post(path, data={**token, **fields}))

    def _take(self, answer: httpx.Response) -> str:
        if answer.status_code >= 500:
            self.seen.append(answer.status_code)
            raise NotNow(f"{answer.request.method} {answer.request.url}: {answer.status_code}")
        assert answer.status_code < 400, f"{answer.request.url}: {answer.status_code} {answer.text[-1500:]}"
        self.text, self.path = answer.text, answer.url.path
        return self.text

    def until(self, deed: Callable[[], Result]) -> Result:
        """Do something; where the portal is gone or cannot, again from the beginning, as a person would."""
        ends = time.monotonic() + BACK_WITHIN
        while True:
            try:
                return deed()
            except (httpx.TransportError, NotNow):
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)

    def sign_in(self, email: str) -> None:
        """With the link that a trial installation shows on the page; who is signed in is led on."""
        self.get("/sign-in")
        if self.path != "/sign-in":
            return
        self.post("/sign-in", {"email": email})
        found = LINK.search(self.text)
        assert found, self.text[-1500:]
        self.get(f"/enter/{found.group(1)}")
        self.post(f"/enter/{found.group(1)}", {})

    def mark(self, assignment: int, marks: Mapping[str, str], kept: Callable[[int, str], None]) -> None:
        """Declare, save a draft, hand in; `kept` is told of what the portal said it has. What stands is not redone."""
        path = f"/sheets/{assignment}"
        fields = {f"mark.{criterion}": points for criterion, points in marks.items()}
        page = self.get(path)
        if not VERSION.search(page) and 'value="none"' in page:
            page = self.post(f"{path}/declare", {"kind": "none"})
        found = VERSION.search(page)
        if 'data-editable="yes"' not in page or not found:
            kept(assignment, "submitted")  # handed in before; only the answer was lost
            return
        page = self.post(path, {**fields, "comment": "", "version": found.group(1), "do": "save"})
        kept(assignment, "draft")
        found = VERSION.search(page)
        assert found, page[-1500:]
        self.post(path, {**fields, "comment": "", "version": found.group(1), "do": "submit"})
        kept(assignment, "submitted")

    def release(self, code: str) -> None:
        """Look at the decisions and release exactly them, unless they are out already."""
        found = DIGEST.search(self.get(f"/rounds/{code}/release"))
        if found:
            self.post(f"/rounds/{code}/release", {"digest": found.group(1), "sure": "on"})
