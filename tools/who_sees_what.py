"""Write docs/who-sees-what.md out of the permission table: `python tools/who_sees_what.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evaluators.permissions import MAY, Field, Phase, Role, Scope, program_sees, sees, viewer_sees  # noqa: E402
from laurea.web import field_words  # noqa: E402

PAGE = ROOT / "docs" / "who-sees-what.md"
PHASES = {
    Phase.COLLECTING: "Applications come in",
    Phase.SCREENING: "Checked by the rules",
    Phase.REVIEWING: "With jurors",
    Phase.DECIDING: "Decisions prepared",
    Phase.RELEASED: "Released",
}
HEAD = """# Who sees what

This page is written out of the one table that decides it, `evaluators/permissions.py`, by
`python tools/who_sees_what.py`; a test holds it to the table.

Everybody sees within their own office, and there: an applicant the applications they work on; a juror the applications
they were given, none they have a conflict with, and the facts of one only after saying that there is no conflict; an
officer all rounds of the office; a program the one round its token is for. Whoever may not see a thing is told that
there is no such page, in the same words and after the same work as for a thing that does not exist.

`tests/web/test_leaks.py` asks every page, file, list and search of the portal for every role in every phase, with words
planted in every field, and again after changing what the role may not see: nothing of it may show, not in a count, a
length, a header or a file name either. One thing can be told in principle: a juror's own list begins with the
applications that have the fewest finished reviews.

| | {phases} |
|---|{rules}|
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD.format(phases=" | ".join(PHASES.values()), rules="|".join(["---"] * len(PHASES)))]
    for field, says in field_words.fields(str).items():
        cells = [", ".join(_who(field, at)) or "–" for at in PHASES]
        parts.append(f"| **{says[0].upper()}{says[1:]}** | {' | '.join(cells)} |\n")
    parts.append(
        "\n## Programs\n\nA program sees what an officer of its round does, as far as its token's scopes go. Decisions "
        "and what the score sheets come to open to it with the release"
        f"{_early()}.\n"
    )
    parts.append(
        "\n## An officer who looks as somebody else\n\nFrom the page of a juror or an application an officer can see "
        "the portal as that juror or applicant sees it. Nothing can be changed meanwhile, the look stands in the "
        "audit, and drafts that are not handed in stay closed. What officers do not see yet stays hidden:\n\n"
    )
    words = field_words.fields(str)
    for role in (Role.JUROR, Role.APPLICANT):
        for at, says in PHASES.items():
            hidden = [words[one] for one in Field if one in sees(role, at) - viewer_sees(role, at)]
            if hidden:
                parts.append(f"- as {field_words.roles(str)[role]}, {says.lower()}: {'; '.join(hidden)}\n")
    parts.append("\n## Who does what\n\n| | " + " | ".join(PHASES.values()) + " |\n|---|")
    parts.append("|".join(["---"] * len(PHASES)) + "|\n")
    for role, called in field_words.roles(str).items():
        cells = [", ".join(sorted(MAY.get((role, at), ()))) or "–" for at in PHASES]
        if any(cell != "–" for cell in cells):
            parts.append(f"| **{called[0].upper()}{called[1:]}** | {' | '.join(cells)} |\n")
    return "".join(parts)


def _who(field: Field, at: Phase) -> list[str]:
    return [called for role, called in field_words.roles(str).items() if field in sees(role, at)]


def _early() -> str:
    more = program_sees(frozenset({Scope.READ, Scope.PROPOSALS}), Phase.DECIDING)
    return ", or before it with the scope `proposals`" if Field.PROPOSED in more else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
