"""A round as one file that anybody can check: the rules, the facts, the marks, the decisions, the audit, signed.

Lines of JSON, each with sorted keys and ended by one line feed: first what the round is, then the rules, applications,
sheets, joint sheets, assignments, decisions, what appeals corrected and audit lines, then a digest of each line, last
the authority's signature over all of it. Checking needs the file alone: no records, no network. It holds references
and answers, no names, addresses or words of jurors, as far as the facts of the rule set are none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from polars.exceptions import PolarsError

from evaluators import decide, facts, replay, seals, trace
from evaluators.sheets import Joint, taken
from laurea import credentials
from laurea.documents import credentials as made
from laurea.errors import BadInput
from laurea.settings import Settings
from laurea.store import applications, audit, bundles, juries, panels, replays, rounds
from rules.canonical import canonical
from rules.errors import RuleSetError
from rules.library import load_text
from rules.plan import compile_plan

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from rules.plan import Plan

VERSION = 1
SHORT = 12  # hexadecimal digits of a line's own digest: enough to name it, the signature covers the whole
ROUND = ("code", "title", "country", "policies", "parameters", "seed", "digest")
# What reading anybody's file can raise: whoever signs a bundle with a key of their own writes what they like into it.
STRANGE = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, PolarsError,
    RuleSetError,
)  # fmt: skip
MOST_TOLD = 500  # characters of what is wrong with such a file
Line = dict[str, Any]


@dataclass
class Checked:
    """What a bundle says it is, and what is wrong with it: the line (0: the file) and a sentence."""

    about: Line = field(default_factory=dict)
    issuer: str = ""
    key: str = ""  # fingerprint of the key it is signed with: the first 16 hexadecimal digits of its SHA-256
    decisions: int = 0
    lines: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def write(connection: Connection, record: rounds.RoundRecord, *, settings: Settings, now: datetime) -> bytes:
    """A round's bundle as it stands now."""
    office = rounds.authority_of(connection, record.authority_id)
    who = credentials.issuer(settings, office.code, office.name)
    lines = [_packed(line) for line in _lines(connection, record, office.code, now)]
    lines.append(_packed({"of": "digests", "lines": "".join(_short(line) for line in lines)}))
    whole = b"".join(lines)
    claims = {"iss": who.did, "iat": int(now.timestamp()), "digests": _short(lines[-1])}
    claims["sha256"] = hashlib.sha256(whole).hexdigest()
    signed = made.sign(claims, who, credentials.signing_key(settings, office.code))
    return whole + _packed({"of": "signature", "jwt": signed})


def _lines(connection: Connection, record: rounds.RoundRecord, authority: str, now: datetime) -> Iterator[Line]:
    text, name = rounds.rule_set_text(connection, record.rule_set)
    about = {name: getattr(record, name) for name in ROUND}
    moments = {name: _stamp(getattr(record, name)) for name in ("proposed_at", "released_at")}
    yield {"of": "round", "bundle": VERSION, "authority": authority, "written_at": _stamp(now)} | about | moments
    yield {"of": "rules", "name": name, "digest": record.rule_set, "text": text}
    proofs = bundles.evidence(connection, record.id)
    for one in applications.load(connection, record.id):
        row = one.row() | {"submitted_at": _stamp(one.submitted_at)}
        yield {"of": "application", "state": one.state, "row": row, "evidence": proofs.get(one.id, [])}
    for ref, juror, marks in juries.submitted_sheets(connection, record.id):
        yield {"of": "sheet", "application": ref, "juror": juror, "marks": marks}
    for ref, joint in sorted(panels.joint_by_ref(connection, record.id).items()):
        yield {"of": "joint", "application": ref, "marks": dict(joint.marks), "agreed": sorted(joint.agreed)}
    for line in bundles.assignments(connection, record.id):
        yield {"of": "assignment"} | line
    for line in bundles.decisions(connection, record.id):
        yield {"of": "decision"} | line
    for ref, again in replays.taken(connection, record.id):
        told = {"marks": again.marks, "facts": again.facts, "before": again.before, "contested": again.contested}
        yield {"of": "appeal", "application": ref} | told
    for sealed in audit.chained(connection, seals.chain_of(record.authority_id, record.id)):
        told = {name: sealed[name] for name in (*seals.SEALED, "chain", "number", "seal")}
        yield {"of": "audit"} | told | {"at": _stamp(sealed["at"])}


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _packed(line: Mapping[str, Any]) -> bytes:
    return canonical(line).encode() + b"\n"


