"""Letters about an appeal once the office has dealt with it: its answer in words, or the decision as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING

from laurea import letters
from laurea.letters import Certificate, Desk
from laurea.store import feedback, pages_applicant, pages_heard
from notifications.text import clean

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from laurea.store.applications import ApplicationRecord
    from laurea.store.outcomes import DecisionRecord
    from laurea.store.replays import Replay
    from notifications.compose import Letter
    from rules.ruleset import RuleSet

LONGEST_PARAGRAPH = 5_000  # characters; as much as one text of a letter has


def paragraphs(words: str) -> list[str]:
    """What somebody typed, as a letter says it: line by line, what is empty or cannot be seen left out, and no line
    longer than a letter takes.
    """
    lines = (clean(line) for line in words.splitlines())
    return [part for line in lines for part in wrap(line, LONGEST_PARAGRAPH, break_on_hyphens=False)]


def answered(connection: Connection, desk: Desk, appeal: int, words: str, *, stands: bool = True) -> Letter:
    """Tell whoever appealed what the office answers; `stands` where the decision is as it was."""
    about = pages_heard.appellant(connection, appeal)
    recipient = pages_applicant.recipient(connection, about.person_id)
    return desk.letter(
        "appeal_answered",
        f"appeal_answered:{appeal}",
        replace(recipient, language=desk.language(recipient.language)),
        {
            "round": desk.record.title,
            "application": about.ref,
            "unit": about.unit_name,
            "answer": paragraphs(words),
            "stands": stands,
            "link": desk.address("my", about.key),
        },
    )


def corrected(
    connection: Connection, desk: Desk, paper: ApplicationRecord, decision: DecisionRecord, ruleset: RuleSet,
    certificate: Certificate | None, again: Replay, words: str,
) -> Sequence[Letter]:  # fmt: skip
    """Tell of a decision that was corrected: the decision to the applicant, the answer to whoever else appealed.

    So whoever appealed gets one letter. Labels that an authority handed over have no decision letter.
    """
    post, reads = [], pages_heard.appellant(connection, again.appeal_id).person_id
    if paper.role == "applicant":
        said = feedback.told(connection, desk.record.id).get(paper.id, ())
        same = again.before is not None and again.before["outcome"] == decision.outcome
        number = again.id if same else 0  # else the outbox would take it for the letter of the release
        post.append(letters.decision(desk, paper, decision, ruleset, certificate, said, corrected=number))
    if paper.role != "applicant" or paper.applicant_id != reads:
        post.append(answered(connection, desk, again.appeal_id, words, stands=False))
    return post
