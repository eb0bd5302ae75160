"""Files that applicants add to an application: what they may be, and the pictures of them that jurors are shown.

The pictures are made at once, in a process of its own with limits of time and memory (`laurea.sources.copying`): what
reads PDFs and pictures of strangers is written in C, and a file that ends its reader ends that child. Whatever the
child could draw is readable; nothing but the points of a picture goes from a file into its copy.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import unicodedata
from dataclasses import dataclass
from typing import NoReturn

MOST_FILES = 5  # of one application
MEGABYTES = 10  # of one file, as whichever program counts them
LARGEST = MEGABYTES * 1024 * 1024
MOST_PAGES = 40
MEGAPIXELS = 40
LONG_SIDE = 1600  # of a copy
KINDS = {"pdf": "PDF", "png": "PNG", "jpeg": "JPEG", "webp": "WebP"}
LONGEST_NAME = 120
SECONDS = 60  # of processor time for one file
AT_ONCE = 2  # files read at a time in one portal; others wait for their turn
PATIENCE = 30  # seconds
PICTURE = "image/webp"

_TURNS = threading.BoundedSemaphore(AT_ONCE)


class Unfit(Exception):
    """A file that cannot be taken; `why` is one of WHYS, `n` the number of pages or megapixels where it is too many."""

    def __init__(self, why: str, n: int = 0) -> None:
        super().__init__(why)
        self.why, self.n = why, n


WHYS = ("busy", "empty", "large", "unknown", "two", "locked", "pages", "pixels", "damaged")


@dataclass(frozen=True)
class Copied:
    """A file that was read: its kind, and its pages as pictures: width, height and bytes of each, one after another."""

    kind: str
    pages: list[tuple[int, int, int]]
    content: bytes


def kind_of(content: bytes) -> str:
    """The kind of a file by what it begins with, whatever it is called. Raises Unfit for any other, and for one that
    another program would open as something else: a ZIP behind a picture, a PDF in its head.
    """
    if not content:
        raise Unfit("empty")
    if len(content) > LARGEST:
        raise Unfit("large")
    if content.startswith(b"%PDF-"):
        kind = "pdf"
    elif content.startswith(b"\x89PNG\r\n\x1a\n"):
        kind = "png"
    elif content.startswith(b"\xff\xd8\xff"):
        kind = "jpeg"
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        kind = "webp"
    else:
        raise Unfit("unknown")
    zipped = content.rfind(b"PK\x05\x06", -65_557) >= 0  # the last record of a ZIP, with the longest comment behind it
    if zipped or (kind != "pdf" and b"%PDF-" in content[:1024]):
        raise Unfit("two")
    return kind


def copied(content: bytes) -> Copied:
    """A file read to its end by a child, with its copies. Raises Unfit, also while others take all turns."""
    kind = kind_of(content)
    if not _TURNS.acquire(timeout=PATIENCE):
        raise Unfit("busy")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "laurea.sources.copying", kind], input=content, capture_output=True,
            timeout=2 * SECONDS, check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith("LAUREA_")},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unfit("damaged") from None
    finally:
        _TURNS.release()
    head, _, pictures = done.stdout.partition(b"\n")
    if done.returncode:
        _refuse(head)
    pages = [(width, height, size) for width, height, size in json.loads(head)]
    if not pages or sum(size for _, _, size in pages) != len(pictures):
        raise Unfit("damaged")
    return Copied(kind, pages, pictures)


def _refuse(head: bytes) -> NoReturn:
    why, _, n = head.decode("ascii", "replace").partition(" ")
    raise Unfit(why if why in WHYS else "damaged", int(n) if n.isdecimal() else 0)


def name_of(given: str) -> str:
    """The name of a file as it is shown: the last part of a path, one line of signs that can be seen."""
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    name = " ".join(seen.split())
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if stem and len(ending) < 10 else ""
    return name[: LONGEST_NAME - len(ending)] + ending
