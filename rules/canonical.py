"""JSON in one form only, so that the same value gives the same bytes and the same digest, wherever it is written."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> str:
    """A value of plain data as JSON with sorted keys, no spaces, and letters as they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value: object) -> str:
    """SHA-256 of that, in hexadecimal digits; half a surrogate pair, which JSON allows, counts as it is."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()
