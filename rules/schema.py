"""The JSON Schema of a rule set, for editors that complete and check YAML."""

from __future__ import annotations

import json
from typing import Any

from rules.ruleset import RuleSet


def schema() -> dict[str, Any]:
    """The schema; the file `rules/ruleset.schema.json` holds the same, for the line at the head of each rule set."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule set of Laurea",
        **RuleSet.model_json_schema(),
    }


def text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