def _short(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:SHORT]


def check(content: bytes, did: Mapping[str, Any] | None = None) -> Checked:
    """Whether a bundle is as it was signed, and whether its decisions follow from what it holds.

    Every line that was touched is named; then the rules are compiled and every application decided again, and each
    decision, the digest of all and the audit are compared. With `did`, the authority's did.json, the key must be one
    of its; without it, the file vouches for its own key, whose fingerprint is told. Raises BadInput for a file that
    is no bundle at all.
    """
    found = Checked()
    *ended, after = content.split(b"\n")
    lines = [line + b"\n" for line in ended] + ([after] if after else [])
    if len(lines) < 2 or not (b'"bundle":' in lines[0] or b'"of":"signature"' in lines[-1]):
        raise BadInput("This is no bundle of a round.", remedy="Write one: laurea round export CODE -o round.bundle")
    found.lines = len(lines)
    try:
        _whole(lines, did, found)
        if found.faults:
            return found
        read = [json.loads(line) for line in lines]
        if read[0].get("bundle") != VERSION:
            found.faults.append((1, f"this version of Laurea reads bundles of version {VERSION}"))
            return found
        found.about = {name: read[0][name] for name in (*ROUND, "proposed_at", "released_at")}
        _again(read, found)
        _audited(read, found)
    except STRANGE as wrong:
        found.faults.append((0, f"it is signed, and holds what no bundle of ours holds: {wrong!r}"[:MOST_TOLD]))
    return found


def _whole(lines: list[bytes], did: Mapping[str, Any] | None, found: Checked) -> None:
    """The signature over all lines; where it does not hold, the lines that were touched."""
    *held, last = lines
    try:
        signature = json.loads(last)["jwt"]
        claims, found.issuer, key = made.self_signed(signature)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.faults.append((len(lines), "the signature cannot be read, or is not that of what it signs"))
        return
    found.key = made.fingerprint(key)
    if _packed({"of": "signature", "jwt": signature}) != last:
        found.faults.append((len(lines), "the line of the signature was written otherwise"))
    if did is not None and key not in made.public_keys(did):
        found.faults.append((len(lines), "it is signed with a key that is none of the authority's"))
    if hashlib.sha256(b"".join(held)).hexdigest() == claims.get("sha256"):
        return
    if _short(held[-1]) != claims.get("digests"):
        found.faults.append((len(held), "the digests of the lines were changed, or lines behind them"))
        return
    digests = json.loads(held[-1])["lines"]
    kept = [digests[start : start + SHORT] for start in range(0, len(digests), SHORT)]
    touched = [n for n, (line, digest) in enumerate(zip(held, kept, strict=False), 1) if _short(line) != digest]
    if len(kept) != len(held) - 1:
        found.faults.append((len(held), "lines are missing or were added"))
        touched = touched[:1]  # behind it every line stands at another place
    found.faults += [(number, f"the line was changed ({_name(held[number - 1])})") for number in touched]
    if not touched:  # a digest in short can be met by another line; the signature's own, of the whole, cannot
        found.faults.append((0, "it is not what was signed, and cannot be told where"))


