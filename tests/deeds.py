"""Every deed leaves an audit line: watched in every transaction that an action of ours commits in a test.

`watch()` looks at each transaction that was begun in `laurea/actions` and changed something that counts. One without a
line is a fault, unless the deed stands in SILENT with the reason why it needs none.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

SILENT = {
    "apply.begin": "a draft: its own row says who began it and when",
    "apply.save": "a draft, saved as it is typed: its versions say who saved what",
    "bounces.take": "a report about no letter of ours: its own row; of a letter, with a line",
    "bounces.take_in": "as above",
    "deliver.deliver": "the letter's own lines (letter_events) hold each try",
    "deliver.recover": "as above",
    "digest.join": "letters that turned out to be of no use: their own lines (letter_events); joining has a line",
    "look.note": "the line is the record itself",
    "open_id.begin": "a browser is sent to the identity provider; nobody has signed in yet",
    "plan_draft.leave_out": "a plan that is looked at, and stands for nothing until it is saved",
    "plan_draft.discard": "as above",
    "plan_draft.save": "its one transaction without a line throws the draft away; saving has its own",
    "plan_draft.make": "a plan that is looked at",
    "remind.remind": "letters, in the outbox like all; that a juror stays silent has a line",
    "renew.renew": "a turn that only marks steps nobody needs to be told of any more: each row says how, and when",
    "retain.carry_out": "a piece of a list that has a line when it is made, confirmed and done",
    "retain.keep_house": "as above",
    "retain.write_list": "an empty list: nothing was due",
    "sessions.close_session": "signing out: nothing but one's own session ends",
    "sessions.look_no_longer": "the end of what viewed_as began",
    "sessions.seen": "when a session was last used",
    "sheet.save_sheet": "a sheet that is saved as it is typed: its versions hold what stood",
    "sheet.save_sheets": "as above",
    "sheet.skip": "the order of one's own queue",
    "sign_in.request_link": "the letter is in the outbox; anybody may ask, and could fill the audit",
    "sign_in.open_by_code": "a wrong code is counted; a right one signs in, with a line",
    "sign_in.open_session": "as above",
    "tokens.bearer": "when a token was last used",
    "turn.turned": "the clock's own pulse",
    "uploads.look_again": "what a file would do, told anew",
    "webhooks.deliver": "the call's own row holds each try",
}
"""Deeds whose transactions need no line of the audit, and why."""
_CHANGES = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")
_UNCOUNTED = {
    "meters",
    "claims",
    "clock_turns",
    "step_failures",
    "kept_answers",
    "watched_sources",
}  # what the engine notes for itself
ACTIONS = str(Path(__file__).resolve().parents[1] / "laurea" / "actions")


@contextmanager
def watch(actions: str = ACTIONS) -> Iterator[dict[str, set[str]]]:
    """What was changed without a line meanwhile: tables by deed (module.function, the outermost of its module)."""
    faults: dict[str, set[str]] = {}
    kept = object()  # where a connection keeps what this watch saw; several may watch

    def _changed(connection: Any, cursor: Any, statement: str, *_more: object) -> None:
        if cursor.rowcount and (found := _CHANGES.match(statement)):  # not 0: -1 where the driver does not know
            connection.info.setdefault(kept, set()).add(found.group(1))

    def _committed(connection: Any) -> None:
        changed = connection.info.pop(kept, set()) - _UNCOUNTED
        if changed and "audit" not in changed and (deed := _deed(actions)):
            faults.setdefault(deed, set()).update(changed)

    def _rolled_back(connection: Any) -> None:
        connection.info.pop(kept, None)

    hooks = (("after_cursor_execute", _changed), ("commit", _committed), ("rollback", _rolled_back))
    for name, hook in hooks:
        event.listen(Engine, name, hook)
    try:
        yield faults
    finally:
        for name, hook in hooks:
            event.remove(Engine, name, hook)


def _deed(actions: str) -> str:
    """The action whose transaction ends: the first frame inside laurea/actions, out to its module's public function."""
    frame, found = sys._getframe(2), ""
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith(actions):
            module = Path(code.co_filename).stem
            if found and not found.startswith(f"{module}."):
                break
            if not code.co_name.startswith(("_", "<")):
                found = f"{module}.{code.co_name}"
        frame = frame.f_back  # type: ignore[assignment]
    return found
