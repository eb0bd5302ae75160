"""Small invented rules, one block of docs/rule-language.md at a time, and worked cases run over them."""

from __future__ import annotations

import textwrap

import pytest

from evaluators import cases
from rules import library
from rules.errors import RuleSetError
from rules.library import load_text

HEAD = """\
award: prize
edition: "1"
title: A prize
sources: {call: {title: The call, mark: F}}
"""
END = """
outcomes:
  - {id: out, title: Out, when: "!(admission && eligibility)"}
  - {id: won, title: Won, when: gates, grants: true}
  - {id: lost, title: Lost, otherwise: true}
"""


def rules(body: str):
    return load_text(HEAD + textwrap.dedent(body), "prize.yaml")


def check(tmp_path, body: str, book: str) -> None:
    """Run worked cases over invented rules; all must come out."""
    file = tmp_path / "prize.cases.yaml"
    file.write_text(textwrap.dedent(book), encoding="utf-8")
    for result in cases.run(rules(body), library.worked(file)):
        assert result.passed, (result.id, result.differences)


def refuses(body: str, old: str, new: str, says: str) -> None:
    """With `new` in place of `old` the rules are refused in these words, at a place."""
    assert old in body
    with pytest.raises(RuleSetError, match=says) as caught:
        rules(body.replace(old, new, 1))
    assert all(problem.line > 0 for problem in caught.value.problems)