def _name(line: bytes) -> str:
    """What a line is about, as far as it can still be read."""
    try:
        told = json.loads(line)
        row = told.get("row") or {}
        return " ".join(
            str(one)
            for one in (told["of"], told.get("application") or row.get("application_id"), told.get("number"))
            if one
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "not readable"


def _again(read: list[Line], found: Checked) -> None:
    """Decide every application again from what the bundle holds, and compare."""
    about, number = read[0], {id(line): place for place, line in enumerate(read, 1)}
    (rules,) = (line for line in read if line["of"] == "rules")
    try:
        ruleset = load_text(rules["text"], f"{rules['name']}.yaml")
        plan = compile_plan(ruleset, about["policies"], about["parameters"])
    except RuleSetError as error:
        found.faults.append((number[id(rules)], f"the rules cannot be used: {error}"))
        return
    if ruleset.digest != rules["digest"]:
        found.faults.append((number[id(rules)], "the rules have another digest than the round names"))
    entries = [line["row"] for line in read if line["of"] == "application" and line["state"] != "withdrawn"]
    rows = [row | {"submitted_at": datetime.fromisoformat(row["submitted_at"])} for row in entries]
    sheets = [(line["application"], line["juror"], line["marks"]) for line in read if line["of"] == "sheet"]
    joint = {
        line["application"]: Joint(line["marks"], frozenset(line["agreed"])) for line in read if line["of"] == "joint"
    }
    frames, points = taken(plan, facts.to_frames(ruleset, rows), sheets, joint)
    verdicts = decide.decide(plan, frames, points, seed=about["seed"])
    if about["digest"] is not None and decide.digest(plan, verdicts, about["seed"]) != about["digest"]:
        found.faults.append((1, "the decisions together have another digest than the round says"))
    by_ref = {row["application_id"]: row for row in verdicts.to_dicts()}
    traces = trace.pack(plan, verdicts, frames)
    papers = replay.Papers(rows, sheets, joint, about["seed"])
    for line in (one for one in read if one["of"] == "appeal"):
        problem = _appealed(plan, papers, line, read)
        if problem:
            found.faults.append((number[id(line)], f"{line['application']}: {problem}"))
    before = {one["application"]: one["before"] for one in read if one["of"] == "appeal"}
    for line in (one for one in read if one["of"] == "decision"):
        ref = line["application"]
        found.decisions += 1
        if ref not in by_ref:
            found.faults.append((number[id(line)], f"there is no application {ref}"))
            continue
        again = decide.record(plan, by_ref[ref]) | {"trace": json.loads(json.dumps(traces[ref]))}
        stood = before.get(ref, line)  # what an appeal corrected since is compared with what it corrected
        told = [name for name, value in again.items() if stood[name] != value]
        if told:
            found.faults.append((number[id(line)], f"{ref}: decided again, it differs in {', '.join(told)}"))


def _appealed(plan: Plan, papers: replay.Papers, line: Line, read: list[Line]) -> str:
    """What is wrong with a correction after an appeal: with the contested part alone judged anew, it must follow."""
    ref, (clauses, criteria) = line["application"], replay.contestable(plan)
    if not set(line["contested"]) <= {*clauses, *criteria} or not set(line["marks"]) <= set(criteria):
        return "the rules let no appeal repeat what was judged again"
    if not set(line["facts"]) <= set(replay.looked_at(plan, line["contested"])):
        return "a fact was corrected that no contested clause looks at"
    after = replay.again(plan, papers, ref, marks=line["marks"], given=line["facts"])
    decision = next((one for one in read if one["of"] == "decision" and one["application"] == ref), None)
    if decision is None or any(decision[name] != value for name, value in after.items()):
        return "decided again after its appeal, it differs"
    if replay.lowered(line["before"], after) and replay.may_lower(plan) is not True:
        return "the rules let no appeal lower a result"
    return ""


def _audited(read: list[Line], found: Checked) -> None:
    """The round's chain of audit lines, and that the decisions are those it says were proposed."""
    places = [(place, line) for place, line in enumerate(read, 1) if line["of"] == "audit"]
    lines = [line | {"at": datetime.fromisoformat(line["at"])} for _, line in places]
    first = places[0][0] if places else 0
    for fault in seals.faults(lines[0]["chain"], lines) if lines else []:
        found.faults.append((first + fault.number - 1, f"audit line {fault.number}: {fault.problem}"))
    proposed = [line["details"].get("digest") for line in lines if line["event"] == "decisions_proposed"]
    if found.about["digest"] is not None and (not proposed or proposed[-1] != found.about["digest"]):
        found.faults.append((first, "the decisions are not those that the audit says were proposed last"))
    if found.about["released_at"] is not None and not any(one["event"] == "decisions_released" for one in lines):
        found.faults.append((first, "the audit knows of no release"))
