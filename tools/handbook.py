"""What is made when the handbook is built (a hook of mkdocs): the page of benchmarks, out of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add `benchmarks.md`; links to scripts beside it become their names."""
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"\[(`[^`]+`)\]\((?!https?:)[^)]+\)", r"\1", text)
    files.append(File.generated(config, "benchmarks.md", content=text))
    return files
