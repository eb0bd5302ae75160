"""Write the pages."""

from __future__ import annotations

from tools.reference import FOLDER, PAGES, text

FOLDER.mkdir(exist_ok=True)
for name in PAGES:
    (FOLDER / name).write_text(text(name), encoding="utf-8")
