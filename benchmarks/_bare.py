"""The bare side of benchmarks/portal.py, a server of its own: `python -m benchmarks._bare PORT FOLDER`.

A Litestar application that renders the pages kept in FOLDER, the portal's own templates with the portal's own values,
from memory: no database, no session, no form, no security headers, no thread; under the same server, with the same
options.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Response, get, post

from laurea.web.render import ENVIRONMENT, HTML

PAGES: dict[str, tuple[str, dict[str, Any]]] = {}


def render(name: str) -> Response[str]:
    template, values = PAGES[name]
    return Response(ENVIRONMENT.get_template(template).render(**values), media_type=HTML)


@get("/queue", sync_to_thread=False)
def queue() -> Response[str]:
    return render("queue")


@get("/review", sync_to_thread=False)
def review() -> Response[str]:
    return render("review")


@post("/autosave", sync_to_thread=False, status_code=200)
def autosave() -> Response[str]:
    return render("autosave")


if __name__ == "__main__":
    for file in Path(sys.argv[2]).glob("*.page"):
        template, values = pickle.loads(file.read_bytes())  # noqa: S301 - written by this run
        words = values["reader"].words
        PAGES[file.stem] = (template, values | {"_": words.gettext, "ngettext": words.ngettext})
    app = Litestar([queue, review, autosave], openapi_config=None)
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False, server_header=False
    )
